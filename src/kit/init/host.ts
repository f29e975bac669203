/**
 * Runs the init's answers (src/init/answers.ts) on Node: the question and the answer as data. Of the system interface
 * (src/init/linux/host.ts), there is what reading a configuration needs: arguments, variables, files, and writing. Nothing
 * is executed: every other call returns ENOSYS, so that new calls need no change here.
 */

/** errno values, errno(3). */
const ENOENT = 2;
const EBADF = 9;
const ENOSYS = 38;

const STDOUT = 1;
const STDERR = 2;
/** The first descriptor that open returns, after the standard ones. */
const FIRST_FILE = 3;

/** More calls than any configuration needs: a bound against an endless loop. */
const CALL_LIMIT = 1_000_000;

/** The folders of the kernel's own files, which are not configuration. */
const KERNEL_FILES = /^\/(?:proc|sys|dev)\//;

/** What the init finds when it starts. */
export interface Surroundings {
  /** Its arguments, its own name first. */
  readonly words: readonly Uint8Array[];
  /** `NAME=value` each. */
  readonly variables: readonly Uint8Array[];
  /** The contents of a file; null if it does not exist. */
  readonly read: (path: string) => Uint8Array | null;
}

/** The members of `Reason` in src/init/config/remark.ts, in their order, spelt as is usual here. */
export const REASONS = [
  "none",
  "unknown-option",
  "missing-value",
  "wrong-value",
  "given-twice",
  "too-long",
  "malformed-line",
  "unreadable-file",
  "contradiction",
  "no-program",
  "misspelt-variable",
] as const;
export type Reason = (typeof REASONS)[number];

/** A message of the init about its configuration. */
export interface Statement {
  /** 0 if it refuses, 1 if it warns. */
  readonly level: number;
  /** The sentence, in which arguments are counted from 1. */
  readonly sentence: string;
  readonly reason: Reason;
  /** The index of the option that it is about; -1 if it is about none, or an unknown one. */
  readonly option: number;
  /** The text that the user wrote, if that is what is wrong. */
  readonly written: string | null;
  /** As `Asked.sourceOf` has it. */
  readonly source: number;
}

/** The init's answer. Options are indices in the table of src/init/config/options.data.ts. */
export interface Asked {
  readonly outcome: "configured" | "printed" | "refused";
  /** What it printed. */
  readonly stdout: string;
  readonly statements: readonly Statement[];
  /** The files that it tried to open, in order, without the kernel's own. */
  readonly files: readonly string[];
  /** The index of the program in the arguments, whether there is one or not. */
  readonly program: number;
  /** Whether `--` precedes the program. */
  readonly isClosed: boolean;
  /** A value as --print-config prints it, of a list its items; null if it has none. */
  readonly valueOf: (option: number) => string | readonly string[] | null;
  /** The number of a value that is not a list, as the table's file documents for its kind. */
  readonly numberOf: (option: number) => number;
  /**
   * Where an option was set: the index of an argument (1 and up), -1 - the index of a variable, or FILE + the number of a
   * line, which is 0 for the whole file; 0 if it was not.
   */
  readonly sourceOf: (option: number) => number;
  /** The period of --cpu-max, in microseconds. */
  readonly cpuPeriod: number;
}

/** Sources from here on are in the file: FILE of src/init/report/source.ts. */
export const FILE = 1 << 24;

/** A global of the module. */
interface Variable {
  value: number;
}

/** What src/init/answers.ts exports; each member of an enum is a global, `Outcome.RUN`. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly configure: () => number;
  readonly get: (option: number) => number;
  readonly sourceOf: (option: number) => number;
  readonly readValue: (option: number) => number;
  readonly readItem: (option: number, from: number) => number;
  readonly address: () => number;
  readonly count: () => number;
  readonly program: Variable;
  readonly isClosed: Variable;
  readonly cpuPeriod: Variable;
  readonly begunLevel: Variable;
  readonly sentence: Variable;
  readonly reason: Variable;
  readonly about: Variable;
  readonly written: Variable;
  readonly place: Variable;
  readonly "Outcome.RUN": Variable;
  readonly "Outcome.REFUSED": Variable;
}

interface OpenFile {
  readonly bytes: Uint8Array;
  offset: number;
}

/** The module's imports, computed once: each call makes a new list, which takes as long as a short run. */
const imports = new WeakMap<WebAssembly.Module, Imports>();

type Imports = ReturnType<typeof WebAssembly.Module.imports>;

function importsOf(module: WebAssembly.Module): Imports {
  let found = imports.get(module);
  if (found === undefined) imports.set(module, (found = WebAssembly.Module.imports(module)));
  return found;
}

