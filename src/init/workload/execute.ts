/** Finds the program as execvp(3) does, and becomes it. */
import { F_OK } from "../linux/constants";
import { findEntry } from "../linux/environment";
import { EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOEXEC, ENOTDIR, ESTALE, ETIMEDOUT } from "../linux/errno";
import * as host from "../linux/host";
import { find } from "../text/bytes";
import { interpreter, isText, look } from "./image";
import { nameChild } from "./service";
import { LONG_BYTES, scratch } from "../text/scratch";
import { Text, UserBytes } from "../text/views";

/** PATH_MAX (include/uapi/linux/limits.h), the NUL included. */
const PATH_BYTES: i32 = LONG_BYTES;
/** The file that was tried last. */
export const path: UserBytes = <UserBytes>scratch;
/** The name has no slash and no directory of PATH has it. */
export let notFound: bool = false;
/** One that was tried has no `#!` line and was to be run by /bin/sh. */
export let byShell: bool = false;

/** Where a shell looks when PATH is not set; musl's and dash's choice, which holds glibc's. */
const DEFAULT_PATH: Text = cString("/usr/local/bin:/bin:/usr/bin");

/** The pid of the init. */
let self: i32 = 0;

const SHELL: Text = cString("/bin/sh");

/** Tries the file at `path`; comes back with an errno only. */
function attempt(program: i32): i32 {
  const errno = -host.execve(path, program);
  if (errno !== ENOEXEC) return errno;
  // What names an interpreter, which then is for another CPU, is no shell's business; nor is a file that is empty, because
  // something went wrong where it was made.
  look(path);
  if (!isText() || interpreter() !== 0) return ENOEXEC;
  // A script without `#!`: `/bin/sh PATH ARGS...`. There is always a word before the program: our own name.
  byShell = true;
  host.replaceArgument(program, path);
  host.replaceArgument(program - 1, SHELL);
  const shellErrno = -host.execve(SHELL, program - 1);
  // There may be a program behind the script in PATH: the arguments are as they were again.
  host.restoreReplaced();
  nameChild(self);
  return shellErrno;
}

/** Copies PATH, or its default where the variable does not exist (`entry` below 0), from `offset` on. */
function readPath(entry: i32, offset: i32): i32 {
  check(bytesOf(DEFAULT_PATH) <= PATH_BYTES);
  check(PATH_BYTES < bytesOf(path));
  if (entry >= 0) return host.readEnvironment(entry, offset + 5, path, PATH_BYTES);
  let size = 0;
  for (; load<u8>(DEFAULT_PATH + offset + size) !== 0; size++)
    store<u8>(path + size, load<u8>(DEFAULT_PATH + offset + size));
  return size;
}

/** Whether execvp goes on to the next directory after this errno. */
function goesOn(errno: i32): bool {
  return (
    errno === ENOENT ||
    errno === EACCES ||
    errno === ENOTDIR ||
    errno === ESTALE ||
    errno === ENODEV ||
    errno === ETIMEDOUT
  );
}

/**
 * Tries the name in each directory of PATH; an empty one is the working directory. Returns an errno.
 * With `existing` only where there is such a file, and the first one's errno is returned; 0 where there is none.
 */
function search(program: i32, existing: bool): i32 {
  const entry = findEntry(cString("PATH="), 5);
  let result = existing ? 0 : ENOENT;
  let tooLong = false;
  let offset = 0;
  while (true) {
    const size = readPath(entry, offset);
    let end = 0;
    while (end < size && load<u8>(path + end) !== char(":")) end++;
    offset += end;
    if (end === PATH_BYTES) {
      tooLong = true;
      continue;
    }
    let at = end;
    if (end > 0) store<u8>(path + at++, <u8>char("/"));
    at += host.readArgument(program, 0, path + at, PATH_BYTES - at);
    if (!tooLong && at < PATH_BYTES) {
      store<u8>(path + at, 0);
      if (!existing || host.access(path, F_OK) === 0) {
        const errno = attempt(program);
        if (existing || !goesOn(errno)) return errno;
        if (errno === EACCES) result = EACCES;
      }
    }
    if (end === size) return result;
    tooLong = false;
    offset++;
  }
}

/** Becomes the program; `init` is our pid. Comes back with an errno only. */
export function execute(program: i32, init: i32): i32 {
  self = init;
  nameChild(self);
  const size = host.readArgument(program, 0, path, PATH_BYTES - 1);
  store<u8>(path + size, 0);
  if (size === PATH_BYTES - 1) return ENAMETOOLONG;
  if (size === 0 || find(path, char("/")) !== 0) return attempt(program);
  const errno = search(program, false);
  if (!goesOn(errno)) return errno;
  // Nothing could be run. A file that is there, but lacks its interpreter or may not be run, is what the user means.
  const existing = search(program, true);
  if (existing !== 0) return existing;
  notFound = true;
  return errno;
}
