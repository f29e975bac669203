/*
 * The option table for the documents: the rows, what follows from their kinds, and the usage as the compiled module prints it.
 */
import { join } from "node:path";
import { kinds, options, type Row } from "../../../src/init/config/options.data.ts";
import { compile } from "../compile.ts";
import { meaningOf } from "../options.ts";

export type Kind = Row["kind"];
export type Section = Row["section"];

/** One row of the table. */
export interface Option {
  /** The long name, without dashes; the name in a configuration file. */
  readonly name: string;
  /** The short name, without its dash; null if there is none. */
  readonly letter: string | null;
  readonly kind: Kind;
  readonly section: Section;
  /** The name of the option that it sets: its own, or for an alias that of the aliased option. */
  readonly sets: string;
  /** WORD and RESTART: the words. DURATION: the word for none, if any. Others: empty. */
  readonly words: readonly string[];
  /** What the usage calls the value; null if it takes none. */
  readonly value: string | null;
  /** The default, as a user would write it; null if there is none, or the row sets another option. */
  readonly default: string | null;
  /** What it does, in one line. */
  readonly help: string;
  /** Its text in the documents. */
  readonly manual: string;
  /** The first version that has it. */
  readonly since: string;
  /** Whether it is a flag, with a `--no-` form. */
  readonly isFlag: boolean;
  /** Whether it is a list, separated by commas or given several times. */
  readonly isList: boolean;
  /** The name of its environment variable; null if there is none. */
  readonly variable: string | null;
  /** Whether it can be set in a configuration file. */
  readonly inFile: boolean;
}

/** What the documents are made of. */
export interface Table {
  readonly options: readonly Option[];
  /** The names of the signals 1 to 31 in their order, without SIG. */
  readonly signals: readonly string[];
  /** What `-h` prints. */
  readonly usage: string;
}

/** An entry that exports the signals' names and the usage. */
const ENTRY = `
export { SIGNAL_NAMES } from "./linux/signals";
export { printUsage } from "./config/usage";
`;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly SIGNAL_NAMES: { readonly value: number };
  printUsage(fd: number): void;
}

/** Compiles src/init with that entry, and reads both. */
async function readInit(): Promise<{ signals: string[]; usage: string }> {
  const baseDirectory = join(import.meta.dirname, "../../../src/init");
  const entry = "documents.ts";
  const { wasm } = await compile({ baseDirectory, entry, entryText: ENTRY });
  const module = new WebAssembly.Module(Uint8Array.from(wasm));
  let usage = "";
  const write = (_fd: number, address: number, size: number): number => {
    usage += text(address, address + size);
    return size;
  };
  const imports: Record<string, Record<string, (...values: number[]) => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    const refuse = (): never => {
      throw new Error(`the usage was expected to do without the system call ${name}`);
    };
    imports[from] = { ...imports[from], [name]: name === "write" ? write : refuse };
  }
  const exports = new WebAssembly.Instance(module, imports).exports as object as Exports;
  const text = (start: number, end: number): string => Buffer.from(exports.memory.buffer).toString("utf8", start, end);
  const STDOUT = 1;
  exports.printUsage(STDOUT);
  const names = exports.SIGNAL_NAMES.value;
  const end = Buffer.from(exports.memory.buffer).indexOf(0, names);
  return { signals: text(names, end).split("|"), usage };
}

/** The words of a row, or its word for none. */
function wordsOf(row: Row): readonly string[] {
  if (row.kind === "DURATION") return row.none === undefined ? [] : [row.none];
  return "words" in row ? row.words : [];
}

/** What the usage calls the value of an option. */
function valueName(row: Row): string | null {
  switch (row.kind) {
    case "ACTION":
    case "COUNT":
    case "FLAG":
    case "PRESENCE":
      return null;
    case "WORD":
    case "DURATION":
      return [...(row.kind === "DURATION" ? ["TIME"] : []), ...wordsOf(row)].join("|");
    case "PROBE":
      // Its value is only accepted after a `=`.
      return null;
    case "RESTART":
      return row.words.map((word, index) => (index === 0 ? word : `${word}[:N]`)).join("|");
    default:
      return row.value;
  }
}

/** A row with what follows from it. */
function optionOf(row: Row): Option {
  const { name, letter = null, kind, section, help, manual, since } = row;
  const isFlag = kind === "FLAG" || kind === "PRESENCE";
  const isSetting = kinds.indexOf(kind) > kinds.indexOf("COUNT");
  return {
    ...{ name, letter, kind, section, help, manual, since },
    sets: meaningOf(row).option,
    words: wordsOf(row),
    value: valueName(row),
    default: row.default ?? (isFlag && !("means" in row) ? "no" : null),
    isFlag,
    isList: kinds.indexOf(kind) >= kinds.indexOf("SIGNALS"),
    variable: isSetting ? `TINI_${name.toUpperCase().replaceAll("-", "_")}` : null,
    inFile: isSetting && kind !== "FILE",
  };
}

/** The first release: options that it has are not marked. */
const FIRST_VERSION = "0.1.0";

/** The first version that has an option, unless it is the first release: `Since 0.2.0.` */
export function sinceOf({ since }: Option): string {
  return since === FIRST_VERSION ? "" : `Since ${since}.`;
}

/** Makes the table. */
export async function readTable(): Promise<Table> {
  return { options: options.map(optionOf), ...(await readInit()) };
}
