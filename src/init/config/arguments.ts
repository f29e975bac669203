/** Options on the command line: `-gwv`, `-e143`, `-e 143`, `--name`, `--no-name`, `--name=value`, `--name value`, `--`. */
import * as host from "../linux/host";
import { find, startsWith } from "../text/bytes";
import { byLetter, byName, Id, isFlag, Kind, Option, option } from "./options";
import { setPath } from "./file";
import { foresee } from "./reports";
import { missing, tooLong, twice, unknown } from "./refusals";
import { get, set, setSource, sourceOf } from "./settings";
import { use } from "./values";
import { WORD_BYTES, word } from "./word";

/** The index of the program, where parsing stopped. */
export let program: i32 = 0;
/** Whether `--` stands before the program. */
export let isClosed: bool = false;
/** The first option that prints something instead of running the program, such as --help; -1 if there is none. */
export let action: i32 = -1;
/** The first pass reads only `--config`, `--log-format` and `action` and refuses nothing else, because the file is read before the other arguments. */
let searching: bool = false;
let refused: bool = false;

/** Reads argument `index` into `word`. Returns its size, or -1 past the last one. */
function fetch(index: i32): i32 {
  check(index > 0);
  check(WORD_BYTES + 1 < bytesOf(word));
  const size = host.readArgument(index, 0, word, WORD_BYTES + 1);
  store<u8>(word + (size < 0 ? 0 : size), 0);
  return size;
}

/** Applies an option with its value, 0 if it has none. Returns false if it is refused. */
function take(row: Option, value: usize, index: i32): bool {
  if (row.kind === Kind.FILE) {
    if (!searching) return true;
    const before = sourceOf(Id.CONFIG);
    setSource(Id.CONFIG, index);
    refused = before !== 0 || !setPath(value);
    if (before !== 0) twice(row, index, before);
    return !refused;
  }
  const acts = row.kind === Kind.PROBE || (row.kind === Kind.ACTION && value === 0);
  if (action < 0 && acts) action = row.sets;
  if (searching) {
    if (row.sets === Id.LOG_FORMAT) foresee(value);
    return true;
  }
  if (row.kind <= Kind.COUNT && row.kind !== Kind.PROBE && value === 0) {
    set(row.sets, get(row.sets) + 1);
    setSource(row.sets, index);
    return true;
  }
  return use(row, value, index);
}

/** Applies an option whose value is at `value`, or the next argument if that is 0. Returns the last index used, or -1 if it is refused. */
function withValue(row: Option, value: usize, index: i32): i32 {
  if (value === 0) {
    const size = fetch(++index);
    if (size < 0) {
      if (!searching) missing(row, index - 1);
      return -1;
    }
    if (size > WORD_BYTES) {
      if (!searching) tooLong(index);
      return -1;
    }
    value = word;
  }
  return take(row, value, index) ? index : -1;
}

/** Whether an option takes a value, in the same argument or in the next. */
function takesValue(row: Option): bool {
  return row.kind > Kind.COUNT && !isFlag(row);
}

function refuseUnknown(letter: i32, index: i32): i32 {
  if (!searching) unknown(word, letter, index);
  return -1;
}

/** Applies the `--name`, `--name=value` or `--no-name` in `word`. */
function long(index: i32): i32 {
  const equals = find(word, char("="));
  if (equals !== 0) store<u8>(equals, 0);
  let value: usize = equals === 0 ? 0 : equals + 1;
  let id = byName(word + 2);
  if (id < 0 && value === 0 && startsWith(word, cString("--no-"))) {
    id = byName(word + 5);
    if (id >= 0 && !isFlag(option(id))) id = -1;
    value = cString("no");
  }
  if (id < 0) {
    if (equals !== 0) store<u8>(equals, <u8>char("="));
    return refuseUnknown(0, index);
  }
  const row = option(id);
  if (takesValue(row)) return withValue(row, value, index);
  return take(row, value, index) ? index : -1;
}

/** Applies the cluster of short options in `word`. */
function short(index: i32): i32 {
  for (let at = word + 1; load<u8>(at) !== 0; at++) {
    const id = byLetter(load<u8>(at));
    if (id < 0) return refuseUnknown(load<u8>(at), index);
    const row = option(id);
    if (takesValue(row)) return withValue(row, load<u8>(at + 1) === 0 ? 0 : at + 1, index);
    if (!take(row, 0, index)) return -1;
  }
  return index;
}

/**
 * Applies the options and stops at the first argument that is not one, or after `--`: at `program`, from where on no
 * argument is read. Returns false if something is refused. With `onlyConfig`, this is the first pass (`searching`).
 */
export function readArguments(onlyConfig: bool): bool {
  searching = onlyConfig;
  isClosed = false;
  let index = 1;
  while (true) {
    const size = fetch(index);
    if (size < 2 || load<u8>(word) !== char("-")) break;
    if (size === 2 && load<u8>(word + 1) === char("-")) {
      index++;
      isClosed = true;
      break;
    }
    if (size > WORD_BYTES) {
      if (!searching) tooLong(index);
      return searching;
    }
    const last = load<u8>(word + 1) === char("-") ? long(index) : short(index);
    // The second pass refuses what the first cannot read.
    if (last < 0) return searching && !refused;
    index = last + 1;
  }
  program = index;
  return true;
}
