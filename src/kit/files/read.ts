import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { systemReason } from "./reasons.ts";

/** Nobody writes larger Dockerfiles or manifests, and few tools do; this bounds the memory. */
export const LARGEST_BYTES = 16 << 20;

/** Why a file cannot be read, worded to follow its name. */
export class Unreadable extends Error {}

/** The user named it, and it is none of the files that are linted. */
export class NotOurs extends Unreadable {}

/** Why a file is skipped, worded to follow its name. */
export class Skipped extends Error {}

/** @throws Unreadable if it is not a regular file, or too large. */
function check(stat: Stats): void {
  if (!stat.isFile()) throw new Unreadable(stat.isDirectory() ? "is a folder" : "is no regular file");
  if (stat.size > LARGEST_BYTES) throw new Unreadable(`is larger than ${LARGEST_BYTES >> 20} MiB (${stat.size} bytes)`);
}

/**
 * The text of a file, without a byte order mark.
 *
 * @throws Unreadable if it is not a regular file, cannot be opened, is too large, or is not UTF-8 text.
 */
export function readText(path: string): string {
  let bytes: Buffer;
  try {
    // To open a device or a FIFO may do something already: who waits for a reader of it would go on.
    check(statSync(path));
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      check(fstatSync(descriptor));
      bytes = readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable(`cannot be read: ${systemReason(error)}`);
  }
  return decode(bytes);
}

/** Bytes as text, without a byte order mark. @throws Unreadable if they are not UTF-8 text. */
export function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) throw new Unreadable("is UTF-16, not UTF-8");
  if (bytes[0] === 0xfe && bytes[1] === 0xff) throw new Unreadable("is UTF-16, not UTF-8");
  if (bytes.includes(0)) throw new Unreadable("is binary: it has a NUL byte");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Unreadable("is no text in UTF-8");
  }
}
