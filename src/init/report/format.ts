/**
 * Log lines for machines: a JSON object, or RFC 5424. The sentence is composed first, and the fields are taken from it: so
 * a caller passes each value only once, though the line has it both in the sentence and as a field.
 */
import { ourselves } from "../linux/ourselves";
import { atOffset } from "../text/address";
import { length } from "../text/bytes";
import { Escapes, escaped } from "../text/escaped";
import * as line from "../text/line";
import { Buffer, Sayable, Text } from "../text/views";
import { FIELD_KINDS, FIELD_NAMES, Kind, Level, LEVEL_NAME_BYTES, LEVEL_NAMES } from "./events.data";
import { PAGE_BYTES, Place, places, placesEnd } from "./sentence";
import { time } from "./time";

/** The formats: the words of --log-format in their order. */
export enum Format {
  TEXT,
  JSON,
  RFC5424,
}

/** PIPE_BUF (include/uapi/linux/limits.h): a write of up to this size to a pipe is not split. One byte is for a NUL. */
const LINE_BYTES: i32 = 4096;
/** Where the texts of fields end at the latest: behind it there is room for numbers, names and the sentence. */
const VALUES_BYTES: i32 = 2400;
/** What follows the sentence, with a NUL. */
const TAIL: Text = cString('"}\n');
const SENTENCE_BYTES: i32 = LINE_BYTES - bytesOf(TAIL);
/** The header of a datagram, `<30>tag[pid]: `. There is room for it before each line. */
export const HEAD_BYTES: i32 = 4 + 48 + 1 + 10 + 3;
const formatted: Buffer = zeroedCold(HEAD_BYTES + LINE_BYTES);
/** The beginning of the part of the line that a syslog socket receives. */
export let spoken: usize = 0;

/** The severity of each level (RFC 5424, section 6.2.1). The facility is `daemon`. */
const SEVERITIES: Text = cString("24677");
const DAEMON: i32 = 3 << 3;
/** The values of --log-tag and --trace-id; empty if not given. Their maximum length is that of APP-NAME in RFC 5424. */
export const MARK_BYTES: i32 = 48;
export const logTag: Text = zeroed(MARK_BYTES + 1);
export const traceId: Text = zeroed(MARK_BYTES + 1);

/** The name that lines have. */
export function tag(): Text {
  return load<u8>(logTag) === 0 ? cString("tini-ts") : logTag;
}

/** How texts are escaped, which depends on the format. */
let escapes: i32 = 0;

/** Appends a text in quotes. */
function quote(from: usize, end: usize): void {
  line.byte(char('"'));
  escaped(from, end, escapes, VALUES_BYTES);
  line.byte(char('"'));
}

/** Begins a member of the object, or a parameter of STRUCTURED-DATA: its value follows. */
function member(name: Sayable): void {
  const isJson = escapes === Escapes.JSON;
  line.put(isJson ? cString(',"') : cString(" "));
  line.put(name);
  line.put(isJson ? cString('":') : cString("="));
}

/** Appends a member whose value is the text from `from` to before `end`. */
function textMember(name: Sayable, from: usize, end: usize): void {
  member(name);
  quote(from, end);
}

/** Appends a member whose value is a whole text. */
function wholeMember(name: Sayable, text: Text): void {
  textMember(name, text, text + length(text));
}

/** Appends a number as a value; not as in the sentence, where it may be cut off. */
function number(value: i64): void {
  const isQuoted = escapes !== Escapes.JSON;
  if (isQuoted) line.byte(char('"'));
  line.number(value);
  if (isQuoted) line.byte(char('"'));
}

/** Appends a value of the sentence as a field. */
function valueMember(place: Place): void {
  const kind: Kind = load<u8>(FIELD_KINDS + place.field);
  member(atOffset(load<u16>(FIELD_NAMES + ((<usize>place.field) << 1))));
  if (kind === Kind.NUMBER) number(place.value);
  else if (kind === Kind.PAGES && place.value < 0)
    line.put(escapes === Escapes.JSON ? cString("null") : cString('"max"'));
  else if (kind === Kind.PAGES) number(<i64>place.value * PAGE_BYTES);
  else if (kind === Kind.ERRNO) {
    number(abs(place.value));
    textMember(message("error"), place.from, place.end);
  } else quote(place.from, place.end);
}

