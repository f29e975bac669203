import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as as from "assemblyscript";
import ts from "typescript";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";
import { Intrinsics } from "../../scripts/lib/intrinsics.ts";
import { GUARD_BYTES, HOT_BASE, MEMORY_END, ZEROED_BASE } from "../../scripts/lib/layout.ts";
import { eventsSource, withPlaces } from "../../scripts/lib/events.ts";
import { optionsSource } from "../../scripts/lib/options.ts";

const init = join(import.meta.dirname, "../../src/init");

/** The value of string literals with + between, read by TypeScript itself. */
function valueOf(node: ts.Expression): string {
  if (ts.isStringLiteral(node)) return node.text;
  if (ts.isBinaryExpression(node)) return valueOf(node.left) + valueOf(node.right);
  throw new Error(`${node.getText()} is no literal`);
}

/** The arguments of message() in a source. */
function messagesIn(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText() === "message" && node.arguments[0])
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

/** Packed texts as the init's own code unpacks them. */
async function unpacked(texts: readonly string[]): Promise<string[]> {
  const cases = texts.map((text, index) => `if (index === ${index}) line.put(message(${JSON.stringify(text)}));`);
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
  return texts.map((_, index) => {
    const size = say(index);
    return Buffer.from(memory.buffer, address(), size).toString("latin1");
  });
}

/** What a text says to the user: between two \u0001 are capitals (src/init/text/line.ts), and braces are places. */
const spoken = (text: string) =>
  withPlaces(text)
    .split("\u0001")
    .map((part, index) => (index % 2 === 1 ? part.toUpperCase() : part))
    .join("");

/** Parses files and expands their intrinsics. Returns the files as the compiler gets them, and its messages. */
function expand(files: Record<string, string>, isGuarded = false) {
  const program = as.newProgram(as.newOptions());
  for (const [path, text] of Object.entries(files)) as.parse(program, text, path, true);
  const intrinsics = new Intrinsics(isGuarded);
  intrinsics.afterParse(program.parser);
  const errors = program.parser.diagnostics.map(({ message, range }) => {
    const text = range?.source.text ?? "";
    const line = text.slice(0, range?.start).split("\n").length;
    return `${range?.source.normalizedPath ?? ""}:${line}: ${message} at ${text.slice(range?.start, range?.end)}`;
  });
  const sources = program.parser.sources.filter((source) => !source.isLibrary);
  const expanded = new Map(sources.map((source) => [source.normalizedPath, as.ASTBuilder.build(source).trim()]));
  return { expanded, errors, texts: intrinsics.texts, buffers: intrinsics.buffers };
}

/** The same of one file that must be right. */
function expandAll(text: string) {
  const { expanded, errors, texts } = expand({ "a.ts": text });
  expect(errors).toEqual([]);
  const { address, bytes } = texts;
  const bytesAt = (at: number) => [...bytes.subarray(at - address, bytes.indexOf(0, at - address) + 1)];
  return { source: expanded.get("a.ts") ?? "", bytes, bytesAt };
}
const expandOne = (text: string) => expandAll(text).source;
const numbersIn = (text: string) => text.match(/\d+/g)?.map(Number) ?? [];
const errorsOf = (text: string) => expand({ "a.ts": text }).errors;

describe("message()", () => {
  let said: string[] = [];
  beforeAll(() => {
    const files = globSync("**/*.ts", {
      cwd: init,
      exclude: (name) => name.endsWith(".d.ts") || name.endsWith(".data.ts"),
    });
    const sources = [
      optionsSource(),
      eventsSource(true),
      ...files.map((file) => readFileSync(join(init, file), "utf8")),
    ];
    said = [...new Set(sources.flatMap(messagesIn))];
  });

  it("is unpacked by the init to the text in the source, for each text of the init", async () => {
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
    const { bytes } = expandAll(
      `${said.map((text) => `message(${JSON.stringify(text)});`).join("\n")}\nmessagePairs();`,
    );
    expect(bytes.length).toBeLessThan((said.join("").length * 2) / 3);
  });

  it("takes places for fields alone", () => {
    expect(errorsOf('message("by {signal}, {nothing} and {}")')).toEqual([
      'a.ts:1: User-defined: message() has a place for {nothing}, which is no field at "by {signal}, {nothing} and {}"',
    ]);
  });

  it("takes ASCII alone", () => {
    for (const text of ["é", "a\\u0000b", "…", "\\u007f", "\\t"])
      expect(errorsOf(`message("${text}")`)).toEqual([
        `a.ts:1: User-defined: message() takes printable ASCII and line feeds at "${text}"`,
      ]);
  });
});

