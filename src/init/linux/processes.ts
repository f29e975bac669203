/** The processes that /proc lists, one after the other, and what their files say (proc(5)). One list at a time. */
import { O_CLOEXEC, O_RDONLY } from "./constants";
import * as host from "./host";
import { at, DIRECTORY_ENTRY_NAME, DirectoryEntry } from "./structs";
import { copy, find, parseNumber } from "../text/bytes";
import { decimal, NUMBER_BYTES } from "../text/number";
import { Buffer, Readable, Text } from "../text/views";

/** So many pieces of /proc's list are read: more than it has with as many processes as there may be (proc_sys_kernel(5), pid_max). */
const PIECES: i32 = 262_144;

const ENTRIES_BYTES: i32 = 1024;
const entries: usize = zeroed(ENTRIES_BYTES);
let size: i32 = 0;
let offset: i32 = 0;
let pieces: i32 = 0;
let directory: i32 = -1;

/** Begins the list. False where there is no /proc. */
export function beginList(): bool {
  size = 0;
  offset = 0;
  pieces = 0;
  directory = host.open(cString("/proc"), O_RDONLY | O_CLOEXEC);
  return directory >= 0;
}

/** Ends it, before its end or there. */
export function endList(): void {
  host.close(directory);
}

/** The next entry of /proc, 0 at the end. */
function nextEntry(): usize {
  if (offset >= size) {
    size = pieces++ < PIECES ? host.getdents64(directory, entries, ENTRIES_BYTES) : 0;
    offset = 0;
    if (size <= 0) return 0;
  }
  const entry = entries + offset;
  const length: i32 = at<DirectoryEntry>(entry).length;
  // No entry is shorter than what stands before its name: what is behind a broken one cannot be found.
  offset = length < <i32>DIRECTORY_ENTRY_NAME ? size : offset + length;
  return entry;
}

/** The next process, the lowest pid first; 0 at the end. */
export function nextPid(): i32 {
  while (true) {
    const entry = nextEntry();
    if (entry === 0) return 0;
    const pid = parseNumber(entry + DIRECTORY_ENTRY_NAME);
    if (pid > 0) return pid;
  }
}

const PROC: Text = cString("/proc/");
/** The longest name of a file here, with its NUL: what stands behind the process in /proc/PID/task/PID/children. */
const FILE_BYTES: i32 = NUMBER_BYTES + bytesOf(cString("/task//children"));
const path: Buffer = zeroedCold(bytesOf(PROC) - 1 + NUMBER_BYTES - 1 + FILE_BYTES);
const digits: Buffer = zeroedCold(NUMBER_BYTES);

/** The path of a file of a process, /proc/NAME/FILE; NAME is its pid or `self`, FILE begins with a slash. */
export function pathOf(name: Readable, file: Readable): Buffer {
  const end = endOf(path);
  copy(copy(copy(path, end, PROC), end, name), end, file);
  return path;
}

/** The same of a pid, as a name. */
export function nameOf(pid: i32): Buffer {
  decimal(digits, pid);
  return digits;
}

/** What the kernel says of a process in one line. Up to field 22 it takes less, whatever the process is called. */
const STAT_BYTES: i32 = 400;
export const stat: usize = zeroedCold(STAT_BYTES);

/** Reads the beginning of /proc/NAME/stat into `stat`. False where the process is gone. */
export function readStat(name: Readable): bool {
  const fd = host.open(pathOf(name, cString("/stat")), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const count = host.read(fd, stat, STAT_BYTES - 1);
  host.close(fd);
  store<u8>(stat + (count < 0 ? 0 : count), 0);
  return count > 0;
}

/**
 * Where a field begins in the `stat` that was read, `PID (NAME) STATE PARENT ...`, by its number from 3, the state, on
 * (proc_pid_stat(5)); NAME may itself have brackets and blanks. An empty text where it breaks off before that.
 */
export function field(number: i32): usize {
  let behind = stat;
  let end = stat;
  for (; load<u8>(end) !== 0; end++) if (load<u8>(end) === char(")")) behind = end;
  for (; number >= 3; number--) {
    behind = find(behind, char(" "));
    if (behind === 0) return end;
    behind++;
  }
  return behind;
}

/** The parent in the `stat` that was read; 0 where it breaks off before that. */
export function parent(): i32 {
  return parseNumber(field(4));
}

/** The parent of `pid`, 0 where there is none to be seen, -1 where it is gone. */
export function parentOf(pid: i32): i32 {
  return readStat(nameOf(pid)) ? parent() : -1;
}
