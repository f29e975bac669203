/** Control groups for our exclusive use: created, and removed with all groups in them. */
import * as cgroup from "./cgroup";
import { LOCK_EX, LOCK_NB, O_CLOEXEC, O_RDONLY } from "./constants";
import { EADDRINUSE, EAGAIN, EBUSY, EEXIST, ENOENT } from "./errno";
import { isVersion1 } from "./hierarchy";
import * as host from "./host";
import { at, DIRECTORY_ENTRY_NAME, DirectoryEntry, DT_DIR } from "./structs";
import { copy, length, same } from "../text/bytes";
import { LONG_BYTES, scratch } from "../text/scratch";

/** How many groups one call looks at: a program that creates them for ever must not hold us up. */
const MOST_GROUPS: i32 = 500;
/** How often to create a group that others keep removing. */
const ATTEMPTS: i32 = 8;

/** The bytes of directory entries in `scratch`, and the offset of the next entry. */
let size: i32 = 0;
let offset: i32 = 0;

/** The name of the next group in the one that `fd` is open on; 0 if there are no more. */
function nextGroup(fd: i32): usize {
  for (let reads = 0; reads < MOST_GROUPS;) {
    if (offset >= size) {
      size = host.getdents64(fd, scratch, LONG_BYTES);
      offset = 0;
      if (size <= 0) return 0;
      reads++;
    }
    const entry = scratch + offset;
    const name = entry + DIRECTORY_ENTRY_NAME;
    offset += max<i32>(at<DirectoryEntry>(entry).length, 1);
    // The kernel returns whole entries; anything after them is an older text.
    check(offset <= size);
    if (at<DirectoryEntry>(entry).type === DT_DIR && !same(name, cString(".")) && !same(name, cString("..")))
      return name;
  }
  return 0;
}

/** Starts reading another directory. */
function rewind(): void {
  size = 0;
  offset = 0;
}

/**
 * Removes the groups in the one that `top` is open on, the deepest first. It walks by descriptors, so that no path can get too
 * long. Returns 0 or a negated errno: EBUSY if processes are in one of them, EAGAIN if there are too many for one call.
 */
function removeWithin(top: i32): i32 {
  let fd = top;
  let depth = 0;
  // We have just descended into this group, so it has no groups if none is found.
  let isFresh = false;
  let result = -EAGAIN;
  rewind();
  for (let looked = 0; looked < MOST_GROUPS && result === -EAGAIN; looked++) {
    const name = nextGroup(fd);
    let next = fd;
    if (name === 0) {
      if (depth === 0) result = 0;
      // It could not be removed, but has no groups in it: so it has processes.
      else if (isFresh) result = -EBUSY;
      else next = host.openat(fd, cString(".."), O_RDONLY | O_CLOEXEC);
      depth--;
    } else {
      const removed = host.unlinkat(fd, name);
      if (removed === -EBUSY) {
        next = host.openat(fd, name, O_RDONLY | O_CLOEXEC);
        if (next === -ENOENT) next = fd;
        else depth++;
      } else if (removed < 0 && removed !== -ENOENT) result = removed;
    }
    isFresh = name !== 0 && next !== fd;
    if (next === fd) continue;
    if (fd !== top) host.close(fd);
    fd = next;
    rewind();
    if (fd < 0) return fd;
  }
  if (fd !== top) host.close(fd);
  return result;
}

/** Removes all groups in a group, but not the group itself. Returns the same as `remove`. */
export function removeNested(directory: usize): i32 {
  const fd = host.open(directory, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const result = removeWithin(fd);
  host.close(fd);
  return result;
}

/** Whether processes are in a v2 group, or in one within it. cgroup v1 has no file that says so. */
function isInhabited(directory: usize): bool {
  return (
    !isVersion1 && cgroup.read(directory, message("cgroup.events")) === 0 && cgroup.keyed(cString("populated ")) !== 0
  );
}

/**
 * Removes a group, with all groups in it. Returns 0, also if it is gone already, or a negated errno: EBUSY if processes are
 * in one of them, EAGAIN if there is more to remove.
 */
export function remove(directory: usize): i32 {
  let removed = host.rmdir(directory);
  if (removed === -EBUSY && !isInhabited(directory)) {
    const within = removeNested(directory);
    cgroup.nameGroup(directory);
    if (within < 0) return within;
    removed = host.rmdir(directory);
  }
  cgroup.nameGroup(directory);
  return removed === -ENOENT ? 0 : removed;
}

const claimed: usize = zeroed(cgroup.DIRECTORY_BYTES);

/**
 * Creates the group at `cgroup.path` for our exclusive use, as long as the returned descriptor of its directory is open: it
 * holds a lock (flock(2)), which ends with us, however we end. An existing empty group without a lock was left by an init that
 * was killed: it is removed with all that is in it, and created anew. Returns a negated errno on failure: EADDRINUSE if another
 * init has it, EBUSY if processes are in it.
 */
export function claim(): i32 {
  check(length(cgroup.path) < bytesOf(claimed));
  copy(claimed, endOf(claimed), cgroup.path);
  cgroup.nameGroup(claimed);
  for (let i = 0; i < ATTEMPTS; i++) {
    const made = host.mkdir(claimed);
    if (made < 0 && made !== -EEXIST) return made;
    const fd = host.open(claimed, O_RDONLY | O_CLOEXEC);
    if (fd === -ENOENT) continue;
    if (fd < 0) {
      if (made === 0) host.rmdir(claimed);
      return fd;
    }
    // On a file system without locks, it is enough that the group did not exist.
    let result = host.flock(fd, LOCK_EX | LOCK_NB) === -EAGAIN ? -EADDRINUSE : 0;
    // The last holder of the lock may have removed it, and another group may have its name by now.
    const isGone = result === 0 && isRemoved(fd);
    if (result === 0 && !isGone) {
      if (made === 0) return fd;
      result = remove(claimed);
    }
    host.close(fd);
    if (result < 0 && result !== -EAGAIN) return result;
  }
  return -EBUSY;
}

/** Whether the group that a descriptor is open on has been removed. */
function isRemoved(fd: i32): bool {
  const procs = host.openat(fd, cString("cgroup.procs"), O_RDONLY | O_CLOEXEC);
  if (procs >= 0) host.close(procs);
  return procs === -ENOENT;
}
