/**
 * The configuration file: a flat subset of YAML 1.2. One `name: value` a line; `name:` and lines of `- item` for a list;
 * plain and quoted scalars; comments; the markers of one document. What is accepted means the same to any YAML parser;
 * everything else is refused.
 */
import { O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../linux/constants";
import { findEntry } from "../linux/environment";
import { EACCES, EISDIR, ELOOP, ENAMETOOLONG, ENOENT } from "../linux/errno";
import * as host from "../linux/host";
import { FILE, Log, path, PATH_BYTES, reportOne } from "../report/report";
import { copy, find, length, startsWith } from "../text/bytes";
import { byName, Id, isList, isSetting, option } from "./options";
import { malformed, missing, tooLong, twice } from "./refusals";
import { note, Reason } from "./remark";
import { setSource, sourceOf } from "./settings";
import { use } from "./values";
import { WORD_BYTES, word } from "./word";
import { Message, Readable, UserBytes } from "../text/views";

/** The largest file. */
const FILE_BYTES: i32 = 65536;
const CHUNK_BYTES: i32 = 512;
const chunk: UserBytes = zeroed(CHUNK_BYTES);

/** The number of the line in `word`, from 1. */
let line: i32 = 0;
/** The list whose items follow, or -1; how many have come; and the column of the first one's value. */
let list: i32 = -1;
let items: i32 = 0;
let indentation: i32 = 0;

/** Where the current line is: before the file's one document, in it, or after its end. */
const BEFORE: i32 = 0;
const INSIDE: i32 = 1;
const BEHIND: i32 = 2;
let place: i32 = 0;

const EXPECTED_LINE: Message = message(
  "expected NAME: VALUE, or - ITEM under a list's name, or a comment; without tabs, flat",
);
const EXPECTED_VALUE: Message = message("expected one plain or quoted value");

function refuse(what: Message): bool {
  malformed(FILE + line, what, 0);
  return false;
}

/** Sets the name of the configuration file. Returns false, after a message, if it is empty or too long. */
export function setPath(name: Readable): bool {
  const size = length(name);
  if (size === 0 || size > PATH_BYTES) {
    note(Reason.UNREADABLE_FILE, Id.CONFIG, name, 0);
    reportOne(Log.CONFIGURATION_NAME_WRONG, size === 0 ? ENOENT : ENAMETOOLONG);
    return false;
  }
  copy(path, endOf(path), name);
  return true;
}

function isSpace(character: i32): bool {
  return character === char(" ") || character === char("\t");
}

function isLetter(character: i32): bool {
  return (character >= char("a") && character <= char("z")) || character === char("-");
}

/** Whether a plain value may begin with this character: only those that our values need, none with a meaning in YAML. */
function beginsPlain(character: i32): bool {
  const small = character | 32;
  const digit = character >= char("+") && character <= char("9") && character !== char(",");
  return digit || (small >= char("a") && small <= char("z"));
}

/** Unquotes the value that begins at `at` in place. Returns the end of what was quoted, or 0 if it is malformed. */
function unquote(at: usize): usize {
  const quote = load<u8>(at);
  let to = at;
  while (true) {
    let character = load<u8>(++at);
    if (character === 0) return 0;
    if (character === quote) {
      // In single quotes, '' is one quote; in double quotes, a backslash may escape a quote or a backslash.
      if (quote === char('"') || load<u8>(at + 1) !== quote) break;
      at++;
    } else if (character === char("\\") && quote === char('"')) {
      character = load<u8>(++at);
      if (character !== quote && character !== char("\\")) return 0;
    }
    store<u8>(to++, character);
  }
  store<u8>(to, 0);
  return at + 1;
}

/** Terminates the plain value that begins at `at`. Returns where a comment or the line's end follows, or 0 if it is malformed. */
function plain(at: usize): usize {
  if (!beginsPlain(load<u8>(at)) || (load<u8>(at) === char("-") && isSpace(load<u8>(at + 1)))) return 0;
  let end = at;
  for (; load<u8>(at) !== 0; at++) {
    const character = load<u8>(at);
    if (character === char("\t")) return 0;
    if (character === char("#") && isSpace(load<u8>(at - 1))) break;
    if (character === char(":") && (load<u8>(at + 1) === 0 || isSpace(load<u8>(at + 1)))) return 0;
    if (character !== char(" ")) end = at + 1;
  }
  store<u8>(end, 0);
  return at;
}

/** The value at `at`, NUL-terminated in place; 0 if there is none, or only a comment; 1 if it is malformed. */
function scalar(at: usize): usize {
  const before = at;
  while (isSpace(load<u8>(at))) at++;
  const first = load<u8>(at);
  if (first === 0 || (first === char("#") && at > before)) return 0;
  const quoted = first === char('"') || first === char("'");
  let rest = quoted ? unquote(at) : plain(at);
  if (rest === 0) return 1;
  if (quoted) {
    const end = rest;
    while (isSpace(load<u8>(rest))) rest++;
    if (load<u8>(rest) !== 0 && (load<u8>(rest) !== char("#") || rest === end)) return 1;
  }
  return at;
}

/** A list's name must be followed by items. */
function closeList(): bool {
  const open = list;
  list = -1;
  if (open < 0 || items > 0) return true;
  missing(option(open), FILE + line);
  return false;
}

/** Applies `- ITEM`; `at` is after the dash. */
function item(at: usize): bool {
  const column = <i32>(at - word);
  if (list < 0 || (items > 0 && column !== indentation)) return refuse(EXPECTED_LINE);
  indentation = column;
  items++;
  const value = scalar(at);
  return value <= 1 ? refuse(EXPECTED_VALUE) : use(option(list), value, FILE + line);
}

/** Applies `NAME: VALUE`, or begins the list `NAME:`. */
function entry(): bool {
  let at = word;
  while (isLetter(load<u8>(at))) at++;
  const behind = load<u8>(at + 1);
  if (at === word || load<u8>(at) !== char(":") || !(behind === 0 || isSpace(behind))) return refuse(EXPECTED_LINE);
  store<u8>(at, 0);
  const id = byName(word);
  if (id < 0 || !isSetting(option(id)) || id === Id.CONFIG)
    return refuse(message("no option has this name; tini-ts -h lists them"));
  const row = option(id);
  const before = sourceOf(id);
  if (before >= FILE) {
    twice(row, FILE + line, before);
    return false;
  }
  const value = scalar(at + 1);
  if (value === 1) return refuse(EXPECTED_VALUE);
  if (value !== 0) return use(row, value, FILE + line);
  list = id;
  items = isList(row) ? 0 : -1;
  if (items === 0) return true;
  missing(row, FILE + line);
  return false;
}

/** Whether only blanks are at `at`, or blanks and a comment. */
function isRestEmpty(at: usize): bool {
  const before = at;
  while (isSpace(load<u8>(at))) at++;
  return load<u8>(at) === 0 || (load<u8>(at) === char("#") && at > before);
}

/** Whether the line begins with the marker, followed by a blank or nothing. */
function isMarker(marker: usize): bool {
  const behind = load<u8>(word + 3);
  return startsWith(word, marker) && (behind === 0 || isSpace(behind));
}

/** Applies `---` before the document or `...` after it: a file may have one of each. */
function marker(isStart: bool): bool {
  if (isStart && place === INSIDE) return refuse(message("a second document begins here; a file has one"));
  if (!isRestEmpty(word + 3)) return refuse(message("only a comment may follow --- or ... on its line"));
  place = isStart ? INSIDE : BEHIND;
  return closeList();
}

/** Applies the line in `word`, of `size` bytes; `complete`: a line feed ended it. */
function readLine(size: i32, complete: bool): bool {
  line++;
  if (complete && size > 0 && load<u8>(word + size - 1) === char("\r")) size--;
  store<u8>(word + size, 0);
  if (find(word, char("\r")) !== 0) return refuse(EXPECTED_LINE);
  let at = word;
  while (load<u8>(at) === char(" ")) at++;
  const first = load<u8>(at);
  if (first === 0 || first === char("#")) return true;
  if (place === BEHIND) return refuse(message("the document ended at ... above; only comments may follow"));
  if (isMarker(cString("---"))) return marker(true);
  if (isMarker(cString("..."))) return marker(false);
  if (place === BEFORE && load<u8>(word) === char("%"))
    return refuse(message("YAML directives are not supported; leave the line out"));
  place = INSIDE;
  const behind = load<u8>(at + 1);
  if (first === char("-") && (behind === 0 || isSpace(behind))) return item(at + 1);
  return closeList() && entry();
}

/** Reads an open file to its end. */
function readAll(fd: i32): bool {
  let total = 0;
  let size = 0;
  while (true) {
    const count = host.read(fd, chunk, CHUNK_BYTES);
    if (count < 0) {
      malformed(FILE, 0, -count);
      return false;
    }
    if (count === 0) break;
    total += count;
    if (total > FILE_BYTES) return refuse(message("the file is larger than 64 KiB"));
    for (let i = 0; i < count; i++) {
      const character = load<u8>(chunk + i);
      if (character === char("\n")) {
        if (!readLine(size, true)) return false;
        size = 0;
      } else if (size === WORD_BYTES) {
        tooLong(FILE + line + 1);
        return false;
      } else if (character === 0) {
        line++;
        return refuse(EXPECTED_LINE);
      } else {
        store<u8>(word + size++, character);
        // A byte order mark at the beginning is skipped.
        if (total === count && line === 0 && i === 2 && size === 3 && load<u32>(word) << 8 === 0xbfbbef00) size = 0;
      }
    }
  }
  return (size === 0 || readLine(size, false)) && closeList();
}

/**
 * Whether a result of open(2) means that there is no file in a default place. If no file at all can be opened, because of
 * a seccomp filter or a limit, that counts as none; but a file that exists and cannot be read is refused.
 */
function isNone(fd: i32): bool {
  return fd < 0 && fd !== -EACCES && fd !== -ELOOP && fd !== -EISDIR;
}

/** Reads the file named by --config, else by TINI_CONFIG, else the first that exists in the two default places. Returns false if it is refused. */
export function readFile(): bool {
  const index = findEntry(cString("TINI_CONFIG="), 12);
  if (load<u8>(path) === 0 && index >= 0) {
    const size = host.readEnvironment(index, 12, word, PATH_BYTES + 1);
    store<u8>(word + size, 0);
    // An empty variable counts as unset.
    if (size > 0) {
      setSource(Id.CONFIG, -1 - index);
      if (!setPath(word)) return false;
    }
  }
  const named = load<u8>(path) !== 0;
  let fd = -ENOENT;
  if (named) {
    fd = open();
  } else {
    setPath(cString("/etc/tini.yml"));
    fd = open();
    if (isNone(fd)) {
      setPath(cString("/.tini.yml"));
      fd = open();
    }
    if (isNone(fd)) {
      store<u8>(path, 0);
      return true;
    }
  }
  if (fd < 0) {
    malformed(FILE, 0, -fd);
    return false;
  }
  const right = readAll(fd);
  host.close(fd);
  return right;
}

function open(): i32 {
  return host.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}
