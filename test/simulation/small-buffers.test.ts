/**
 * Faults that show only where a buffer is full, which no life can fill: the same init is built with small ones. There the lives
 * go as they should; with the fault, they do not.
 */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";
import { LIVES, seen } from "./lives.ts";

/** By file, what makes its buffers small. */
const SMALL: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  "text/line.ts": [["CAPACITY: i32 = 1200", "CAPACITY: i32 = 61"]],
  "supervision/descendants.ts": [
    ["BLOCKS: i32 = 24", "BLOCKS: i32 = 3"],
    ["BLOCK_BYTES: i32 = 128", "BLOCK_BYTES: i32 = 8"],
  ],
};

/** What is wrong, the file, what stands there, what is put in its place, and the life that finds it. */
const MUTATIONS: readonly (readonly [what: string, file: string, from: string, to: string, life: string])[] = [
  ["a byte that does not fit", "text/line.ts", "next < END - 1", "next < END", "many processes"],
  ["many bytes that do not fit", "text/line.ts", "next < END - 1", "next < END + 8", "many processes"],
  ["a character that does not fit", "text/line.ts", "next + count >= END", "next + count > END", "a long line"],
  ["characters that do not fit", "text/line.ts", "next + count >= END", "next + count >= END + 8", "a long line"],
  ["a cut that is not said", "text/line.ts", "if (next === END - 1)", "if (next === END)", "a long line"],
  ["an end that is too late", "text/line.ts", "buffer + CAPACITY + 1;", "buffer + CAPACITY + 2;", "a long line"],
  ["a dot that does not fit", "text/line.ts", "i < 3; i++", "i < 4; i++", "a long line"],
  [
    "a block of pids that is none",
    "supervision/descendants.ts",
    "block === BLOCKS)",
    "block > BLOCKS)",
    "many processes",
  ],
];

const root = join(import.meta.dirname, "../..");

const life = (name: string) => {
  const found = LIVES[name];
  if (!found) throw new Error(`there is no life ${name}`);
  return found;
};

/** The init with small buffers in a file, and with a fault there. */
async function build(
  file: string,
  ...fault: readonly (readonly [from: string, to: string])[]
): Promise<WebAssembly.Module> {
  const { wasm } = await compile({
    baseDirectory: join(root, "src/init"),
    entry: "main.ts",
    isChecked: true,
    optimize: false,
    change: (name, text) => {
      if (name !== file) return text;
      return [...(SMALL[name] ?? []), ...fault].reduce((changed, [from, to]) => {
        expect(changed.split(from), `${name} has ${from} once`).toHaveLength(2);
        return changed.replace(from, to);
      }, text);
    },
  });
  return new WebAssembly.Module(new Uint8Array(wasm));
}

describe("with small buffers", () => {
  const small = new Map<string, WebAssembly.Module>();
  beforeAll(async () => {
    for (const file of Object.keys(SMALL)) small.set(file, await build(file));
  });

  it("a line that is too long is cut, and ends with dots", () => {
    expect(JSON.parse(seen(life("a long line"), small.get("text/line.ts")))).toMatchObject({
      stderr: [expect.stringMatching(/^.{61}\.\.\.$/) as string],
      trap: null,
    });
  });

  it("as many processes are found", () => {
    expect(seen(life("many processes"), small.get("supervision/descendants.ts"))).toBe(seen(life("many processes")));
  });

  it.each(MUTATIONS)("a fault is found: %s", async (_what, file, from, to, name) => {
    expect(seen(life(name), await build(file, [from, to]))).not.toBe(seen(life(name), small.get(file)));
  });
});
