/** Finds the option that a misspelt name stands for. */
import { length } from "../text/bytes";
import { isSetting, nameOf, option, OPTIONS } from "./options";

/** How many letters in a row may differ: wrong, missing, added or swapped ones. */
const MISTAKE: i32 = 2;

/** Whether two names differ by one small mistake only: a common beginning and a common end are all the rest. */
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
