/** The groups that we make for the program: one in version 2, one in each hierarchy that is needed in version 1. */
import { groupName, Id, isSet } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { keep } from "../linux/descriptors";
import { EADDRINUSE, EAGAIN, EBUSY } from "../linux/errno";
import { own } from "../linux/hierarchy";
import { claim, remove, removeNested } from "../linux/ownership";
import { copy, find, length, startsWith } from "../text/bytes";
import { decimal } from "../text/number";

/** So many names are tried where others have the first ones. */
const NAMES: i32 = 256;
/** So often what is left of a group is removed in one go after the other: together more than anybody makes in earnest. */
const REMOVALS: i32 = 64;

/** In version 1 there are so many at most: for memory, cpu and pids. */
const HIERARCHIES: i32 = 3;
/** Their directories, one behind the other, an empty one at the end. */
export const groups: usize = zeroed(HIERARCHIES * cgroup.DIRECTORY_BYTES + 1);
/** The one that was made, or was there already, last. */
export let group: usize = 0;
/** A descriptor of the first one, below 0 where there is none. */
export let firstFd: i32 = -1;

/** Whether a group lies in our own, and not deeper. */
function isInOwn(directory: usize): bool {
  const name = directory + length(own);
  return startsWith(directory, own) && load<u8>(name) === char("/") && find(name + 1, char("/")) === 0;
}

/** The program's group in our own where it is made, else the empty text behind the last one. */
export function madeInOwn(): usize {
  checkRoom(groups, endOf(groups));
  let at = groups;
  while (load<u8>(at) !== 0 && !isInOwn(at)) at += length(at) + 1;
  return at;
}

/**
 * Makes a group in our own for us alone: NAME, or where another has that, NAME-2 and so on, where `isFixed` is false. Its
 * directory is `cgroup.path`. Returns a descriptor that holds it, or a negated errno.
 */
export function claimIn(name: usize, isFixed: bool): i32 {
  let result = -EBUSY;
  for (let number = 1; number <= NAMES && (result === -EBUSY || result === -EADDRINUSE); number++) {
    if (number > 1 && isFixed) break;
    cgroup.join(own, name);
    if (number > 1) {
      const end = cgroup.path + length(cgroup.path);
      store<u8>(end, <u8>char("-"));
      decimal(end + 1, number);
    }
    result = claim();
  }
  return result;
}

/** Makes the program's group in our own, unless that is done. Returns 0 or a negated errno. */
export function makeGroup(): i32 {
  group = madeInOwn();
  if (load<u8>(group) !== 0) return 0;
  const fd = claimIn(groupName, isSet(Id.CGROUP));
  if (fd < 0) return fd;
  if (group === groups) firstFd = fd;
  keep(fd);
  check(length(cgroup.path) < cgroup.DIRECTORY_BYTES);
  // Behind the last one stays an empty one.
  copy(group, endOf(groups) - 1, cgroup.path);
  return 0;
}

/** Removes what the program made in them, as far as nobody is in it: its next life finds them as the first one did. */
export function emptyGroups(): void {
  for (let at = groups; load<u8>(at) !== 0; at += length(at) + 1)
    for (let i = 0; i < REMOVALS && removeNested(at) === -EAGAIN; i++);
}

/**
 * Removes them, with what the program made in them; the first is gone already where `isGone`. Returns 0, or a negated
 * errno where that is not to be had.
 */
export function removeGroups(isGone: bool): i32 {
  let result = 0;
  for (let at = isGone ? groups + length(groups) + 1 : groups; load<u8>(at) !== 0;) {
    const size = length(at) + 1;
    let removed = -EAGAIN;
    for (let i = 0; i < REMOVALS && removed === -EAGAIN; i++) removed = remove(at);
    if (removed < 0) result = removed;
    at += size;
  }
  store<u8>(groups, 0);
  return result;
}
