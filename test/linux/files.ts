import {
  DT_DIR,
  DT_REG,
  EACCES,
  EAGAIN,
  EINVAL,
  EISDIR,
  EOPNOTSUPP,
  EPIPE,
  ESPIPE,
  MACHINE,
  POLLERR,
  POLLIN,
  POLLOUT,
} from "./abi.ts";
import type { Process, Program } from "./process.ts";
import type { Terminal } from "./terminal.ts";

/** The bytes of text as UTF-8; bytes stay as they are. */
export function bytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

/** Bytes as text, one character for each byte, so nothing is lost. */
export function latin1(source: Uint8Array): string {
  return Buffer.from(source.buffer, source.byteOffset, source.length).toString("latin1");
}

/** Linux's "open file description", to which descriptors refer. Errors are negated errnos. */
export abstract class OpenFile {
  /** Its inode number, as statx gives it. */
  readonly inode: bigint = 1n;
  /** Whose it is, and what statfs says of its file system. */
  user = 0;
  readonly fileSystem: number = 0x01021994; // TMPFS_MAGIC
  /** The flags that fcntl can set: O_NONBLOCK, O_ASYNC and O_APPEND. */
  flags = 0;
  /** The pid that gets a signal when there is something to read (F_SETOWN), and the signal (F_SETSIG), 0 for SIGIO. */
  owner = 0;
  signal = 0;
  /** The descriptor by which O_ASYNC was set: the signal carries it. */
  number = -1;
  /** Reads up to `size` bytes. */
  read(size: number): Uint8Array | number;
  read(): Uint8Array | number {
    return -EISDIR;
  }
  /** Writes as many bytes as fit and returns their number; -EAGAIN if a blocking writer would have to wait. */
  abstract write(data: Uint8Array): number;
  /** The same with RWF_NOWAIT: EOPNOTSUPP if the file cannot promise not to block. */
  writeNoWait(data: Uint8Array): number;
  writeNoWait(): number {
    return -EOPNOTSUPP;
  }
  /** All current events, whether asked for or not. */
  events(): number {
    return POLLIN | POLLOUT;
  }
  /** lseek by 0 from the current offset. */
  tell(): number {
    return -ESPIPE;
  }
}

const PAGE = 4096;

/**
 * A pipe's write end, pipe(7). It holds a number of pages; a small write joins the last page if it fits there as a
 * whole, and otherwise takes a new one (fs/pipe.c).
 */
export class Pipe extends OpenFile {
  override readonly fileSystem: number = 0x50495045; // PIPEFS_MAGIC
  /** Everything ever written. */
  readonly written: Uint8Array[] = [];
  /** How many processes hold the read end: 0 is a broken pipe. */
  readers = 1;
  /** Whether a reader keeps it empty. */
  drained = true;
  /** Whether RWF_NOWAIT is known for pipes, Linux 5.13 and later. */
  noWait = true;
  readonly #capacity: number;
  #pages: number[] = [];

  /** @param pages how many pages it holds; Linux gives 16. */
  constructor(pages = 16) {
    super();
    this.#capacity = pages;
  }

  /** Reads everything in it. */
  drain(): void {
    this.#pages = [];
  }

  override write(data: Uint8Array): number {
    if (this.readers === 0) return -EPIPE;
    let left = data.length;
    const last = this.#pages.at(-1);
    const tail = left % PAGE;
    if (last !== undefined && tail > 0 && last + tail <= PAGE) {
      this.#pages[this.#pages.length - 1] = last + tail;
      left -= tail;
    }
    while (left > 0 && this.#pages.length < this.#capacity) {
      const taken = Math.min(left, PAGE);
      this.#pages.push(taken);
      left -= taken;
    }
    if (left === data.length && left > 0) return -EAGAIN;
    const size = data.length - left;
    this.written.push(data.slice(0, size));
    if (this.drained) this.drain();
    return size;
  }

  override writeNoWait(data: Uint8Array): number {
    return this.noWait ? this.write(data) : -EOPNOTSUPP;
  }

