/** docs/kit.md agrees with the toolkit, and the README's first steps work. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { main, VERBS } from "../../src/kit/toolkit.ts";
import { RULES } from "../../src/kit/rules/index.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/kit.md"), "utf8");

describe("docs/kit.md", () => {
  test.each(VERBS)("has the usage of $name", async ({ name }) => {
    let usage = "";
    const stdout = { write: (text: string) => (usage += text) };
    expect(await main([name, "-h"], { environment: {}, stdout, stderr: { write: () => expect.unreachable() } })).toBe(
      0,
    );
    expect(page).toContain(`## ${name}\n\n\`\`\`\n${usage.trimEnd()}\n\`\`\`\n`);
  });

  test("lists all rules, as the toolkit does", () => {
    const rows = page.matchAll(/^\| \[(\S+)\]\(rules\/(\S+)\.md\) +\| (\w+) +\| (.*?) +\|$/gm);
    expect([...rows].map(([, name, file, severity, summary]) => ({ name, file, severity, summary }))).toEqual(
      RULES.map(({ name, severity, summary }) => ({ name, file: name, severity, summary })),
    );
  });
});

/** The newcomer's commands, as the README has them. */
const commands = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^npx tini-ts (.*?)(?: +#.*)?$/gm)].map(
  ([, words = ""]) => words.split(" "),
);

describe("the newcomer's path in the README", () => {
  test("is lint, then wrap --write, after which lint finds nothing", () => {
    expect(commands).toEqual([["lint"], ["wrap", "--write"]]);
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-newcomer-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(join(root, "examples/node-app"), folder, { recursive: true });
    writeFileSync(
      join(folder, "Dockerfile"),
      "FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY . ./\nCMD node server.mjs\n",
    );
    const run = (words: string[]) => {
      const tool = [join(root, "src/kit/main.ts"), ...words];
      const { status, stdout, stderr } = spawnSync(process.execPath, tool, { cwd: folder, encoding: "utf8" });
      return { status, said: stdout + stderr };
    };
    const [before, wrapped] = commands.map(run);
    expect(before).toMatchObject({
      status: 1,
      said: expect.stringMatching(/\[shell-form\]\n/) as string,
    });
    expect(wrapped).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, "tini-ts"))).toEqual(readFileSync(join(root, "dist/tini-ts")));
    expect(run(["lint"])).toEqual({ status: 0, said: "1 file: nothing found\n" });
  });
});
