/** Reads a file of /proc or /sys from its beginning to its end, word by word. One at a time. */
import { O_CLOEXEC, O_RDONLY } from "./constants";
import { letGo } from "./descriptors";
import * as host from "./host";
import { LONG_BYTES, scratch } from "../text/scratch";
import { Readable, Writable } from "../text/views";

/** The longest word, its NUL included. */
export const WORD_BYTES: i32 = 1024;

/** A file is read so many times at most: the kernel's own never take more, and one without an end must not hold us up. */
const READS: i32 = 16_384;

let fd: i32 = -1;
let reads: i32 = 0;
let at: usize = 0;
let end: usize = 0;

/** Opens a file. Returns 0 or a negated errno. */
export function open(path: Readable): i32 {
  fd = host.open(path, O_RDONLY | O_CLOEXEC);
  at = end;
  reads = 0;
  return min(fd, 0);
}

/** Closes it. */
export function close(): void {
  letGo(fd);
}

/** The next byte, below 0 at the end or after an error. */
function next(): i32 {
  if (at === end) {
    at = scratch;
    end = at;
    if (reads++ < READS) end += max(host.read(fd, scratch, LONG_BYTES), 0);
    if (at === end) return -1;
  }
  return <i32>load<u8>(at++);
}

/**
 * Reads what stands before the next `separator` or line feed to `word`, NUL-terminated, as far as WORD_BYTES hold it.
 * Returns which of both it was; below 0 at the file's end.
 */
export function word(word: Writable, separator: i32): i32 {
  checkRoom(word, word + WORD_BYTES);
  let size = WORD_BYTES;
  let character = next();
  while (character >= 0 && character !== separator && character !== char("\n")) {
    if (--size > 0) store<u8>(word++, <u8>character);
    character = next();
  }
  store<u8>(word, 0);
  return character;
}
