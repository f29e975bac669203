import { join } from "node:path";
import { decode } from "@jridgewell/sourcemap-codec";
import { readUnsigned, signedLeb, unsignedLeb } from "./leb.ts";

/*
 * wasm2c writes no line numbers. So before every place that the source map knows, `i32.const MARK + n; drop` is put into
 * the module. In the C that wasm2c makes of it each mark is a line that assigns that constant to a variable which nothing
 * reads; that line is replaced by a `#line` directive. The rest is the C of the unmarked module, so that the
 * stripped executable is byte-identical.
 */

/** The first mark. The program must have no constants from this number on. */
const MARK = 0x5a5a0000;

const CODE_SECTION = 10;
const I32_CONST = 0x41;
const DROP = 0x1a;

const initFolder = join(import.meta.dirname, "../../src/init");
const libraryFolder = join(import.meta.dirname, "../../node_modules/assemblyscript/std/assembly");

/** What `markLines` reads of a version 3 source map. Columns are offsets in the module; there is one line. */
export interface SourceMap {
  sources: string[];
  mappings: string;
}

/** A module with marks, and the way back. */
export interface Marked {
  wasm: Uint8Array;
  /** Replaces the marks in the C that wasm2c made of `wasm` by `#line` directives. */
  restore(c: string): string;
}

/** The file of a source in AssemblyScript's map; the standard library's begin with "~lib/". */
function sourceFile(source: string): string {
  return source.startsWith("~lib/") ? join(libraryFolder, source.slice("~lib/".length)) : join(initFolder, source);
}

/** Copies the bytes from `start` to `end`, each with its mark before it. */
function copyWithMarks(wasm: Uint8Array, start: number, end: number, marks: Map<number, number[]>): number[] {
  const copy = [];
  for (let offset = start; offset < end; offset++) {
    copy.push(...(marks.get(offset) ?? []), wasm[offset] ?? 0);
  }
  return copy;
}

/** The code section's contents with marks in its functions, whose sizes are adjusted. */
function markFunctions(wasm: Uint8Array, start: number, marks: Map<number, number[]>): number[] {
  const [count, firstFunction] = readUnsigned(wasm, start);
  const section = unsignedLeb(count);
  let offset = firstFunction;
  for (let index = 0; index < count; index++) {
    const [size, body] = readUnsigned(wasm, offset);
    const marked = copyWithMarks(wasm, body, body + size, marks);
    section.push(...unsignedLeb(marked.length));
    for (const byte of marked) section.push(byte);
    offset = body + size;
  }
  return section;
}

/**
 * Marks the places of the TypeScript lines in a module, so that wasm2c carries them into C.
 *
 * @throws Error if it is not a module, or if wasm2c lost every mark.
 */
export function markLines(wasm: Uint8Array, sourceMap: SourceMap): Marked {
  const directives: string[] = [];
  const marks = new Map<number, number[]>();
  for (const segment of decode(sourceMap.mappings)[0] ?? []) {
    if (segment.length === 1) continue;
    const [offset, source, line] = segment;
    marks.set(offset, [I32_CONST, ...signedLeb(MARK + directives.length), DROP]);
    directives.push(`#line ${line + 1} ${JSON.stringify(sourceFile(sourceMap.sources[source] ?? ""))}`);
  }

  const marked = [...wasm.subarray(0, 8)];
  for (let offset = 8; offset < wasm.length;) {
    const id = wasm[offset] ?? 0;
    const [size, start] = readUnsigned(wasm, offset + 1);
    const section = id === CODE_SECTION ? markFunctions(wasm, start, marks) : wasm.subarray(start, start + size);
    marked.push(id, ...unsignedLeb(section.length));
    for (const byte of section) marked.push(byte);
    offset = start + size;
  }

  return { wasm: Uint8Array.from(marked), restore: (c) => restoreLines(c, directives) };
}

function restoreLines(c: string, directives: string[]): string {
  const directiveOf = (line: string) => directives[Number(/^\s*\w+ = (\d+)u;$/.exec(line)?.[1] ?? 0) - MARK];
  const lines = c.split("\n");
  const restored: string[] = [];
  let found = 0;
  /** What every line of C is under, because the compiler counts on behind a `#line`. */
  let current: string | undefined;
  for (const [index, line] of lines.entries()) {
    const directive = directiveOf(line);
    if (directive !== undefined) {
      found++;
      current = directive;
      continue;
    }
    if (/^\w.*\) \{$/.test(line)) {
      // A function begins at the line of its first mark.
      const end = lines.indexOf("}", index);
      current = lines.slice(index, end).map(directiveOf).find(Boolean);
    }
    if (current !== undefined) restored.push(current);
    restored.push(line);
    if (line === "}" && current !== undefined) {
      // The rest does not come from TypeScript.
      current = undefined;
      restored.push(`#line ${restored.length + 2} "init.c"`);
    }
  }
  if (found === 0 && directives.length > 0) throw new Error("wasm2c wrote no mark the way it is expected");
  return restored.join("\n");
}