describe("the other intrinsics of the build", () => {
  it("cString() becomes the address of its bytes as UTF-8 with a NUL, whatever the quotes", () => {
    const { source, bytesAt } = expandAll(
      `a(cString("é")); cString('"\\'' + "x"); cString(\`y\`); cString(("\\u{1f600}"));`,
    );
    const [first = NaN, second = NaN, third = NaN, fourth = NaN] = numbersIn(source);
    expect(bytesAt(first)).toEqual([195, 169, 0]);
    expect(bytesAt(second)).toEqual([34, 39, 120, 0]);
    expect(bytesAt(third)).toEqual([121, 0]);
    expect(bytesAt(fourth)).toEqual([...Buffer.from("😀"), 0]);
  });

  it("cString() is there once, and where it is another's end, there", () => {
    const { source, bytes } = expandAll('cString("grace"); cString("ace"); cString("grace"); cString("grac");');
    const [grace = NaN, ace, again, other] = numbersIn(source);
    expect([ace, again, other]).toEqual([grace + 2, grace, grace + 6]);
    expect(bytes.length).toBe("grace.grac.".length);
  });

  it("char() becomes the number of its character, and takes one ASCII character alone", () => {
    expect(expandOne(`char("a") + char('"') + char("\\n") + char("\\x41") + char("\\u0000")`)).toBe(
      "97 + 34 + 10 + 65 + 0;",
    );
    for (const literal of [`""`, `"ab"`, `"é"`, `"\\u{80}"`])
      expect(errorsOf(`char(${literal})`)).toEqual([
        `a.ts:1: User-defined: char() takes one ASCII character at ${literal}`,
      ]);
  });

  it("are found wherever an expression stands", () => {
    expect(
      expandOne(
        'class A { b: i32 = char("a"); c(d: i32 = char("b")): i32 { return [char("c")][char("d")]; } }\n' +
          'const e = `${char("e")}${`${char("f")}`}`; switch (x) { case char("g"): f(() => char("h"), <u8>char("i")); }',
      ).match(/\b1?\d\d\b/g),
    ).toEqual(["97", "98", "99", "100", "101", "102", "103", "104", "105"]);
  });

  it("leave alone what has such a name and is none: a method, a property, a longer name, a string, a comment", () => {
    const source = [
      'acString("a");',
      'line.cString("a");',
      'this.message("a");',
      "x.zeroed(8);",
      "unzeroed(8);",
      'varchar("ab");',
      'errormessage(`char("ab") ${text} message(1)`);',
      'f("cString(name)", "zeroed(0)");',
      "class A {\n  cString(code: i32): i32 {\n    return code;\n  }\n}",
    ].join("\n");
    expect(expandOne(`// char("ab")\n/* zeroed(0)\n cString(name) */ ${source}`)).toBe(source);
  });

  it("leave each line where it was, so that source maps and messages hold", async () => {
    const main = 'export function f(): usize {\n  return cString(\n    "one" +\n      "two",\n  ) +\n    none;\n}\n';
    await expect(compiled(main)).rejects.toThrow(
      /main\.ts:6:5: error: Cannot find name 'none'\.\n {4}none;\n {4}~~~~\n/,
    );
  });

  it("zeroed() gives each buffer room of its own, aligned, behind the constants and within the memory", () => {
    const sizes = [8, 1, 512, 513, 4100, 12, 7, 65];
    const { expanded } = expand(Object.fromEntries(sizes.map((size, index) => [`${index}.ts`, `zeroed(${size})`])));
    const places = [...expanded.values()]
      .map((address, index) => {
        const [start = NaN] = numbersIn(address);
        return { start, end: start + (sizes[index] ?? NaN) };
      })
      .toSorted((a, b) => a.start - b.start);
    for (const [index, { start, end }] of places.entries()) {
      expect(start % 8).toBe(0);
      expect(start).toBeGreaterThanOrEqual(places[index - 1]?.end ?? ZEROED_BASE);
      expect(end).toBeLessThanOrEqual(MEMORY_END);
    }
  });

  it("in a guarded memory nothing lies right before a buffer, nor right behind its last byte, whatever its size", () => {
    const { buffers } = expand(
      { "a.ts": "let one: usize = zeroed(3);\nconst two: T = changetype<T>(zeroed(8, T)); zeroedCold(513);" },
      true,
    );
    expect(buffers.map(({ name, size }) => [name, size])).toEqual([
      ["a.ts: one", 3],
      ["a.ts: two", 8],
      ["a.ts: ?", 513],
    ]);
    const ends = [ZEROED_BASE, ...buffers.map(({ start, size }) => start + size)];
    for (const [index, { start }] of buffers.entries()) {
      expect(start % 8).toBe(0);
      expect(start - (ends[index] ?? NaN)).toBeGreaterThanOrEqual(GUARD_BYTES);
    }
    expect(MEMORY_END - (ends.at(-1) ?? NaN)).toBeGreaterThanOrEqual(GUARD_BYTES);
  });

  it("zeroed() takes what is reckoned of constants, also of other files", () => {
    const { expanded, errors } = expand({
      "a.ts":
        'import {\n  ROWS as LINES,\n} from "./b/c";\n// const BYTES: i32 = 9;\nexport const BYTES: i32 = 0x4 - 1;\n' +
        "a(zeroed(LINES * (4 + 0) + BYTES), zeroed(LINES * BYTES));",
      "b/c.ts": 'export { HUNDRED as ROWS } from "../d";',
      "d.ts": "const ALL: i32 = 1_00;\nexport { ALL as HUNDRED };\na(zeroed(8));",
    });
    expect(errors).toEqual([]);
    const [first = NaN, second = NaN] = numbersIn(/a\(.*\)/.exec(expanded.get("a.ts") ?? "")?.[0] ?? "");
    expect(second - first).toBe(408);
    expect(/a\((\d+)\)/.exec(expanded.get("d.ts") ?? "")?.[1]).toBe(String(second + 304));
  });

  it("zeroed() refuses a size that the build cannot know", () => {
    const sizes = ["name", "0", "-8", "2 - 3", "x()", "A.B", '"8"', "LET", "LOOP", "8 / 3", "FAR", "E.THREE"];
    const source = 'import { LOOP, FAR } from "./b";\nlet LET: i32 = 8; enum E { ONE, TWO }\n';
    const circle = { "b.ts": 'export { LOOP } from "./a"; export const FAR: i32 = NEAR; const NEAR: i32 = FAR;' };
    for (const size of sizes)
      expect(expand({ "a.ts": `${source}zeroed(${size});`, ...circle }).errors, size).toEqual([
        `a.ts:3: User-defined: zeroed() takes a positive number of bytes, made of numbers and constants with + - * /, or a struct at ${size}`,
      ]);
  });

  it("zeroed() refuses small buffers that crowd the page that each life touches, which zeroedCold() leaves alone", () => {
    const many = (word: string, count: number) => `${word}(448);\n`.repeat(count);
    expect(errorsOf(many("zeroed", 8))).toEqual([]);
    expect(errorsOf(many("zeroed", 9))).toEqual([
      "a.ts:9: User-defined: zeroed(): 64 bytes too many for the one page; zeroedCold() is elsewhere at zeroed(448)",
    ]);
    expect(errorsOf(many("zeroed", 8) + many("zeroedCold", 9))).toEqual([]);
    expect(numbersIn(expandOne("zeroedCold(8)"))).toEqual([ZEROED_BASE]);
  });

  it("zeroed() refuses what does not fit into the memory", () => {
    const room = Array.from({ length: (HOT_BASE - ZEROED_BASE) / 4096 }, () => "zeroed(4096);").join("");
    expect(errorsOf(room)).toEqual([]);
    expect(errorsOf(`${room}\nzeroed(512);zeroed(0 + 8);`)).toEqual([
      "a.ts:2: User-defined: zeroed(): the zeroed buffers are 512 bytes too many at zeroed(512)",
    ]);
    // The page that each life touches, and the one after it.
    expect(errorsOf("zeroed(8192)")).toEqual([]);
    expect(errorsOf("zeroed(8); zeroed(8192)")).toEqual([
      "a.ts:1: User-defined: zeroed(): the zeroed buffers are 8 bytes too many at zeroed(8192)",
    ]);
  });

  it("zeroed() for a struct is refused at its line where the struct has outgrown it", async () => {
    const source = (bytes: number) =>
      `@unmanaged class Two { a: i64 = 0; b: i64 = 0; }\nexport const two: usize = changetype<usize>(zeroed(${bytes}, Two));\n`;
    await expect(compiled(source(16))).resolves.toBeDefined();
    await expect(compiled(source(15))).rejects.toThrow(
      /main\.ts:2:45: error: Two is larger than these 15 bytes\n.*zeroed\(15, Two\).*\n {44}~~~~~~~~~~~~~~~\n/,
    );
  });

  it("zeroed() gives a struct as many bytes as the compiler does, which checks that", async () => {
    const fields = ["a: u8 = 0;", "b: i64 = 0;", "c: bool = false;", "d: E = E.ONE;", "e: u16 = 0;", "f: usize = 0;"];
    const source = (from: number, to: number) =>
      `enum E { ONE }\n@unmanaged class Two {\n${fields.slice(from, to).join("\n")}\nget g(): i32 { return 1; }\n}\n` +
      `export const two: Two = changetype<Two>(zeroed(Two));\nexport function f(): i32 { return <i32>(offsetof<Two>() === bytesOf(Two)) + bytesOf(two); }\n`;
    for (let from = 0; from < fields.length; from++)
      for (let to = from + 1; to <= fields.length; to++)
        await expect(compiled(source(from, to))).resolves.toBeDefined();
    await expect(
      compiled(
        `@unmanaged class A { a: i64 = 0; }\n@unmanaged class Two extends A { b: i64 = 0; }\nexport const two: Two = changetype<Two>(zeroed(Two));\n`,
      ),
    ).rejects.toThrow(/main\.ts:3:41: error: the compiler gives Two other than 8 bytes\n/);
  });

  it("bytesOf() and endOf() know buffers, tables, texts and structs, also by other names and of other files", () => {
    const { expanded, errors } = expand({
      "a.ts":
        'import { buffer as other } from "./b";\nimport * as b from "./b";\nexport const own: Text = <Text>zeroed(9);\n' +
        "const table: usize = memory.data<u16>([1, 2, 3]); enum E { ONE, TWO, THREE }\n@unmanaged class S { a: i32 = 0; b: i64 = 0; }\n" +
        "a(bytesOf(other), bytesOf(b.buffer), bytesOf(own), bytesOf(table), bytesOf(S), bytesOf(b.text));\n" +
        "z(zeroed(bytesOf(own) - E.THREE * sizeof<u16>() / 4 + max(1, bytesOf(b.text)))); c(endOf(own), endOf(b.buffer));",
      "b.ts": 'export const buffer: Buffer = changetype<B>(zeroedCold(7));\nexport const text = cString("aé");',
    });
    expect(errors).toEqual([]);
    const source = expanded.get("a.ts") ?? "";
    expect(/a\((.*?)\)/.exec(source)?.[1]).toBe("7, 7, 9, 6, 16, 4");
    expect(/c\((.*)\)/.exec(source)?.[1]).toBe("(own + 9), (b.buffer + 7)");
  });

  it.each([
    ["bytesOf(8)", "bytesOf() takes the name of a buffer, a table or a struct at 8"],
    ["endOf(x)", "endOf() takes the name of a buffer, a table or a struct at x"],
    ["check(2 + 2 < 4)", "check() is of constants for which it does not hold at check(2 + 2 < 4)"],
    ["checkRoom(a)", "checkRoom() takes 2 arguments, not 1 at checkRoom(a)"],
  ])("%s is refused", (use, message) => {
    expect(errorsOf(`${use};`)).toEqual([`a.ts:1: User-defined: ${message}`]);
  });

  it("a struct in zeroed memory whose fields begin with anything else is refused: they would not", () => {
    const source = (first: string, size: string) =>
      `enum E { ONE, TWO } @unmanaged class A { a: i32 = 0; b: bool = false; c: E = E.ONE; d: E = ${first}; } zeroed(${size});`;
    expect(errorsOf(source("E.ONE", "A"))).toEqual([]);
    for (const first of ["E.TWO", "1", "-1", "true"])
      for (const size of ["A", "64, A"])
        expect(errorsOf(source(first, size))).toEqual([
          `a.ts:1: User-defined: a struct in zeroed memory begins with zeros: this field does not at d: E = ${first}`,
        ]);
  });

  it("messageDepth() is how many codes wait at most while a message is unpacked, and may be a buffer's size", () => {
    const message = `message("${"abcdefgh".repeat(9)}")`;
    expect(numbersIn(expandOne("messageDepth()"))).toEqual([1]);
    const { expanded } = expand({ "a.ts": `a(${message}); b(messageDepth()); c(zeroed(messageDepth()));` });
    const [depth = 0] = numbersIn(/b\(.*?\)/.exec(expanded.get("a.ts") ?? "")?.[0] ?? "");
    expect(depth).toBeGreaterThan(1);
    expect(depth).toBeLessThan(73);
  });

  it("check() and checkRoom() are in the checked build alone", () => {
    const source = "check(a < b); check(1 < 2); checkRoom(a, b);";
    expect(expandOne(source)).toBe("0;\n0;\n0;");
    expect(expand({ "a.ts": source }, true).expanded.get("a.ts")).toBe(
      "assert(a < b);\nassert(1 < 2);\ncheckRoom(a, b);",
    );
  });

  it.each([
    ["cString(name)", "cString() takes a string literal, or several with + between at name"],
    ['message("a" + name)', "message() takes a string literal, or several with + between at name"],
    ["cString(`a${b}`)", "cString() takes a string literal, or several with + between at `a${b}`"],
    ["cString(tag`a`)", "cString() takes a string literal, or several with + between at tag`a`"],
    ['cString("a" - "b")', 'cString() takes a string literal, or several with + between at "a" - "b"'],
    ["char(97)", "char() takes a string literal, or several with + between at 97"],
    ['cString("a\\0b")', 'cString() ends at its first NUL: it must have none at "a\\0b"'],
    ["cString()", "cString() takes 1 argument, not 0 at cString()"],
    ['cString("a", "b")', 'cString() takes 1 argument, not 2 at cString("a", "b")'],
    ["messagePairs(1)", "messagePairs() takes 0 arguments, not 1 at messagePairs(1)"],
    ["zeroed(8, A, 1)", "zeroed() takes 1 or 2 arguments, not 3 at zeroed(8, A, 1)"],
    ["zeroedCold(8, A)", "zeroedCold() takes 1 argument, not 2 at zeroedCold(8, A)"],
    ["zeroed(8, 9)", "zeroed() takes the name of a class at 9"],
    ['cString<u8>("a")', 'cString() takes no type arguments at cString<u8>("a")'],
  ])("%s is refused at its place", (use, message) => {
    expect(errorsOf(`a(1);\n  f(${use});`)).toEqual([`a.ts:2: User-defined: ${message}`]);
  });

  it.each([
    "function cString(a: i32): i32 { return a; }",
    'import { cString } from "./b";',
    'import { x as cString } from "./b";',
    "const cString = (a: i32): i32 => a;",
    "function f(cString: (a: i32) => i32): i32 { return cString(1); }",
  ])("%s is refused: the name is taken", (source) => {
    expect(errorsOf(source)).toEqual([
      "a.ts:1: User-defined: cString() is a function of the build: this one needs another name at cString",
    ]);
  });

  it("are reported by the compiler with file, line, column and the line itself", async () => {
    const main = "export function start(name: usize): usize {\n\treturn cString(name);\n}\n";
    await expect(compiled(main)).rejects.toThrow(
      /^AssemblyScript refuses main\.ts:\n.*main\.ts:2:17: error: cString\(\) takes a string literal, or several with \+ between\n\treturn cString\(name\);\n\t {15}~~~~\n/,
    );
  });
});
