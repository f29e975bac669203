/** Functions on bytes in linear memory. A text is NUL-terminated, as in C. */
import { Readable, Writable } from "./views";

/** The length of a text in bytes, without its NUL. */
export function length(text: Readable): i32 {
  let end = text;
  while (load<u8>(end) !== 0) end++;
  return <i32>(end - text);
}

/** Whether the text at `whole` begins with the text at `start`. */
export function startsWith(whole: Readable, start: Readable): bool {
  for (; load<u8>(start) !== 0; start++, whole++) if (load<u8>(start) !== load<u8>(whole)) return false;
  return true;
}

/** Whether two texts are equal. */
export function same(a: Readable, b: Readable): bool {
  return startsWith(a, b) && load<u8>(a + length(b)) === 0;
}

/** The address of the first `byte` in a text, or 0. */
export function find(text: Readable, byte: i32): usize {
  for (; load<u8>(text) !== 0; text++) if (load<u8>(text) === byte) return text;
  return 0;
}

/** The decimal number at the start of a text; 0 if there is none, at most the largest i32. */
export function parseNumber(text: Readable): i32 {
  let value: i64 = 0;
  while (true) {
    const digit = <i32>load<u8>(text++) - char("0");
    if (digit < 0 || digit > 9) return <i32>value;
    value = min<i64>(value * 10 + digit, i32.MAX_VALUE);
  }
}

/**
 * Copies a text with its NUL into the room from `to` up to but not including `end`, at least one byte: what does not fit is cut
 * off. Returns the address of the NUL that it wrote, where another copy can go on.
 */
export function copy(to: Writable, end: usize, from: Readable): usize {
  checkRoom(to, end);
  while (true) {
    // No caller means to cut a text.
    check(to + 1 < end || load<u8>(from) === 0);
    const byte: u8 = to + 1 < end ? load<u8>(from++) : 0;
    store<u8>(to, byte);
    if (byte === 0) return to;
    to++;
  }
}

/** Sets `size` bytes to 0. */
export function zero(at: Writable, size: i32): void {
  check(size >= 0);
  while (size > 0) store<u8>(at + --size, 0);
}

/** A letter in upper case; any other character unchanged. */
export function upper(character: i32): i32 {
  return character >= char("a") && character <= char("z") ? character - 32 : character;
}

/**
 * The index of the bytes from `from` to `end` among the words of `list`, which are separated by bars; -1 if they are none of
 * them. Lower-case letters match an upper-case list, but not the other way round.
 */
export function indexIn(from: usize, end: usize, list: Readable): i32 {
  let index = 0;
  let at = from;
  while (true) {
    const next = <i32>load<u8>(list++);
    const ends = next === 0 || next === char("|");
    if (ends && at === end) return index;
    if (next === 0) return -1;
    if (ends) {
      index++;
      at = from;
    } else if (at !== 0) {
      const character = at < end ? <i32>load<u8>(at) : 0;
      at = character === next || upper(character) === next ? at + 1 : 0;
    }
  }
}

/** The address of word number `index` of `list`, which has bars between its words, and as many of them. */
export function wordAt(list: Readable, index: i32): usize {
  for (; index > 0; list++) if (load<u8>(list) === char("|")) index--;
  return list;
}
