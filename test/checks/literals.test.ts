import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compile, readSources } from "../../scripts/lib/compile.ts";
import { expand, HOT_BASE, MEMORY_END, ZEROED_BASE } from "../../scripts/lib/literals.ts";

const init = join(import.meta.dirname, "../../src/init");

/** The value of string literals with + between, read by TypeScript itself. */
function valueOf(node: ts.Expression): string {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isBinaryExpression(node)) return valueOf(node.left) + valueOf(node.right);
  throw new Error(`${node.getText()} is no literal`);
}

/** What a source gives to words(). */
function wordsIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "words" && node.arguments[0])
      found.push(valueOf(node.arguments[0]));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.ts", source, ts.ScriptTarget.Latest, true));
  return found;
}

/** Compiles a program that has src/init/text beside it. */
async function compiled(main: string) {
  const baseDirectory = mkdtempSync(join(tmpdir(), "tini-ts-literals-"));
  onTestFinished(() => rmSync(baseDirectory, { recursive: true }));
  cpSync(join(init, "text"), join(baseDirectory, "text"), { recursive: true });
  writeFileSync(join(baseDirectory, "main.ts"), main);
  return compile({ baseDirectory, entry: "main.ts" });
}

/** What the init's own code makes of packed texts. */
async function unpacked(texts: readonly string[]): Promise<string[]> {
  const cases = texts.map((text, index) => `if (index === ${index}) line.put(words(${JSON.stringify(text)}));`);
  const { wasm } = await compiled(`
    import * as line from "./text/line";
    export function say(index: i32): i32 { line.clear(); ${cases.join("\n")} return line.count(); }
    export function address(): usize { return line.address(); }
  `);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), {});
  const { say, address, memory } = instance.exports as {
    say: (index: number) => number;
    address: () => number;
    memory: WebAssembly.Memory;
  };
  return texts.map((_, index) => Buffer.from(memory.buffer, 0).toString("latin1", address(), address() + say(index)));
}

/** What a text says to the user: between two \u0001 are capitals (src/init/text/line.ts). */
const spoken = (text: string) =>
  text
    .split("\u0001")
    .map((part, index) => (index % 2 === 1 ? part.toUpperCase() : part))
    .join("");

/** One file, expanded, and the texts that its addresses mean. */
function expandAll(source: string) {
  const { files, address, texts } = expand(new Map([["a.ts", source]]));
  const bytesAt = (at: number) => [...texts.subarray(at - address, texts.indexOf(0, at - address) + 1)];
  return { source: files.get("a.ts") ?? "", address, texts, bytesAt };
}
const expandOne = (source: string) => expandAll(source).source;

describe("words()", () => {
  let said: string[] = [];
  beforeAll(async () => {
    const sources = await readSources({ baseDirectory: init, entry: "full.ts" });
    said = [...new Set([...sources.values()].flatMap(wordsIn))];
  });

  it("is unpacked by the init to what the source says, each text of the init", async () => {
    expect(said.length).toBeGreaterThan(100);
    expect(await unpacked(said)).toEqual(said.map(spoken));
  });

  it("is unpacked to itself whatever ASCII it has", async () => {
    const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");
    const odd = [
      ...["", " ", "a", "A", "aA", "Aa", "AAAA", "aaaa", "ABCdefGHI", "SIGTERM or TERM", "TINI_GRACE_x_Y"],
      ...[
        "\n",
        "a\nB\n\nC",
        "\"'\\",
        "\\\\",
        "[`{@",
        "Z[z{",
        "1A2b3C",
        "abababababababab",
        "AbAbAbAbAb",
        "x".repeat(900),
      ],
      printable,
      printable.split("").reverse().join(""),
    ];
    expect(await unpacked([...odd, ...said])).toEqual([...odd, ...said].map(spoken));
  });

  it("makes the init's texts smaller by a third at least", () => {
    const { texts } = expandAll(`${said.map((text) => `words(${JSON.stringify(text)});`).join("\n")}\npairs();`);
    expect(texts.length).toBeLessThan((said.join("").length * 2) / 3);
  });

  it("takes ASCII alone", () => {
    for (const text of ["é", "a\\u0000b", "…", "\\u007f", "\\t"])
      expect(() => expandOne(`words("${text}")`)).toThrow("ASCII is expected");
  });
});

