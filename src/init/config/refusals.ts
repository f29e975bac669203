/**
 * The sentences for what is refused: the option, the value, where it came from, and what would be right.
 * A source is the index of an argument (1 and up), or -1 - the index of an environment entry.
 */
import * as host from "../linux/host";
import { begin, end, FATAL } from "../report/report";
import { find, length } from "../text/bytes";
import * as line from "../text/line";
import { Option } from "./options";

/** How much of what the user wrote is said again. */
const SHOWN: i32 = 200;
const name: usize = zeroed(64);

/** Appends ` (argument 2)` or ` (variable TINI_REWRITE)`. */
export function source(from: i32): void {
  if (from > 0) {
    line.put(text(" (argument "));
    line.number(from);
  } else {
    line.put(text(" (variable "));
    const count = host.readEnvironment(-1 - from, 0, name, 63);
    store<u8>(name + count, 0);
    const equals = find(name, code("="));
    line.quoted(name, equals === 0 ? count : <i32>(equals - name));
  }
  line.byte(code(")"));
}

/** Appends the bytes of a word, or their beginning. */
function shown(word: usize): void {
  const count = length(word);
  line.quoted(word, count > SHOWN ? SHOWN : count);
  if (count > SHOWN) line.put(text("..."));
}

/** Appends `--name`. */
export function optionName(option: Option): void {
  line.put(text("--"));
  line.put(option.name);
}

/** `word` looks like an option but is none; `letter` names the one in a cluster, or is 0. */
export function unknown(word: usize, letter: i32, from: i32): void {
  if (!begin(FATAL, text("unknown option "))) return;
  if (letter !== 0) {
    line.byte(code("-"));
    line.quoted(letterText(letter), 1);
  } else {
    shown(word);
  }
  source(from);
  line.put(text("; tini-ts -h lists the options"));
  end();
}

function letterText(letter: i32): usize {
  store<u8>(name, <u8>letter);
  return name;
}

/** The option is the last word, and takes a value. */
export function missing(option: Option, from: i32): void {
  if (!begin(FATAL, 0)) return;
  optionName(option);
  source(from);
  line.put(text(" needs a value: "));
  line.put(option.expected);
  end();
}

/** The value is no right one. */
export function wrong(option: Option, value: usize, from: i32): void {
  if (!begin(FATAL, 0)) return;
  optionName(option);
  line.put(text(' "'));
  shown(value);
  line.byte(code('"'));
  source(from);
  if (option.expected === 0) {
    line.put(text(": it takes no value"));
  } else {
    line.put(text(" is not "));
    line.put(option.expected);
  }
  end();
}

/** The word or the entry is longer than any option of ours can be. */
export function tooLong(from: i32, limit: i32): void {
  if (!begin(FATAL, text("an option is too long"))) return;
  source(from);
  line.put(text(": at most "));
  line.number(limit);
  line.put(text(" bytes"));
  end();
}

/** Two settings exclude each other. */
export function contradiction(one: Option, oneFrom: i32, other: Option, otherFrom: i32): void {
  if (!begin(FATAL, 0)) return;
  optionName(one);
  source(oneFrom);
  line.put(text(" and "));
  optionName(other);
  source(otherFrom);
  line.put(text(" contradict each other: only a group of its own can be forwarded to"));
  end();
}
