/** Options on the command line: `-gwv`, `-e143`, `-e 143`, `--name`, `--no-name`, `--name=value`, `--name value`, `--`. */
import * as host from "../linux/host";
import { find, startsWith } from "../text/bytes";
import { byLetter, byName, Id, isFlag, Kind, option } from "./options";
import { missing, tooLong, unknown, wrong } from "./refusals";
import { remember } from "./sources";
import { apply } from "./values";
import { WORD_BYTES, word } from "./word";

/** Where parsing stopped: at the program (its index), or at an action to do (-1 - its option). */
export let stoppedAt: i32 = 0;

/** Reads argument `index` into `word`. Returns its size, -1 past the last. */
function fetch(index: i32): i32 {
  const size = host.readArgument(index, 0, word, WORD_BYTES + 1);
  store<u8>(word + (size < 0 ? 0 : size), 0);
  return size;
}

/** Applies an option that takes a value; where `value` is 0, the value is the next argument. Returns the last index used, -1 where it is refused. */
function withValue(id: Id, value: usize, index: i32): i32 {
  let last = index;
  if (value === 0) {
    const size = fetch(++last);
    if (size < 0) {
      missing(option(id), index);
      return -1;
    }
    if (size > WORD_BYTES) {
      tooLong(last, WORD_BYTES);
      return -1;
    }
    value = word;
  }
  remember(id, last);
  if (apply(id, value, false)) return last;
  wrong(option(id), value, last);
  return -1;
}

/** Applies a flag, a count or an action. Returns `index`, -1 where it is refused. */
function simple(id: Id, value: usize, index: i32): i32 {
  const row = option(id);
  if (row.kind === Kind.ACTION && value === 0) {
    // The first one asked for is done, but only after all is read: a wrong option behind it is still refused.
    if (stoppedAt === 0) stoppedAt = -1 - <i32>id;
    return index;
  }
  remember(id, index);
  if ((isFlag(row) || value === 0) && apply(id, value, false)) return index;
  wrong(row, value, index);
  return -1;
}

/** Applies `--name`, `--name=value` or `--no-name`, which stands in `word`. */
function long(index: i32): i32 {
  const equals = find(word, code("="));
  if (equals !== 0) store<u8>(equals, 0);
  let value: usize = equals === 0 ? 0 : equals + 1;
  let id = byName(word + 2);
  if (id < 0 && value === 0 && startsWith(word, text("--no-"))) {
    id = byName(word + 5);
    if (id >= 0 && !isFlag(option(id))) id = -1;
    value = text("no");
  }
  if (id < 0) {
    if (equals !== 0) store<u8>(equals, <u8>code("="));
    unknown(word, 0, index);
    return -1;
  }
  return option(id).kind === Kind.VALUE ? withValue(id, value, index) : simple(id, value, index);
}

/** Applies a cluster of short options, which stands in `word`. */
function short(index: i32): i32 {
  for (let at = word + 1; load<u8>(at) !== 0; at++) {
    const id = byLetter(load<u8>(at));
    if (id < 0) {
      unknown(word, load<u8>(at), index);
      return -1;
    }
    if (option(id).kind === Kind.VALUE) return withValue(id, load<u8>(at + 1) === 0 ? 0 : at + 1, index);
    if (simple(id, 0, index) < 0) return -1;
  }
  return index;
}

/**
 * Applies the options and stops at the first word that is none, or behind `--`; `stoppedAt` says where.
 * False where something is refused. What follows is not even looked at.
 */
export function readArguments(): bool {
  let index = 1;
  while (true) {
    const size = fetch(index);
    const dash = size >= 2 && load<u8>(word) === code("-");
    if (!dash) break;
    if (size === 2 && load<u8>(word + 1) === code("-")) {
      index++;
      break;
    }
    if (size > WORD_BYTES) {
      tooLong(index, WORD_BYTES);
      return false;
    }
    const last = load<u8>(word + 1) === code("-") ? long(index) : short(index);
    if (last < 0) return false;
    index = last + 1;
  }
  if (stoppedAt === 0) stoppedAt = index;
  return true;
}
