import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const test = join(import.meta.dirname, "..");

/** The promises to the user that are kept so far; each has a test of its number. */
// prettier-ignore
const KEPT = [
  1, 2, 3, 4, 5, 6,
  10, 11, 12, 13, 14, 15, 16, 17,
  20, 21, 22, 23, 24, 25, 26, 27, 28,
  30, 31, 32,
  40, 41, 42, 43, 44, 45,
  60, 63,
];

/** The numbers at the beginning of the names of tests and groups of tests: "P20: ..." or "P20, P21: ...". */
function promisesIn(source: string): number[] {
  const names = source.matchAll(/\(\s*(["'`])((?:P\d+(?:, ?| and )?)+):/g);
  return [...names].flatMap(([, , numbers = ""]) => [...numbers.matchAll(/\d+/g)].map(([number]) => Number(number)));
}

describe("the promises", () => {
  it("each have a test whose name begins with their number", () => {
    const files = globSync("**/*.test.ts", { cwd: test, exclude: ["checks/**"] });
    const proven = new Set(files.flatMap((file) => promisesIn(readFileSync(join(test, file), "utf8"))));
    expect(KEPT.filter((number) => !proven.has(number)).map((number) => `P${number} has no test`)).toEqual([]);
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