  override events(): number {
    return (this.#pages.length < this.#capacity ? POLLOUT : 0) | (this.readers === 0 ? POLLERR : 0);
  }
}

/** A FIFO with a name, mkfifo(3): it lies in a directory. */
export class NamedPipe extends Pipe {
  override readonly fileSystem: number = 0x01021994; // TMPFS_MAGIC
}

/** A regular file, or a device like /dev/null: never full, never blocks. */
export class RegularFile extends OpenFile {
  readonly written: Uint8Array[] = [];
  /** Whether the file system promises RWF_NOWAIT. */
  noWait = true;
  readonly content: Uint8Array;
  #offset = 0;

  constructor(content: Uint8Array = new Uint8Array()) {
    super();
    this.content = content;
  }

  override read(size: number): Uint8Array {
    const part = this.content.subarray(this.#offset, this.#offset + size);
    this.#offset += part.length;
    return part;
  }

  override write(data: Uint8Array): number {
    this.written.push(data.slice());
    this.#offset += data.length;
    return data.length;
  }

  override writeNoWait(data: Uint8Array): number {
    return this.noWait ? this.write(data) : -EOPNOTSUPP;
  }

  override tell(): number {
    return this.#offset;
  }
}

/** A file in memory alone, memfd_create(2), that is only ever written to its end. */
export class MemoryFile extends OpenFile {
  #content: Uint8Array = new Uint8Array();

  get content(): Uint8Array {
    return this.#content;
  }

  override write(data: Uint8Array): number {
    this.#content = Buffer.concat([this.#content, data]);
    return data.length;
  }
}

/** A descriptor of a terminal. Terminals do not know RWF_NOWAIT. */
export class TerminalFile extends OpenFile {
  override readonly fileSystem: number = 0x1cd1; // DEVPTS_SUPER_MAGIC
  readonly terminal: Terminal;
  readonly written: Uint8Array[] = [];

  constructor(terminal: Terminal) {
    super();
    this.terminal = terminal;
  }

  override read(): number {
    return -EAGAIN;
  }

  override write(data: Uint8Array): number {
    if (this.terminal.held) return -EAGAIN;
    this.written.push(data.slice());
    return data.length;
  }

  override events(): number {
    return this.terminal.held ? 0 : POLLOUT;
  }
}

/** /proc/self/oom_score_adj, fs/proc/base.c: less than before takes a privilege. */
export class OomScoreFile extends OpenFile {
  readonly #process: Process;

  constructor(process: Process) {
    super();
    this.#process = process;
  }

  override write(data: Uint8Array): number {
    const text = latin1(data).trim();
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < -1000 || value > 1000) return -EINVAL;
    if (value < this.#process.oomScore && this.#process.uid !== 0) return -EACCES;
    this.#process.oomScore = value;
    return data.length;
  }
}

/** Any open descriptor that a caller may have left. */
export class Unused extends OpenFile {
  override write(data: Uint8Array): number {
    return data.length;
  }
}

/** A pidfd, pidfd_open(2). Its inode number identifies the process uniquely (Linux 6.9) and does not fit into 32 bits. */
export class ProcessFile extends OpenFile {
  readonly pid: number;
  override readonly inode: bigint;

  constructor(pid: number) {
    super();
    this.pid = pid;
    this.inode = processInode(pid);
  }

  override write(): number {
    return -EOPNOTSUPP;
  }
}

/** The inode number of a process's pidfd in the simulation. */
export function processInode(pid: number): bigint {
  return 0x1_0000_0000n + BigInt(pid);
}

/** An open directory with the names that it had when it was opened. */
export class DirectoryFile extends OpenFile {
  readonly #names: readonly string[];
  readonly #files: ReadonlySet<string>;
  #next = 0;

  /** @param files the names that are not directories. */
  constructor(names: readonly string[], files: Iterable<string> = []) {
    super();
    this.#names = names;
    this.#files = new Set(files);
  }

  override write(): number {
    return -EISDIR;
  }

