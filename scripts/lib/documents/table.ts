/*
 * The option table as the compiled init has it: read from the memory of the WebAssembly module, not from the source, so
 * that no document can say anything else than what the init does.
 */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../compile.ts";

/** What an option takes; the names are those of the enum in src/init/config/options.ts. */
export const KINDS = [
  "ACTION",
  "COUNT",
  "FLAG",
  "PRESENCE",
  "WORD",
  "LEVEL",
  "SIGNAL",
  "DURATION",
  "RESTART",
  "SIZE",
  "CPUS",
  "NUMBER",
  "NUMBER_OR_MAX",
  "CPU_LIST",
  "NAME",
  "FILE",
  "SIGNALS",
  "REWRITE",
  "REMAP",
] as const;
export type Kind = (typeof KINDS)[number];

/** The groups of options, in the order of the table. */
export const SECTIONS = ["STOPPING", "SIGNALS", "PROCESSES", "LIMITS", "EXIT", "REPORTS"] as const;
export type Section = (typeof SECTIONS)[number];

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

/** What the module is compiled from: the faces of the table, of texts and of the signals' names, and --print-config. */
const ENTRY = `
export { Id, isFlag, isList, isSetting, Kind, names, option, OPTIONS, Section } from "./config/options";
export { far } from "./text/address";
export { address, clear, count, put } from "./text/line";
export { SIGNAL_NAMES } from "./linux/signals";
export { configure } from "./config/config";
export { printUsage } from "./config/usage";
`;

/** Numbers and functions that the module exports; members of enums are called `Kind.FLAG`. */
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

  /** The value of each member of an enum, which has these members and no others. */
  members<Name extends string>(type: string, names: readonly Name[]): Map<number, Name> {
    const found = Object.keys(this.exports).filter((name) => name.startsWith(`${type}.`));
    const superfluous = found.filter((name) => !names.some((known) => name === `${type}.${known}`));
    if (superfluous.length > 0) throw new Error(`${superfluous.join(", ")}: the documents do not know what that is`);
    return new Map(names.map((name) => [this.number(`${type}.${name}`), name]));
  }

  half(address: number): number {
    return this.bytes.readUInt16LE(address);
  }

  byte(address: number): number {
    return this.bytes.readUInt8(address);
  }

  bytesAt(address: number, size: number): string {
    return this.bytes.toString("latin1", address, address + size);
  }

  /** A text with a NUL behind. */
  text(address: number): string {
    const bytes = this.bytes;
    return bytes.toString("utf8", address, bytes.indexOf(0, address));
  }

  /** A text that is packed, unpacked by the init's own code. */
  packed(address: number): string {
    this.call("clear");
    this.call("put", address);
    return this.bytesAt(this.call("address"), this.call("count"));
  }
}

/** Compiles src/init with an entry of our own. */
async function compileTable(): Promise<Module> {
  const directory = await mkdtemp(join(tmpdir(), "tini-ts-documents-"));
  try {
    await cp(join(import.meta.dirname, "../../../src/init"), directory, { recursive: true });
    await writeFile(join(directory, "documents.ts"), ENTRY);
    return new Module((await compile({ baseDirectory: directory, entry: "documents.ts" })).wasm);
  } finally {
    await rm(directory, { recursive: true });
  }
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

/** What the value of an option is called. */
function valueName(kind: Kind, detail: string): string | null {
  switch (kind) {
    case "ACTION":
    case "COUNT":
    case "FLAG":
    case "PRESENCE":
      return null;
    case "DURATION":
      return detail === "" ? "TIME" : `TIME|${detail}`;
    case "RESTART":
      return detail.replaceAll(/\b(on-failure|always)\b/g, "$1[:N]");
    default:
      return detail;
  }
}

/**
 * Reads the table.
 *
 * @throws Error where the init has a kind or a section that is unknown here.
 */
export async function readTable(): Promise<Table> {
  const module = await compileTable();
  const kinds = module.members("Kind", KINDS);
  const sections = module.members("Section", SECTIONS);
  module.call("configure");
  const defaults = readDefaults(module.output);
  const addresses = Array.from({ length: module.number("OPTIONS") }, (_, id) => module.call("option", id));
  const names = module.text(module.call("names")).split("|");
  const nameAt = (id: number): string => names[id] ?? "";
  const options = addresses.map((row, id): Option => {
    // struct { letter, kind, section, sets: u8; detail, help: u16 }
    const name = nameAt(id);
    const letter = module.byte(row);
    const kind = kinds.get(module.byte(row + 1));
    const section = sections.get(module.byte(row + 2));
    if (kind === undefined || section === undefined) throw new Error(`${name} is of no kind, or in no section`);
    const sets = nameAt(module.byte(row + 3));
    const isFlag = module.call("isFlag", row) !== 0;
    const isSetting = module.call("isSetting", row) !== 0;
    const detail = isFlag || module.half(row + 4) === 0 ? "" : module.text(module.call("far", module.half(row + 4)));
    return {
      ...{ name, letter: letter === 0 ? null : String.fromCharCode(letter), kind, section, sets },
      words: ["WORD", "RESTART", "DURATION"].includes(kind) && detail !== "" ? detail.split("|") : [],
      value: valueName(kind, detail),
      default: defaults.get(name) ?? null,
      help: module.packed(module.call("far", module.half(row + 6))),
      ...{ isFlag, isList: module.call("isList", row) !== 0 },
      variable: isSetting ? `TINI_${name.toUpperCase().replaceAll("-", "_")}` : null,
      inFile: isSetting && kind !== "FILE",
    };
  });
  const signals = module.text(module.number("SIGNAL_NAMES")).split("|");
  module.output = "";
  const STDOUT = 1;
  module.call("printUsage", STDOUT);
  return { options, signals, usage: module.output };
}
