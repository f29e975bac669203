/*
 * The option table as the documents need it: the rows, what follows from their kinds, and what the init itself says, as the
 * compiled module prints it.
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
  /** The short name, without its dash; null where there is none. */
  readonly letter: string | null;
  readonly kind: Kind;
  readonly section: Section;
  /** The name of the option that it sets: its own, or that of the one that it stands for a value of. */
  readonly sets: string;
  /** WORD and RESTART: the words. DURATION: the word for none, if any. Else empty. */
  readonly words: readonly string[];
  /** What the value is called in usage; null where there is none. */
  readonly value: string | null;
  /** What holds where nobody says it, as --print-config prints it; null where that is nothing, or the row sets another. */
  readonly default: string | null;
  /** One line that says what it does. */
  readonly help: string;
  /** What the documents say of it. */
  readonly manual: string;
  /** The version that had it first. */
  readonly since: string;
  /** A flag, with a `--no-` form. */
  readonly isFlag: boolean;
  /** May be said several times, with commas. */
  readonly isList: boolean;
  /** The name of its environment variable; null where there is none. */
  readonly variable: string | null;
  /** Whether it has a place in a configuration file. */
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

/** What the module is compiled from: the signals' names, --print-config and the usage. */
const ENTRY = `
export { SIGNAL_NAMES } from "./linux/signals";
export { configure } from "./config/config";
export { printUsage } from "./config/usage";
`;

/** Numbers and functions that the module exports. */
type Exports = Record<string, WebAssembly.Memory | { readonly value: number } | ((...values: number[]) => number)>;

class Module {
  private readonly exports: Exports;
  /** What was written to standard output. */
  output = "";

  constructor(wasm: Uint8Array) {
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    const absent = -1;
    const calls: Record<string, (...values: number[]) => number> = {
      argumentCount: () => 2,
      readArgument: (index, _offset, buffer = 0) => {
        if (index !== 1) return absent;
        return this.bytes.write("--print-config\0", buffer) - 1;
      },
      readEnvironment: () => absent,
      // ENOENT: there is no configuration file.
      open: () => -2,
      write: (_fd, address = 0, size = 0) => {
        this.output += this.bytes.toString("utf8", address, address + size);
        return size;
      },
    };
    const host = Object.fromEntries(
      WebAssembly.Module.imports(module).map(({ name }) => [
        name,
        calls[name] ??
          (() => {
            throw new Error(`the configuration alone was expected to do without the system call ${name}`);
          }),
      ]),
    );
    const modules = WebAssembly.Module.imports(module).map(({ module }) => [module, host]);
    this.exports = new WebAssembly.Instance(module, Object.fromEntries(modules) as Record<string, object>)
      .exports as Exports;
  }

  private get bytes(): Buffer {
    const memory = this.exports["memory"] as WebAssembly.Memory;
    return Buffer.from(memory.buffer);
  }

  call(name: string, ...values: number[]): number {
    const called = this.exports[name];
    if (typeof called !== "function") throw new Error(`src/init exports no function ${name}`);
    return called(...values);
  }

  number(name: string): number {
    const exported = this.exports[name];
    if (exported === undefined || !("value" in exported)) throw new Error(`src/init exports no number ${name}`);
    return exported.value;
  }

  /** A text with a NUL behind. */
  text(address: number): string {
    const bytes = this.bytes;
    return bytes.toString("utf8", address, bytes.indexOf(0, address));
  }
}

/** Compiles src/init with an entry of our own. */
async function compileEntry(): Promise<Module> {
  const baseDirectory = join(import.meta.dirname, "../../../src/init");
  const entry = "documents.ts";
  return new Module((await compile({ baseDirectory, entry, sources: new Map([[entry, ENTRY]]) })).wasm);
}

/** The values of `--print-config` where nobody says anything, by name; the items of a list with commas between. */
function readDefaults(printed: string): Map<string, string> {
  const defaults = new Map<string, string>();
  let name = "";
  for (const line of printed.split("\n")) {
    const [, item] = /^ +- (\S+)/.exec(line) ?? [];
    const [, key, value] = /^([a-z-]+): *(?!#)(\S*)/.exec(line) ?? [];
    if (key !== undefined) defaults.set((name = key), value ?? "");
    else if (item !== undefined) defaults.set(name, [defaults.get(name), item].filter(Boolean).join(","));
  }
  return defaults;
}

/** The words that a row lists, or its word for none. */
function wordsOf(row: Row): readonly string[] {
  if (row.kind === "DURATION") return row.none === undefined ? [] : [row.none];
  return "words" in row ? row.words : [];
}

/** What the value of an option is called. */
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
    case "RESTART":
      return row.words.map((word, index) => (index === 0 ? word : `${word}[:N]`)).join("|");
    default:
      return row.value;
  }
}

/** A row with what follows from it. */
function optionOf(row: Row, defaults: ReadonlyMap<string, string>): Option {
  const { name, letter = null, kind, section, help, manual, since } = row;
  const isSetting = kinds.indexOf(kind) > kinds.indexOf("COUNT");
  return {
    ...{ name, letter, kind, section, help, manual, since },
    sets: meaningOf(row).option,
    words: wordsOf(row),
    value: valueName(row),
    default: defaults.get(name) ?? null,
    isFlag: kind === "FLAG" || kind === "PRESENCE",
    isList: kinds.indexOf(kind) >= kinds.indexOf("SIGNALS"),
    variable: isSetting ? `TINI_${name.toUpperCase().replaceAll("-", "_")}` : null,
    inFile: isSetting && kind !== "FILE",
  };
}

/** Makes the table. */
export async function readTable(): Promise<Table> {
  const module = await compileEntry();
  module.call("configure");
  const defaults = readDefaults(module.output);
  const signals = module.text(module.number("SIGNAL_NAMES")).split("|");
  module.output = "";
  const STDOUT = 1;
  module.call("printUsage", STDOUT);
  return { options: options.map((row) => optionOf(row, defaults)), signals, usage: module.output };
}
