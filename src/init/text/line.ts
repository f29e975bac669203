/** One line of text, put together in a fixed buffer. What does not fit is left out, and the end says so with `...`. */

import { upper } from "./bytes";
import { decimal } from "./number";

const CAPACITY: i32 = 1200;
const buffer: usize = zeroed(1200);
let size: i32 = 0;

/** Begins a new line. */
export function clear(): void {
  size = 0;
}

/** The line's bytes. */
export function address(): usize {
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

/** Pairs within pairs go no deeper than there are pairs. */
const stack: usize = zeroed(128);
const FIRST_PAIR: i32 = 128;
/** Between two of these are capitals, though they are small letters there, which pack better. */
const SHIFT: i32 = 1;
let capitals: bool = false;

/** Appends a text, packed or not: a byte from FIRST_PAIR on stands for two others (scripts/lib/literals.ts, pack). */
export function put(text: usize): void {
  for (; load<u8>(text) !== 0; text++) {
    let top = stack;
    store<u8>(top, load<u8>(text));
    while (top >= stack) {
      const value = <i32>load<u8>(top);
      if (value < FIRST_PAIR) {
        if (value === SHIFT) capitals = !capitals;
        else byte(capitals ? upper(value) : value);
        top--;
      } else {
        const pair = pairs() + ((value - FIRST_PAIR) << 1);
        store<u8>(top, load<u8>(pair + 1));
        store<u8>(++top, load<u8>(pair));
      }
    }
  }
}

/** Appends `length` bytes that somebody else wrote: control characters become `?`, so that a line stays one line. */
export function quoted(bytes: usize, length: i32): void {
  for (let i = 0; i < length; i++) {
    const value = <i32>load<u8>(bytes + i);
    byte(value < 32 || value === 127 ? code("?") : value);
  }
}

/** Appends word number `index` of `list`, which has bars between its words. */
export function choice(list: usize, index: i32): void {
  for (; load<u8>(list) !== 0; list++) {
    if (load<u8>(list) === code("|")) index--;
    else if (index === 0) byte(load<u8>(list));
  }
}

/** Appends spaces up to `column`. */
export function pad(column: i32): void {
  while (size < column) byte(code(" "));
}

const digits: usize = zeroed(24);

/** Appends a decimal number. */
export function number(value: i64): void {
  if (value < 0) {
    byte(code("-"));
    value = -value;
  }
  decimal(digits, value);
  put(digits);
}

/** Ends the line with a line feed; where it was too long, with `...` before it. */
export function end(): void {
  if (size === CAPACITY - 4) {
    for (let i = 0; i < 3; i++) store<u8>(buffer + size++, code("."));
  }
  store<u8>(buffer + size++, code("\n"));
}
