/** Sentences with placeholders for values, of the kinds in events.data.ts. */
import { SIGCANCEL, SIGNAL_NAMES, SIGRTMIN, SIGSETXID } from "../linux/signals";
import { length } from "../text/bytes";
import * as line from "../text/line";
import { PLACE } from "../text/packed";
import { Sayable } from "../text/views";
import { errnoText } from "./errors";
import { FIELD_KINDS, Kind } from "./events.data";
import { source } from "./source";

/** How much is shown of a text that can be long. */
const SHOWN: i32 = 200;
/** The unit of Kind.PAGES, in bytes. */
const PAGE_BYTES: i64 = 4096;

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

/** Appends a text that is not ours, up to SHOWN bytes. */
function beginning(text: usize): void {
  const count = length(text);
  line.quoted(text, min(count, SHOWN));
  if (count > SHOWN) line.put(message("..."));
}

/** Appends a value. */
function putValue(kind: Kind, value: usize): void {
  const number = <i32>value;
  if (kind === Kind.NUMBER) line.number(number);
  else if (kind === Kind.SIGNAL) signal(number);
  else if (kind === Kind.ERRNO) reason(number);
  else if (kind === Kind.QUOTED) line.quotedText(value);
  else if (kind === Kind.BEGINNING) beginning(value);
  else if (kind === Kind.TEXT) line.put(value);
  else if (kind === Kind.WORD) line.choice(value, 0);
  else if (kind === Kind.SOURCE) source(number);
  else if (kind === Kind.BRACKETS) {
    line.put(message(" ("));
    source(number);
    line.byte(char(")"));
  } else if (kind === Kind.PAGES) {
    if (number < 0) line.put(message("max"));
    else line.number(<i64>number * PAGE_BYTES);
  } else if (value !== 0) {
    line.put(message(' "'));
    beginning(value);
    line.byte(char('"'));
  }
}

/** Appends a sentence with the values that have been set. */
export function append(sentence: Sayable): void {
  let next = changetype<usize>(values);
  for (let at = line.template(sentence); load<u8>(at) !== 0; at++) {
    const character = <i32>load<u8>(at);
    if (character !== PLACE) {
      line.byte(character);
      continue;
    }
    putValue(load<u8>(FIELD_KINDS + load<u8>(++at) - char("a")), load<usize>(next));
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
