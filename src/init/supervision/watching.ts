/** The watch on the program's control group: memory that runs short, and the moment when nobody is left. */
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

/** The private notice that a file of the group changed: one of the libc's own two signals, which nobody sends in earnest. */
export const WOKEN: i32 = SIGCANCEL;

/** The inotify descriptor, -1 until something is watched. */
let watchFd: i32 = -1;

/** The memory signal is sent at most once a second: not before this. */
const QUIET_MS: i64 = 1000;
let quietUntil: i64 = 0;

/** Has a file of the program's group wake us when it changes; says where that cannot be, unless we can do without. */
function watch(file: usize, isNeeded: bool): void {
  const fd = cgroup.watch(watchFd, supervisee.cgroupPaths, file, ourselves.pid, WOKEN);
  if (fd < 0 && !isNeeded) return;
  if (fd < 0) reportOne(Log.GROUP_NOT_WATCHED, fd);
  else watchFd = fd;
}

/** Whether anything is watched: the kernel's SIGIO is its notice then. */
export function isWatching(): bool {
  return watchFd >= 0;
}

/** Takes the news of a file that changed out of its queue. */
export function takeNews(): void {
  host.read(watchFd, scratch, LONG_BYTES);
}

/** Tells the program that its memory runs short, unless it was told within the last second. */
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
 * Begins to watch the memory for the program that has just been started, where it is to get a signal, or the OOM killer may
 * come. What came before is in the file.
 */
export function watchMemory(): void {
  quietUntil = 0;
  // Version 1 tells of nothing before it kills.
  if (supervisee.cgroupPaths === 0 || isVersion1 || watchFd >= 0) return;
  const isToTell = get(Id.MEMORY_SIGNAL) !== 0;
  if (!isToTell && !isSet(Id.MEMORY_MAX)) return;
  const events = message("memory.events");
  watch(events, isToTell);
  if (isToTell) cgroup.read(supervisee.cgroupPaths, events);
  if (isToTell && cgroup.keyed(cString("high ")) > 0) warnOfMemory();
}

/**
 * Whether processes are in a group that must stay, because another life may come: removing it would tell, too. Of the groups
 * that the program made in it, version 1 tells only by whether they can be removed.
 */
function hasProcesses(group: usize): bool {
  if (!isVersion1) return cgroup.read(group, message("cgroup.events")) === 0 && cgroup.keyed(cString("populated ")) > 0;
  if (cgroup.read(group, message("cgroup.procs")) === 0 && load<u8>(cgroup.content) !== 0) return true;
  const result = removeNested(group);
  return result === -EBUSY || result === -EAGAIN;
}

/** Whether others are in the program's group still, now that it is dead; else the group is gone, unless it may be started again. */
function isPopulated(): bool {
  const group = supervisee.cgroupPaths;
  if (group === 0) return false;
  if (get(Id.RESTART) !== 0) return hasProcesses(group);
  const result = remove(group);
  if (result === 0) supervisee.cgroupPaths = 0;
  // Where there are too many groups in it to remove them at once, version 1 does not tell whether anybody is in them.
  return result === -EBUSY || (result === -EAGAIN && isVersion1);
}

/**
 * Whether others are in the program's group still, now that it is dead. Where nobody is our child, so that no SIGCHLD will
 * tell, we are woken when the last of them is gone. Version 1 does not tell.
 */
export function othersInGroup(): bool {
  if (!isPopulated()) return false;
  if (!supervisee.childless || isVersion1) return true;
  watch(message("cgroup.events"), true);
  // They may have gone just before.
  return isPopulated();
}
