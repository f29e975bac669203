/** The control groups created for the program: one in cgroup v2; in v1, one in each hierarchy that a limit needs. */
import { groupName, Id, isSet } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { keep } from "../linux/descriptors";
import { EADDRINUSE, EAGAIN, EBUSY } from "../linux/errno";
import { own } from "../linux/hierarchy";
import { claim, remove, removeNested } from "../linux/ownership";
import { copy, find, length, startsWith } from "../text/bytes";
import { decimal } from "../text/number";

/** How many names to try when the first ones are taken. */
const NAMES: i32 = 256;
/** How many passes `remove` and `removeNested` may take: together they remove more groups than any real program creates. */
const REMOVALS: i32 = 64;

/** The hierarchies of v1 that a limit may need: memory, cpu and pids. */
const HIERARCHIES: i32 = 3;
/** The directories of the created groups, one after another; an empty text ends the list. */
export const groups: usize = zeroed(HIERARCHIES * cgroup.DIRECTORY_BYTES + 1);
/** The directory of the group that `makeGroup` last created or found. */
export let group: usize = 0;
/** A descriptor of the first group, or below 0. */
export let firstFd: i32 = -1;

/** Whether a group is a direct child of our own group. */
function isInOwn(directory: usize): bool {
  const name = directory + length(own);
  return startsWith(directory, own) && load<u8>(name) === char("/") && find(name + 1, char("/")) === 0;
}

/** The program's group within our own group, if it was created; otherwise the empty text that ends the list. */
export function madeInOwn(): usize {
  checkRoom(groups, endOf(groups));
  let at = groups;
  while (load<u8>(at) !== 0 && !isInOwn(at)) at += length(at) + 1;
  return at;
}

/**
 * Creates a group within our own for our exclusive use: NAME, or if that is taken and `isFixed` is false, NAME-2 and so on.
 * Its directory is in `cgroup.path`. Returns a descriptor that keeps the group ours, or a negated errno.
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

/** Creates the program's group within our own, unless it exists already. Returns 0 or a negated errno. */
export function makeGroup(): i32 {
  group = madeInOwn();
  if (load<u8>(group) !== 0) return 0;
  const fd = claimIn(groupName, isSet(Id.CGROUP));
  if (fd < 0) return fd;
  if (group === groups) firstFd = fd;
  keep(fd);
  check(length(cgroup.path) < cgroup.DIRECTORY_BYTES);
  // The list still ends with an empty text.
  copy(group, endOf(groups) - 1, cgroup.path);
  return 0;
}

/** Removes the empty groups that the program created in its own: its next life finds them as the first one did. */
export function emptyGroups(): void {
  for (let at = groups; load<u8>(at) !== 0; at += length(at) + 1)
    for (let i = 0; i < REMOVALS && removeNested(at) === -EAGAIN; i++);
}

/**
 * Removes the program's groups and everything in them; `isGone` if the first one is gone already. Returns 0, or a negated
 * errno if one could not be removed.
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
