import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { bareAbsences } from "./absence.ts";

const root = join(import.meta.dirname, "../..");

describe("each test that something is absent", () => {
  it("has a positive control: test/absence.ts", () => {
    const files = globSync("test/**/*.ts", { cwd: root, exclude: ["**/fixtures/**", "test/checks/absence.test.ts"] });
    expect(files).toContain("test/simulation/stopping.test.ts");
    const bare = files.flatMap((file) =>
      bareAbsences(readFileSync(join(root, file), "utf8")).map((line) => `${file}:${line}: use expectAbsent`),
    );
    expect(bare).toEqual([]);
  });
});

describe("the check of absences", () => {
  it.each([
    'expect(text).not.toContain("Time is up");',
    "expect(text).not.toMatch(/^signal/m);",
    'expect(life.counts.get("vfork")).toBeUndefined();',
    'expect(life.counts.has("vfork"), "no vfork").toBe(false);',
    "expect(life.trace.sent(1)).toEqual([]);",
    "expect(timeouts(life)).toHaveLength(0);",
    "expect(life.trace.calls().some(({ name }) => name === name)).toBe(false);",
  ])("finds %s", (line) => {
    expect(bareAbsences(`first();\n  ${line}\n`)).toEqual([2]);
  });

  it.each(['expect(text).toContain("x");', "expect(life.stderr).toEqual([]);", 'expectAbsent("x", text, other);'])(
    "lets %s pass",
    (line) => {
      expect(bareAbsences(line)).toEqual([]);
    },
  );
});

describe("expectAbsent", () => {
  it("passes where the control has the thing and the subject has not", () => {
    expectAbsent("x", "abc", "xyz");
    expectAbsent(/^b$/m, "abc", "a\nb\nc");
    expectAbsent((list: number[]) => list.filter((value) => value < 0), [1, 2], [1, -2]);
  });

  it("fails where the subject has it", () => {
    expect(() => expectAbsent("b", "abc", "xb")).toThrow(/absent: b/);
    expect(() => expectAbsent(/b/gi, "aBc", "b")).toThrow(/absent/);
    expect(() => expectAbsent((list: number[]) => list, [1], [2], "seed 3")).toThrow(/seed 3/);
  });

  it("fails where the control has it not: whoever changes the thing or its name sees it", () => {
    expect(() => expectAbsent("Time's up", "abc", "Time is up")).toThrow(/the control has nothing of Time's up/);
    expect(() => expectAbsent(/^x/, "abc", "ax")).toThrow(/the control has nothing/);
    expect(() => expectAbsent((list: number[]) => list.filter((value) => value < 0), [1], [2])).toThrow(/control/);
  });
});
