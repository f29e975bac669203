/** What a value says: from its text to what it sets. Each returns false where the value is no right one. */
import { parseSignal, SIGCHLD, SIGKILL, SIGSTOP, smallNumber } from "../linux/signals";
import { find, length, startsWith } from "../text/bytes";
import { TRACE } from "../report/report";
import { Id } from "./options";
import { config, ForwardTo, Isolate, remapExit, rewriteSignal } from "./settings";

/** What was said of the verbosity; the rules of who wins are in `settle`. */
let explicit: i32 = -1;
let fromEnvironment: i32 = -1;
let more: i32 = 0;

/** The position of `value` among words with one space behind each, or -1. */
function indexIn(value: usize, words: usize): i32 {
  const size = length(value);
  let index = 0;
  while (load<u8>(words) !== 0) {
    const end = find(words, code(" "));
    if (<i32>(end - words) === size && startsWith(words, value)) return index;
    words = end + 1;
    index++;
  }
  return -1;
}

/** Yes is 1, no is 0, anything else -1. */
function yesOrNo(value: usize): i32 {
  const index = indexIn(value, text("no yes false true off on 0 1 "));
  return index < 0 ? index : index & 1;
}

/** `A:B` */
function rewrite(from: usize, to: usize, colon: usize): bool {
  if (colon === 0) return false;
  const incoming = parseSignal(from, colon);
  if (incoming < 1 || incoming === SIGKILL || incoming === SIGSTOP || incoming === SIGCHLD) return false;
  const outgoing = smallNumber(colon + 1, to) === 0 ? 0 : parseSignal(colon + 1, to);
  if (outgoing < 0) return false;
  rewriteSignal(incoming, outgoing);
  return true;
}

/** `CODE` or `CODE:TO` */
function remap(from: usize, to: usize, colon: usize): bool {
  const code = smallNumber(from, colon === 0 ? to : colon);
  const becomes = colon === 0 ? 0 : smallNumber(colon + 1, to);
  if (code < 0 || code > 255 || becomes < 0 || becomes > 255) return false;
  remapExit(code, becomes);
  return true;
}

/** The items of a list, separated by commas; at least one, none empty. */
function list(id: Id, value: usize): bool {
  const end = value + length(value);
  while (true) {
    let stop = find(value, code(","));
    if (stop === 0) stop = end;
    let colon = find(value, code(":"));
    if (colon > stop) colon = 0;
    if (!(id === Id.REWRITE ? rewrite(value, stop, colon) : remap(value, stop, colon))) return false;
    if (stop === end) return true;
    value = stop + 1;
  }
}

/** A verbosity: 0 to 4; what is more is 4, and nothing at all is 0, as tini has it. */
function verbosity(value: usize): i32 {
  const size = length(value);
  if (size === 0) return 0;
  const level = smallNumber(value, value + size);
  return level > TRACE ? TRACE : level;
}

/**
 * Sets what the option says. `value` is a text; 0 for a flag that was just named.
 * Returns false where the value is no right one.
 */
export function apply(id: Id, value: usize, inEnvironment: bool): bool {
  switch (id) {
    case Id.FORWARD_TO: {
      const index = indexIn(value, text("child group all "));
      if (index >= 0) config.forwardTo = <ForwardTo>index;
      return index >= 0;
    }
    case Id.ISOLATE: {
      const index = indexIn(value, text("group session none "));
      if (index >= 0) config.isolate = <Isolate>index;
      return index >= 0;
    }
    case Id.REWRITE:
    case Id.REMAP_EXIT:
      return list(id, value);
    case Id.PARENT_DEATH_SIGNAL: {
      const signal = parseSignal(value, value + length(value));
      config.parentDeathSignal = signal;
      return signal > 0;
    }
    case Id.VERBOSE:
      more++;
      return true;
    case Id.VERBOSITY: {
      const level = verbosity(value);
      if (inEnvironment) fromEnvironment = level;
      else explicit = level;
      return level >= 0;
    }
    default:
      return flag(id, value === 0 ? 1 : yesOrNo(value));
  }
}

/** Sets a flag to 1 or 0; false where it is neither. */
function flag(id: Id, on: i32): bool {
  if (on < 0) return false;
  const yes = on === 1;
  if (id === Id.SUBREAPER) config.subreaper = yes;
  else if (id === Id.WARN_ON_REAP) config.warnOnReap = yes;
  else if (id === Id.TIE) config.tie = yes;
  else if (id === Id.KILL_PROCESS_GROUP) config.forwardTo = yes ? ForwardTo.GROUP : ForwardTo.CHILD;
  else config.isolate = yes ? Isolate.NONE : Isolate.GROUP;
  return true;
}

/**
 * Settles the verbosity. `--verbosity` wins; TINI_VERBOSITY wins over `-v`, as in tini; each `-v` adds one to the
 * default, which dumb-init's debug variable raises.
 */
export function settleVerbosity(base: i32): void {
  const level = explicit >= 0 ? explicit : fromEnvironment >= 0 ? fromEnvironment : base + more;
  config.verbosity = level > TRACE ? TRACE : level;
}
