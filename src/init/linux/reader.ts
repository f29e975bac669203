/** Reads a file of /proc, /sys or /etc from start to end, word by word. One file at a time. */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "./constants";
import { letGo } from "./descriptors";
import * as host from "./host";
import { LONG_BYTES, scratch } from "../text/scratch";
import { Readable, Writable } from "../text/views";

/** The longest word, its NUL included. */
export const WORD_BYTES: i32 = 1024;

/** The most calls of read(2) for a file: no file of the kernel needs more, and one without an end must not hold us up. */
const READS: i32 = 16_384;

let fd: i32 = -1;
let reads: i32 = 0;
/** Why the file ended before its end, a negated errno, or 0. */
export let failure: i32 = 0;
let at: usize = 0;
let end: usize = 0;

/** Opens a file. Returns 0 or a negated errno. */
export function open(path: Readable): i32 {
  // A pipe in a file's place must not hold us up: without writers it is empty.
  fd = host.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  at = end;
  reads = 0;
  failure = 0;
  return min(fd, 0);
}

/** Closes the file. */
export function close(): void {
  letGo(fd);
}

/** The next byte, below 0 at the end or after an error. */
function next(): i32 {
  if (at === end) {
    at = scratch;
    end = at;
    const size = reads++ < READS ? host.read(fd, scratch, LONG_BYTES) : 0;
    if (size < 0) failure = size;
    end += max(size, 0);
    if (at === end) return -1;
  }
  return <i32>load<u8>(at++);
}

/**
 * Reads up to the next `separator` or line feed into `word`, which has WORD_BYTES; what does not fit is left out. The word is
 * NUL-terminated. Returns the separator or line feed that ended it; below 0 at the end of the file.
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
