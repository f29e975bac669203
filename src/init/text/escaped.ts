/** Escapes texts that are not ours, for formats that have quotes and escapes. */
import * as line from "./line";
import { Text } from "./views";
import { codePoint, measure } from "./visible";

/** The ways of escaping. */
export enum Escapes {
  /** A string of JSON (RFC 8259): `"` and `\` are escaped, and invisible characters as `\uXXXX`. */
  JSON,
  /** The value of a parameter of STRUCTURED-DATA (RFC 5424): `"`, `\` and `]` are escaped. */
  PARAMETER,
  /** A text without escapes of its own: only bytes that are no visible text are shown, as `\xNN`. */
  MESSAGE,
}

/** The end of a text that is cut off. */
const ELLIPSIS: Text = cString("...");

/** Appends the hexadecimal digits of a number from the one at bit `shift` down. */
function hexadecimal(value: i32, shift: i32): void {
  for (; shift >= 0; shift -= 4) {
    const digit = (value >> shift) & 15;
    line.byte(digit < 10 ? char("0") + digit : char("a") - 10 + digit);
  }
}

/** Appends `\uXXXX`. */
function unit(value: i32): void {
  line.put(cString("\\u"));
  hexadecimal(value, 12);
}

/** Appends an invisible character, or a byte that is not UTF-8, escaped. */
function hidden(at: usize, end: usize, escapes: Escapes): void {
  if (escapes === Escapes.JSON && codePoint >= 0) {
    // Beyond 16 bits it is a pair of surrogates: RFC 8259, section 7.
    const beyond = codePoint - 0x10000;
    if (beyond >= 0) unit(0xd800 | (beyond >> 10));
    unit(beyond < 0 ? codePoint : 0xdc00 | (beyond & 0x3ff));
    return;
  }
  for (; at < end; at++) {
    if (escapes !== Escapes.MESSAGE) line.byte(char("\\"));
    line.put(cString("\\x"));
    hexadecimal(load<u8>(at), 4);
  }
}

/**
 * Appends the bytes from `at` to before `end`, escaped, up to a total of `most` bytes in the line. If they do not fit, whole
 * characters are left out at the end, and `...` is appended.
 */
export function escaped(at: usize, end: usize, escapes: Escapes, most: i32): void {
  while (at < end) {
    const before = line.next;
    const measured = measure(at, <i32>(end - at));
    const next = at + (measured < 0 ? -measured : measured);
    if (measured < 0) hidden(at, next, escapes);
    else {
      const first = <i32>load<u8>(at);
      const isSpecial =
        first === char('"') || first === char("\\") || (first === char("]") && escapes === Escapes.PARAMETER);
      if (isSpecial && escapes !== Escapes.MESSAGE) line.byte(char("\\"));
      for (; at < next; at++) line.byte(load<u8>(at));
    }
    at = next;
    if (line.count() > most - (bytesOf(ELLIPSIS) - 1)) {
      line.rewind(before);
      line.put(ELLIPSIS);
      return;
    }
  }
}
