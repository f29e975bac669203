/** Prints the effective configuration as a configuration file that has the same effect, with the source of each value in a comment. */
import { bit, SIGRTMAX } from "../linux/signals";
import { FILE, logTag, path, signal as putSignal, source, traceId } from "../report/report";
import * as line from "../text/line";
import { hasCapability, putCapability } from "./capabilities";
import { Id, idOf, isFlag, isList, isSetting, Kind, names, Option, option, OPTIONS, Section } from "./options";
import { print } from "./output";
import { hasRlimit, putRlimit } from "./rlimits";
import {
  cpuPeriod,
  cpus,
  exitCodeFor,
  get,
  getStopSignals,
  groupName,
  isFinalCode,
  rewritten,
  SIZE_UNIT,
  sourceOf,
} from "./settings";
import { textOf } from "./texts";
import { UserBytes } from "../text/views";

/** The largest exit code; signals are smaller. */
export const LARGEST: i32 = 255;

/** The column in which comments begin, if the value is not longer. */
const COMMENT_COLUMN: i32 = 32;

/** Appends a time, in seconds if it is a whole number of them. */
function duration(milliseconds: i32): void {
  const whole = milliseconds % 1000 === 0;
  line.number(whole ? milliseconds / 1000 : milliseconds);
  line.put(whole ? message("s") : message("ms"));
}

/** Appends a number, or `max` if it is below 0. */
function putAmount(value: i64): void {
  if (value < 0) line.put(message("max"));
  else line.number(value);
}

/** Appends an octal number of three digits after a 0. */
function octal(value: i32): void {
  line.byte(char("0"));
  for (let shift = 6; shift >= 0; shift -= 3) line.byte(char("0") + ((value >> shift) & 7));
}

/** Appends a text in double quotes, as in a file. */
function text(value: UserBytes): void {
  line.byte(char('"'));
  for (let end = value; load<u8>(value) !== 0; value = end) {
    const first = <i32>load<u8>(end);
    if (first === char('"') || first === char("\\")) line.byte(char("\\"));
    // This one and all up to the next that is escaped: a character of several bytes must not be cut.
    do end++;
    while (load<u8>(end) !== 0 && load<u8>(end) !== char('"') && load<u8>(end) !== char("\\"));
    line.quoted(value, <i32>(end - value));
  }
  line.byte(char('"'));
}

/** Appends the value of an option that is not a list. */
export function putSingle(row: Option): void {
  const value = get(row.sets);
  switch (row.kind) {
    case Kind.WORD:
      line.choice(row.detail, value);
      break;
    case Kind.RESTART:
      line.choice(row.detail, value & 0xff);
      if (value > 0xff) {
        line.byte(char(":"));
        line.number(value >> 8);
      }
      break;
    case Kind.DURATION:
      if (value < 0) line.put(row.detail);
      else duration(value);
      break;
    case Kind.SIZE:
      if (value < -1) {
        line.number(-1 - value);
        line.byte(char("%"));
      } else putAmount(<i64>value * SIZE_UNIT);
      break;
    case Kind.CPUS:
      putAmount(value);
      line.byte(char(" "));
      line.number(cpuPeriod);
      break;
    case Kind.OCTAL:
      octal(value);
      break;
    case Kind.PATH:
    case Kind.SOCKET:
    case Kind.USER:
      text(textOf(row.sets, 0));
      break;
    case Kind.INTEGER:
      line.number(value);
      break;
    case Kind.NUMBER:
    case Kind.NUMBER_OR_MAX:
      putAmount(value);
      break;
    case Kind.CPU_LIST:
      line.put(cpus);
      break;
    case Kind.NAME:
      line.put(groupName);
      break;
    case Kind.MARK:
      line.put(row.sets === Id.LOG_TAG ? logTag : traceId);
      break;
    case Kind.SIGNAL:
      putSignal(value);
      break;
    case Kind.LEVEL:
      line.number(value);
      break;
    default:
      line.put(value === 0 ? message("no") : message("yes"));
      break;
  }
}

/** What a list maps `from`, a signal, an exit code or an index, to: for a plain list to itself. -1 if the list does not have it. */
export function entry(row: Option, from: i32): i32 {
  if (row.kind === Kind.REMAP) return exitCodeFor(from) === from ? -1 : exitCodeFor(from);
  if (row.kind === Kind.CODES) return isFinalCode(from) ? from : -1;
  if (row.kind === Kind.RLIMITS) return hasRlimit(from) ? from : -1;
  if (row.kind === Kind.CAPABILITIES) return hasCapability(row.sets, from) ? from : -1;
  if (row.kind > Kind.RLIMITS) return textOf(row.sets, from) !== 0 ? from : -1;
  if (from < 1 || from > SIGRTMAX) return -1;
  if (row.kind === Kind.REWRITE) return rewritten(from);
  return getStopSignals() & bit(from) ? from : -1;
}

/** Appends the list's item for `from`, which `entry` maps to `becomes`. */
export function putItem(row: Option, from: i32, becomes: i32): void {
  if (row.kind === Kind.RLIMITS) {
    putRlimit(from);
    return;
  }
  if (row.kind === Kind.CAPABILITIES) {
    putCapability(from);
    return;
  }
  if (row.kind > Kind.RLIMITS) {
    text(textOf(row.sets, from));
    return;
  }
  if (row.kind >= Kind.REMAP) line.number(from);
  else putSignal(from);
  if (row.kind === Kind.SIGNALS || row.kind === Kind.CODES) return;
  line.byte(char(":"));
  if (row.kind === Kind.REMAP || becomes === 0) line.number(becomes);
  else putSignal(becomes);
}

/** Ends the current line and appends the items of a list, a line each. */
function items(row: Option): void {
  for (let from = 0; from <= LARGEST; from++) {
    const becomes = entry(row, from);
    if (becomes < 0) continue;
    print();
    line.put(message("  - "));
    putItem(row, from, becomes);
  }
}

/** Whether an option has a value that a file can express: an empty list has none, nor have a signal, a limit or part of the identity that are not set. */
export function hasValue(row: Option): bool {
  if (row.section === Section.IDENTITY && !isFlag(row)) return sourceOf(row.sets) !== 0;
  // Setting one of these asks for a control group.
  const isLimit = row.section === Section.LIMITS && idOf(row) <= Id.CGROUP;
  const isUnset =
    row.kind === Kind.SIGNAL || row.kind === Kind.MARK || row.kind === Kind.SOCKET || row.kind === Kind.PATH;
  if (isUnset || isLimit) return sourceOf(row.sets) !== 0;
  if (!isList(row)) return true;
  for (let from = 0; from <= LARGEST; from++) if (entry(row, from) >= 0) return true;
  return false;
}

/** Appends where the option was set. */
function comment(from: i32): void {
  line.pad(COMMENT_COLUMN);
  line.put(message(" # "));
  if (from === 0) line.put(message("default"));
  else source(from);
}

/** Prints the configuration file's name and all options. */
export function printConfig(): void {
  line.clear();
  if (load<u8>(path) !== 0) {
    line.put(message("# "));
    source(FILE);
    comment(sourceOf(Id.CONFIG));
    print();
  }
  for (let id = 0; id < OPTIONS; id++) {
    const row = option(id);
    if (!isSetting(row) || row.kind === Kind.FILE || <i32>row.sets !== id) continue;
    const said = hasValue(row);
    if (!said) line.put(message("# "));
    line.choice(names(), id);
    line.byte(char(":"));
    if (said && !isList(row)) {
      line.byte(char(" "));
      putSingle(row);
    }
    comment(sourceOf(id));
    if (isList(row)) items(row);
    print();
  }
}
