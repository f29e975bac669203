/** The capabilities that --drop-capabilities and --keep-capabilities name. */
import { CAPABILITIES, CAPABILITY_NAMES } from "../linux/capabilities";
import { indexIn } from "../text/bytes";
import * as line from "../text/line";
import { Id } from "./options";

/** The highest bit stands for `all`: no capability has this number. */
const ALL: i32 = 63;

let named: u64 = 0;
let kept: u64 = 0;

/** The set that --keep-capabilities names. */
export function keptCapabilities(): u64 {
  return kept;
}

/** The set that --drop-capabilities names, without those that are kept. */
export function droppedCapabilities(): u64 {
  return named & ~kept;
}

/** Whether a capability is named in both options; with `all` in the one, the other makes exceptions. */
export function areCapabilitiesInBoth(): bool {
  return named >> ALL === 0 && (named & kept) !== 0;
}

/** Clears the set of an option. */
export function clearCapabilities(id: i32): void {
  if (id === Id.KEEP_CAPABILITIES) kept = 0;
  else named = 0;
}

/** Adds a capability, with or without CAP_ before its name; --drop-capabilities also takes `all`. Returns false if there is no such capability. */
export function addCapability(id: i32, from: usize, to: usize): bool {
  const isKept = id === Id.KEEP_CAPABILITIES;
  if (!isKept && indexIn(from, to, cString("all")) === 0) {
    named = ~(<u64>0);
    return true;
  }
  if (indexIn(from, min(from + 4, to), cString("CAP_")) === 0) from += 4;
  const number = indexIn(from, to, line.template(CAPABILITY_NAMES));
  if (number < 0) return false;
  if (isKept) kept |= (<u64>1) << number;
  else named |= (<u64>1) << number;
  return true;
}

/** Whether an option's list has the entry `number`: a capability, or ALL. */
export function hasCapability(id: i32, number: i32): bool {
  const set = id === Id.KEEP_CAPABILITIES ? kept : named;
  if (set >> ALL !== 0) return number === ALL;
  return number < CAPABILITIES && ((set >> number) & 1) !== 0;
}

/** Appends the entry `number` as a user writes it. */
export function putCapability(number: i32): void {
  if (number === ALL) line.put(message("all"));
  else line.choice(line.template(CAPABILITY_NAMES), number);
}
