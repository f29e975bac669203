/**
 * All processes that are ours: who has us among its ancestors, in whatever group or session it hides. Found in /proc,
 * by climbing from each process to its parents, so that nothing need be remembered however many there are.
 */
import { O_CLOEXEC, O_RDONLY } from "../linux/constants";
import * as cgroup from "../linux/cgroup";
import * as host from "../linux/host";
import * as reader from "../linux/reader";
import { at, DIRECTORY_ENTRY_NAME, DirectoryEntry } from "../linux/structs";
import { copy, parseNumber } from "../text/bytes";
import { decimal } from "../text/number";

/** No chain of ancestors is longer in earnest; a bound against one that changes while it is climbed. */
const GENERATIONS: i32 = 1000;

const ENTRIES_BYTES: i32 = 1024;
const entries: usize = zeroed(1024);
let size: i32 = 0;
let offset: i32 = 0;
let directory: i32 = -1;
let ancestor: i32 = 0;
let fromGroup: bool = false;

const STAT_BYTES: i32 = 128;
const file: usize = zeroed(32);
const stat: usize = zeroed(128);

/** Reads the beginning of /proc/NAME/stat into `stat`. False where the process is gone. */
function readStat(name: usize): bool {
  copy(copy(copy(file, text("/proc/")), name), text("/stat"));
  const fd = host.open(file, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const count = host.read(fd, stat, STAT_BYTES - 1);
  host.close(fd);
  store<u8>(stat + (count < 0 ? 0 : count), 0);
  return count > 0;
}

/** The parent in the `stat` that was read: `PID (NAME) STATE PARENT ...`, where NAME may itself have brackets. */
function parent(): i32 {
  let behind: usize = 0;
  for (let i = stat; load<u8>(i) !== 0; i++) if (load<u8>(i) === code(")")) behind = i;
  return behind === 0 ? 0 : parseNumber(behind + 4);
}

const digits: usize = zeroed(12);

/** Whether the process named `name` in /proc has us among its ancestors. */
function isOurs(name: usize): bool {
  for (let i = 0; i < GENERATIONS; i++) {
    if (!readStat(name)) return false;
    const above = parent();
    if (above === ancestor) return true;
    if (above <= 1) return false;
    decimal(digits, above);
    name = digits;
  }
  return false;
}

/**
 * Begins a walk through the descendants of `self`, or through a control group of theirs where there is one. False where there is no /proc, or it is another PID namespace's,
 * whose numbers would be strangers here.
 */
export function open(self: i32, group: usize): bool {
  fromGroup = group !== 0;
  if (fromGroup) {
    cgroup.join(group, words("cgroup.procs"));
    return reader.open(cgroup.path) === 0;
  }
  ancestor = self;
  size = 0;
  offset = 0;
  if (!readStat(text("self")) || parseNumber(stat) !== self) return false;
  directory = host.open(text("/proc"), O_RDONLY | O_CLOEXEC);
  return directory >= 0;
}

/** The next descendant's pid, or 0 at the end, where everything is closed again. */
export function next(): i32 {
  if (fromGroup) {
    if (reader.word(cgroup.path, code("\n")) >= 0) return parseNumber(cgroup.path);
    reader.close();
    return 0;
  }
  while (true) {
    if (offset >= size) {
      size = host.getdents64(directory, entries, ENTRIES_BYTES);
      offset = 0;
      if (size <= 0) {
        host.close(directory);
        return 0;
      }
    }
    const entry = entries + offset;
    offset += at<DirectoryEntry>(entry).length;
    const pid = parseNumber(entry + DIRECTORY_ENTRY_NAME);
    if (pid > 0 && pid !== ancestor && isOurs(entry + DIRECTORY_ENTRY_NAME)) return pid;
  }
}
