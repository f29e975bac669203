import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";

/** Why nothing is written to a path, in words that follow its name. */
export class Unwritable extends Error {}

/** What stands at a path where a file is wanted. */
function reasonOf(stat: Stats): string {
  if (stat.isDirectory()) return "is a folder";
  const name = stat.isFIFO() ? "a FIFO" : stat.isSocket() ? "a socket" : "a device";
  return `is ${name}, and is not replaced by a file`;
}

/** Whether a file is what a descriptor of this process, standard output say, writes to. */
function isOpenAs(descriptor: number, { dev, ino }: Stats): boolean {
  try {
    const own = fstatSync(descriptor);
    return own.dev === dev && own.ino === ino;
  } catch {
    return false;
  }
}

/**
 * Where a file is that may be replaced by a new one, or is made: what symbolic links lead to.
 *
 * A file in the place of a device or a FIFO would take it from the whole machine, and one in the place of what standard
 * output writes to would be without that.
 *
 * @throws Unwritable where something else than a file is there, or a link that leads to nothing.
 * @throws the system's error where that cannot be told.
 */
export function replaceable(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
    throw new Unwritable("is a symbolic link that leads to nothing");
  }
  if (!stat.isFile()) throw new Unwritable(reasonOf(stat));
  if (isOpenAs(1, stat)) throw new Unwritable("is what standard output goes to: name another file");
  if (isOpenAs(2, stat)) throw new Unwritable("is what standard error goes to: name another file");
  return realpathSync(path);
}

/**
 * Writes a file in one step: who reads meanwhile sees the old one or the new one, and nobody half of it. What is behind a
 * symbolic link is replaced, not the link.
 *
 * @param mode whatever the umask is.
 * @throws Unwritable where something stands at the path that is no file.
 * @throws the system's error; then the old file is still there, and nothing else.
 */
export function writeAtOnce(path: string, bytes: Uint8Array, mode: number): void {
  const place = replaceable(path);
  const beside = `${place}.${randomBytes(6).toString("hex")}`;
  const descriptor = openSync(beside, "wx", mode);
  try {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
      fchmodSync(descriptor, mode);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (!readFileSync(beside).equals(bytes)) throw new Error("what was written reads back as something else");
    renameSync(beside, place);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
