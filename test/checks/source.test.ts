import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { brokenSteps, duplicates, pathsIn } from "./source.ts";

const root = join(import.meta.dirname, "../..");

/** Files by their paths below `folder`. */
function read(pattern: string, folder: string): Map<string, string> {
  const paths = globSync(pattern, { cwd: join(root, folder) }).sort();
  return new Map(paths.map((path) => [path, readFileSync(join(root, folder, path), "utf8")]));
}

describe("the source", () => {
  it("of the init has files of less than 300 lines, but for the tables of options and of events, which are data", () => {
    const files = read("**/*.ts", "src/init");
    expect(files.size).toBeGreaterThan(50);
    const long = [...files].filter(([, source]) => source.split("\n").length > 300).map(([path]) => path);
    expect(long).toEqual(["config/options.data.ts", "report/events.data.ts"]);
  });

  it("of the init has buffers whose sizes are made of named constants", () => {
    const sized = [...read("**/*.ts", "src/init")].flatMap(([path, source]) =>
      [...source.matchAll(/\bzeroed(?:Cold)?\(.*$/gm)].map(([text]) => `${path}: ${text}`),
    );
    expect(sized.length).toBeGreaterThan(60);
    // The NUL behind a text, or that begins one, is a 1; and a size of its own has a name that says of what.
    expect(
      sized.filter((text) => /[2-9]|\d\d/.test(text.replace(/^.*?zeroed/, "").replaceAll(/\w*[a-z_]\w*/gi, ""))),
    ).toEqual([]);
  });

  it("has no six lines twice, but for those that have a reason", () => {
    const reasons = new Map([
      // A variable of a function can be bound to a register, a parameter or a macro's result cannot: each function binds its own.
      ["src/host/registers.h", "registers"],
      ["src/host/ppc64le.h", "registers"],
    ]);
    const files = read("**/*.{ts,c,h}", "src");
    const found = duplicates(new Map([...files].map(([path, source]) => [`src/${path}`, source])), 6);
    const unexplained = found.filter(({ places }) => !places.every((place) => reasons.has(place.replace(/:\d+$/, ""))));
    expect(unexplained).toEqual([]);
    for (const path of reasons.keys())
      expect(
        found.some(({ places }) => places.every((place) => place.startsWith(`${path}:`))),
        `${path} needs its reason`,
      ).toBe(true);
  });
});

describe("the check of duplicates", () => {
  const six = "one();\ntwo();\n\nthree();\n// a comment\nfour();\n  five();\nsix();\n";

  it("finds six lines in another file or further down, whatever stands between them that is no code", () => {
    const again = `import { a } from "a";\n/*\n * one();\n */\n${six.replaceAll("\n", "\n\n").replace("// a comment", "/* another */")}`;
    expect(
      duplicates(
        new Map([
          ["a.ts", six],
          ["b.ts", again],
        ]),
        6,
      ),
    ).toEqual([
      { places: ["a.ts:1", "b.ts:5"], lines: ["one();", "two();", "three();", "four();", "five();", "six();"] },
    ]);
    expect(duplicates(new Map([["a.ts", `${six}between();\n${six}`]]), 6).map(({ places }) => places)).toEqual([
      ["a.ts:1", "a.ts:10"],
    ]);
  });

  it("counts a longer run once, and takes five lines, comments and imports for nothing", () => {
    expect(
      duplicates(
        new Map([
          ["a.ts", `${six}${six}`.repeat(1)],
          ["b.ts", `${six}seven();\n`],
        ]),
        6,
      ),
    ).toHaveLength(2);
    expect(
      duplicates(
        new Map([
          ["a.ts", six],
          ["b.ts", six.replace("six();", "6;")],
        ]),
        6,
      ),
    ).toEqual([]);
    const head = `${'import { a } from "a";\n'.repeat(4)}/**\n${" * The same.\n".repeat(9)} */\n`;
    expect(
      duplicates(
        new Map([
          ["a.ts", head],
          ["b.ts", head],
        ]),
        6,
      ),
    ).toEqual([]);
  });
});

describe("the paths through the source in CONTRIBUTING.md", () => {
  const paths = pathsIn(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"));
  const files = read("**/*.ts", "src/init");

  it("are there: where a signal is forwarded, where the grace period is decided, where memory.max is written", () => {
    expect([...paths.keys()]).toEqual([
      "Where a signal is forwarded",
      "Where the grace period is decided",
      "Where memory.max is written",
    ]);
    for (const steps of paths.values()) expect(steps.length).toBeGreaterThan(3);
  });

  it("name functions that are there, of which each calls the next", () => {
    expect([...paths.values()].flatMap((steps) => brokenSteps(steps, files))).toEqual([]);
  });

  it("would be found out: a file, a function or a call that is gone", () => {
    const document = "### A path\n\nText.\n\n```\na.ts  one → two\nb.ts  → three\n```\n";
    const steps = pathsIn(document).get("A path") ?? [];
    expect(steps.map(({ file, name }) => `${file} ${name}`)).toEqual(["a.ts one", "a.ts two", "b.ts three"]);
    const a = "function one(): void {\n  two();\n}\n\nexport function two(): void {\n  three();\n}\n";
    const b = "export function three(): void {\n  one();\n}\n";
    expect(
      brokenSteps(
        steps,
        new Map([
          ["a.ts", a],
          ["b.ts", b],
        ]),
      ),
    ).toEqual([]);
    expect(brokenSteps(steps, new Map([["a.ts", a]]))).toEqual(["b.ts has no function three"]);
    expect(
      brokenSteps(
        steps,
        new Map([
          ["a.ts", a.replace("  two", "  four")],
          ["b.ts", b],
        ]),
      ),
    ).toEqual(["one of a.ts does not call two"]);
  });
});
