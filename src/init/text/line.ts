/** One line of text, put together in a fixed buffer. What does not fit is left out, and the end says so with `...`. */

import { length } from "./bytes";
import { decimal, NUMBER_BYTES } from "./number";
import { unpack } from "./packed";
import { measure } from "./visible";
import { Buffer, Readable, Sayable, Text } from "./views";

/** So much is kept back for the end of a line that is too long. */
const ELLIPSIS_BYTES: i32 = 4;
/** The license is the longest text that must not be cut. */
const CAPACITY: i32 = 1200;
const buffer: Buffer = zeroed(CAPACITY + ELLIPSIS_BYTES);
/** Behind the last byte that a line may have before its end stands a NUL, while texts are written to it. */
const END: usize = buffer + CAPACITY + 1;
/** Where the next byte goes; 0 until a line is begun. */
let next: usize = 0;

/** Begins a new line. */
export function clear(): void {
  next = buffer;
}

/** The line's bytes. */
export function address(): Buffer {
  return buffer;
}

/** How many bytes the line has. */
export function count(): i32 {
  return <i32>(next - buffer);
}

/** Appends one byte. */
export function byte(value: i32): void {
  if (next < END - 1) store<u8>(next++, <u8>value);
}

/** The longest text with places, and a list that is as long. */
const TEMPLATE_BYTES: i32 = 600;
const templated: Buffer = zeroedCold(TEMPLATE_BYTES);

/** Unpacks a text with places, for somebody to fill in. Returns where it is. */
export function template(text: Sayable): Buffer {
  const end = unpack(templated, endOf(templated), text);
  check(end + 1 < endOf(templated));
  return templated;
}

/** Appends a text, packed or not, 0 for none. */
export function put(text: Sayable): void {
  if (text !== 0) next = unpack(next, END, text);
}

/**
 * Appends `length` bytes that somebody else wrote. What controls a terminal, is invisible or no UTF-8 becomes `?`, so that a
 * line stays one line and shows what is in it; and a character that does not fit any more is not cut in two.
 */
export function quoted(bytes: Readable, length: i32): void {
  for (let at = 0; at < length;) {
    const measured = measure(bytes + at, length - at);
    const count = measured < 0 ? -measured : measured;
    if (measured < 0 || next + count >= END) byte(char("?"));
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

/** Ends the line with a line feed; where it was too long, with `...` before it. */
export function end(): void {
  check(CAPACITY + ELLIPSIS_BYTES === bytesOf(buffer));
  checkRoom(next, endOf(buffer));
  if (next === END - 1) {
    for (let i = 0; i < 3; i++) store<u8>(next++, char("."));
  }
  store<u8>(next++, char("\n"));
}
