/** The values that are texts, of all options: for each a byte that is the option's id plus 1, the text, and a NUL; a 0 ends them. */
import { copy, length } from "../text/bytes";
import { Buffer, Readable, UserBytes } from "../text/views";

/** How many bytes they may have in all, each with its id and NUL. */
export const TEXTS_BYTES: i32 = 8192;
/** With the 0 at the end. */
const texts: Buffer = zeroedCold(TEXTS_BYTES + 1);
/** How many texts an option may have. */
const MOST: i32 = 256;

/** Whether there was no room for the last text. */
export let isFull: bool = false;

/** The address after the entry at `at`. */
function behind(at: usize): usize {
  return at + length(at + 1) + 2;
}

/** Text number `index` of an option, or 0. Its address does not change once the configuration has been read. */
export function textOf(id: i32, index: i32): UserBytes {
  for (let at = texts; load<u8>(at) !== 0; at = behind(at)) if (load<u8>(at) === id + 1 && index-- === 0) return at + 1;
  return 0;
}

/** Removes the texts of an option. */
export function forgetTexts(id: i32): void {
  let to = texts;
  for (let at = texts; load<u8>(at) !== 0;) {
    const end = behind(at);
    if (load<u8>(at) === id + 1) at = end;
    else while (at < end) store<u8>(to++, load<u8>(at++));
  }
  store<u8>(to, 0);
}

/** Adds a text, which ends before `end`, to those of an option. Returns false, and sets `isFull`, if there is no room. */
export function keepText(id: i32, text: Readable, end: usize): bool {
  check(id >= 0 && id < 255);
  let at = texts;
  for (; load<u8>(at) !== 0; at = behind(at));
  const size = <i32>(end - text);
  isFull = textOf(id, MOST - 1) !== 0 || size + 2 > <i32>(endOf(texts) - 1 - at);
  if (isFull) return false;
  const separator = load<u8>(end);
  store<u8>(end, 0);
  store<u8>(copy(at + 1, endOf(texts) - 1, text) + 1, 0);
  store<u8>(end, separator);
  store<u8>(at, <u8>(id + 1));
  return true;
}
