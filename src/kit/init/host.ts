/**
 * The init's answers (src/init/answers.ts) on Node: what they are asked with, and what the init says, as data. Of the door
 * (src/init/linux/host.ts) there is what a configuration needs: arguments, variables, files, and writing. Nothing is run:
 * any other call answers ENOSYS, so that a call that the door gets later is no reason to change anything here.
 */

/** errno values, errno(3). */
const ENOENT = 2;
const EBADF = 9;
const ENOSYS = 38;

const STDOUT = 1;
const STDERR = 2;
/** The first descriptor that open gives away; those before are the standard ones. */
const FIRST_FILE = 3;

/** No configuration makes so many calls: what does would go on for ever. */
const CALL_LIMIT = 1_000_000;

/** What stands in files that the kernel makes; nobody's configuration. */
const KERNEL_FILES = /^\/(?:proc|sys|dev)\//;

/** What the init finds where it starts. */
export interface Surroundings {
  /** The words of its command line, its own name first. */
  readonly words: readonly Uint8Array[];
  /** `NAME=value` each. */
  readonly variables: readonly Uint8Array[];
  /** What stands in a file; null where there is none. */
  readonly read: (path: string) => Uint8Array | null;
}

/** Why the init says something, `Reason` of src/init/config/remark.ts: in its order, and spelt as here is usual. */
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

/** What the init says about something that was said to it. */
export interface Statement {
  /** 0 where it refuses, 1 where it warns. */
  readonly level: number;
  /** Its sentence, in which words are counted from 1. */
  readonly sentence: string;
  readonly reason: Reason;
  /** The option that it is about, as its place in the table; -1 where it is about none that there is. */
  readonly option: number;
  /** What the user wrote, where that is what is wrong. */
  readonly written: string | null;
  /** As `Asked.sourceOf` has it. */
  readonly source: number;
}

/** What the init answered. An option is said by its place in the table, src/init/config/options.data.ts. */
export interface Asked {
  readonly outcome: "configured" | "printed" | "refused";
  /** What it printed. */
  readonly stdout: string;
  readonly statements: readonly Statement[];
  /** The files that it asked for, in order, but for the kernel's own. */
  readonly files: readonly string[];
  /** The index of the program among the words, whether there is one or not. */
  readonly program: number;
  /** Whether `--` stands before the program. */
  readonly isClosed: boolean;
  /** A single value as --print-config says it, a list as its items; null where there is none. */
  readonly valueOf: (option: number) => string | readonly string[] | null;
  /** A single value as the init counts: what its kind says in the table's file. */
  readonly numberOf: (option: number) => number;
  /**
   * Where an option was said: the index of a word (1 and up), -1 - the index of a variable, or FILE + the number of a
   * line, which is 0 for the whole file; 0 for nowhere.
   */
  readonly sourceOf: (option: number) => number;
  /** The period of --cpu-max, in microseconds. */
  readonly cpuPeriod: number;
}

/** A source from here on is in the file: FILE of src/init/config/settings.ts. */
export const FILE = 1 << 24;

/** A variable of the module. */
interface Variable {
  value: number;
}

/** What src/init/answers.ts exports; of an enum each member is a variable, `Outcome.RUN`. */
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

/** What the module imports, asked for once: the answer is a new list each time, which takes as long as a short run. */
const imports = new WeakMap<WebAssembly.Module, Imports>();

type Imports = ReturnType<typeof WebAssembly.Module.imports>;

function importsOf(module: WebAssembly.Module): Imports {
  let found = imports.get(module);
  if (found === undefined) imports.set(module, (found = WebAssembly.Module.imports(module)));
  return found;
}

/** Asks the init once. @throws WebAssembly.RuntimeError where the init itself is broken. */
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
  /** A piece of the init's memory: writing to it is seen there. */
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
  /** Takes down a line that is said, with what it is about. */
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
    // The usage, which follows where no program is given, is for people.
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
