/** One line of text, put together in a fixed buffer. What does not fit is left out, and the end says so with `...`. */

import { length } from "./bytes";
import { decimal, NUMBER_BYTES } from "./number";
import { unpack } from "./packed";
import { measure } from "./visible";
import { Buffer, Readable, Sayable, Text } from "./views";

const CAPACITY: i32 = 1200;
const buffer: Buffer = zeroed(CAPACITY);
let size: i32 = 0;

/** Begins a new line. */
export function clear(): void {
  size = 0;
}

/** The line's bytes. */
export function address(): Buffer {
  return buffer;
}

/** How many bytes the line has. */
export function count(): i32 {
  return size;
}

/** Appends one byte. Four bytes are kept back for the end of a line that is too long. */
export function byte(value: i32): void {
  if (size < CAPACITY - 4) store<u8>(buffer + size++, <u8>value);
}

/** What `put` unpacks; the license is the longest. */
const unpacked: Buffer = zeroed(CAPACITY);
/** From here on there is room for a text with places, while `put` unpacks what stands in them: those are shorter. */
const TEMPLATE: usize = 600;

/** Unpacks a text with places, for somebody to fill in. Returns where it is. */
export function template(text: Sayable): Buffer {
  unpack(unpacked + TEMPLATE, text);
  return unpacked + TEMPLATE;
}

/** Appends a text, packed or not, 0 for none. */
export function put(text: Sayable): void {
  if (text === 0) return;
  unpack(unpacked, text);
  for (let at = unpacked; load<u8>(at) !== 0; at++) byte(load<u8>(at));
}

/**
 * Appends `length` bytes that somebody else wrote. What controls a terminal, is invisible or no UTF-8 becomes `?`, so that a
 * line stays one line and shows what is in it; and a character that does not fit any more is not cut in two.
 */
export function quoted(bytes: Readable, length: i32): void {
  for (let at = 0; at < length;) {
    const measured = measure(bytes + at, length - at);
    const count = measured < 0 ? -measured : measured;
    if (measured < 0 || size + count > CAPACITY - 4) byte(char("?"));
    else for (let i = 0; i < count; i++) byte(load<u8>(bytes + at + i));
    at += count;
  }
}

/** The same of a whole text. */
export function quotedText(text: Readable): void {
  quoted(text, length(text));
}

/** Appends word number `index` of `list`, which has bars between its words. */
export function choice(list: Readable, index: i32): void {
  for (; load<u8>(list) !== 0; list++) {
    if (load<u8>(list) === char("|")) index--;
    else if (index === 0) byte(load<u8>(list));
  }
}

/** Appends spaces up to `column`. */
export function pad(column: i32): void {
  while (size < column) byte(char(" "));
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

/** Ends the line with a line feed; where it was too long, with `...` before it. */
export function end(): void {
  if (size === CAPACITY - 4) {
    for (let i = 0; i < 3; i++) store<u8>(buffer + size++, char("."));
  }
  store<u8>(buffer + size++, char("\n"));
}
