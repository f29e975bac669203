import { readdir, readFile } from "node:fs/promises";
import { join, normalize, posix } from "node:path";
import asc from "assemblyscript/asc";
import { withData } from "./data.ts";
import { expand, MEMORY_END } from "./literals.ts";
import { OPTIONS_FILE, optionsSource } from "./options.ts";

/** What the compiler makes of the init. */
export interface Compiled {
  /** The WebAssembly module, with the functions' names. */
  wasm: Uint8Array;
  /** The same as text. */
  text: string;
  /** Version 3 source map of the module's code section offsets. */
  sourceMap: { sources: string[]; mappings: string };
}

/** How to compile. */
export interface CompileOptions {
  /** The folder that `entry` and the paths in messages are relative to. */
  baseDirectory: string;
  /** The file with the exported functions. */
  entry: string;
  /** Files besides those of the folder. */
  sources?: ReadonlyMap<string, string>;
  /** False to keep every function as it was written, for the check of the call graph; true otherwise. */
  optimize?: boolean;
}

/**
 * Reads what `entry` imports, directly or not, as the compiler will see it but for the words of literals.ts: by path, in
 * the order of the files' names, so that each build is the same. Texts are packed together, so a file that only another
 * entry needs would change the bytes of this one.
 */
export async function readSources(options: CompileOptions): Promise<Map<string, string>> {
  const { baseDirectory: directory, entry, sources = [] } = options;
  const names = (await readdir(directory, { recursive: true })).filter((name) => /(?<!\.d)\.ts$/.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), "utf8")));
  const all = new Map([...names.map((name, index) => [name, texts[index] ?? ""] as const), ...sources]);
  if (all.has(OPTIONS_FILE)) all.set(OPTIONS_FILE, optionsSource());
  const needed = new Set([entry]);
  for (const name of needed) {
    for (const [, target = ""] of (all.get(name) ?? "").matchAll(/^\s*(?:import|export)\b[^;"]*\bfrom "([^"]+)"/gm)) {
      const path = posix.join(posix.dirname(name), target).replace(/(?:\.ts)?$/, ".ts");
      if (all.has(path)) needed.add(path);
    }
  }
  return new Map([...all].filter(([name]) => needed.has(name)));
}

/**
 * Compiles AssemblyScript to WebAssembly.
 *
 * Assertions and bounds checks are kept; what fails becomes a trap (`--use abort=`): the messages of the standard
 * library's own checks would be 1.4 kB of text that no user can act on.
 *
 * @throws Error with the compiler's messages where it refuses the source.
 */
export async function compile(options: CompileOptions): Promise<Compiled> {
  const { files: sources, address, texts } = expand(await readSources(options));
  const files = new Map<string, Uint8Array | string>();
  const stderr = asc.createMemoryStream();
  // All pages up to the memory's end: there is one in the process, the others are not mapped.
  const pages = String(MEMORY_END / 65536);
  const flags = options.optimize === false ? [] : ["--optimizeLevel", "1", "--shrinkLevel", "1", "--converge"];
  const { error } = await asc.main(
    [
      ...[options.entry, "--baseDir", options.baseDirectory],
      ...["--outFile", "init.wasm", "--textFile", "init.wat", "--sourceMap", "--debug"],
      ...["--runtime", "stub", "--use", "abort=", "--memoryBase", String(address + texts.length)],
      ...["--initialMemory", pages, "--maximumMemory", pages],
      ...flags,
    ],
    {
      stderr,
      readFile: (name: string) => sources.get(normalize(name)) ?? null,
      writeFile: (name: string, contents: Uint8Array | string) => void files.set(name, contents),
    },
  );
  const messages = stderr.toString();
  if (error !== null || messages.includes("WARNING")) {
    throw new Error(`AssemblyScript refuses ${options.entry}:\n${messages}${error?.message ?? ""}`);
  }
  const text = files.get("init.wat") as string;
  // A start function would run before the signals are blocked, and the C side has no call for it.
  if (text.includes("(start ")) {
    throw new Error(
      `${options.entry}: a variable's first value is no constant:\n${/\(func \$~start[^]*/.exec(text)?.[0] ?? ""}`,
    );
  }
  const sourceMap = JSON.parse(files.get("init.wasm.map") as string) as Compiled["sourceMap"];
  return { wasm: withData(files.get("init.wasm") as Uint8Array, address, texts), text, sourceMap };
}
