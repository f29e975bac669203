/**
 * The door of the init (src/init/linux/host.ts) as far as its configuration needs it: arguments, variables, files, and
 * what it writes. Nothing is run: any other call answers ENOSYS, so that a call that the door gets later is no reason to
 * change anything here.
 */

/** errno values, errno(3). */
const ENOENT = 2;
const EBADF = 9;
const ENOSYS = 38;

const STDOUT = 1;
const STDERR = 2;
/** The first descriptor that open gives away; those before are the standard ones. */
const FIRST_FILE = 3;

/** The calls that the init makes only where its configuration is read and right: there it is stopped. */
const BEHIND_CONFIGURATION = ["rt_sigaction", "vfork", "execve", "rt_sigtimedwait"];

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

/** How a start of the init went. */
export interface Run {
  /** Its exit code; null where it was stopped when it was about to act. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The largest index of a word that it asked for, also where there is none. */
  readonly lastWord: number;
  /** The files that it asked for, in order, but for the kernel's own. */
  readonly files: readonly string[];
}

/** Unwinds the init's frames. */
class End extends Error {
  readonly code: number | null;

  constructor(code: number | null) {
    super("the init has ended");
    this.code = code;
  }
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  start(): number;
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

/** Starts the init once. @throws WebAssembly.RuntimeError where the init itself is broken. */
export function runInit(module: WebAssembly.Module, around: Surroundings): Run {
  const written = new Map<number, Buffer[]>([
    [STDOUT, []],
    [STDERR, []],
  ]);
  const open = new Map<number, OpenFile>();
  const files: string[] = [];
  let lastWord = 0;
  let calls = 0;
  let exports: Exports | null = null;

  /** A piece of the init's memory: writing to it is seen there. */
  const at = (address: number, size: number): Buffer => {
    if (exports === null) throw new Error("the init made a call before it was started");
    return Buffer.from(exports.memory.buffer, address >>> 0, size >>> 0);
  };
  const text = (address: number): string => {
    const all = at(0, exports?.memory.buffer.byteLength ?? 0);
    return all.toString("utf8", address >>> 0, all.indexOf(0, address >>> 0));
  };
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
  const write = (fd: number, buffer: number, size: number): number => {
    const stream = written.get(fd);
    if (stream === undefined) return -EBADF;
    stream.push(Buffer.from(at(buffer, size)));
    return size;
  };

  const door: Readonly<Record<string, (...values: number[]) => number>> = {
    argumentCount: () => around.words.length,
    readArgument: (index = 0, offset = 0, buffer = 0, size = 0) => {
      lastWord = Math.max(lastWord, index);
      return copy(around.words, index, offset, buffer, size);
    },
    readEnvironment: (index = 0, offset = 0, buffer = 0, size = 0) =>
      copy(around.variables, index, offset, buffer, size),
    getpid: () => 1,
    getppid: () => 0,
    rt_sigprocmask: () => 0,
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
    write: (fd = 0, buffer = 0, size = 0) => write(fd, buffer, size),
    writeNoWait: (fd = 0, buffer = 0, size = 0) => write(fd, buffer, size),
    exit: (code = 0) => {
      throw new End(code & 0xff);
    },
    ...Object.fromEntries(
      BEHIND_CONFIGURATION.map((name) => [
        name,
        () => {
          throw new End(null);
        },
      ]),
    ),
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
  exports = instance.exports as Exports;
  const code = start(exports);
  const said = (fd: number) => Buffer.concat(written.get(fd) ?? []).toString("utf8");
  return { code, stdout: said(STDOUT), stderr: said(STDERR), lastWord, files };
}

function start(exports: Exports): number | null {
  try {
    return exports.start() & 0xff;
  } catch (error) {
    if (error instanceof End) return error.code;
    throw error;
  }
}
