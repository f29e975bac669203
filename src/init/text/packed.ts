/** Unpacks messages (scripts/lib/literals.ts, `pack`). */
import { upper } from "./bytes";
import { PHRASE, PLACE, SHIFT } from "./codes";
import { Buffer, Sayable, Writable } from "./views";

export { PLACE } from "./codes";

/** The codes that wait to be unpacked, enough for the text that is packed most deeply. */
const stack: Buffer = zeroed(messageDepth());

/**
 * Unpacks a text into the room from `to` up to but not including `end`, at least one byte. A code that is not a character
 * stands for two other codes, or begins the number of a phrase. What does not fit is cut off. Returns the address of the NUL
 * after it.
 */
export function unpack(to: Writable, end: usize, text: Sayable): usize {
  checkRoom(to, end);
  checkRoom(stack, endOf(stack));
  end--;
  let capitals = false;
  /** Where the text goes on after a phrase; 0 outside a phrase. */
  let behind: usize = 0;
  while (true) {
    const code = load<u8>(text++);
    if (code === 0) {
      if (behind === 0) break;
      text = behind;
      behind = 0;
      continue;
    }
    if (code === PHRASE) {
      const phrases: usize = messagePhrases();
      behind = text + 1;
      text = phrases + load<u16>(phrases + ((<usize>load<u8>(text)) << 1));
      continue;
    }
    let top = stack;
    store<u8>(top, code);
    while (top >= stack) {
      const value = <i32>load<u8>(top);
      if ((value >= char(" ") && value <= SHIFT) || value === char("\n") || value === PLACE) {
        if (value === SHIFT) capitals = !capitals;
        else if (to < end) store<u8>(to++, capitals ? upper(value) : value);
        top--;
      } else {
        const pair = messagePairs() + (((value - 128) & 0xff) << 1);
        store<u8>(top, load<u8>(pair + 1));
        store<u8>(++top, load<u8>(pair));
      }
    }
  }
  store<u8>(to, 0);
  return to;
}
