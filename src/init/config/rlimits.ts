/** The resource limits (setrlimit(2)) of --rlimit. */
import { ResourceLimit, at as structAt } from "../linux/structs";
import { find, indexIn } from "../text/bytes";
import * as line from "../text/line";
import { RLIM_INFINITY } from "../linux/constants";
import { scaled } from "./numbers";
import { Text } from "../text/views";

/** The names of the limits in the order of their numbers (include/uapi/asm-generic/resource.h, the same on all our CPUs). */
export const RLIMIT_NAMES: Text = cString(
  "cpu|fsize|data|stack|core|rss|nproc|nofile|memlock|as|locks|sigpending|msgqueue|nice|rtprio|rttime",
);
/** How many there are. */
export const RLIMITS: i32 = 16;

/** A `ResourceLimit` for each; and in `known`, a bit for each that is set. */
const LIMIT_BYTES: i32 = 2 * sizeof<u64>();
const limits: usize = zeroedCold(RLIMITS * LIMIT_BYTES);
let known: i32 = 0;

/** The address of the `ResourceLimit` of a limit. */
export function rlimit(number: i32): usize {
  check(number >= 0 && number < RLIMITS);
  return limits + ((<usize>number) << 4);
}

/** Whether a limit is set; false beyond the last one. */
export function hasRlimit(number: i32): bool {
  return number < RLIMITS && ((known >> number) & 1) !== 0;
}

/** Forgets them all. */
export function clearRlimits(): void {
  known = 0;
}

/** A number, or RLIM_INFINITY for `unlimited`; -2 if it is neither. */
function amount(from: usize, to: usize): i64 {
  if (indexIn(from, to, cString("unlimited")) === 0) return RLIM_INFINITY;
  const value = scaled(from, to, 1);
  return value < 0 ? -2 : value;
}

/** Sets a limit from `NAME=SOFT` or `NAME=SOFT:HARD`. Returns false if it is neither. */
export function addRlimit(from: usize, to: usize): bool {
  const equals = find(from, char("="));
  if (equals === 0 || equals > to) return false;
  const number = indexIn(from, equals, RLIMIT_NAMES);
  let colon = find(equals, char(":"));
  if (colon > to) colon = 0;
  const soft = amount(equals + 1, colon === 0 ? to : colon);
  const hard = colon === 0 ? soft : amount(colon + 1, to);
  if (number < 0 || soft === -2 || hard === -2 || <u64>soft > <u64>hard) return false;
  const limit = structAt<ResourceLimit>(rlimit(number));
  limit.soft = soft;
  limit.hard = hard;
  known |= 1 << number;
  return true;
}

function putAmount(value: u64): void {
  if (value === RLIM_INFINITY) line.put(message("unlimited"));
  else line.number(value);
}

/** Appends a limit as `NAME=SOFT:HARD`. */
export function putRlimit(number: i32): void {
  line.choice(RLIMIT_NAMES, number);
  line.byte(char("="));
  const limit = structAt<ResourceLimit>(rlimit(number));
  putAmount(limit.soft);
  line.byte(char(":"));
  putAmount(limit.hard);
}
