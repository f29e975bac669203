import { Writable } from "./views";

/** A number takes so many bytes at most, with its NUL: 2^64 - 1 in decimals. */
export const NUMBER_BYTES: i32 = 21;

/** Writes a number with the digits of a base from 10 to 16 as a text, to room for NUMBER_BYTES. Returns the address of the NUL behind it. */
export function digits(to: Writable, value: u64, base: u64): usize {
  check(base >= 10 && base <= 16);
  checkRoom(to, to + NUMBER_BYTES);
  let end = to;
  for (let rest = value; rest >= base; rest /= base) end++;
  for (let at = end; at >= to; value /= base) {
    const digit = <i32>(value % base);
    store<u8>(at--, <u8>(digit < 10 ? 48 + digit : 87 + digit));
  }
  store<u8>(++end, 0);
  return end;
}

/** Writes a decimal number as a text, to room for NUMBER_BYTES. Returns the address of the NUL behind it. */
export function decimal(to: Writable, value: u64): usize {
  return digits(to, value, 10);
}
