/** Reports kills by the kernel's OOM killer, which the counter of the process's control group reveals. */
import * as cgroup from "../linux/cgroup";
import { content, NONE } from "../linux/cgroup";
import { isVersion1, least, locate, own } from "../linux/hierarchy";
import { ourselves } from "../linux/ourselves";
import { bit, SIGKILL } from "../linux/signals";
import { appendOne, beginOne, end, Log } from "../report/report";
import { copy, length, parseNumber } from "../text/bytes";
import { decimal, NUMBER_BYTES } from "../text/number";
import { Text } from "../text/views";
import { supervisee } from "./supervisee";
import { isWatching } from "./watching";

/** The count at the last report. It begins at 0 in a group that we made, and so it does in a container's. */
let known: i32 = 0;
/** The number of restarts at the last report; below 0 before the first. */
let toldAt: i32 = -1;
/** The group whose counter was read last. */
let group: usize = 0;

/** Reads the counter of a group. Returns -1 if it has none. */
function readCount(directory: usize): i32 {
  group = directory;
  const result = cgroup.read(directory, isVersion1 ? message("memory.oom_control") : message("memory.events"));
  return result < 0 ? -1 : cgroup.keyed(cString("oom_kill "));
}

/** Reads the counter of the group that we made for the program: with several (version 1), only memory's has one. Returns -1 if none has. */
function readOurs(): i32 {
  let count = -1;
  const groups = supervisee.cgroupPaths;
  for (let at = groups; groups !== 0 && count < 0 && load<u8>(at) !== 0; at += length(at) + 1) count = readCount(at);
  return count;
}

/** Reads the counter of our own group. Returns -1 if it has none. */
function readOwn(): i32 {
  let found = locate(0);
  if (isVersion1) found = locate(cString("memory"));
  return found < 0 ? -1 : readCount(own);
}

/** A number of bytes as a value of Kind.PAGES: the kernel counts memory in pages. */
function pages(bytes: i64): i32 {
  return bytes === NONE ? -1 : <i32>(bytes / 4096);
}

/** Reports who was killed, and by which limit. */
function tell(isMainChild: bool, count: i32): void {
  known = count;
  toldAt = supervisee.restarts;
  if (isVersion1) locate(cString("memory"));
  const limit = pages(least(group, isVersion1 ? message("memory.limit_in_bytes") : message("memory.max")));
  const peak = pages(
    cgroup.readNumber(group, isVersion1 ? message("memory.max_usage_in_bytes") : message("memory.peak")),
  );
  if (!beginOne(isMainChild ? Log.OOM_KILL_OF_CHILD : Log.OOM_KILL, limit)) return;
  if (peak >= 0) appendOne(message(", peak {memory_peak_bytes}"), peak);
  appendOne(message(", killed so far {oom_kills}"), count);
  end();
}

/** Flags of a process in /proc/PID/stat: include/linux/sched.h. */
const PF_EXITING: i32 = 4;
const PF_SIGNALED: i32 = 0x400;

const PROC: Text = cString("/proc/");
const processDirectory: usize = zeroedCold(bytesOf(PROC) - 1 + NUMBER_BYTES);

/** Whether a process is being killed: its state, flags and pending signals are fields 3, 9 and 31 of /proc/PID/stat (proc(5)). */
export function isDying(pid: i32): bool {
  decimal(copy(processDirectory, endOf(processDirectory), PROC), pid);
  if (cgroup.read(processDirectory, cString("stat")) < 0) return false;
  // The name may itself contain parentheses and blanks: the other fields follow the last parenthesis.
  let at = content;
  for (let i = content; load<u8>(i) !== 0; i++) if (load<u8>(i) === char(")")) at = i;
  let field = 2;
  let flags = 0;
  for (; load<u8>(at) !== 0 && field < 31; at++) {
    if (load<u8>(at) !== char(" ")) continue;
    field++;
    if (field === 3 && load<u8>(at + 1) === char("Z")) return true;
    if (field === 9) flags = parseNumber(at + 1);
  }
  return (flags & (PF_EXITING | PF_SIGNALED)) !== 0 || ((<u64>parseNumber(at)) & bit(SIGKILL)) !== 0;
}

/** Reports OOM kills while the program runs; but a kill of the main child only once that is dead (`explainDeath`). */
export function noticeOomKill(): void {
  const count = readOurs();
  if (count <= known) return;
  // The kernel counts just before it kills: if the main child is about to die, it is the victim.
  if (supervisee.ended || !isDying(supervisee.child)) tell(false, count);
}

/**
 * Reports OOM kills since the last report, now that the main child is dead. `isKilled`: SIGKILL ended it, but not ours;
 * `isSuspicious`: its exit status says so, of itself or of a child of its own. Only if the group is watched it is known that
 * the counter rose with this death and not before; otherwise the victim may have been any process.
 *
 * Our own group's counter is read only if there is a reason to, and if it counts for us alone: as PID 1.
 */
export function explainDeath(isKilled: bool, isSuspicious: bool): void {
  let count = readOurs();
  if (count < 0 && isSuspicious && ourselves.pid === 1) count = readOwn();
  const isWatched = supervisee.cgroupPaths !== 0 && !isVersion1 && isWatching();
  // If the group is watched, the kill of a shell's child was reported when it happened.
  supervisee.outOfMemory = isSuspicious && (count > known || (!isKilled && toldAt === supervisee.restarts));
  if (count > known) tell(isKilled && isWatched, count);
}
