/** Watches the program's control group: for memory running short, and for the moment when it becomes empty. */
import { get, Id, isSet } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { now } from "../linux/clock";
import { EAGAIN, EBUSY } from "../linux/errno";
import { isVersion1 } from "../linux/hierarchy";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { remove, removeNested } from "../linux/ownership";
import { SIGCANCEL } from "../linux/signals";
import { LONG_BYTES, scratch } from "../text/scratch";
import { Log, reportOne } from "../report/report";
import { supervisee } from "./supervisee";

/** Our private signal for a changed file of the group: one of the two that every libc reserves, which no program sends. */
export const WOKEN: i32 = SIGCANCEL;

/** The inotify descriptor, -1 until something is watched. */
let watchFd: i32 = -1;

/** The memory signal is sent at most once a second: not before `quietUntil`. */
const QUIET_MS: i64 = 1000;
let quietUntil: i64 = 0;

/** Makes the kernel wake us when a file of the program's group changes. A failure is reported only if `isNeeded`. */
function watch(file: usize, isNeeded: bool): void {
  const fd = cgroup.watch(watchFd, supervisee.cgroupPaths, file, ourselves.pid, WOKEN);
  if (fd < 0 && !isNeeded) return;
  if (fd < 0) reportOne(Log.GROUP_NOT_WATCHED, fd);
  else watchFd = fd;
}

/** Whether anything is watched: then a SIGIO from the kernel stands for WOKEN. */
export function isWatching(): bool {
  return watchFd >= 0;
}

/** Drains the inotify descriptor. */
export function takeNews(): void {
  host.read(watchFd, scratch, LONG_BYTES);
}

/** Sends the program the memory signal, unless that was done within the last second. */
export function warnOfMemory(): void {
  const signal = get(Id.MEMORY_SIGNAL);
  if (signal === 0) return;
  const time = now();
  if (time < quietUntil) return;
  quietUntil = time + QUIET_MS;
  reportOne(Log.MEMORY_SHORT, signal);
  host.kill(supervisee.child, signal);
}

/**
 * Starts watching the memory of the program that has just been started, if it is to get a signal, or the OOM killer may
 * act. Events before the watch are counted in the file.
 */
export function watchMemory(): void {
  quietUntil = 0;
  // cgroup v1 has no such events.
  if (supervisee.cgroupPaths === 0 || isVersion1 || watchFd >= 0) return;
  const isToTell = get(Id.MEMORY_SIGNAL) !== 0;
  if (!isToTell && !isSet(Id.MEMORY_MAX)) return;
  const events = message("memory.events");
  watch(events, isToTell);
  if (isToTell) cgroup.read(supervisee.cgroupPaths, events);
  if (isToTell && cgroup.keyed(cString("high ")) > 0) warnOfMemory();
}

/**
 * Whether processes are in a group that must be kept for another life; otherwise, trying to remove it is the test. For the
 * groups that the program created in it, v1 has no other test than to remove them.
 */
function hasProcesses(group: usize): bool {
  if (!isVersion1) return cgroup.read(group, message("cgroup.events")) === 0 && cgroup.keyed(cString("populated ")) > 0;
  if (cgroup.read(group, message("cgroup.procs")) === 0 && load<u8>(cgroup.content) !== 0) return true;
  const result = removeNested(group);
  return result === -EBUSY || result === -EAGAIN;
}

/** Whether others are still in the dead program's group; if not, the group is removed, unless it is still needed. */
function isPopulated(): bool {
  const group = supervisee.cgroupPaths;
  if (group === 0) return false;
  if (get(Id.RESTART) !== 0 || supervisee.keepsGroups) return hasProcesses(group);
  const result = remove(group);
  if (result === 0) supervisee.cgroupPaths = 0;
  // With too many groups in it to remove at once, v1 cannot say whether there are processes in them.
  return result === -EBUSY || (result === -EAGAIN && isVersion1);
}

/**
 * Whether others are still in the dead program's group. If we have no children, so that no SIGCHLD will come, we are woken up
 * when the last of them is gone (not with cgroup v1).
 */
export function othersInGroup(): bool {
  if (!isPopulated()) return false;
  if (!supervisee.childless || isVersion1) return true;
  watch(message("cgroup.events"), true);
  // They may have ended just before.
  return isPopulated();
}
