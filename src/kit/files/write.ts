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

/** Why nothing is written to a path, worded to follow its name. */
export class Unwritable extends Error {}

/** What stands at a path where a file is wanted. */
function reasonOf(stat: Stats): string {
  if (stat.isDirectory()) return "is a folder";
  const name = stat.isFIFO() ? "a FIFO" : stat.isSocket() ? "a socket" : "a device";
  return `is ${name}, and is not replaced by a file`;
}

/** Whether a descriptor of this process, such as standard output, writes to a file. */
function isOpenAs(descriptor: number, { dev, ino }: Stats): boolean {
  try {
    const own = fstatSync(descriptor);
    return own.dev === dev && own.ino === ino;
  } catch {
    return false;
  }
}

/**
 * The path of a file that may be created or replaced by a new one, with symbolic links resolved.
 *
 * Replacing a device or a FIFO by a file would take it from the whole machine; replacing the file that standard output writes to
 * would lose that output.
 *
 * @throws Unwritable if something other than a file is there, or a dangling link.
 * @throws the system's error if that cannot be determined.
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
 * Writes a file atomically: a reader sees either the old content or the new one. The target of a symbolic link is replaced, not
 * the link.
 *
 * @param mode the file's mode, independent of the umask.
 * @throws Unwritable if something other than a file is at the path.
 * @throws the system's error; then the old file is unchanged, and nothing is left behind.
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
