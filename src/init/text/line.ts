/** One line of text, built in a fixed buffer. What does not fit is left out, and `...` at the end says so. */

import { length } from "./bytes";
import { decimal, NUMBER_BYTES } from "./number";
import { unpack } from "./packed";
import { measure } from "./visible";
import { Buffer, Readable, Sayable, Text } from "./views";

/** Reserved for the end of a line that is too long: three dots and the line feed. */
const ELLIPSIS_BYTES: i32 = 4;
/** The license is the longest text that must not be cut. */
const CAPACITY: i32 = 1200;
const buffer: Buffer = zeroed(CAPACITY + ELLIPSIS_BYTES);
/** The beginning of the line and the place of the next byte; 0 until the first line is begun. */
let start: Buffer = 0;
export let next: usize = 0;
/** The end of the room for texts, with one byte for the NUL that is written after each. */
let limit: usize = 0;
/** Whether texts that are not ours are appended unchanged. */
export let keepsBytes: bool = false;

/** Begins a new line. */
export function clear(): void {
  check(CAPACITY + ELLIPSIS_BYTES === bytesOf(buffer));
  beginAt(buffer, buffer + CAPACITY + 1);
}

/** Begins a new line that keeps texts that are not ours unchanged, to be escaped later. */
export function clearForBytes(): void {
  clear();
  keepsBytes = true;
}

/** Begins a new line in another buffer, which ends before `end`. The previous line stays where it is. */
export function beginAt(to: Buffer, end: usize): void {
  checkRoom(to, end);
  start = to;
  next = to;
  limit = end;
  keepsBytes = false;
}

/** Removes everything from `from` on from the line. */
export function rewind(from: usize): void {
  check(from >= start && from <= next);
  next = from;
}

/** The line's bytes. */
export function address(): Buffer {
  return start;
}

/** The number of bytes in the line. */
export function count(): i32 {
  return <i32>(next - start);
}

/** Appends one byte. */
export function byte(value: i32): void {
  if (next < limit - 1) store<u8>(next++, <u8>value);
}

/** Room for the longest text with placeholders; or for the names of the capabilities, which are as long. */
const TEMPLATE_BYTES: i32 = 600;
const templated: Buffer = zeroedCold(TEMPLATE_BYTES);

/** Unpacks a text with placeholders, for the caller to fill in. Returns its address. */
export function template(text: Sayable): Buffer {
  const end = unpack(templated, endOf(templated), text);
  check(end + 1 < endOf(templated));
  return templated;
}

/** Appends a text, packed or not; 0 for none. */
export function put(text: Sayable): void {
  if (text !== 0) next = unpack(next, limit, text);
}

/**
 * Appends `length` bytes that somebody else wrote. Control characters, invisible characters and invalid UTF-8 become `?`, so
 * that a line stays one line and hides nothing; a character that does not fit is not cut in two. If the line keeps bytes, they
 * are appended unchanged.
 */
export function quoted(bytes: Readable, length: i32): void {
  for (let at = 0; at < length;) {
    const measured = measure(bytes + at, length - at);
    const count = measured < 0 ? -measured : measured;
    if ((measured < 0 && !keepsBytes) || next + count >= limit) byte(char("?"));
    else for (let i = 0; i < count; i++) byte(load<u8>(bytes + at + i));
    at += count;
  }
}

/** The same for a whole text. */
export function quotedText(text: Readable): void {
  quoted(text, length(text));
}

/** Appends word number `index` of `list`, whose words are separated by bars. */
export function choice(list: Readable, index: i32): void {
  for (; load<u8>(list) !== 0; list++) {
    if (load<u8>(list) === char("|")) index--;
    else if (index === 0) byte(load<u8>(list));
  }
}

/** Appends spaces up to `column`. */
export function pad(column: i32): void {
  while (count() < column) byte(char(" "));
}

const digits: Buffer = zeroed(NUMBER_BYTES);

/** Appends a decimal number. */
export function number(value: i64): void {
  if (value < 0) {
    byte(char("-"));
    value = -value;
  }
  decimal(digits, value);
  put(<Text>digits);
}

/** Ends the line with a line feed or another byte; with `...` before it if the line was too long. */
export function end(last: i32 = char("\n")): void {
  checkRoom(start, limit + ELLIPSIS_BYTES - 1);
  if (next === limit - 1) {
    for (let i = 0; i < 3; i++) store<u8>(next++, char("."));
  }
  store<u8>(next++, <u8>last);
}
