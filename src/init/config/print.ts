/** The whole effective configuration, as a configuration file that would give the same, with each value's source behind. */
import { STDOUT } from "../linux/constants";
import * as host from "../linux/host";
import { bit, SIGRTMAX } from "../linux/signals";
import { signal as putSignal } from "../report/report";
import { length } from "../text/bytes";
import * as line from "../text/line";
import { Id, isList, isSetting, Kind, Option, option, OPTIONS } from "./options";
import { path } from "./path";
import { source } from "./refusals";
import { exitCodeFor, get, rewritten, sourceOf } from "./settings";

/** The comments begin here, where the values leave room. */
const COMMENT_COLUMN: i32 = 32;

function flush(): void {
  line.end();
  host.write(STDOUT, line.address(), line.count());
  line.clear();
}

/** Appends word number `index` of `words`, which have bars between. */
function word(words: usize, index: i64): void {
  for (; load<u8>(words) !== 0; words++) {
    if (load<u8>(words) === code("|")) index--;
    else if (index === 0) line.byte(load<u8>(words));
  }
}

/** Appends a time in the largest unit that gives a whole number. */
function duration(milliseconds: i64): void {
  const whole = milliseconds % 1000 === 0;
  line.number(whole ? milliseconds / 1000 : milliseconds);
  line.put(whole ? words("s") : words("ms"));
}

/** Appends the value of a single option. */
function single(row: Option): void {
  const value = get(<Id>row.sets);
  switch (row.kind) {
    case Kind.WORD:
      word(row.detail, value);
      break;
    case Kind.RESTART:
      word(row.detail, value & 0xff);
      if (value > 0xff) {
        line.byte(code(":"));
        line.number(value >> 8);
      }
      break;
    case Kind.DURATION:
      if (value < 0) line.put(row.detail);
      else duration(value);
      break;
    case Kind.SIGNAL:
      putSignal(<i32>value);
      break;
    case Kind.LEVEL:
      line.number(value);
      break;
    default:
      line.put(value === 0 ? words("no") : words("yes"));
      break;
  }
}

function beginItem(): void {
  flush();
  line.put(words("  - "));
}

/** Appends the items of a list, each in a line of its own. */
function items(row: Option): void {
  if (row.kind === Kind.REMAP) {
    for (let from = 0; from < 256; from++) {
      if (exitCodeFor(from) === from) continue;
      beginItem();
      line.number(from);
      line.byte(code(":"));
      line.number(exitCodeFor(from));
    }
    return;
  }
  for (let signal = 1; signal <= SIGRTMAX; signal++) {
    const becomes =
      row.kind === Kind.REWRITE ? rewritten(signal) : (<u64>get(<Id>row.sets)) & bit(signal) ? signal : -1;
    if (becomes < 0) continue;
    beginItem();
    putSignal(signal);
    if (row.kind !== Kind.REWRITE) continue;
    line.byte(code(":"));
    if (becomes === 0) line.byte(code("0"));
    else putSignal(becomes);
  }
}

/** Appends where the option was said. */
function comment(from: i32): void {
  line.pad(COMMENT_COLUMN);
  line.put(words(" # "));
  if (from === 0) line.put(words("default"));
  else source(from);
}

/** Prints it. */
export function printConfig(): void {
  line.clear();
  if (load<u8>(path) !== 0) {
    line.put(words("# "));
    line.quoted(path, length(path));
    comment(sourceOf(Id.CONFIG));
    flush();
  }
  for (let id = 0; id < OPTIONS; id++) {
    const row = option(id);
    if (!isSetting(row) || row.kind === Kind.FILE || <i32>row.sets !== id) continue;
    // What nobody said and has no value is no line of a file.
    const unsaid = sourceOf(id) === 0 && (isList(row) ? id !== Id.STOP_SIGNALS : id === Id.PARENT_DEATH_SIGNAL);
    if (unsaid) line.put(words("# "));
    line.put(row.name);
    line.byte(code(":"));
    if (!isList(row) && !unsaid) {
      line.byte(code(" "));
      single(row);
    }
    comment(sourceOf(id));
    if (isList(row)) items(row);
    flush();
  }
}
