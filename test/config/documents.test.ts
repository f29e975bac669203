/** The documents that are made from the option table: up to date, and right. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { expectAbsent } from "../absence.ts";
import { documentsOf, staleDocuments } from "../../scripts/documents.ts";
import type { Option } from "../../scripts/lib/documents/table.ts";
import { meaning } from "./meaning.ts";
import { rightValues, spellings, wrongValues } from "./samples.ts";
import { MANY_RUNS, directory, options, run, settings } from "./subject.ts";

const root = join(import.meta.dirname, "../..");
const table = inject("table");

let documents: Map<string, string>;
beforeAll(async () => {
  documents = await documentsOf(table);
});

describe("the documents", () => {
  test("match the table: npm run documents rewrites them", async () => {
    expect(await staleDocuments(documents)).toEqual([]);
  });

  test("are stale if one differs or is missing", async () => {
    const copy = mkdtempSync(join(directory, "documents-"));
    const [first = "", second = "", ...others] = documents.keys();
    for (const path of [first, ...others]) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), documents.get(path) ?? "");
    }
    expect(await staleDocuments(documents, copy)).toEqual([second]);
    writeFileSync(join(copy, first), `${documents.get(first) ?? ""}\n`);
    expect(await staleDocuments(documents, copy)).toEqual([first, second]);
  });

  test("are checked by a command that changes nothing", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/documents.ts", "--check"], {
      cwd: root,
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("name each option, its letter, its variable and its default", () => {
    const page = documents.get("docs/options.md") ?? "";
    const manual = (documents.get("docs/tini-ts.1") ?? "").replaceAll("\\-", "-");
    for (const { name, letter, variable, default: value, manual: description } of options) {
      expect(page).toContain(description);
      for (const text of [page, manual]) {
        expect(text).toContain(`--${name}`);
        expect(text).toContain(letter === null ? "" : `-${letter}`);
        expect(text).toContain(variable ?? "");
        expect(text).toContain(value ?? "");
      }
    }
  });
});

describe("docs/limits.md", () => {
  const page = readFileSync(join(root, "docs/limits.md"), "utf8");

  test("has each limit, and is linked from the README and from the options", () => {
    const limits = options.filter(
      ({ section, name }) => section === "LIMITS" && !["limits", "runtime-hints"].includes(name),
    );
    const rows = page.split("\n").flatMap((line) => /^\| `--([a-z-]+)` /.exec(line)?.[1] ?? []);
    expect(rows.toSorted()).toEqual(limits.map(({ name }) => name).toSorted());
    expect(documents.get("README.md")).toContain("(docs/limits.md)");
    expect(documents.get("docs/options.md")).toContain("(limits.md)");
  });

  test("names no option that does not exist", () => {
    const named = page.matchAll(/`--([a-z-]+)[ =`]/g);
    // What follows NODE_OPTIONS is Node's.
    const ours = Array.from(named, ([, name = ""]) => name).filter((name) => name !== "max-old-space-size");
    expect(ours.filter((name) => !options.some((option) => option.name === name))).toEqual([]);
  });
});

describe("the table that they are made from", () => {
  test("is the usage's: each option with its letter, value and line of help", () => {
    const usage = run({ words: ["-h"] }).stdout;
    for (const { name, letter, help, default: value, isFlag } of options) {
      const shown = value === null || (isFlag && value === "no") ? "" : ` (default: ${value})`;
      expect(usage).toContain(`${letter === null ? "    " : `-${letter}, `}--${name}`);
      expect(usage).toContain(` ${help}${shown}\n`);
    }
    expect(usage.split("\n").filter((line) => /^ {2}(?:-.,| {3}) --/.test(line))).toHaveLength(options.length);
  });

  test("has unique names and letters", () => {
    const names = options.map(({ name }) => name);
    const letters = options.flatMap(({ letter }) => letter ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(letters).size).toBe(letters.length);
  });
});

describe("the manual page", () => {
  const page = join(root, "docs/tini-ts.1");
  const render = (...more: string[]) =>
    spawnSync("groff", ["-man", "-Tutf8", "-ww", "-rLL=80n", ...more, page], { encoding: "utf8" });

  test("is rendered without a warning", () => {
    const { status, stderr } = render();
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("fits a terminal, has every section, and options that can be copied", () => {
    // Without escape sequences for bold type.
    const text = render("-P-cbou").stdout;
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    for (const section of ["NAME", "SYNOPSIS", "OPTIONS", "STOPPING", "SIGNALS", "EXIT STATUS", "ENVIRONMENT", "FILES"])
      expect(text).toMatch(new RegExp(`^${section}$`, "m"));
    for (const { name } of options) expect(text).toContain(`--${name}`);
    // Neither soft hyphens nor typographic dashes and quotes in what users copy.
    expectAbsent(/[\u2010-\u2015\u2018\u2019\u00ad]/, text, "\u2013-\u2018x\u2019");
  });

  test("names the version of package.json, and no date", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(render("-P-cbou").stdout).toContain(`tini-ts ${version}`);
    expectAbsent(/\b20\d\d\b/, readFileSync(page, "utf8"), new Date().toISOString());
  });
});

describe("P4: the JSON Schema of a configuration file", () => {
  const schema = JSON.parse(readFileSync(join(root, "docs/tini-yml.schema.json"), "utf8")) as object;
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, allErrors: true }).compile(
    schema,
  );
  /** Whether it is right as text by text, as a parser without types hands it over, and as an editor sees it. */
  const accepts = (text: string) => ({
    bare: validate(parse(text, { schema: "failsafe" })),
    typed: validate(parse(text, { schema: "core" })),
  });
  const ALL = { bare: true, typed: true };
  const NONE = { bare: false, typed: false };

  /** A file with one value, which is quoted or not. */
  const fileWith = (option: Option, value: string, quote = "") => `${option.name}: ${quote}${value}${quote}\n`;
  const verdict = (text: string) => run({ file: text }, "--print-config").code === 0;

  test.each(settings)("takes every right value of $name, as text, number and item", (option) => {
    for (const value of [...rightValues(option), ...(spellings[option.kind] ?? []).map(([said]) => said)]) {
      for (const quote of ["", "'", '"']) {
        const text = fileWith(option, value, quote);
        expect({ text, accepted: verdict(text) }).toEqual({ text, accepted: true });
        expect({ text, ...accepts(text) }).toEqual({ text, ...ALL });
      }
      if (!option.isList) continue;
      const items = `${option.name}:\n${value
        .split(",")
        .map((each) => `  - ${each}\n`)
        .join("")}`;
      expect(verdict(items)).toBe(true);
      expect({ items, ...accepts(items) }).toEqual({ items, ...ALL });
    }
  });

  test.each(settings)("refuses every wrong value of $name", (option) => {
    for (const value of wrongValues(option)) {
      const text = `${option.name}: ${JSON.stringify(value)}\n`;
      expect({ text, accepted: verdict(text) }).toEqual({ text, accepted: false });
      expect({ text, ...accepts(text) }).toEqual({ text, ...NONE });
      if (!option.isList) continue;
      const items = `${option.name}:\n  - ${JSON.stringify(value)}\n`;
      expect({ items, accepted: verdict(items) }).toEqual({ items, accepted: false });
      expect({ items, ...accepts(items) }).toEqual({ items, ...NONE });
    }
  });

  test("agrees with the init on each signal, in each place for one", MANY_RUNS, () => {
    const names = [...table.signals, "RTMIN", "RTMAX", "CLD", "POLL", "IOT", "RTMID"];
    const numbers = Array.from({ length: 70 }, (_, number) => String(number));
    const offsets = numbers.slice(0, 35).flatMap((number) => [`RTMIN+${number}`, `RTMAX-${number}`, `RTMIN-${number}`]);
    const all = [
      ...names,
      ...names.map((name) => `sig${name.toLowerCase()}`),
      ...numbers,
      ...offsets,
      "007",
      "0064",
      "RTMIN+03",
    ];
    for (const signal of all) {
      for (const [name, value] of [
        ["parent-death-signal", signal],
        ["stop-signals", signal],
        ["rewrite", `${signal}:TERM`],
        ["rewrite", `TERM:${signal}`],
      ] as const) {
        const text = `${name}: "${value}"\n`;
        expect({ text, ...accepts(text) }).toEqual({ text, bare: verdict(text), typed: verdict(text) });
      }
    }
  });

  test("agrees with the init on values of every kind that are nearly right", MANY_RUNS, () => {
    const letters = fc.constantFrom(..."0123456789:,+-._/%ms hSIGTERMtermRTMINoyeskKgBibaxX".split(""));
    const nearly = fc
      .constantFrom(...settings)
      .chain((option) =>
        fc.tuple(
          fc.constant(option),
          fc.constantFrom(...rightValues(option), ...(spellings[option.kind] ?? []).map(([said]) => said), "12", "1:2"),
          fc.nat(20),
          fc.nat(2),
          fc.string({ unit: letters, maxLength: 3 }),
        ),
      )
      .map(([option, value, at, taken, put]) => ({
        option,
        value: value.slice(0, at) + put + value.slice(at + taken),
      }));
    fc.assert(
      fc.property(nearly, ({ option, value }) => {
        const text = `${option.name}: "${value}"\n`;
        const right = meaning(option, [value]) !== null;
        expect({ text, accepted: verdict(text) }).toEqual({ text, accepted: right });
        // No pattern tells which of two numbers is the larger one.
        if (option.kind === "RLIMITS" && !right) return;
        expect({ text, ...accepts(text) }).toEqual({ text, bare: right, typed: right });
      }),
      { numRuns: 800 },
    );
  });

  const measured = settings.filter(({ kind }) =>
    ["SIZE", "CPUS", "NUMBER", "NUMBER_OR_MAX", "DURATION"].includes(kind),
  );

  test.each(measured)("has the same bounds for $name as the rules, in each unit", (option) => {
    const bounds = [
      ...[0n, 1n, 10n, 100n, 576n, 1000n, 10_000n, 34_560n, 2_073_600n, 4_194_304n, 2_073_600_000n, 2_147_483_648n],
      ...[0n, 1n, 2n, 10n, 20n, 28n, 30n, 31n, 33n, 40n, 43n].map((power) => 2n ** power),
    ];
    const near = fc
      .tuple(fc.constantFrom(...bounds), fc.integer({ min: -2, max: 2 }), fc.nat(30), fc.nat(3))
      .map(([bound, more, decimals, zeros]) => {
        const digits = String(bound + BigInt(more))
          .replace("-", "")
          .padStart(decimals + 1, "0");
        const at = digits.length - decimals;
        return "0".repeat(zeros) + digits.slice(0, at) + (decimals === 0 ? "" : `.${digits.slice(at)}`);
      });
    const unit = fc.constantFrom("", "", "%", "k", "M", "GiB", "T", "b", "ms", "s", "m", "h", " 100000");
    fc.assert(
      fc.property(near, unit, (number, behind) => {
        const value = number + behind;
        const right = meaning(option, [value]) !== null;
        expect({ value, right: validate({ [option.name]: value }) }).toEqual({ value, right });
      }),
      { numRuns: 3000 },
    );
  });

  test("accepts a file with every setting, an empty one, and the output of --print-config", () => {
    expect(accepts("")).toEqual(ALL);
    expect(accepts("# a comment\n")).toEqual(ALL);
    expect(accepts(run({}, "--print-config").stdout)).toEqual(ALL);
    const everything = settings
      .filter(({ name, sets }) => name === sets && name !== "pause")
      .map((option) => fileWith(option, rightValues(option)[0] ?? ""))
      .join("");
    expect(accepts(everything)).toEqual(ALL);
    expect(verdict(everything)).toBe(true);
  });

  test.each([
    ["a name that is no option", "graze: 1s\n"],
    ["an option that has no place in a file", "config: /etc/tini.yml\n"],
    ["an action", "help: yes\n"],
    ["a map", "grace:\n  seconds: 3\n"],
    ["a list of a single option", "grace:\n- 1s\n"],
    ["a list without items", "rewrite: []\n"],
    ["no value", "grace:\n"],
    ["no value of a list", "rewrite:\n"],
    ["a list", "- grace\n"],
    ["a text", "grace\n"],
    ["a fraction", "grace: 1.5\n"],
    ["a group without a group", "forward-to: group\nisolate: none\n"],
    ["a fraction of a weight", "cpu-weight: 1.5\n"],
    ["a fraction of a process", "pids-max: 99.5\n"],
    ["less than a page", "memory-max: 4095\n"],
    ["less than a hundredth of a CPU", "cpu-max: 0.009\n"],
    ["a quota as a list", "cpu-max:\n- 150000\n- 100000\n"],
    ["CPUs as a list", "cpuset-cpus:\n- 0\n- 1\n"],
    ["the init's own group", "cgroup: init\n"],
    ["the same by other names", "kill-process-group: yes\nsingle-child: true\n"],
    ["a pause that is started again", "pause: yes\nrestart: always\n"],
  ])("refuses %s, as the init does", (_, text) => {
    expect(verdict(text)).toBe(false);
    expect(accepts(text)).toEqual(NONE);
  });

  test("accepts what only looks like a contradiction, as the init does", () => {
    for (const text of [
      "forward-to: all\nisolate: none\n",
      "forward-to: group\nisolate: session\n",
      "kill-process-group: no\nsingle-child: yes\n",
      "pause: no\nrestart: always\n",
      "pause: yes\nrestart: no\n",
    ]) {
      expect({ text, accepted: verdict(text), ...accepts(text) }).toEqual({ text, accepted: true, ...ALL });
    }
  });

  test("describes each setting", () => {
    const { properties } = schema as { properties: Record<string, { description?: string }> };
    expect(Object.keys(properties)).toEqual(settings.map(({ name }) => name));
    for (const { description } of Object.values(properties)) expect(description).toMatch(/^[A-Z].+\.$/);
  });
});
