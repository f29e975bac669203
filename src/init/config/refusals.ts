/** The messages for what is refused: the option, the value, where it was set, and what is expected. */
import { beginThree, beginTwo, end, FILE, Log, reportThree, reportTwo, setMore } from "../report/report";
import { atOffset, BASE } from "../text/address";
import * as line from "../text/line";
import { idOf, Kind, nameOf, Option } from "./options";
import { note, Reason } from "./remark";
import { sourceOf } from "./settings";
import { TEXTS_BYTES } from "./texts";
import { WORD_BYTES } from "./word";
import { Message, Readable, Sayable, UserBytes } from "../text/views";

const NO_VALUE: Message = message("wanted: it takes no value");
const YES_OR_NO: Message = message("yes or no");

/** What each `Kind` expects, in the order of the kinds; 0 for those that name it in `detail`. */
// prettier-ignore
const expectations: usize = memory.data<u16>([
  <u16>(NO_VALUE - BASE),
  <u16>(message("tcp:PORT, unix:PATH or http:PORT/PATH") - BASE),
  <u16>(NO_VALUE - BASE),
  <u16>(YES_OR_NO - BASE),
  <u16>(YES_OR_NO - BASE),
  0,
  <u16>(message("a number from 0 to 4") - BASE),
  <u16>(message("a signal: a name like TERM, SIGTERM or RTMIN+3, or a number from 1 to 64 but 32 and 33, which the C library keeps") - BASE),
  <u16>(message("a time: 250ms, 10s, 2m, 1h, or a number of seconds, up to 24 days") - BASE),
  <u16>(message("no, or on-failure or always with or without :N, at most 999") - BASE),
  <u16>(message("a size of at least 4096 bytes: 512M, 1.5Gi, 64k, 80% or max") - BASE),
  <u16>(message("CPUs: 1.5, 150%, max, or QUOTA PERIOD in microseconds, at least 0.01 CPUs") - BASE),
  <u16>(message("a number from 1 to 10000") - BASE),
  <u16>(message("a number from 1 to 4194304, or max") - BASE),
  <u16>(message("a list of CPUs: 0-3,5") - BASE),
  <u16>(message("a name of letters, digits, - . and _, not init") - BASE),
  <u16>(message("an octal number from 0 to 777") - BASE),
  0,
  <u16>(message("a path") - BASE),
  <u16>(message("an absolute path of up to 107 bytes") - BASE),
  <u16>(message("USER or USER:GROUP, each a name or a number up to 4294967294") - BASE),
  <u16>(message("up to 48 letters, digits, - . and _") - BASE),
  0,
  <u16>(message("a list of signals like TERM,QUIT; KILL, STOP, CHLD, 32 and 33 never come in") - BASE),
  <u16>(message("SIGNAL:SIGNAL, or SIGNAL:0 to drop it; KILL, STOP, CHLD, 32 and 33 never come in") - BASE),
  <u16>(message("CODE or CODE:TO, each from 0 to 255") - BASE),
  <u16>(message("a list of exit codes like 2,64, each from 0 to 255") - BASE),
  <u16>(message("NAME=SOFT or NAME=SOFT:HARD, like nofile=1024:65536 or core=unlimited, the soft limit not above the hard one") - BASE),
  <u16>(message("a list of groups, each a name or a number up to 4294967294") - BASE),
  <u16>(message("a list of capabilities like net_bind_service,chown; all is for --drop-capabilities") - BASE),
  <u16>(message("NAME=VALUE") - BASE),
]);

/** Appends what the option expects. */
function expected(row: Option): void {
  check(bytesOf(expectations) === (Kind.VARIABLE + 1) * sizeof<u16>());
  const sentence = atOffset(load<u16>(expectations + ((<usize>row.kind) << 1)));
  line.put(sentence);
  if (row.kind === Kind.DURATION && row.detail !== 0) line.put(message("; or "));
  if (row.kind === Kind.DURATION || sentence === 0) line.put(row.detail);
}

/** Room for `-x`: a letter in a message. */
const cluster: UserBytes = zeroed(bytesOf(cString("-x")));

/** Refuses `word`, which looks like an option but is not one; `letter` is the unknown one in a cluster, or 0. */
export function unknown(word: Readable, letter: i32, from: i32): void {
  note(Reason.UNKNOWN_OPTION, -1, word, from);
  // A byte beyond ASCII is only a part of a character.
  const isLetter = letter !== 0 && letter < 128;
  store<u16>(cluster, <u16>(char("-") | (letter << 8)));
  reportTwo(Log.OPTION_UNKNOWN, isLetter ? cluster : word, from);
}

/** Refuses an option without the value that it needs. */
export function missing(row: Option, from: i32): void {
  note(Reason.MISSING_VALUE, idOf(row), 0, from);
  beginTwo(Log.VALUE_MISSING, nameOf(idOf(row)), from);
  if (from >= FILE) line.put(message(", or leave the line out"));
  line.put(message(": "));
  expected(row);
  end();
}

/** Refuses a wrong value. */
export function wrong(row: Option, value: Readable, from: i32): void {
  note(Reason.WRONG_VALUE, idOf(row), value, from);
  beginThree(Log.VALUE_WRONG, nameOf(idOf(row)), value, from);
  expected(row);
  end();
}

/** Refuses an option that the same source has set before, at `before`. */
export function twice(row: Option, from: i32, before: i32): void {
  note(Reason.GIVEN_TWICE, idOf(row), 0, from);
  reportThree(Log.OPTION_TWICE, nameOf(idOf(row)), from, before);
}

/** Refuses an argument, variable or line that is longer than any option may be. */
export function tooLong(from: i32): void {
  note(Reason.TOO_LONG, -1, 0, from);
  reportTwo(Log.OPTION_TOO_LONG, from, WORD_BYTES);
}

/** Refuses a text for which there is no room among those of all options. */
export function noRoom(row: Option, from: i32): void {
  note(Reason.TOO_LONG, idOf(row), 0, from);
  reportThree(Log.TEXTS_TOO_LONG, nameOf(idOf(row)), from, TEXTS_BYTES);
}

/** Refuses a line of the file, or the whole file: `what` says why or, if it is 0, `errno` does. */
export function malformed(from: i32, what: Sayable, errno: i32): void {
  note(what === 0 ? Reason.UNREADABLE_FILE : Reason.MALFORMED_LINE, -1, 0, from);
  if (what === 0) reportTwo(Log.CONFIGURATION_UNREADABLE, from, errno);
  else reportTwo(Log.CONFIGURATION_MALFORMED, from, what);
}

/** Refuses an option that contradicts what was set at `from`: the option `other`, or the program if that is -1. `why` is the reason. */
export function contradiction(one: Option, other: i32, from: i32, why: Sayable): void {
  note(Reason.CONTRADICTION, idOf(one), 0, 0);
  const name = nameOf(idOf(one));
  const source = sourceOf(one.sets);
  if (other < 0) {
    setMore(why, 0);
    reportThree(Log.PROGRAM_CONTRADICTS, name, source, from);
  } else {
    setMore(from, why);
    reportThree(Log.OPTIONS_CONTRADICT, name, source, nameOf(other));
  }
}
