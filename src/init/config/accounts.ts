/** Users and groups in options: each a name or a number. */
import { find } from "../text/bytes";
import { isDigit, scaled } from "./numbers";

/** The largest id: to the kernel, 2^32 - 1 means to leave an id as it is (setresuid(2)). */
const LARGEST_ID: i64 = 4294967294;

/** Whether there are only digits from `from` up to `to`. */
export function isNumber(from: usize, to: usize): bool {
  while (from < to && isDigit(load<u8>(from))) from++;
  return from === to;
}

/** The id that the digits stand for, or -1 if they are not an id. */
export function idOfNumber(from: usize, to: usize): i64 {
  const id = scaled(from, to, 1);
  return id > LARGEST_ID ? -1 : id;
}

/** Whether the text can be a user or a group: an id, or a name without `:` and `,`. */
export function isAccount(from: usize, to: usize): bool {
  if (from >= to || isNumber(from, to)) return from < to && idOfNumber(from, to) >= 0;
  while (from < to && load<u8>(from) !== char(":") && load<u8>(from) !== char(",")) from++;
  return from === to;
}

/** Whether the text is USER or USER:GROUP. */
export function isUser(from: usize, to: usize): bool {
  const colon = find(from, char(":"));
  return colon === 0 ? isAccount(from, to) : isAccount(from, colon) && isAccount(colon + 1, to);
}

/** Whether the text is NAME=VALUE; the value may be empty. */
export function isVariable(from: usize, to: usize): bool {
  const equals = find(from, char("="));
  return equals > from && equals < to;
}
