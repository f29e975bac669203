/** Control groups that are ours: made for us alone, and removed with all that is in them. */
import * as cgroup from "./cgroup";
import { LOCK_EX, LOCK_NB, O_CLOEXEC, O_RDONLY } from "./constants";
import { EADDRINUSE, EAGAIN, EBUSY, EEXIST, ENOENT } from "./errno";
import { isVersion1 } from "./hierarchy";
import * as host from "./host";
import { at, DIRECTORY_ENTRY_NAME, DirectoryEntry, DT_DIR } from "./structs";
import { copy, length, same } from "../text/bytes";
import { LONG_BYTES, scratch } from "../text/scratch";

/** So many groups are looked at in one go: whoever makes them for ever must not hold us up. */
const MOST_GROUPS: i32 = 500;
/** So often a group is made that others remove meanwhile. */
const ATTEMPTS: i32 = 8;

/** How many bytes of entries are in `scratch`, and how many of them were looked at. */
let size: i32 = 0;
let offset: i32 = 0;

/** The name of the next group in the one that `fd` is open on, 0 where there is no other. */
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
    if (at<DirectoryEntry>(entry).type === DT_DIR && !same(name, cString(".")) && !same(name, cString("..")))
      return name;
  }
  return 0;
}

/** Begins to read another directory. */
function rewind(): void {
  size = 0;
  offset = 0;
}

/**
 * Removes the groups in the one that `top` is open on, the deepest first, by descriptors: neither depth nor names matter.
 * Returns 0 or a negated errno: EBUSY where processes are in one of them, EAGAIN where there are too many for one go.
 */
function removeWithin(top: i32): i32 {
  let fd = top;
  let depth = 0;
  // Nothing was found in the group that we have come down to.
  let isFresh = false;
  let result = -EAGAIN;
  rewind();
  for (let looked = 0; looked < MOST_GROUPS && result === -EAGAIN; looked++) {
    const name = nextGroup(fd);
    let next = fd;
    if (name === 0) {
      if (depth === 0) result = 0;
      // It could not be removed, and not for what is in it: so processes are.
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

/** Removes all groups in a group, which stays itself. Returns as `remove` does. */
export function removeNested(directory: usize): i32 {
  const fd = host.open(directory, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const result = removeWithin(fd);
  host.close(fd);
  return result;
}

/** Whether processes are in a group of version 2, or in one within it. Version 1 has no word for that. */
function isInhabited(directory: usize): bool {
  return (
    !isVersion1 && cgroup.read(directory, message("cgroup.events")) === 0 && cgroup.keyed(cString("populated ")) !== 0
  );
}

/**
 * Removes a group, with all groups in it. Returns 0, also where it is gone already, or a negated errno: EBUSY where
 * processes are in one of them, EAGAIN where there is more to remove.
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
 * Makes the group at `cgroup.path` ours alone, for as long as the descriptor of its directory is open that is returned. A
 * lock says so (flock(2)), which ends with us, however we end. An empty group that nobody has was left by an init that was
 * killed: it is removed with all that is in it, and made anew. Returns a negated errno: EADDRINUSE where another has it,
 * EBUSY where processes are in it.
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
    // Where there are no locks, that it was not there says enough.
    let result = host.flock(fd, LOCK_EX | LOCK_NB) === -EAGAIN ? -EADDRINUSE : 0;
    // Whoever had the lock before may have removed it, and there is another of its name.
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

/** Whether the group that a descriptor is open on is no more. */
function isRemoved(fd: i32): bool {
  const procs = host.openat(fd, cString("cgroup.procs"), O_RDONLY | O_CLOEXEC);
  if (procs >= 0) host.close(procs);
  return procs === -ENOENT;
}
