/** The format of log lines, set as early as it is known, and the trace that they belong to. */
import { findEntry } from "../linux/environment";
import * as host from "../linux/host";
import { Format, openSocket, setFormat, traceId } from "../report/report";
import { copy, indexIn, length, startsWith } from "../text/bytes";
import { Buffer, Readable, Text } from "../text/views";
import { isDigit } from "./numbers";
import { Id, LogFormat, option, Summary } from "./options";
import { get, isSet } from "./settings";
import { textOf } from "./texts";

/** W3C Trace Context, section 3.2: version, trace-id, parent-id and flags, separated by dashes. */
const PARENT_BYTES: i32 = 55;
const TRACE_AT: i32 = 3;
const TRACE_END: i32 = 35;
const PARENT_END: i32 = 52;
/** The parts that must not consist of zeros only, as bits. */
const TRACE_AND_PARENT: i32 = 6;
const parent: Buffer = zeroed(PARENT_BYTES + 1);
const PARENT_NAME: Text = cString("TRACEPARENT=");
const FORMAT_NAME: Text = cString("TINI_LOG_FORMAT=");

/** Whether the `size` bytes that were read to `parent` are valid. What a later version appends is ignored. */
function isParent(size: i32): bool {
  let part = 0;
  // One bit for each part that does not consist of zeros only.
  let nonzero = 0;
  for (let at = 0; at < PARENT_BYTES; at++) {
    const digit = <i32>load<u8>(parent + at);
    if (at === TRACE_AT - 1 || at === TRACE_END || at === PARENT_END) {
      if (digit !== char("-")) return false;
      part++;
    } else {
      if (!isDigit(digit) && (digit < char("a") || digit > char("f"))) return false;
      if (digit !== char("0")) nonzero |= 1 << part;
    }
  }
  if ((nonzero & TRACE_AND_PARENT) !== TRACE_AND_PARENT || startsWith(parent, cString("ff"))) return false;
  // Only a later version may be longer.
  return size === PARENT_BYTES || (nonzero & 1 && load<u8>(parent + PARENT_BYTES) === char("-"));
}

/** Takes the trace id from the environment, if that has a valid one and --trace-id is not given. */
function settleTrace(): void {
  if (isSet(Id.TRACE_ID)) return;
  const entry = findEntry(PARENT_NAME, bytesOf(PARENT_NAME) - 1);
  if (entry < 0) return;
  const size = host.readEnvironment(entry, bytesOf(PARENT_NAME) - 1, parent, PARENT_BYTES + 1);
  if (size < PARENT_BYTES || !isParent(size)) return;
  store<u8>(parent + TRACE_END, 0);
  copy(<Buffer>traceId, endOf(traceId), parent + TRACE_AT);
}

/** Sets the format that `word`, a value of --log-format, names; nothing changes if it is invalid. */
export function foresee(word: Readable): void {
  const format = indexIn(word, word + length(word), option(Id.LOG_FORMAT).detail);
  if (format >= 0) settle(format);
}

/** Sets the format that the environment names, before anything else is read, so that errors are reported in it. */
export function foreseeVariable(): void {
  const entry = findEntry(FORMAT_NAME, bytesOf(FORMAT_NAME) - 1);
  if (entry < 0) return;
  const size = host.readEnvironment(entry, bytesOf(FORMAT_NAME) - 1, parent, PARENT_BYTES);
  store<u8>(parent + size, 0);
  foresee(parent);
}

/** Sets the format, and the trace id if the format has one. */
function settle(format: i32): void {
  check(LogFormat.JSON === <i32>Format.JSON && LogFormat.RFC5424 === <i32>Format.RFC5424);
  setFormat(<Format>format);
  if (format !== LogFormat.TEXT) settleTrace();
}

/** Applies the options for log lines. */
export function settleReports(): void {
  const format = get(Id.LOG_FORMAT);
  // The format is text from the beginning, or was set by `foresee`.
  if (format !== LogFormat.TEXT) settle(format);
  else if (get(Id.SUMMARY) === Summary.JSON) settleTrace();
  if (isSet(Id.LOG_SOCKET)) openSocket(textOf(Id.LOG_SOCKET, 0));
}
