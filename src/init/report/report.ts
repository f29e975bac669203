/**
 * Log lines: on stderr and, with --log-socket, to a syslog socket; one line each, `[WARN  tini-ts (1)] message`, in tini's wording
 * where tools look for it.
 *
 * A line never blocks the init. stderr is shared with the program, so it cannot be made non-blocking; instead the write
 * itself is asked not to block, and where the kernel cannot promise that for the file, the file is asked first.
 * A line that does not fit into a full pipe, or cannot be written, is dropped and counted.
 */
import { POLLOUT, STDERR } from "../linux/constants";
import { EAGAIN, EPIPE } from "../linux/errno";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { atOffset } from "../text/address";
import { find } from "../text/bytes";
import * as line from "../text/line";
import { Level, LEVEL_NAME_BYTES, LEVEL_NAMES, Log } from "./events.data";
import { arrange, Format, spoken, tag } from "./format";
import { fill, forgetPlaces, setOne, setThree, setTwo } from "./sentence";
import { hasSocket, send } from "./socket";

export { Level, Log } from "./events.data";
export { beginReport, Format, logTag, MARK_BYTES, traceId } from "./format";
export { appendOne, appendThree, appendTwo, reason, setMore, signal } from "./sentence";
export { openSocket, SOCKET_PATH_BYTES } from "./socket";
export { FILE, path, PATH_BYTES, source } from "./source";

/** An event's lowest bits are its level; those above are the offset of its sentence. */
const LEVEL_BITS: i32 = 3;
const LEVEL_MASK: i32 = 7;

/** The least severe level that is printed. Until the configuration has been read, only fatal errors are. */
let threshold: i32 = 0;
let format: i32 = 0;
/** Lines are text whatever is configured: in the toolkit. */
let isPlain: bool = false;
/** The number of lines that standard error and the log socket did not accept since the last report of it. */
let dropped: i32 = 0;
let unsent: i32 = 0;

/** Prints lines of the level `verbosity` and of all that are more severe. */
export function setVerbosity(verbosity: i32): void {
  threshold = verbosity;
}

/** Formats lines in this way from now on. */
export function setFormat(wanted: Format): void {
  if (!isPlain) format = wanted;
}

/** Formats lines as text whatever is configured: for answers.ts. */
export function keepPlain(): void {
  isPlain = true;
}

/** The level of the current line, and where in it the sentence begins: for answers.ts. */
export let begunLevel: i32 = 0;
export let sentence: i32 = 0;

/** The same event with another level than in the table. */
export function atLevel(event: Log, level: Level): Log {
  return (event & ~LEVEL_MASK) | level;
}

/** Whether lines of a level are printed. */
export function isLogged(level: i32): bool {
  return level <= threshold;
}

/** Composes a line without its end; for a format other than text, only the event's name and the sentence. */
function compose(event: Log): void {
  begunLevel = event & LEVEL_MASK;
  const name = line.template(atOffset(event >> LEVEL_BITS));
  const bar = find(name, char("|"));
  if (format === Format.TEXT) {
    line.clear();
    line.byte(char("["));
    line.quoted(LEVEL_NAMES + begunLevel * LEVEL_NAME_BYTES, LEVEL_NAME_BYTES);
    line.byte(char(" "));
    line.put(tag());
    line.put(message(" ("));
    line.number(ourselves.pid);
    line.put(message(")] "));
  } else {
    line.clearForBytes();
    forgetPlaces();
    line.quoted(name, <i32>(bar - name));
  }
  sentence = line.count();
  fill(bar + 1);
}

/**
 * Begins a line with an event that has no values, or whose values have been set. Returns false if lines of its level are
 * not printed: then nothing may be appended. Otherwise the caller ends the line with `end`.
 */
function begin(event: Log): bool {
  if (!isLogged(event & LEVEL_MASK)) return false;
  compose(event);
  return true;
}

/** The same for an event with one to three values. */
export function beginOne(event: Log, value: usize): bool {
  setOne(value);
  return begin(event);
}
export function beginTwo(event: Log, first: usize, second: usize): bool {
  setTwo(first, second);
  return begin(event);
}
export function beginThree(event: Log, first: usize, second: usize, third: usize): bool {
  setThree(first, second, third);
  return begin(event);
}

/** Reports an event that has no values, or whose values have been set. */
export function report(event: Log): void {
  if (begin(event)) end();
}

/** Reports an event with one to three values. */
export function reportOne(event: Log, value: usize): void {
  setOne(value);
  report(event);
}
export function reportTwo(event: Log, first: usize, second: usize): void {
  setTwo(first, second);
  report(event);
}
export function reportThree(event: Log, first: usize, second: usize, third: usize): void {
  setThree(first, second, third);
  report(event);
}

/** Writes the line, unless that would block. Returns whether it was written. */
function write(): bool {
  const result = host.writeNoWait(STDERR, line.address(), line.count());
  // Without a reader, each further attempt would raise another SIGPIPE.
  if (result >= 0 || result === -EPIPE) return result >= 0;
  // EAGAIN is a full pipe or socket; for a regular file, which has an offset, it only means that a page is not cached.
  if (result === -EAGAIN && host.tell(STDERR) < 0) return false;
  if (host.poll(STDERR, POLLOUT) === 0) return false;
  return host.write(STDERR, line.address(), line.count()) >= 0;
}

/** Ends the line in its format. */
function finish(): void {
  if (format === Format.TEXT) line.end();
  else arrange(format, begunLevel, sentence);
}

/** Sends the current line, which is complete, to the log socket. Returns whether the receiver accepted it. */
function sendLine(): bool {
  const from = format === Format.TEXT ? line.address() + sentence : spoken;
  return send(begunLevel, from, line.next - 1);
}

/** Reports to the log socket, or else to standard error, how many lines it missed. Returns how many are still to be reported. */
function tellDropped(lost: i32, isSocket: bool): i32 {
  setTwo(lost, isSocket ? message("the log socket") : message("standard error"));
  compose(Log.LINES_DROPPED);
  finish();
  return (isSocket ? sendLine() : write()) ? 0 : lost;
}

/** Counts a line that was not written; reports how many were dropped once one was. */
function count(isWritten: bool): void {
  if (!isWritten) dropped++;
  else if (dropped > 0) dropped = tellDropped(dropped, false);
}

/** Writes the current line, which is complete, to standard error alone. */
export function emit(): void {
  count(write());
}

/** Ends the line, writes and sends it, and reports how many were dropped where there is room again. */
export function end(): void {
  finish();
  const isWritten = write();
  const isSent = !hasSocket() || sendLine();
  count(isWritten);
  if (!isSent) unsent++;
  else if (unsent > 0) unsent = tellDropped(unsent, true);
}
