/** The whole effective configuration, as a configuration file that would give the same, with each value's source behind. */
import { bit, SIGRTMAX } from "../linux/signals";
import { FILE, path, signal as putSignal, source } from "../report/report";
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

/** The comments begin here, where the values leave room. */
const COMMENT_COLUMN: i32 = 32;

/** Appends a time, in seconds where it is a whole number of them. */
function duration(milliseconds: i32): void {
  const whole = milliseconds % 1000 === 0;
  line.number(whole ? milliseconds / 1000 : milliseconds);
  line.put(whole ? message("s") : message("ms"));
}

/** Appends a number, or where it is below 0, `max`. */
function putAmount(value: i64): void {
  if (value < 0) line.put(message("max"));
  else line.number(value);
}

/** Appends an octal number of three digits, with a 0 before it. */
function octal(value: i32): void {
  line.byte(char("0"));
  for (let shift = 6; shift >= 0; shift -= 3) line.byte(char("0") + ((value >> shift) & 7));
}

/** Appends a text in double quotes, as a file can have it. */
function text(value: UserBytes): void {
  line.byte(char('"'));
  for (let end = value; load<u8>(value) !== 0; value = end) {
    const first = <i32>load<u8>(end);
    if (first === char('"') || first === char("\\")) line.byte(char("\\"));
    // One of these, or all up to the next of them: a character of several bytes is not to be cut.
    do end++;
    while (load<u8>(end) !== 0 && load<u8>(end) !== char('"') && load<u8>(end) !== char("\\"));
    line.quoted(value, <i32>(end - value));
  }
  line.byte(char('"'));
}

/** Appends the value of an option that is no list. */
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

/** What becomes of `from` by a list, the entry's number in it: -1 where the list says nothing of it. */
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

/** Appends the item of a list that says what `from` becomes, as `entry` tells it. */
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

/** Prints the items of a list, each in a line of its own behind the one that is begun. */
function items(row: Option): void {
  for (let from = 0; from <= LARGEST; from++) {
    const becomes = entry(row, from);
    if (becomes < 0) continue;
    print();
    line.put(message("  - "));
    putItem(row, from, becomes);
  }
}

/** Whether an option has a value that a file could say: an empty list has none, nor has a signal or a limit that nobody named. */
export function hasValue(row: Option): bool {
  // To say one of these is to ask for a control group.
  if (row.section === Section.IDENTITY && !isFlag(row)) return sourceOf(row.sets) !== 0;
  const isLimit = row.section === Section.LIMITS && idOf(row) <= Id.CGROUP;
  if (row.kind === Kind.SIGNAL || isLimit) return sourceOf(row.sets) !== 0;
  if (!isList(row)) return true;
  for (let from = 0; from <= LARGEST; from++) if (entry(row, from) >= 0) return true;
  return false;
}

/** Appends where the option was said. */
function comment(from: i32): void {
  line.pad(COMMENT_COLUMN);
  line.put(message(" # "));
  if (from === 0) line.put(message("default"));
  else source(from);
}

/** Prints it. */
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