/** Appends the trace, if there is one. */
function traceMember(): void {
  if (load<u8>(traceId) !== 0) wholeMember(message("trace_id"), traceId);
}

/** Appends the values of the sentence. */
function values(): void {
  for (let at = places; at < placesEnd; at += offsetof<Place>()) valueMember(changetype<Place>(at));
}

/** Begins a line of a format, with room for the header of a datagram before it. */
function begin(wanted: Escapes): void {
  escapes = wanted;
  line.beginAt(formatted + HEAD_BYTES, endOf(formatted));
  spoken = line.address();
}

/** Begins an object with the fields that every line has; the event's name ends before `nameEnd`. */
function beginObject(level: i32, name: usize, nameEnd: usize): void {
  begin(Escapes.JSON);
  line.put(message('{"time":"'));
  time();
  line.put(message('","level":"'));
  for (let at = LEVEL_NAMES + level * LEVEL_NAME_BYTES, i = 0; i < LEVEL_NAME_BYTES; i++) {
    const letter = <i32>load<u8>(at + i);
    // Lower case, without the blanks at the end.
    if (letter > char(" ")) line.byte(letter | 0x20);
  }
  line.byte(char('"'));
  textMember(message("event"), name, nameEnd);
  member(message("pid"));
  line.number(ourselves.pid);
  wholeMember(message("tag"), tag());
  traceMember();
}

/** Begins an object that is no log line, but has the same fields as one: `name` is the event's name. */
export function beginReport(level: Level, name: Text): void {
  beginObject(level, name, name + length(name));
}

/** Composes an object: the fields of every line, the values, and the sentence. */
function object(level: i32, name: usize, sentence: usize, end: usize): void {
  beginObject(level, name, sentence);
  values();
  member(message("message"));
  line.byte(char('"'));
  escaped(sentence, end, Escapes.JSON, SENTENCE_BYTES);
  line.put(TAIL);
}

/** Appends the byte order mark of a UTF-8 text (section 6.4), unless the text is ASCII only. */
function mark(from: usize, end: usize): void {
  while (from < end && load<u8>(from) < 128) from++;
  if (from === end) return;
  line.byte(0xef);
  line.byte(0xbb);
  line.byte(0xbf);
}

/** Appends the priority of a level: `<30>`. */
export function priority(level: i32): void {
  line.byte(char("<"));
  line.number(DAEMON + <i32>load<u8>(SEVERITIES + level) - char("0"));
  line.byte(char(">"));
}

/** Appends a line of RFC 5424: its header, the values as STRUCTURED-DATA, and the sentence. */
function syslog(level: i32, name: usize, sentence: usize, end: usize): void {
  begin(Escapes.PARAMETER);
  priority(level);
  line.put(message("1 "));
  time();
  line.put(message(" - "));
  line.put(tag());
  line.byte(char(" "));
  line.number(ourselves.pid);
  line.byte(char(" "));
  for (; name < sentence; name++) line.byte(load<u8>(name));
  line.byte(char(" "));
  if (load<u8>(traceId) === 0 && placesEnd === places) line.byte(char("-"));
  else {
    line.put(message("[tini-ts@32473"));
    traceMember();
    values();
    line.byte(char("]"));
  }
  line.byte(char(" "));
  mark(sentence, end);
  spoken = line.next;
  escaped(sentence, end, Escapes.MESSAGE, SENTENCE_BYTES);
  line.byte(char("\n"));
}

/**
 * Replaces the current line, which consists of an event's name and, from `sentence` on, of the sentence, by a line of
 * `format` with its end. `places` has the values of the sentence.
 */
export function arrange(format: Format, level: i32, sentence: i32): void {
  line.end(0);
  const name = line.address();
  const end = line.next - 1;
  if (format === Format.JSON) object(level, name, name + sentence, end);
  else syslog(level, name, name + sentence, end);
}
