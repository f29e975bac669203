/** Which option a misspelt name means. */
import { length } from "../text/bytes";
import { isSetting, nameOf, option, OPTIONS } from "./options";

/** The mistake, letters that are wrong, missing, too many or changed about, lies within so many. */
const MISTAKE: i32 = 2;

/** Whether two names are the same but for one small mistake: what they have in common before and behind it is the rest. */
function resembles(a: usize, aLength: i32, b: usize): bool {
  const bLength = length(b);
  const shorter = min(aLength, bLength);
  let before = 0;
  while (before < shorter && load<u8>(a + before) === load<u8>(b + before)) before++;
  let behind = 0;
  while (behind < shorter - before && load<u8>(a + aLength - behind - 1) === load<u8>(b + bLength - behind - 1))
    behind++;
  return max(aLength, bLength) - before - behind <= MISTAKE;
}

/** The option whose name resembles `name`, or -1. */
export function nearest(name: usize): i32 {
  for (let id = 0; id < OPTIONS; id++) {
    const candidate = nameOf(id);
    if (isSetting(option(id)) && resembles(candidate, <i32>(nameOf(id + 1) - 1 - candidate), name)) return id;
  }
  return -1;
}
