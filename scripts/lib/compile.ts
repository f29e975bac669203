import { readFile } from "node:fs/promises";
import { join, normalize, relative } from "node:path";
import asc, { type Diagnostic } from "assemblyscript/asc";
import { dataSegments, withData, withSection } from "./data.ts";
import { EVENTS_FILE, eventsSource } from "./events.ts";
import { Intrinsics } from "./intrinsics.ts";
import { type Area, CONSTANTS, MEMORY_END, MEMORY_SECTION } from "./layout.ts";
import { OPTIONS_FILE, optionsSource } from "./options.ts";
import { Structs } from "./structs.ts";
import { VIEWS_FILE, viewsSource } from "./views.ts";

/** The compiler's output for the init. */
export interface Compiled {
  /** The WebAssembly module, with the functions' names. */
  wasm: Uint8Array;
  /** The same as text. */
  text: string;
  /** Version 3 source map of the module's code section offsets. */
  sourceMap: { sources: string[]; mappings: string };
  /** C that describes the structs in memory to gdb (structs.ts). */
  structs: string;
  /** The types of the init's variables, by their paths (variables.ts). */
  types: ReadonlyMap<string, string>;
}

/** Options of the compilation. */
export interface CompileOptions {
  /** The folder that `entry` and the paths in messages are relative to. */
  baseDirectory: string;
  /** The file with the exported functions. */
  entry: string;
  /** The text of `entry`, if the folder has no such file. */
  entryText?: string;
  /** False to keep every function as written, for the check of the call graph (default: true). */
  optimize?: boolean;
  /**
   * True for the tests: there is unused memory around each buffer, and the module reports each memory access before it
   * makes it (Binaryen's pass instrument-memory: `load_ptr` and `store_ptr` of "env"). The module's section
   * MEMORY_SECTION has the layout, as JSON of {@link Area}s.
   */
  isChecked?: boolean;
  /** Changes the text of a file before it is compiled: for tests that seed faults. */
  change?: (name: string, text: string) => string;
}

/** Adds the memory layout to a checked module: its constants, and the buffers. */
function withMap(wasm: Uint8Array, buffers: readonly Area[]): Uint8Array {
  const segments = dataSegments(wasm);
  const start = Math.min(...segments.map(({ address }) => address));
  const end = Math.max(...segments.map(({ address, bytes }) => address + bytes.length));
  const areas = [{ name: CONSTANTS, start, size: end - start }, ...buffers];
  return withSection(wasm, MEMORY_SECTION, new TextEncoder().encode(JSON.stringify(areas)));
}

/** The folder of the compiler's standard library, whose paths begin with "~lib/" in messages. */
const libraryFolder = join(import.meta.dirname, "../../node_modules/assemblyscript/std/assembly");

/**
 * Formats a message of the compiler: `FILE:LINE:COLUMN: error: MESSAGE`, the line of the source, and a mark below the place.
 *
 * @param textOf reads a source by its path.
 */
async function format(
  diagnostic: Diagnostic,
  folder: string,
  textOf: (directory: string, name: string) => Promise<string | null>,
): Promise<string> {
  const { message, category, range } = diagnostic;
  const what = `${category === ERROR ? "error" : "warning"}: ${message.replace(/^User-defined: "?/, "")}`;
  if (!range?.source) return what;
  const { normalizedPath: path } = range.source;
  const [directory, name] = path.startsWith("~lib/") ? [libraryFolder, path.slice("~lib/".length)] : [folder, path];
  const text = (await textOf(directory, name)) ?? "";
  const before = text.slice(0, range.start).split("\n");
  const column = before.at(-1)?.length ?? 0;
  const line = text.split("\n")[before.length - 1] ?? "";
  const length = Math.max(1, Math.min(range.end, text.indexOf("\n", range.start)) - range.start);
  const place = `${relative("", join(directory, name))}:${String(before.length)}:${String(column + 1)}`;
  return `${place}: ${what}\n${line}\n${line.slice(0, column).replaceAll(/[^\t]/g, " ")}${"~".repeat(length)}\n`;
}

