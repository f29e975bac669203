/**
 * Log lines: on stderr alone, one line each, `[WARN  tini-ts (1)] message`, in tini's wording where tools look for it.
 *
 * A line never blocks the init. stderr is shared with the program, so it cannot be made non-blocking; instead the write
 * itself is asked not to block, and where the kernel cannot promise that for the file, the file is asked first.
 * A line that does not fit into a full pipe is dropped and counted.
 */
import { POLLOUT, STDERR } from "../linux/constants";
import { EAGAIN, EPIPE } from "../linux/errno";
import * as host from "../linux/host";
import * as line from "../text/line";
import { errnoText } from "./errors";
import { SIGCANCEL, SIGNAL_NAMES, SIGRTMIN, SIGSETXID } from "../linux/signals";
import { Sayable, Text } from "../text/views";

/** How grave a line is, the gravest first: tini's levels, and its numbers for TINI_VERBOSITY. */
export const FATAL: i32 = 0;
export const WARN: i32 = 1;
export const INFO: i32 = 2;
export const DEBUG: i32 = 3;
export const TRACE: i32 = 4;

/** The level that is the least grave of those that are printed. Until the configuration is read, only what is fatal is. */
let threshold: i32 = 0;
let self: i32 = 0;
let dropped: i32 = 0;

/** Sets our pid, which stands in every line. */
export function identify(pid: i32): void {
  self = pid;
}

/** Prints lines of the level `verbosity`, FATAL to TRACE, and of all graver ones. */
export function setVerbosity(verbosity: i32): void {
  threshold = verbosity;
}

/** The levels' names in their order, NAME_BYTES each. */
const names: Text = cString("FATALWARN INFO DEBUGTRACE");
const NAME_BYTES: i32 = 5;

/** The level of the line that was begun, and where in it the sentence begins: for answers.ts. */
export let begunLevel: i32 = 0;
export let sentence: i32 = 0;

function prefix(level: i32): void {
  line.clear();
  line.byte(char("["));
  line.quoted(names + level * NAME_BYTES, NAME_BYTES);
  line.put(message(" tini-ts ("));
  line.number(self);
  line.put(message(")] "));
  begunLevel = level;
  sentence = line.count();
}

/** Whether lines of a level are printed. */
export function isLogged(level: i32): bool {
  return level <= threshold;
}

/**
 * Begins a line with `message`. Returns false where lines of its level are not printed: then nothing may be appended.
 * Every line that was begun is ended by `end`.
 */
export function begin(level: i32, message: Sayable): bool {
  if (!isLogged(level)) return false;
  prefix(level);
  line.put(message);
  return true;
}

/** A whole line. */
export function say(level: i32, message: Sayable): void {
  if (begin(level, message)) end();
}

/** Appends a signal's name: `SIGTERM`, `SIGRTMIN+3`; a number for the two that have none. */
export function signal(number: i32): void {
  if (number === SIGCANCEL || number === SIGSETXID) {
    line.number(number);
    return;
  }
  line.put(message("SIG"));
  if (number < SIGRTMIN) {
    line.choice(SIGNAL_NAMES, number - 1);
    return;
  }
  line.put(message("RTMIN"));
  if (number === SIGRTMIN) return;
  line.byte(char("+"));
  line.number(number - SIGRTMIN);
}

/** Appends what an errno (not negated) means, in words. */
export function reason(errno: i32): void {
  const meaning = errnoText(errno);
  if (meaning !== 0) {
    line.put(meaning);
  } else {
    line.put(message("error "));
    line.number(errno);
  }
}

/** Ends the line with a colon and what an errno means. */
export function because(errno: i32): void {
  line.put(message(": "));
  reason(errno);
  end();
}

/** A whole line that says what failed, and why: `what: reason`. */
export function failure(level: i32, what: Sayable, errno: i32): void {
  if (begin(level, what)) because(errno);
}

/** A whole line with a number in it. */
export function sayNumber(level: i32, before: Sayable, value: i32, behind: Sayable): void {
  if (!begin(level, before)) return;
  line.number(value);
  line.put(behind);
  end();
}

/** A whole line with a signal's name in it. */
export function saySignal(level: i32, before: Sayable, number: i32, behind: Sayable): void {
  if (!begin(level, before)) return;
  signal(number);
  line.put(behind);
  end();
}

/** Writes the line, unless it would block: true where it was written or can never be. */
function write(): bool {
  const result = host.writeNoWait(STDERR, line.address(), line.count());
  if (result >= 0 || result === -EPIPE) return true;
  // EAGAIN is a full pipe or socket; of a regular file, which has an offset, it is only a cache that is not warm.
  if (result === -EAGAIN && host.tell(STDERR) < 0) return false;
  if (host.poll(STDERR, POLLOUT) === 0) return false;
  host.write(STDERR, line.address(), line.count());
  return true;
}

/** Ends the line and writes it; and once there is room again, says how many were dropped. */
export function end(): void {
  line.end();
  if (!write()) {
    dropped++;
  } else if (dropped > 0) {
    const lost = dropped;
    dropped = 0;
    prefix(WARN);
    line.number(lost);
    line.put(message(" log lines before this one were dropped: stderr was full"));
    line.end();
    if (!write()) dropped = lost;
  }
}
