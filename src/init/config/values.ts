/** Parses values and sets the options. */
import { parseSignal, SIGCHLD, SIGKILL, SIGSTOP, smallNumber } from "../linux/signals";
import { Level, logTag, MARK_BYTES, SOCKET_PATH_BYTES, traceId } from "../report/report";
import { copy, find, indexIn, length, same, upper } from "../text/bytes";
import { isDigit, NONE, octal, scaled, signed, within } from "./numbers";
import { Id, idOf, isFlag, isList, Kind, Option } from "./options";
import { parseProbe } from "./probe";
import { noRoom, twice, wrong } from "./refusals";
import { addRlimit } from "./rlimits";
import {
  addFinalCode,
  addStopSignal,
  clearList,
  CPU_PERIOD,
  cpus,
  get,
  groupName,
  rank,
  remapExit,
  rewriteSignal,
  set,
  setCpuPeriod,
  setSource,
  SIZE_UNIT,
  sourceOf,
  TEXT_BYTES,
} from "./settings";
import { isAccount, isUser, isVariable } from "./accounts";
import { addCapability } from "./capabilities";
import { forgetTexts, isFull, keepText } from "./texts";
import { Buffer, Readable, Text } from "../text/views";

/** The result of applying a value. */
enum Verdict {
  RIGHT,
  /** The option does not accept it. */
  WRONG,
  /** The same source has set the option before. */
  TWICE,
  /** There is no room for it. */
  NO_ROOM,
}

/** The largest number of processes, PID_MAX_LIMIT (include/linux/threads.h), and the largest weight, CGROUP_WEIGHT_MAX. */
const MOST_PIDS: i32 = 4_194_304;
const MOST_WEIGHT: i32 = 10_000;

/** The longest time: 24 days, so that its milliseconds fit an i32. */
const LONGEST_MS: i64 = 24 * 24 * 3_600_000;
const MAX: Text = cString("MAX");

/** Milliseconds of `250ms`, `10s`, `2m`, `1h`, or of a number of seconds; -1 for the word `none`. */
function duration(value: Readable, none: usize): i32 {
  const end = value + length(value);
  if (none !== 0 && indexIn(value, end, none) === 0) return -1;
  let at = value;
  while (isDigit(load<u8>(at))) at++;
  const unit = at === end ? 1 : indexIn(at, end, cString("ms|s|m|h"));
  if (unit < 0) return NONE;
  const milliseconds = scaled(value, at, unit === 0 ? 1 : unit === 1 ? 1000 : unit === 2 ? 60_000 : 3_600_000);
  return within(milliseconds, 0, <i32>LONGEST_MS);
}

/** `512M`, `1.5Gi`, `64k`, bytes, `80%` or `max`, as a value of `Kind.SIZE`; at least `least` units. */
function size(value: Readable, end: usize, least: i32): i32 {
  if (indexIn(value, end, MAX) === 0) return -1;
  if (load<u8>(end - 1) === char("%")) {
    const percent = smallNumber(value, end - 1);
    return percent < 1 || percent > 100 ? NONE : -1 - percent;
  }
  const isByte = upper(load<u8>(end - 1)) === char("B");
  if (isByte) end--;
  const isBinary = end > value && upper(load<u8>(end - 1)) === char("I");
  if (isBinary) end--;
  const unit = end === value ? -1 : indexIn(end - 1, end, cString("K|M|G|T"));
  if (unit >= 0) end--;
  else if (isBinary) return NONE;
  const bytes = scaled(value, end, (<i64>1) << (10 * (unit + 1)));
  return bytes < 0 ? NONE : within(bytes / SIZE_UNIT, least, i32.MAX_VALUE);
}

/** The quota of `1.5`, `150%`, `max`, or `QUOTA PERIOD` as in cpu.max; sets the period. */
function cpuQuota(value: Readable, end: usize): i32 {
  const space = find(value, char(" "));
  const quotaEnd = space === 0 ? end : space;
  let unit = space === 0 ? CPU_PERIOD : 1;
  let period = CPU_PERIOD;
  if (space !== 0) period = within(scaled(space + 1, end, 1), 1000, 1_000_000);
  setCpuPeriod(period);
  if (period === NONE) return NONE;
  if (indexIn(value, quotaEnd, MAX) === 0) return -1;
  if (space === 0 && load<u8>(end - 1) === char("%")) {
    end--;
    unit = CPU_PERIOD / 100;
  }
  return within(scaled(value, space === 0 ? end : space, unit), 1000, i32.MAX_VALUE);
}

