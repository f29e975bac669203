import { Writable } from "./views";

/** The longest number with its NUL: 2^64 - 1 in decimal. */
export const NUMBER_BYTES: i32 = 21;

/** Writes a number in a base from 10 to 16, into room for NUMBER_BYTES. Returns the address of the NUL after it. */
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

/** Writes a number in decimal, into room for NUMBER_BYTES. Returns the address of the NUL after it. */
export function decimal(to: Writable, value: u64): usize {
  return digits(to, value, 10);
}