describe("the other words of the build", () => {
  it("text() becomes the address of its bytes as UTF-8 with a NUL, whatever the quotes", () => {
    const { source, bytesAt } = expandAll(`a(text("é")); text('"\\'' + "x");`);
    const [, first, second] = /^a\((\d+)\); (\d+);$/.exec(source) ?? [];
    expect(bytesAt(Number(first))).toEqual([195, 169, 0]);
    expect(bytesAt(Number(second))).toEqual([34, 39, 120, 0]);
  });

  it("text() is there once, and where it is another's end, there", () => {
    const { source, texts } = expandAll('text("grace"); text("ace"); text("grace"); text("grac");');
    const [grace = NaN, ace, again, other] = source.match(/\d+/g)?.map(Number) ?? [];
    expect([ace, again, other]).toEqual([grace + 2, grace, grace + 6]);
    expect(texts.length).toBe("grace.grac.".length);
  });

  it("code() becomes the number of its character, and takes one ASCII character alone", () => {
    expect(expandOne(`code("a") + code('"') + code("\\n")`)).toBe("97 + 34 + 10");
    for (const literal of [`""`, `"ab"`, `"é"`])
      expect(() => expandOne(`code(${literal})`)).toThrow("one ASCII character is expected");
  });

  it("leave names alone that only end like theirs", () => {
    const source = `context("a"); line.text("a"); keywords("a"); encode("a"); x.zeroed(8); unzeroed(8); decode("ab");`;
    expect(expandOne(source)).toBe(source);
  });

  it("keep each line where it was, so that source maps hold", () => {
    const source = `a(\n  text(\n    "one" +\n      "two",\n  ),\n);\nwords(\n  "three",\n);\nlast();\n`;
    const lines = expandOne(source).split("\n");
    expect(lines.length).toBe(source.split("\n").length);
    expect(lines.indexOf("last();")).toBe(source.split("\n").indexOf("last();"));
  });

  it("zeroed() gives each buffer room of its own, aligned, behind the constants and within the memory", () => {
    const sizes = [8, 1, 512, 513, 4100, 12, 7, 65];
    const files = sizes.map((size, index): [string, string] => [`${index}.ts`, `zeroed(${size})`]);
    const places = [...expand(new Map(files)).files.values()]
      .map((address, index) => ({ start: Number(address), end: Number(address) + (sizes[index] ?? NaN) }))
      .toSorted((a, b) => a.start - b.start);
    for (const [index, { start, end }] of places.entries()) {
      expect(start % 8).toBe(0);
      expect(start).toBeGreaterThanOrEqual(places[index - 1]?.end ?? ZEROED_BASE);
      expect(end).toBeLessThanOrEqual(MEMORY_END);
    }
  });

  it("zeroed() takes sums and products of constants, also of other files", () => {
    const sizes = new Map([
      [
        "a.ts",
        'import {\n  ROWS,\n} from "./b/c";\nconst BYTES: i32 = 3;\na(zeroed(ROWS * 4 + BYTES), zeroed(ROWS * BYTES));',
      ],
      ["b/c.ts", 'export { ROWS } from "../d";'],
      ["d.ts", "export const ROWS: i32 = 1_00;\na(zeroed(8));"],
    ]);
    const [, first, second] = /a\((\d+), (\d+)\)/.exec(expand(sizes).files.get("a.ts") ?? "") ?? [];
    expect(Number(second) - Number(first)).toBe(408);
    expect(/a\((\d+)\)/.exec(expand(sizes).files.get("d.ts") ?? "")?.[1]).toBe(String(Number(second) + 304));
  });

  it("zeroed() refuses small buffers that crowd the page that each life touches, which seldom() leaves alone", () => {
    const many = (word: string, count: number) => `${word}(448);`.repeat(count);
    expect(() => expandOne(many("zeroed", 8))).not.toThrow();
    expect(() => expandOne(many("zeroed", 9))).toThrow("64 bytes too many for the one page; seldom() is elsewhere");
    expect(() => expandOne(many("zeroed", 8) + many("seldom", 9))).not.toThrow();
    expect(Number(/\d+/.exec(expandOne("seldom(8)"))?.[0])).toBe(ZEROED_BASE);
  });

  it("zeroed() refuses what does not fit into the memory", () => {
    const room = Array.from({ length: (HOT_BASE - ZEROED_BASE) / 4096 }, () => "zeroed(4096);").join("");
    expect(() => expandOne(room)).not.toThrow();
    expect(() => expandOne(`${room} zeroed(512)`)).toThrow("zeroed buffers are 512 bytes too many");
    // The page that each life touches, and the one behind it.
    expect(() => expandOne("zeroed(8192)")).not.toThrow();
    expect(() => expandOne("zeroed(8); zeroed(8192)")).toThrow("zeroed buffers are 8 bytes too many");
  });

  it("zeroed() for a struct is no address where the struct has outgrown it", async () => {
    const { wasm } = await compiled(`
      @unmanaged class Two { a: i64 = 0; b: i64 = 0; }
      export function fits(): usize { return zeroed(16, Two); }
      export function isTooLarge(): usize { return zeroed(15, Two); }
    `);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), {});
    const { fits, isTooLarge } = instance.exports as Record<string, () => number>;
    expect(fits?.()).toBeGreaterThanOrEqual(ZEROED_BASE);
    expect(isTooLarge?.()).toBe(0);
  });

  it.each(["text(name)", "words(name)", 'words("a" + name)', "code(name)", "zeroed(name)"])(
    "%s is refused by the compiler: they take literals alone",
    async (use) => {
      const main = `export function start(name: usize): usize { return ${use}; }`;
      await expect(compiled(main)).rejects.toThrow(/^AssemblyScript refuses main\.ts:\n/);
    },
  );
});