/** Copies a list of numbers and ranges to `to`, at most `most` bytes; if `isName`, a name of letters, digits and `-._`. */
function keep(to: Text, most: i32, value: Readable, isName: bool): i32 {
  checkRoom(to, to + most + 1);
  const size = length(value);
  for (let at = value; load<u8>(at) !== 0; at++) {
    const character = <i32>load<u8>(at);
    const letter = upper(character) >= char("A") && upper(character) <= char("Z");
    const other = isName ? character === char(".") || character === char("_") : character === char(",");
    if (isDigit(character) || (isName && letter)) continue;
    if (at === value || (!other && character !== char("-"))) return NONE;
  }
  if (size === 0 || size > most) return NONE;
  copy(<Buffer>to, to + most + 1, value);
  return 0;
}

/** Applies `SIGNAL:SIGNAL`; `colon` is 0 if there is none. */
function rewrite(from: usize, to: usize, colon: usize): bool {
  if (colon === 0) return false;
  const incoming = parseSignal(from, colon);
  if (incoming < 1 || incoming === SIGKILL || incoming === SIGSTOP || incoming === SIGCHLD) return false;
  const outgoing = smallNumber(colon + 1, to) === 0 ? 0 : parseSignal(colon + 1, to);
  if (outgoing < 0) return false;
  rewriteSignal(incoming, outgoing);
  return true;
}

/** Applies `CODE` or `CODE:TO`; `colon` is 0 if there is none. */
function remap(from: usize, to: usize, colon: usize): bool {
  const code = smallNumber(from, colon === 0 ? to : colon);
  const becomes = colon === 0 ? 0 : smallNumber(colon + 1, to);
  if (code < 0 || code > 255 || becomes < 0 || becomes > 255) return false;
  remapExit(code, becomes);
  return true;
}

/** Adds an exit code of --restart-except. */
function finalCode(from: usize, to: usize): bool {
  const code = smallNumber(from, to);
  if (code < 0 || code > 255) return false;
  addFinalCode(code);
  return true;
}

/** Adds a signal of --stop-signals. */
function stopSignal(from: usize, to: usize): bool {
  const signal = parseSignal(from, to);
  if (signal < 1 || signal === SIGKILL || signal === SIGSTOP || signal === SIGCHLD) return false;
  addStopSignal(signal);
  return true;
}

/** Adds an item of a list about the program's identity. */
function addOther(row: Option, from: usize, to: usize): bool {
  if (row.kind === Kind.RLIMITS) return addRlimit(from, to);
  if (row.kind === Kind.CAPABILITIES) return addCapability(row.sets, from, to);
  const right = row.kind === Kind.GROUPS ? isAccount(from, to) : isVariable(from, to);
  return right && keepText(row.sets, from, to);
}

/** Adds the items of a list, separated by commas: at least one, and none empty. */
function list(row: Option, value: Readable): bool {
  const end = value + length(value);
  while (true) {
    let stop: usize = row.kind === Kind.VARIABLE ? 0 : find(value, char(","));
    if (stop === 0) stop = end;
    let colon = find(value, char(":"));
    if (colon > stop) colon = 0;
    const right =
      row.kind === Kind.REWRITE
        ? rewrite(value, stop, colon)
        : row.kind === Kind.REMAP
          ? remap(value, stop, colon)
          : row.kind === Kind.CODES
            ? finalCode(value, stop)
            : row.kind > Kind.CODES
              ? addOther(row, value, stop)
              : stopSignal(value, stop);
    if (!right) return false;
    if (stop === end) return true;
    value = stop + 1;
  }
}

/** `no`, `on-failure` or `always`, with or without `:N`, as a value of `Kind.RESTART`. */
function restart(row: Option, value: Readable): i32 {
  const end = value + length(value);
  const colon = find(value, char(":"));
  const index = indexIn(value, colon === 0 ? end : colon, row.detail);
  if (colon === 0 || index < 0) return index < 0 ? NONE : index;
  const times = smallNumber(colon + 1, end);
  return times < 1 || index === 0 ? NONE : index | (times << 8);
}

/** What was parsed, or NONE if it is below 0. */
function orNone(parsed: i32): i32 {
  return parsed < 0 ? NONE : parsed;
}

