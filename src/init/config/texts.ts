/** The values that are texts, of options of any kind: each a byte that says whose it is, the text, and its NUL; a 0 ends them. */
import { copy, length } from "../text/bytes";
import { Buffer, Readable, UserBytes } from "../text/views";

/** How many bytes they may have together, each with one more than its NUL. */
export const TEXTS_BYTES: i32 = 8192;
/** Behind the last one there is a 0. */
const texts: Buffer = zeroedCold(TEXTS_BYTES + 1);
/** An option has so many at most. */
const MOST: i32 = 256;

/** There was no room for the last text. */
export let isFull: bool = false;

/** The address behind the text that begins at `at`, with its mark. */
function behind(at: usize): usize {
  return at + length(at + 1) + 2;
}

/** Text number `index` of an option, or 0. It stays where it is, once everything is read. */
export function textOf(id: i32, index: i32): UserBytes {
  for (let at = texts; load<u8>(at) !== 0; at = behind(at)) if (load<u8>(at) === id + 1 && index-- === 0) return at + 1;
  return 0;
}

/** Forgets the texts of an option. */
export function forgetTexts(id: i32): void {
  let to = texts;
  for (let at = texts; load<u8>(at) !== 0;) {
    const end = behind(at);
    if (load<u8>(at) === id + 1) at = end;
    else while (at < end) store<u8>(to++, load<u8>(at++));
  }
  store<u8>(to, 0);
}

/** Keeps a text, which ends before `end`, as another one of an option. False, and `isFull`, where there is no room. */
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