/** The entry file of the init in the full executable. */
const FULL_ENTRY = "full.ts";

/** A source as the compiler sees it; null if there is none. */
async function readSource(directory: string, name: string, isFull = false): Promise<string | null> {
  const text = await readFile(join(directory, name), "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  switch (name) {
    case OPTIONS_FILE:
      return optionsSource();
    case EVENTS_FILE:
      return eventsSource(isFull);
    case VIEWS_FILE:
      return viewsSource(text);
    default:
      return text;
  }
}

/** The categories of compiler messages that fail the build: warnings as well as errors. */
const WARNING = 2;
const ERROR = 3;

/**
 * Compiles AssemblyScript to WebAssembly.
 *
 * Assertions and bounds checks are kept, and trap if they fail (`--use abort=`): the messages of the standard library's own
 * checks would be 1.4 kB of text that no user can act on.
 *
 * @throws Error with the compiler's messages if it refuses the source, each with file, line and column.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { baseDirectory, entry, entryText = null, isChecked = false, change } = options;
  const textOf = async (directory: string, name: string) => {
    const text = (await readSource(directory, name, entry === FULL_ENTRY)) ?? (name === entry ? entryText : null);
    return text === null ? null : (change?.(name, text) ?? text);
  };
  const files = new Map<string, Uint8Array | string>();
  const intrinsics = new Intrinsics(isChecked);
  const structs = new Structs();
  const diagnostics: Diagnostic[] = [];
  // All pages up to the memory's end: there is one in the process, the others are not mapped.
  const pages = String(MEMORY_END / 65536);
  // AssemblyScript 0.28.20, gcc 12.2.0, a file of 52 840 bytes: with levels 3 and 2 it is 80 bytes larger, with 2 and 1
  // 32 bytes, without --converge 64 bytes, all of them code that a plain run calls.
  const level = options.optimize === false ? [] : ["--optimizeLevel", "1", "--shrinkLevel", "1"];
  // With --converge, --runPasses would be run after each round.
  const flags = isChecked
    ? [...level, "--runPasses", "instrument-memory"]
    : [...level, ...(level.length > 0 ? ["--converge"] : [])];
  const { error } = await asc.main(
    [
      ...[entry, "--baseDir", baseDirectory],
      ...["--outFile", "init.wasm", "--textFile", "init.wat", "--sourceMap", "--debug"],
      ...["--runtime", "stub", "--use", "abort="],
      ...["--initialMemory", pages, "--maximumMemory", pages],
      ...flags,
    ],
    {
      stderr: asc.createMemoryStream(),
      readFile: (name: string) => textOf(baseDirectory, normalize(name)),
      writeFile: (name: string, contents: Uint8Array | string) => void files.set(name, contents),
      reportDiagnostic: (diagnostic) => void diagnostics.push(diagnostic),
      transforms: [intrinsics, structs],
    },
  );
  const refusals = diagnostics.filter(({ category }) => category >= WARNING);
  if (error !== null || refusals.length > 0) {
    const messages = await Promise.all(refusals.map((each) => format(each, baseDirectory, textOf)));
    throw new Error(`AssemblyScript refuses ${entry}:\n${messages.join("\n")}${error?.message ?? ""}`);
  }
  const text = files.get("init.wat") as string;
  // A start function would run before signals are blocked, and the C side does not call it.
  if (text.includes("(start ")) {
    throw new Error(
      `${entry}: a variable's first value is no constant:\n${/\(func \$~start[^]*?\n \)/.exec(text)?.[0] ?? ""}`,
    );
  }
  const sourceMap = JSON.parse(files.get("init.wasm.map") as string) as Compiled["sourceMap"];
  const { address, bytes } = intrinsics.texts;
  const wasm = withData(files.get("init.wasm") as Uint8Array, address, bytes);
  const { source, types } = structs;
  return { wasm: isChecked ? withMap(wasm, intrinsics.buffers) : wasm, text, sourceMap, structs: source, types };
}
