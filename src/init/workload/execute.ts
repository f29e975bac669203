/** Finds the program as execvp(3) does, and executes it. */
import { F_OK } from "../linux/constants";
import { findEntry } from "../linux/environment";
import { EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOEXEC, ENOTDIR, ESTALE, ETIMEDOUT } from "../linux/errno";
import * as host from "../linux/host";
import { find } from "../text/bytes";
import { interpreter, isText, look } from "./image";
import { nameChild } from "./service";
import { LONG_BYTES, scratch } from "../text/scratch";
import { Text, UserBytes } from "../text/views";

/** PATH_MAX (include/uapi/linux/limits.h), including the NUL. */
const PATH_BYTES: i32 = LONG_BYTES;
/** The file that was tried last. */
export const path: UserBytes = <UserBytes>scratch;
/** The name has no slash, and is in no directory of PATH. */
export let notFound: bool = false;
/** A file that was tried has no `#!` line, so /bin/sh was to run it. */
export let byShell: bool = false;

/** The search path if PATH is not set: musl's and dash's, which includes glibc's. */
const DEFAULT_PATH: Text = cString("/usr/local/bin:/bin:/usr/bin");

/** The pid of the init. */
let self: i32 = 0;

const SHELL: Text = cString("/bin/sh");

/** Tries to execute the file at `path`. Returns only on failure, with an errno. */
function attempt(program: i32): i32 {
  const errno = -host.execve(path, program);
  if (errno !== ENOEXEC) return errno;
  // Not for a shell: a script with an interpreter, which is then for another CPU; an empty file, which is a mistake of
  // whoever made it.
  look(path);
  if (!isText() || interpreter() !== 0) return ENOEXEC;
  // A script without `#!`: `/bin/sh PATH ARGS...`. There is always an argument before the program: our own name.
  byShell = true;
  host.replaceArgument(program, path);
  host.replaceArgument(program - 1, SHELL);
  const shellErrno = -host.execve(SHELL, program - 1);
  // A later directory of PATH may have a program of this name: it gets the original arguments.
  host.restoreReplaced();
  nameChild(self);
  return shellErrno;
}

/** Copies PATH from `offset` on to `path`, or its default if the variable does not exist (`entry` below 0). Returns the size. */
function readPath(entry: i32, offset: i32): i32 {
  check(bytesOf(DEFAULT_PATH) <= PATH_BYTES);
  check(PATH_BYTES < bytesOf(path));
  if (entry >= 0) return host.readEnvironment(entry, offset + 5, path, PATH_BYTES);
  let size = 0;
  for (; load<u8>(DEFAULT_PATH + offset + size) !== 0; size++)
    store<u8>(path + size, load<u8>(DEFAULT_PATH + offset + size));
  return size;
}

/** Whether execvp(3) goes on to the next directory after this errno. */
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
 * With `existing`, only the first file that exists is tried, and its errno returned; 0 if there is none.
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

/** Executes the program; `init` is the pid of the init. Returns only on failure, with an errno. */
export function execute(program: i32, init: i32): i32 {
  self = init;
  nameChild(self);
  const size = host.readArgument(program, 0, path, PATH_BYTES - 1);
  store<u8>(path + size, 0);
  if (size === PATH_BYTES - 1) return ENAMETOOLONG;
  if (size === 0 || find(path, char("/")) !== 0) return attempt(program);
  const errno = search(program, false);
  if (!goesOn(errno)) return errno;
  // If a file exists, but lacks its interpreter or may not be executed, it is the one that the user means.
  const existing = search(program, true);
  if (existing !== 0) return existing;
  notFound = true;
  return errno;
}
