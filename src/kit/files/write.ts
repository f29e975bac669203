import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";

/**
 * Writes a file in one step: who reads meanwhile sees the old one or the new one, and nobody half of it. What is behind a
 * symbolic link is replaced, not the link.
 *
 * @param mode whatever the umask is.
 * @throws the system's error; then the old file is still there, and nothing else.
 */
export function writeAtOnce(path: string, bytes: Uint8Array, mode: number): void {
  let place = path;
  try {
    place = realpathSync(path);
  } catch {
    // There is none yet.
  }
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