/** Runs the init's configuration once. @throws WebAssembly.RuntimeError if the init itself is broken. */
export function ask(module: WebAssembly.Module, around: Surroundings): Asked {
  const printed: Buffer[] = [];
  const statements: Statement[] = [];
  const open = new Map<number, OpenFile>();
  const files: string[] = [];
  let calls = 0;
  let exports: Exports | null = null;

  const init = (): Exports => {
    if (exports === null) throw new Error("the init made a call before it was asked");
    return exports;
  };
  /** A view of the init's memory. */
  const at = (address: number, size: number) => Buffer.from(init().memory.buffer, address >>> 0, size >>> 0);
  const text = (address: number): string => {
    const all = at(0, init().memory.buffer.byteLength);
    return all.toString("utf8", address >>> 0, all.indexOf(0, address >>> 0));
  };
  const line = () => at(init().address(), init().count()).toString("utf8");
  const copy = (
    strings: readonly Uint8Array[],
    index: number,
    offset: number,
    buffer: number,
    size: number,
  ): number => {
    const string = strings[index];
    if (string === undefined) return -1;
    const part = string.subarray(offset, offset + size);
    at(buffer, size).set(part);
    return part.length;
  };
  /** Records a message with what it is about. */
  const say = (buffer: number, size: number): number => {
    const { begunLevel, sentence, reason, about, written, place, sourceOf } = init();
    const why = REASONS[reason.value];
    if (why === undefined) throw new Error(`the init has a reason that nobody here knows: ${reason.value}`);
    statements.push({
      level: begunLevel.value,
      sentence: at(buffer + sentence.value, size - sentence.value)
        .toString("utf8")
        .trimEnd(),
      reason: why,
      option: about.value,
      written: written.value === 0 ? null : text(written.value),
      source: place.value === 0 && about.value >= 0 ? sourceOf(about.value) : place.value,
    });
    [reason.value, about.value, written.value, place.value] = [0, -1, 0, 0];
    return size;
  };
  const print = (fd: number, buffer: number, size: number): number => {
    // The usage, which is printed if no program is given, is for people.
    if (fd === STDOUT) printed.push(Buffer.from(at(buffer, size)));
    return fd === STDOUT || fd === STDERR ? size : -EBADF;
  };

  const door: Readonly<Record<string, (...values: number[]) => number>> = {
    argumentCount: () => around.words.length,
    readArgument: (index = 0, offset = 0, buffer = 0, size = 0) => copy(around.words, index, offset, buffer, size),
    readEnvironment: (index = 0, offset = 0, buffer = 0, size = 0) =>
      copy(around.variables, index, offset, buffer, size),
    open: (path = 0) => {
      const name = text(path);
      if (KERNEL_FILES.test(name)) return -ENOENT;
      files.push(name);
      const bytes = around.read(name);
      if (bytes === null) return -ENOENT;
      const fd = FIRST_FILE + open.size;
      open.set(fd, { bytes, offset: 0 });
      return fd;
    },
    read: (fd = 0, buffer = 0, size = 0) => {
      const file = open.get(fd);
      if (file === undefined) return -EBADF;
      const part = file.bytes.subarray(file.offset, file.offset + size);
      at(buffer, size).set(part);
      file.offset += part.length;
      return part.length;
    },
    close: () => 0,
    write: (fd = 0, buffer = 0, size = 0) => print(fd, buffer, size),
    writeNoWait: (...[, buffer = 0, size = 0]) => say(buffer, size),
  };

  const host: Record<string, (...values: number[]) => number> = {};
  for (const { name } of importsOf(module)) {
    const call = door[name] ?? (() => -ENOSYS);
    host[name] = (...values) => {
      if (++calls > CALL_LIMIT) throw new Error(`the init goes on for ever: the last call was ${name}`);
      return call(...values);
    };
  }

  const modules = new Set(importsOf(module).map((entry) => entry.module));
  const instance = new WebAssembly.Instance(module, Object.fromEntries([...modules].map((name) => [name, host])));
  const answers = (exports = instance.exports as Exports);
  const code = answers.configure();
  const isRefused = code === answers["Outcome.REFUSED"].value;
  return {
    outcome: isRefused ? "refused" : code === answers["Outcome.RUN"].value ? "configured" : "printed",
    stdout: Buffer.concat(printed).toString("utf8"),
    statements,
    files,
    program: answers.program.value - 1,
    isClosed: answers.isClosed.value !== 0,
    valueOf: (option) => {
      if (answers.readValue(option) !== 0) return line();
      const items: string[] = [];
      for (let from = answers.readItem(option, 0); from >= 0; from = answers.readItem(option, from + 1)) {
        items.push(line());
      }
      return items.length === 0 ? null : items;
    },
    numberOf: answers.get,
    sourceOf: answers.sourceOf,
    cpuPeriod: answers.cpuPeriod.value,
  };
}
