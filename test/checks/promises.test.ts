import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** The promises that docs/promises.md lists, with the ground that owns each. */
function listed(): { number: number; owner: string }[] {
  const page = readFileSync(join(root, "docs/promises.md"), "utf8");
  const rows = page.matchAll(/^\| P(\d+) +\| \S.* \| ([a-z]+) +\|$/gm);
  return Array.from(rows, ([, number, owner = ""]) => ({ number: Number(number), owner }));
}

/** The numbers at the beginning of the names of tests and groups of tests: "P20: ..." or "P20, P21: ...". */
function promisesIn(source: string): number[] {
  const names = source.matchAll(/\(\s*(["'`])((?:P\d+(?:, ?| and )?)+):/g);
  return [...names].flatMap(([, , numbers = ""]) => [...numbers.matchAll(/\d+/g)].map(([number]) => Number(number)));
}

/** The numbers that the tests of a ground, or of all of them, carry. */
function provenIn(ground: string): Set<number> {
  const files = globSync(`test/${ground}/**/*.test.ts`, { cwd: root, exclude: ["test/checks/promises.test.ts"] });
  return new Set(files.flatMap((file) => promisesIn(readFileSync(join(root, file), "utf8"))));
}

describe("docs/promises.md", () => {
  const promises = listed();

  it("lists each promise once, in order", () => {
    const numbers = promises.map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(30);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it("names for each promise a ground whose tests carry its number", () => {
    const unproven = promises.filter(({ number, owner }) => !provenIn(owner).has(number));
    expect(unproven.map(({ number, owner }) => `P${number} has no test in test/${owner}`)).toEqual([]);
  });

  it("has every number that a test carries", () => {
    const numbers = promises.map(({ number }) => number);
    const missing = [...provenIn("*")].filter((number) => !numbers.includes(number));
    expect(missing.map((number) => `P${number} is no promise of docs/promises.md`)).toEqual([]);
  });
});

describe("the check of the promises", () => {
  it("reads one number or several, and nothing but the beginning of a name", () => {
    expect(
      promisesIn(`
        it("P10: nothing is lost", () => {});
        it.each([1, 2])(
          \`P20, P21: signal %i is forwarded\`, () => {});
        it("keeps P30: its code", () => {});
      `),
    ).toEqual([10, 20, 21]);
  });
});
