/** Each rule with the files of test/kit/fixtures/RULE: what must be found, and what must not. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createColors } from "picocolors";
import { describe, expect, onTestFinished, test } from "vitest";
import { lint, type Report } from "../../src/kit/lint.ts";
import { people } from "../../src/kit/output/people.ts";
import { RULES } from "../../src/kit/rules/index.ts";
import type { Rule } from "../../src/kit/rules/rule.ts";

const fixtures = join(import.meta.dirname, "fixtures");
const documents = join(import.meta.dirname, "../../docs/rules");

/** What a report says, with the paths as they are below a folder. */
const said = (report: Report, folder: string) => people(report, createColors(false)).replaceAll(`${folder}/`, "");

const casesOf = ({ name }: Rule, kind: "found" | "fine"): string[] =>
  readdirSync(join(fixtures, name, kind), { withFileTypes: true }).map((entry) => entry.name);

describe.each(RULES)("$name", (rule) => {
  test.each(casesOf(rule, "found"))("finds %s", async (name) => {
    const folder = join(fixtures, rule.name, "found", name);
    const report = lint([folder], { rules: [rule] });
    expect(report.remarks).toEqual([]);
    expect(report.findings).not.toEqual([]);
    await expect(said(report, folder)).toMatchFileSnapshot(join(folder, "expected.txt"));
  });

  test.each(casesOf(rule, "fine"))("has nothing to say of %s", (name) => {
    const folder = join(fixtures, rule.name, "fine", name);
    const report = lint([folder], { rules: [rule] });
    expect(report.remarks).toEqual([]);
    expect(report.files).toBeGreaterThan(0);
    expect(said(report, folder)).toBe("");
  });

  describe("its page", () => {
    const page = join(documents, `${rule.name}.md`);
    const text = existsSync(page) ? readFileSync(page, "utf8") : "";
    const partOf = (title: string) => text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";

    /** The files of each example: ```yaml compose.yaml names its own; blocks with no word between them belong together. */
    function examplesOf(part: string): [path: string, text: string][][] {
      const examples: [string, string][][] = [];
      let isTogether = false;
      for (const [piece, kind, path, content] of part.matchAll(/^```(\w+)(?: (\S+))?\n(.*?)^```$|^[^\n]+$/gms)) {
        if (kind === undefined) {
          isTogether = false;
          continue;
        }
        if (!isTogether) examples.push([]);
        examples.at(-1)?.push([path ?? (kind === "dockerfile" ? "Dockerfile" : piece), content ?? ""]);
        isTogether = true;
      }
      return examples;
    }

    function lintExample(files: [string, string][]): Report {
      const folder = mkdtempSync(join(tmpdir(), "tini-ts-page-"));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      for (const [path, content] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), content);
      }
      return lint([folder]);
    }

    test("has its name and gives the reason", () => {
      expect(text).toMatch(new RegExp(`^# ${rule.name}\n\n[A-Z\`]`));
    });

    test("describes how the problem was observed", () => {
      expect(text).toMatch(/^## Seen\n\n.*`|^\| Program +\| At `SIGTERM` as PID 1 +\| Seen +\|$/m);
    });

    test("has bad examples, in each of which it finds something", () => {
      const examples = examplesOf(partOf("Bad"));
      expect(examples).not.toEqual([]);
      for (const files of examples) {
        const report = lintExample(files);
        expect({ files, rules: report.findings.map((finding) => finding.rule) }).toEqual({
          files,
          rules: expect.arrayContaining([rule.name]) as unknown,
        });
      }
    });

    test("has good examples, in which no rule finds anything", () => {
      const examples = examplesOf(partOf("Good"));
      expect(examples).not.toEqual([]);
      for (const files of examples) {
        const report = lintExample(files);
        expect({ remarks: report.remarks, files: report.files > 0 }).toEqual({ remarks: [], files: true });
        expect({ files, findings: report.findings }).toEqual({ files, findings: [] });
      }
    });
  });
});

test("each page and each folder of files belongs to a rule", () => {
  const names = RULES.map(({ name }) => name).sort();
  expect(readdirSync(documents).sort()).toEqual(names.map((name) => `${name}.md`));
  expect(readdirSync(fixtures).sort()).toEqual(names);
});
