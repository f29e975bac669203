/** A control group: the files in its directory (cgroups(7), and Documentation/admin-guide/cgroup-v2.rst of the kernel). */
import {
  F_SETFL,
  F_SETOWN,
  F_SETSIG,
  IN_MODIFY,
  O_ASYNC,
  O_CLOEXEC,
  O_NONBLOCK,
  O_RDONLY,
  O_WRONLY,
} from "./constants";
import { letGo } from "./descriptors";
import * as host from "./host";
import { WORD_BYTES } from "./reader";
import { copy, length, parseNumber, startsWith } from "../text/bytes";
import { unpack } from "../text/packed";
import { Readable, Sayable, UserBytes } from "../text/views";

/** The longest name of a group that we create (--cgroup). */
export const NAME_BYTES: i32 = 127;
/** The longest path of our own group; one with a longer path cannot be used. */
export const OWN_BYTES: i32 = 799;
/** The suffix of a group whose name is taken: -2 to -256. */
const NUMBER_BYTES: i32 = 4;
/** The path of a group in our own, with its NUL. */
export const DIRECTORY_BYTES: i32 = OWN_BYTES + 1 + NAME_BYTES + NUMBER_BYTES + 1;
/** The longest name of a file in it, with the slash before and the NUL after it. */
export const FILE_BYTES: i32 = 32;

/** The path of the last operation; or a line of a list that is being read. */
export const path: UserBytes = zeroed(max(DIRECTORY_BYTES + FILE_BYTES, WORD_BYTES));
/** The text that the last operation tried to write there; 0 if it was not a write. */
export let tried: usize = 0;

const CONTENT_BYTES: i32 = 511;
/** The content of the file that was read last, NUL-terminated. All files read here are shorter. */
export const content: UserBytes = zeroed(CONTENT_BYTES + 1);

/** "No limit". cgroup v1 has a number for that which is larger than any machine's memory. */
export const NONE: i64 = 1 << 62;

/** Sets `path` to DIRECTORY/NAME; here and below, the name may be packed. */
export function join(directory: Readable, name: Sayable): void {
  check(length(directory) < DIRECTORY_BYTES);
  const end = copy(path, endOf(path) - FILE_BYTES, directory);
  store<u8>(end, <u8>char("/"));
  unpack(end + 1, endOf(path), name);
}

/** Reads a file to `content`. Returns 0 or a negated errno. */
export function read(directory: Readable, name: Sayable): i32 {
  join(directory, name);
  checkRoom(content, endOf(content));
  const fd = host.open(path, O_RDONLY | O_CLOEXEC);
  const size = fd < 0 ? fd : host.read(fd, content, CONTENT_BYTES);
  store<u8>(content + max(size, 0), 0);
  letGo(fd);
  return min(size, 0);
}

/** Makes a file the subject of an error message. */
export function name(file: Sayable): void {
  unpack(path, endOf(path), file);
  tried = 0;
}

/** Makes a group the subject of an error message. */
export function nameGroup(directory: Readable): void {
  check(length(directory) < DIRECTORY_BYTES);
  copy(path, endOf(path), directory);
  tried = 0;
}

/** Writes a text to a file. Returns 0 or a negated errno. */
export function write(directory: Readable, name: Sayable, value: Readable): i32 {
  join(directory, name);
  tried = value;
  const fd = host.open(path, O_WRONLY | O_CLOEXEC);
  const result = fd < 0 ? fd : host.write(fd, value, length(value));
  letGo(fd);
  return min(result, 0);
}

/** Moves the caller into a group. Returns 0 or a negated errno. */
export function enter(directory: Readable): i32 {
  return write(directory, message("cgroup.procs"), cString("0"));
}

/** The number in a file; NONE if there is no such file, or it says `max`, or v1's number for that. */
export function readNumber(directory: Readable, name: Sayable): i64 {
  return read(directory, name) < 0 ? NONE : parse(content);
}

/** The number at the start of a text; NONE if there is none, or it is too large to be a limit. */
export function parse(text: Readable): i64 {
  if (load<u8>(text) < char("0") || load<u8>(text) > char("9")) return NONE;
  let value: i64 = 0;
  for (; load<u8>(text) >= char("0") && load<u8>(text) <= char("9"); text++) {
    if (value > NONE / 10) return NONE;
    value = value * 10 + (load<u8>(text) - char("0"));
  }
  return min(value, NONE);
}

/** The number after `key` (which ends with its space) in the lines of the file that was read; 0 if there is no such line. */
export function keyed(key: Readable): i32 {
  for (let line = content; load<u8>(line) !== 0; line++)
    if ((line === content || load<u8>(line - 1) === char("\n")) && startsWith(line, key))
      return parseNumber(line + length(key));
  return 0;
}

/**
 * Has the kernel send us `signal`, which is blocked, whenever a file of a group changes. Returns the inotify descriptor to drain
 * then, or a negated errno; `fd` is the inotify descriptor that already watches another file, or below 0.
 */
export function watch(fd: i32, directory: Readable, name: Sayable, self: i32, signal: i32): i32 {
  if (fd < 0) fd = host.inotify_init1(O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return fd;
  join(directory, name);
  let result = host.inotify_add_watch(fd, path, IN_MODIFY);
  if (result >= 0) result = host.fcntl(fd, F_SETSIG, signal);
  if (result >= 0) result = host.fcntl(fd, F_SETOWN, self);
  if (result >= 0) result = host.fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
  if (result >= 0) return fd;
  host.close(fd);
  return result;
}
