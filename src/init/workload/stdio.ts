/**
 * The standard descriptors of a program that runs as another user. It has them open, whosever they are; but many programs open
 * /dev/stdout or /dev/stderr again, links to /proc/self/fd, and for that the kernel looks at the owner of what is open there:
 * a pipe has mode 0600 (fs/pipe.c). runc gives it to the USER of an image (fixStdioPermissions), and login(1) the terminal.
 */
import { EPERM } from "../linux/errno";
import { FIRST_OTHER, PIPEFS_MAGIC } from "../linux/constants";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { STATFS_BYTES, STATFS_TYPE, STATX_BYTES, STATX_USER } from "../linux/structs";
import { foreground } from "../linux/terminal";
import { Log, reportOne } from "../report/report";
import { copy } from "../text/bytes";
import { scratch } from "../text/scratch";
import { Buffer, Text } from "../text/views";
import { isUser } from "./credentials";

const DIRECTORY: Text = cString("/proc/self/fd/");

/** A `struct statx` or a `struct statfs`. */
const status: Buffer = zeroedCold(max(STATX_BYTES, STATFS_BYTES));

/** Whether a descriptor is a pipe without a name. A named one is a file that others find, and stays whose it is. */
function isPipe(fd: i32): bool {
  const end = copy(scratch, endOf(scratch), DIRECTORY);
  store<u16>(end, <u16>(char("0") + fd));
  return host.statfs(scratch, status) === 0 && load<u64>(status + STATFS_TYPE) === PIPEFS_MAGIC;
}

/** Whether a descriptor is a terminal that ends with us: that of the session which we lead as PID 1, as with `docker run -t`. */
function isOurTerminal(fd: i32): bool {
  return ourselves.pid === 1 && host.getsid(0) === 1 && foreground(fd) >= 0;
}

/** Gives what is ours to a user. Returns 0 or a negated errno: EPERM if it is neither ours nor the user's. */
function give(fd: i32, user: u32): i32 {
  const known = host.statx(fd, status);
  if (known < 0) return known;
  const owner = load<u32>(status + STATX_USER);
  if (owner === user) return 0;
  return isUser(owner) ? host.fchown(fd, user) : -EPERM;
}

/** Gives the pipes and the terminal among the standard descriptors to the program's user. A failure is only logged. */
export function giveStandardDescriptors(user: u32): void {
  let failure = 0;
  for (let fd = 0; fd < FIRST_OTHER; fd++) {
    if (!isPipe(fd) && !isOurTerminal(fd)) continue;
    const result = give(fd, user);
    if (result < 0) failure = result;
  }
  if (failure < 0) reportOne(Log.NOT_OPENED_AGAIN, failure);
}
