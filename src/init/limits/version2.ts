/** cgroup v2: one hierarchy, in which only leaf groups have processes. */
import * as cgroup from "../linux/cgroup";
import { LOCK_EX, LOCK_NB, LOCK_SH, O_CLOEXEC, O_RDONLY } from "../linux/constants";
import { keep } from "../linux/descriptors";
import { EAGAIN } from "../linux/errno";
import { has, own } from "../linux/hierarchy";
import * as host from "../linux/host";
import { remove, removeNested } from "../linux/ownership";
import { SIGNAL_SET_BYTES, TimeSpec } from "../linux/structs";
import { copy, find, length, same } from "../text/bytes";
import { unpack } from "../text/packed";
import { claimIn, makeGroup } from "./groups";

const CONTROLLERS: usize = message("cgroup.subtree_control");

/** The group that we move to ourselves, because a group with processes in it cannot enable controllers for its children. */
const leaf: usize = zeroed(cgroup.DIRECTORY_BYTES);
let hasLeaf: bool = false;

/**
 * A descriptor of our own group's directory, with a lock that all inits in it share while they live: the last one can get it
 * exclusively, and disables the controllers again. Below 0 if there is none.
 */
let ownFd: i32 = -1;
/** How long to wait for an init that is just restoring the group as the last one. */
const LONGEST_WAIT_MS: i32 = 100;
const noSignal: usize = zeroedCold(SIGNAL_SET_BYTES);
const millisecond: TimeSpec = changetype<TimeSpec>(zeroedCold(TimeSpec));
/** `+memory`: the controller that was enabled last, and whether that worked. Its name is the first part of a file's name. */
const controller: usize = zeroedCold(1 + cgroup.FILE_BYTES);
const next: usize = zeroedCold(cgroup.FILE_BYTES);
let isOn: bool = false;
/** The controllers that were enabled before us, and stay so. */
const before: usize = zeroedCold(bytesOf(cgroup.content));
/** The controllers of our limits (cpu, cpuset, io, memory, pids), and the length of the longest with its sign and space. */
const CONTROLLERS_NEEDED: i32 = 5;
const CONTROLLER_BYTES: i32 = 8;
/** `-memory -cpu `: disables all controllers that we enabled. */
const off: usize = zeroedCold(CONTROLLERS_NEEDED * CONTROLLER_BYTES + 1);

/** Takes the shared lock on our own group. On a file system without locks, we behave as if we were alone. */
function shareOwn(): void {
  ownFd = host.open(own, O_RDONLY | O_CLOEXEC);
  if (ownFd < 0) return;
  keep(ownFd);
  millisecond.nanoseconds = 1_000_000;
  for (let i = 0; i < LONGEST_WAIT_MS && host.flock(ownFd, LOCK_SH | LOCK_NB) === -EAGAIN; i++)
    host.rt_sigtimedwait(noSignal, 0, changetype<usize>(millisecond));
}

/** Moves ourselves to a leaf group. Returns 0 or a negated errno. */
function enterLeaf(): i32 {
  const fd = claimIn(message("init"), false);
  if (fd < 0) return fd;
  keep(fd);
  copy(leaf, endOf(leaf), cgroup.path);
  hasLeaf = true;
  return cgroup.enter(leaf);
}

/** Enables the controller that a file belongs to. Returns 0 or a negated errno. */
function enable(file: usize): i32 {
  const name = controller + 1;
  // Its name ends at the dot.
  unpack(next, endOf(next), file);
  check(find(next, char(".")) !== 0);
  store<u8>(find(next, char(".")), 0);
  if (isOn && same(next, name)) return 0;
  store<u8>(controller, <u8>char("+"));
  copy(name, endOf(controller), next);
  let result = 0;
  if (!hasLeaf) {
    shareOwn();
    cgroup.read(own, CONTROLLERS);
    copy(before, endOf(before), cgroup.content);
    // Even if the kernel would enable the controller with us in the group: that would make the groups below threaded.
    result = enterLeaf();
  }
  isOn = has(before, name);
  if (isOn || result < 0) return result;
  result = cgroup.write(own, CONTROLLERS, controller);
  isOn = result === 0;
  if (!isOn) return result;
  checkRoom(off, endOf(off));
  const end = off + length(off);
  store<u8>(copy(end, endOf(off) - 1, controller), <u8>char(" "));
  store<u8>(end, <u8>char("-"));
  return 0;
}

/** Creates the program's group, with the controller that `file` belongs to, unless it is 0. Returns 0 or a negated errno. */
export function place(file: usize): i32 {
  const result = file === 0 ? 0 : enable(file);
  return result < 0 ? result : makeGroup();
}

/**
 * Makes the program's group ready for another life: as long as it has controllers enabled for groups within it, which the last
 * life may have created, no process can be started in it. Controllers that remaining processes use stay enabled.
 */
export function takeBack(group: usize): void {
  if (cgroup.read(group, CONTROLLERS) < 0 || load<u8>(cgroup.content) <= <u8>char(" ")) return;
  removeNested(group);
  cgroup.read(group, CONTROLLERS);
  for (let at = cgroup.content; load<u8>(at) > <u8>char(" "); at++) {
    store<u8>(next, <u8>char("-"));
    let end = next + 1;
    for (; load<u8>(at) > <u8>char(" "); at++) if (end < endOf(next) - 1) store<u8>(end++, load<u8>(at));
    store<u8>(end, 0);
    cgroup.write(group, CONTROLLERS, next);
  }
}

/** Restores our own group, after the program's was removed. Returns 0, or a negated errno if our leaf group could not be removed. */
export function restore(): i32 {
  if (!hasLeaf) return 0;
  const isLast = ownFd < 0 || host.flock(ownFd, LOCK_EX | LOCK_NB) !== -EAGAIN;
  if (isLast && load<u8>(off) !== 0) cgroup.write(own, CONTROLLERS, off);
  cgroup.enter(own);
  hasLeaf = false;
  return remove(leaf);
}
