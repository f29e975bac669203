import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Ground, grounds } from "../grounds.ts";
import { testsByPromise } from "./promises.ts";

const root = join(import.meta.dirname, "../..");

/** The promises that docs/promises.md lists: the ground that owns each, and where else it has smoke tests. */
function listed(): { number: number; owner: string; also: string[] }[] {
  const page = readFileSync(join(root, "docs/promises.md"), "utf8");
  const rows = page.matchAll(/^\| P(\d+) +\| \S.* \| ([a-z]+) +\| ([a-z, ]*?) *\|$/gm);
  return Array.from(rows, ([, number, owner = "", also = ""]) => ({
    number: Number(number),
    owner,
    also: also === "" ? [] : also.split(", "),
  }));
}

/** How many tests of a ground there are for each promise. */
function testsOf(ground: string): Map<number, number> {
  const counts = new Map<number, number>();
  const files = globSync(`test/${ground}/**/*.test.ts`, { cwd: root, exclude: ["test/checks/promises.test.ts"] });
  for (const file of files)
    for (const [number, count] of testsByPromise(readFileSync(join(root, file), "utf8")))
      counts.set(number, (counts.get(number) ?? 0) + count);
  return counts;
}

const tests = Object.fromEntries(Object.keys(grounds).map((ground) => [ground, testsOf(ground)])) as Record<
  Ground,
  Map<number, number>
>;

/** The grounds with tests of a promise, the one with the most tests first, the others as in test/grounds.ts. */
function groundsOf(number: number): Ground[] {
  const all = (Object.keys(grounds) as Ground[]).filter((ground) => tests[ground].has(number));
  const count = (ground: Ground): number => tests[ground].get(number) ?? 0;
  const most = Math.max(...all.map(count));
  return [...all.filter((ground) => count(ground) === most), ...all.filter((ground) => count(ground) < most)];
}

describe("docs/promises.md", () => {
  const promises = listed();

  it("lists each promise once, in order", () => {
    const numbers = promises.map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(30);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it("names for each promise the ground that owns it: no other has more tests of it", () => {
    const wrong = promises.filter(({ number, owner }) => {
      const count = tests[owner as Ground].get(number) ?? 0;
      return count === 0 || groundsOf(number).some((ground) => (tests[ground].get(number) ?? 0) > count);
    });
    expect(wrong.map(({ number, owner }) => `P${number} is owned by ${groundsOf(number)[0]}, not by ${owner}`)).toEqual(
      [],
    );
  });

  it("names for each promise all other grounds with tests of it", () => {
    const expected = promises.map(({ number, owner }) => ({
      number,
      owner,
      also: (Object.keys(grounds) as Ground[]).filter((ground) => ground !== owner && tests[ground].has(number)),
    }));
    expect(promises).toEqual(expected);
  });

  it("has every number that a test carries", () => {
    const numbers = new Set(promises.map(({ number }) => number));
    const missing = Object.values(tests)
      .flatMap((counts) => [...counts.keys()])
      .filter((number) => !numbers.has(number));
    expect(missing.map((number) => `P${number} is no promise of docs/promises.md`)).toEqual([]);
  });
});

describe("the check of the promises", () => {
  it("counts a test under its own numbers and those of the groups around it, and one of each list once", () => {
    const source = `
      it("P10: nothing is lost", () => {});
      it.each([1, 2])(
        \`P20, P21: signal %i is forwarded\`, () => {});
      describe("P21 and P22: terminals", () => {
        test("one", () => {});
        test.runIf(true).each([3])("P21: another", () => {});
        describe.each([1])("P30: inner", () => {
          it("third", () => {});
        });
      });
      it("keeps P31: its code", () => {});
      other("P32: no test", () => {});
    `;
    expect(Object.fromEntries(testsByPromise(source))).toEqual({ 10: 1, 20: 1, 21: 4, 22: 3, 30: 1 });
  });
});
