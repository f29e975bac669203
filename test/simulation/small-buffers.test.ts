/**
 * Faults that show only where a buffer is full, which no life can fill: the same init is built with small ones. There the lives
 * go as they should; with the fault, they do not.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { type Change, compileChanged } from "./changed.ts";
import { given, seen } from "./lives.ts";

/** The changes that make buffers small, by file. */
const SMALL: Readonly<Record<string, readonly Change[]>> = {
  "text/line.ts": [["CAPACITY: i32 = 1200", "CAPACITY: i32 = 61"]],
  "supervision/descendants.ts": [
    ["BLOCKS: i32 = 24", "BLOCKS: i32 = 3"],
    ["BLOCK_BYTES: i32 = 128", "BLOCK_BYTES: i32 = 8"],
  ],
};

/** The fault, the file, the text there, its replacement, and the life that finds it. */
const MUTATIONS: readonly (readonly [what: string, file: string, from: string, to: string, life: string])[] = [
  ["a byte that does not fit", "text/line.ts", "next < limit - 1", "next < limit", "many processes"],
  ["many bytes that do not fit", "text/line.ts", "next < limit - 1", "next < limit + 8", "many processes"],
  ["a character that does not fit", "text/line.ts", "next + count >= limit", "next + count > limit", "a long line"],
  ["characters that do not fit", "text/line.ts", "next + count >= limit", "next + count >= limit + 8", "a long line"],
  ["a cut that is not said", "text/line.ts", "if (next === limit - 1)", "if (next === limit)", "a long line"],
  ["an end that is too late", "text/line.ts", "buffer + CAPACITY + 1);", "buffer + CAPACITY + 2);", "a long line"],
  ["a dot that does not fit", "text/line.ts", "i < 3; i++", "i < 4; i++", "a long line"],
  [
    "a block of pids that is none",
    "supervision/descendants.ts",
    "block === BLOCKS)",
    "block > BLOCKS)",
    "many processes",
  ],
];

/** The init with small buffers in a file, and with a fault there. */
const build = (file: string, ...fault: readonly Change[]): Promise<WebAssembly.Module> =>
  compileChanged(file, [...(SMALL[file] ?? []), ...fault]);

describe("with small buffers", () => {
  const small = new Map<string, WebAssembly.Module>();
  beforeAll(async () => {
    for (const file of Object.keys(SMALL)) small.set(file, await build(file));
  });

  it("a line that is too long is cut, and ends with dots", () => {
    expect(JSON.parse(seen(given("a long line"), small.get("text/line.ts")))).toMatchObject({
      stderr: [expect.stringMatching(/^.{61}\.\.\.$/) as string],
      trap: null,
    });
  });

  it("as many processes are found", () => {
    expect(seen(given("many processes"), small.get("supervision/descendants.ts"))).toBe(seen(given("many processes")));
  });

  it.each(MUTATIONS)("a fault is found: %s", async (_what, file, from, to, name) => {
    expect(seen(given(name), await build(file, [from, to]))).not.toBe(seen(given(name), small.get(file)));
  });
});
