/** Explains why a file may not be executed: its mode, a directory above it, its mount, or capabilities that it needs. */
import { CAPABILITIES, CAPABILITY_NAMES } from "../linux/capabilities";
import { O_CLOEXEC, O_PATH, PR_CAPBSET_READ, X_OK } from "../linux/constants";
import { EACCES } from "../linux/errno";
import * as host from "../linux/host";
import {
  STATFS_BYTES,
  STATFS_FLAGS,
  ST_NOEXEC,
  STATX_ATTRIBUTES,
  STATX_ATTR_MOUNT_ROOT,
  STATX_BYTES,
} from "../linux/structs";
import { appendOne, appendTwo } from "../report/report";
import { length } from "../text/bytes";
import * as line from "../text/line";
import { Buffer, Message, Readable, UserBytes } from "../text/views";

/** The kernel's data about a file or its file system. */
const status: Buffer = zeroedCold(max(STATX_BYTES, STATFS_BYTES));

function isNoExec(file: UserBytes): bool {
  return host.statfs(file, status) === 0 && (load<u64>(status + STATFS_FLAGS) & ST_NOEXEC) !== 0;
}

function isMountPoint(directory: Readable): bool {
  const fd = host.open(directory, O_PATH | O_CLOEXEC);
  if (fd < 0) return false;
  const result = host.statx(fd, status);
  host.close(fd);
  // The attribute exists since Linux 5.8. Before, nothing counts as a mount point, and the message does not name it.
  return result === 0 && (load<u64>(status + STATX_ATTRIBUTES) & STATX_ATTR_MOUNT_ROOT) !== 0;
}

/** Appends the mount point above `file` that is mounted with noexec, or "its file system" if it is not found. */
function putMount(file: UserBytes): void {
  for (let at = file + length(file) - 1; at > file; at--) {
    if (load<u8>(at) !== char("/")) continue;
    store<u8>(at, 0);
    const found = isMountPoint(file) && isNoExec(file);
    if (found) line.quotedText(file);
    store<u8>(at, <u8>char("/"));
    if (found) return;
  }
  line.put(message("its file system"));
}

/**
 * Appends why `file` may not be executed; `role` is what it is to the program, or 0 for the program itself. Returns false
 * if no reason is found: then a security module may be the reason.
 */
export function putObstacle(file: UserBytes, role: Message): bool {
  for (let at = file + 1; load<u8>(at) !== 0; at++) {
    if (load<u8>(at) !== char("/")) continue;
    store<u8>(at, 0);
    const closed = host.access(file, X_OK) === -EACCES;
    if (closed) appendOne(message(": the directory {path} may not be searched"), file);
    store<u8>(at, <u8>char("/"));
    if (closed) return true;
  }
  if (host.access(file, X_OK) !== -EACCES) return false;
  line.put(message(": "));
  if (isNoExec(file)) {
    putMount(file);
    line.put(message(" is mounted with noexec"));
    return true;
  }
  if (role === 0) line.put(message("it"));
  else appendTwo(message("{text}{path}"), role, file);
  line.put(message(" is not executable (chmod +x)"));
  return true;
}

/** struct vfs_cap_data, version 2; version 3 has a user id at the end. Its permitted set. */
const FILE_CAPABILITIES_BYTES: i32 = 20;
const PERMITTED_LOW: usize = 4;
const PERMITTED_HIGH: usize = 12;

/** Appends which capabilities of `file` are missing from the bounding set, and what to do. Returns false if there are none. */
export function putMissingCapabilities(file: UserBytes): bool {
  if (host.getxattr(file, cString("security.capability"), status, 24) < FILE_CAPABILITIES_BYTES) return false;
  const low = <u64>load<u32>(status + PERMITTED_LOW);
  const permitted = low | ((<u64>load<u32>(status + PERMITTED_HIGH)) << 32);
  let found = false;
  for (let number = 0; number < CAPABILITIES; number++) {
    if (((permitted >> (<u64>number)) & 1) === 0 || host.prctl(PR_CAPBSET_READ, number) !== 0) continue;
    line.put(found ? message(", ") : message(": the file has capabilities that are not allowed here: "));
    line.choice(line.template(CAPABILITY_NAMES), number);
    found = true;
  }
  if (found) line.put(message(" (start the container with --cap-add, or remove them with setcap -r)"));
  return found;
}