/** The value of an option that is not a list; NONE if it is wrong. The text is 0 for a flag without a value. */
function single(row: Option, value: Readable): i32 {
  const end: usize = value === 0 ? 0 : value + length(value);
  switch (row.kind) {
    case Kind.WORD:
      return orNone(indexIn(value, end, row.detail));
    case Kind.SIGNAL:
      return orNone(parseSignal(value, end));
    case Kind.LEVEL:
      // As in tini, a larger number means the most.
      return orNone(min(smallNumber(value, end), Level.TRACE));
    case Kind.DURATION:
      return duration(value, row.detail);
    case Kind.RESTART:
      return restart(row, value);
    case Kind.PROBE:
      return parseProbe(row, value);
    case Kind.SIZE:
      return size(value, end, row.sets === Id.MEMORY_SWAP_MAX ? 0 : 1);
    case Kind.CPUS:
      return cpuQuota(value, end);
    case Kind.NUMBER_OR_MAX:
      return indexIn(value, end, MAX) === 0 ? -1 : within(scaled(value, end, 1), 1, MOST_PIDS);
    case Kind.NUMBER:
      return within(scaled(value, end, 1), 1, MOST_WEIGHT);
    case Kind.CPU_LIST:
      return keep(cpus, TEXT_BYTES, value, false);
    case Kind.NAME:
      return same(value, cString("init")) ? NONE : keep(groupName, TEXT_BYTES, value, true);
    case Kind.OCTAL:
      return octal(value, end);
    case Kind.INTEGER:
      return row.sets === Id.NICE ? signed(value, end, -20, 19) : signed(value, end, -1000, 1000);
    case Kind.PATH:
    case Kind.SOCKET:
    case Kind.USER:
      forgetTexts(row.sets);
      if (row.kind === Kind.USER ? !isUser(value, end) : value === end) return NONE;
      if (row.kind === Kind.SOCKET && (load<u8>(value) !== char("/") || length(value) > SOCKET_PATH_BYTES)) return NONE;
      return keepText(row.sets, value, end) ? 0 : NONE;
    case Kind.MARK:
      return keep(row.sets === Id.LOG_TAG ? logTag : traceId, MARK_BYTES, value, true);
    default: {
      const yes = value === 0 ? 1 : indexIn(value, end, cString("no|yes|false|true|off|on|0|1"));
      return yes < 0 ? NONE : yes & 1 ? <i32>row.detail : 0;
    }
  }
}

/** Sets an option to its default. */
export function setDefault(row: Option): void {
  const value = row.defaultValue;
  if (value === 0) return;
  if (isList(row)) list(row, value);
  else set(row.sets, single(row, value));
}

/**
 * Sets an option. `value` is a text, or 0 for a flag without a value; `source` is as in `sourceOf`.
 * It overrides what lower sources set; a source must not set an option twice itself.
 */
function apply(row: Option, value: Readable, source: i32): Verdict {
  const target = row.sets;
  if (row.kind <= Kind.COUNT && row.kind !== Kind.PROBE) return Verdict.WRONG;
  const again = rank(sourceOf(target)) === rank(source);
  if (isList(row)) {
    if (!again) clearList(row);
    setSource(target, source);
    return list(row, value) ? Verdict.RIGHT : isFull ? Verdict.NO_ROOM : Verdict.WRONG;
  }
  const parsed = single(row, value);
  if (parsed === NONE) return isFull ? Verdict.NO_ROOM : Verdict.WRONG;
  // A flag may be repeated with the same meaning.
  const sameFlag = isFlag(row) && rank(sourceOf(idOf(row))) === rank(source) && get(target) === parsed;
  if (again && !sameFlag) return Verdict.TWICE;
  set(target, parsed);
  setSource(target, source);
  setSource(idOf(row), source);
  return Verdict.RIGHT;
}

/** Sets an option, or refuses the value with a message. Returns whether it was right. */
export function use(row: Option, value: Readable, source: i32): bool {
  const before = sourceOf(row.sets);
  const verdict = apply(row, value, source);
  if (verdict === Verdict.WRONG) wrong(row, value, source);
  else if (verdict === Verdict.TWICE) twice(row, source, before);
  else if (verdict === Verdict.NO_ROOM) noRoom(row, source);
  return verdict === Verdict.RIGHT;
}
