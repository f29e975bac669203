/** What a value says: from its text to what it sets. */
import { parseSignal, SIGCHLD, SIGKILL, SIGSTOP, smallNumber } from "../linux/signals";
import { TRACE } from "../report/report";
import { find, indexIn, length } from "../text/bytes";
import { idOf, isFlag, Kind, Option } from "./options";
import { twice, wrong } from "./refusals";
import { addStopSignal, clearList, get, rank, remapExit, rewriteSignal, set, setSource, sourceOf } from "./settings";

/** What came of a value. */
enum Verdict {
  RIGHT,
  /** It is none of what the option takes. */
  WRONG,
  /** The option was said before, in the same place. */
  TWICE,
}

/** No value is like this one. */
const NONE: i32 = i32.MIN_VALUE;

/** The longest time, 24 days; milliseconds in an i32. */
const LONGEST_MS: i64 = 24 * 24 * 3_600_000;
/** A number has at most so many digits, lest it overflow before it is found too large. */
const DIGITS: i32 = 11;

/** `250ms`, `10s`, `2m`, `1h`, and a bare number for seconds, in milliseconds; -1 for the word that says none. */
function duration(value: usize, none: usize): i32 {
  const end = value + length(value);
  if (none !== 0 && indexIn(value, end, none) === 0) return -1;
  let at = value;
  let number: i64 = 0;
  while (load<u8>(at) >= code("0") && load<u8>(at) <= code("9")) number = number * 10 + (load<u8>(at++) - code("0"));
  if (at === value || <i32>(at - value) > DIGITS) return NONE;
  const unit = at === end ? 1 : indexIn(at, end, text("ms|s|m|h"));
  if (unit < 0) return NONE;
  const milliseconds = number * (unit === 0 ? 1 : unit === 1 ? 1000 : unit === 2 ? 60_000 : 3_600_000);
  return milliseconds > LONGEST_MS ? NONE : <i32>milliseconds;
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

/** One signal of a set. */
function stopSignal(from: usize, to: usize): bool {
  const signal = parseSignal(from, to);
  if (signal < 1 || signal === SIGKILL || signal === SIGSTOP || signal === SIGCHLD) return false;
  addStopSignal(signal);
  return true;
}

/** The items of a list, separated by commas; at least one, none empty. */
function list(row: Option, value: usize): bool {
  const end = value + length(value);
  while (true) {
    let stop = find(value, code(","));
    if (stop === 0) stop = end;
    let colon = find(value, code(":"));
    if (colon > stop) colon = 0;
    const right =
      row.kind === Kind.REWRITE
        ? rewrite(value, stop, colon)
        : row.kind === Kind.REMAP
          ? remap(value, stop, colon)
          : stopSignal(value, stop);
    if (!right) return false;
    if (stop === end) return true;
    value = stop + 1;
  }
}

/** `no`, `on-failure`, `always`, with `:N`. */
function restart(row: Option, value: usize): i32 {
  const end = value + length(value);
  const colon = find(value, code(":"));
  const index = indexIn(value, colon === 0 ? end : colon, row.detail);
  if (colon === 0 || index < 0) return index < 0 ? NONE : index;
  const times = smallNumber(colon + 1, end);
  return times < 1 || index === 0 ? NONE : index | (times << 8);
}

/** What was parsed, NONE where it is below 0. */
function orNone(parsed: i32): i32 {
  return parsed < 0 ? NONE : parsed;
}

/** The value of a single option; NONE where it is no right one. A flag that was just named has the value 0. */
function single(row: Option, value: usize): i32 {
  const end: usize = value === 0 ? 0 : value + length(value);
  switch (row.kind) {
    case Kind.WORD:
      return orNone(indexIn(value, end, row.detail));
    case Kind.SIGNAL:
      return orNone(parseSignal(value, end));
    case Kind.LEVEL:
      // tini reads nothing at all as 0, and whatever is more as the most.
      return orNone(value === end ? 0 : min(smallNumber(value, end), TRACE));
    case Kind.DURATION:
      return duration(value, row.detail);
    case Kind.RESTART:
      return restart(row, value);
    default: {
      const yes = value === 0 ? 1 : indexIn(value, end, text("no|yes|false|true|off|on|0|1"));
      return yes < 0 ? NONE : yes & 1 ? <i32>row.detail : 0;
    }
  }
}

/**
 * Sets what an option says. `value` is a text; 0 for a flag that was just named. `source` is as in `sourceOf`.
 * What the sources before said is overruled; a source must not say two things itself.
 */
function apply(row: Option, value: usize, source: i32): Verdict {
  const target = row.sets;
  if (row.kind <= Kind.COUNT) return Verdict.WRONG;
  const again = rank(sourceOf(target)) === rank(source);
  if (row.kind >= Kind.SIGNALS) {
    if (!again) clearList(row);
    setSource(target, source);
    return list(row, value) ? Verdict.RIGHT : Verdict.WRONG;
  }
  const parsed = single(row, value);
  if (parsed === NONE) return Verdict.WRONG;
  // A flag may be named again, to say the same.
  const sameFlag = isFlag(row) && rank(sourceOf(idOf(row))) === rank(source) && get(target) === parsed;
  if (again && !sameFlag) return Verdict.TWICE;
  set(target, parsed);
  setSource(target, source);
  setSource(idOf(row), source);
  return Verdict.RIGHT;
}

/** Sets what an option says, or refuses it with a sentence. Returns whether it was right. */
export function use(row: Option, value: usize, source: i32): bool {
  const before = sourceOf(row.sets);
  const verdict = apply(row, value, source);
  if (verdict === Verdict.WRONG) wrong(row, value, source);
  else if (verdict === Verdict.TWICE) twice(row, source, before);
  return verdict === Verdict.RIGHT;
}
