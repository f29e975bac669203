/** The groups that we make for the program: one in version 2, one in each hierarchy that is needed in version 1. */
import { groupName } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { own } from "../linux/hierarchy";
import { copy, length, same } from "../text/bytes";

/** Their directories, one behind the other, an empty one at the end. */
export const groups: usize = zeroed(4000);
/** The one that was made, or was there already, last. */
export let group: usize = 0;

/** Makes the program's group in our own, unless that is done. Returns 0 or a negated errno. */
export function makeGroup(): i32 {
  cgroup.join(own, groupName);
  group = groups;
  for (; load<u8>(group) !== 0; group += length(group) + 1) if (same(group, cgroup.path)) return 0;
  const result = cgroup.make();
  if (result === 0) copy(group, cgroup.path);
  return result;
}

/**
 * Removes them, with what the program made in them; the first is gone already where `isGone`. Returns 0, or a negated
 * errno where that is not to be had.
 */
export function removeGroups(isGone: bool): i32 {
  let result = 0;
  for (let at = isGone ? groups + length(groups) + 1 : groups; load<u8>(at) !== 0;) {
    const size = length(at) + 1;
    const removed = cgroup.remove(at);
    if (removed < 0) result = removed;
    at += size;
  }
  store<u8>(groups, 0);
  return result;
}