  /** getdents64(2): writes whole records into `target`. Returns their size in bytes, 0 at the end, -1 if not one fits. */
  entries(target: Uint8Array): number {
    const view = new DataView(target.buffer, target.byteOffset, target.length);
    let used = 0;
    while (this.#next < this.#names.length) {
      const text = this.#names[this.#next] ?? "";
      const name = bytes(text);
      const size = Math.ceil((19 + name.length + 1) / 8) * 8;
      if (used + size > target.length) return used > 0 ? used : -1;
      view.setBigUint64(used, BigInt(this.#next + 1), true);
      view.setBigInt64(used + 8, BigInt(this.#next + 1), true);
      view.setUint16(used + 16, size, true);
      target[used + 18] = this.#files.has(text) ? DT_REG : DT_DIR;
      target.fill(0, used + 19, used + size);
      target.set(name, used + 19);
      used += size;
      this.#next++;
    }
    return used;
  }
}

/** A file on the disk. */
export interface DiskFile {
  readonly content: Uint8Array;
  readonly executable: boolean;
  /** The program, for an ELF file. */
  readonly program?: Program;
  /** The errno of execve, for failures that do not depend on the content. */
  readonly error?: number;
  /** Its capabilities, by number. */
  readonly capabilities?: readonly number[];
}

/** A file on the disk: a program, or a file with further properties. */
export type FileSpec =
  | Program
  | {
      content?: string | Uint8Array;
      executable?: boolean;
      program?: Program;
      error?: number;
      capabilities?: readonly number[];
    };

/** The first bytes of an ELF executable for `machine` (e_machine), with an `interpreter` if given. */
export function elf(machine: number = MACHINE, interpreter?: string): Uint8Array {
  const path = bytes(`${interpreter ?? ""}\0`);
  const image = new Uint8Array(64 + 56 + path.length);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(32, 64n, true); // e_phoff
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, interpreter === undefined ? 0 : 1, true);
  view.setUint32(64, 3, true); // PT_INTERP
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, BigInt(path.length), true);
  image.set(path, 120);
  return image;
}

/** The interpreter of an ELF image, its machine and type; null if it is not ELF. */
export function readElf(image: Uint8Array): { type: number; machine: number; interpreter: string | null } | null {
  if (image.length < 64 || latin1(image.subarray(0, 4)) !== "\x7fELF") return null;
  const view = new DataView(image.buffer, image.byteOffset, image.length);
  const type = view.getUint16(16, true);
  const machine = view.getUint16(18, true);
  if (view.getUint16(56, true) === 0) return { type, machine, interpreter: null };
  const at = Number(view.getBigUint64(64 + 8, true));
  const size = Number(view.getBigUint64(64 + 32, true));
  return { type, machine, interpreter: latin1(image.subarray(at, at + size - 1)) };
}

/** The simulated disk: the given files, and their directories. */
export class Disk {
  readonly #files = new Map<string, DiskFile>();
  readonly #directories = new Set<string>(["/"]);

  /** @param files absolute paths. A path that ends in `/` is an empty directory. */
  constructor(files: Readonly<Record<string, FileSpec>>) {
    for (const [path, spec] of Object.entries(files)) {
      for (let at = path.indexOf("/", 1); at > 0; at = path.indexOf("/", at + 1))
        this.#directories.add(path.slice(0, at));
      if (path.endsWith("/")) continue;
      const given = typeof spec === "function" ? { program: spec } : spec;
      this.#files.set(path, {
        content: bytes(given.content ?? elf()),
        executable: given.executable ?? true,
        ...(given.program && { program: given.program }),
        ...(given.error !== undefined && { error: given.error }),
        ...(given.capabilities && { capabilities: given.capabilities }),
      });
    }
  }

  /** The file, "directory", or null if nothing exists there; "not a directory" if the path goes through a file. */
  find(path: string): DiskFile | "directory" | "not a directory" | null {
    const clean = normalize(path);
    const file = this.#files.get(clean);
    if (file) return path.endsWith("/") ? "not a directory" : file;
    if (this.#directories.has(clean)) return "directory";
    for (let at = clean.lastIndexOf("/"); at > 0; at = clean.lastIndexOf("/", at - 1)) {
      if (this.#files.has(clean.slice(0, at))) return "not a directory";
    }
    return null;
  }
}

/** An absolute path without empty and `.` components, and with `..` resolved. */
export function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
