/** Sentences with placeholders for values, of the kinds in events.data.ts. */
import { SIGCANCEL, SIGNAL_NAMES, SIGRTMIN, SIGSETXID } from "../linux/signals";
import { length } from "../text/bytes";
import * as line from "../text/line";
import { PLACE } from "../text/packed";
import { Readable, Sayable } from "../text/views";
import { errnoText } from "./errors";
import { FIELD_KINDS, Kind } from "./events.data";
import { source } from "./source";

/** How much is shown of a text that can be long. */
const SHOWN: i32 = 200;
/** The unit of Kind.PAGES, in bytes. */
export const PAGE_BYTES: i64 = 4096;

/** The values of a sentence, in the order of the placeholders. */
@unmanaged
class Values {
  first: usize = 0;
  second: usize = 0;
  third: usize = 0;
  fourth: usize = 0;
  fifth: usize = 0;
}
const values: Values = changetype<Values>(zeroed(Values));

/** Sets the values of the next sentence. */
export function setOne(first: usize): void {
  values.first = first;
}
export function setTwo(first: usize, second: usize): void {
  values.first = first;
  values.second = second;
}
export function setThree(first: usize, second: usize, third: usize): void {
  setTwo(first, second);
  values.third = third;
}
/** Sets the fourth and the fifth value, for the few sentences that have them. */
export function setMore(fourth: usize, fifth: usize): void {
  values.fourth = fourth;
  values.fifth = fifth;
}

/** Appends a signal's name, as `SIGTERM` or `SIGRTMIN+3`; the two without a name are numbers. */
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

/** Appends the meaning of an errno, negated or not. */
export function reason(errno: i32): void {
  if (errno < 0) errno = -errno;
  const meaning = errnoText(errno);
  if (meaning !== 0) {
    line.put(meaning);
  } else {
    line.put(message("error "));
    line.number(errno);
  }
}

/** Appends the beginning of a text that is not ours: whole characters, up to SHOWN bytes. */
function beginning(text: usize): void {
  const count = length(text);
  let shown = min(count, SHOWN);
  if (shown < count) while (shown > SHOWN - 4 && (load<u8>(text + shown) & 0xc0) === 0x80) shown--;
  line.quoted(text, shown);
  if (shown < count) line.put(message("..."));
}

/** The place of a value in the sentence, for the formats that have it as a field as well. */
@unmanaged
export class Place {
  /** The field's number. */
  field: i32 = 0;
  /** The value itself. */
  value: i32 = 0;
  /** The addresses of its first byte in the line and of the byte after its last. */
  from: usize = 0;
  end: usize = 0;
}
const PLACE_BYTES: usize = offsetof<Place>();
/** The maximum for a sentence, including what is appended. */
const MOST_PLACES: i32 = 4;
const FIELDS: i32 = 4;
/** The places of the current line, up to before `placesEnd`. */
export const places: usize = zeroed(MOST_PLACES * FIELDS * sizeof<i32>());
export let placesEnd: usize = 0;

/** Forgets the places of the previous line. */
export function forgetPlaces(): void {
  placesEnd = places;
}

/** Records the place of a value. If a field occurs several times, its first value counts. */
function remember(field: i32, value: i32, from: usize): void {
  check(MOST_PLACES * <i32>PLACE_BYTES === bytesOf(places));
  for (let at = places; at < placesEnd; at += PLACE_BYTES) if (changetype<Place>(at).field === field) return;
  check(placesEnd < endOf(places));
  const place = changetype<Place>(placesEnd);
  place.field = field;
  place.value = value;
  place.from = from;
  place.end = line.next;
  placesEnd += PLACE_BYTES;
}

/** Appends the value of a field. */
function putValue(field: i32, value: usize): void {
  const kind: Kind = load<u8>(FIELD_KINDS + field);
  const number = <i32>value;
  if (kind === Kind.BRACKETS) line.put(message(" ("));
  else if (kind === Kind.VALUE && value !== 0) line.put(message(' "'));
  const from = line.next;
  if (kind === Kind.NUMBER) line.number(number);
  else if (kind === Kind.SIGNAL) signal(number);
  else if (kind === Kind.ERRNO) reason(number);
  else if (kind === Kind.QUOTED) line.quotedText(value);
  else if (kind === Kind.BEGINNING) beginning(value);
  else if (kind === Kind.TEXT || kind === Kind.PART) line.put(value);
  else if (kind === Kind.WORD) line.choice(value, 0);
  else if (kind === Kind.SOURCE || kind === Kind.BRACKETS) source(number);
  else if (kind === Kind.PAGES) {
    if (number < 0) line.put(message("max"));
    else line.number(<i64>number * PAGE_BYTES);
  } else if (value !== 0) beginning(value);
  const isAbsent = (kind === Kind.VALUE || kind === Kind.TEXT) && value === 0;
  if (line.keepsBytes && kind !== Kind.PART && !isAbsent) remember(field, number, from);
  if (kind === Kind.BRACKETS) line.byte(char(")"));
  else if (kind === Kind.VALUE && value !== 0) line.byte(char('"'));
}

/** Appends a sentence with the values that have been set. */
export function append(sentence: Sayable): void {
  fill(line.template(sentence));
}

/** The same with a sentence that is unpacked. */
export function fill(sentence: Readable): void {
  let next = changetype<usize>(values);
  for (let at = sentence; load<u8>(at) !== 0; at++) {
    const character = <i32>load<u8>(at);
    if (character !== PLACE) {
      line.byte(character);
      continue;
    }
    putValue(load<u8>(++at) - char("A"), load<usize>(next));
    next += sizeof<usize>();
  }
}

/** The same with one to three values. */
export function appendOne(sentence: Sayable, value: usize): void {
  setOne(value);
  append(sentence);
}
export function appendTwo(sentence: Sayable, first: usize, second: usize): void {
  setTwo(first, second);
  append(sentence);
}
export function appendThree(sentence: Sayable, first: usize, second: usize, third: usize): void {
  setThree(first, second, third);
  append(sentence);
}
