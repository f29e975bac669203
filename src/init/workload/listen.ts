/**
 * Sockets that somebody opened for us and our program (sd_listen_fds(3)): LISTEN_PID, and LISTEN_PIDFDID where it is
 * given, name the process that they are for. Where that is us, it becomes the program.
 */
import { findEntry } from "../linux/environment";
import * as host from "../linux/host";
import { STATX_INODE } from "../linux/structs";
import { same } from "../text/bytes";
import { decimal } from "../text/number";

/** A variable's name is at most 15 bytes with its `=`, a 64-bit number at most 20. */
const ENTRY_BYTES: i32 = 40;
const PID_NAME: i32 = 11;
const PIDFD_NAME: i32 = 15;

const pidEntry: usize = zeroed(40);
const pidfdEntry: usize = zeroed(40);
const status: usize = zeroed(256);

/** Makes entry `index`, whose name has `nameBytes` bytes, say `now` where it says `before`. `entry` holds it from then on. */
function replace(index: i32, entry: usize, nameBytes: i32, before: u64, now: u64): void {
  const size = host.readEnvironment(index, 0, entry, ENTRY_BYTES - 1);
  store<u8>(entry + size, 0);
  decimal(status, before);
  if (!same(entry + nameBytes, status)) return;
  decimal(entry + nameBytes, now);
  host.replaceEnvironment(index, entry);
}

/** The number by which the kernel knows a process for ever: its pidfd's inode (Linux 6.9). 0 where it has none. */
function pidfdId(pid: i32): u64 {
  const fd = host.pidfd_open(pid, 0);
  if (fd < 0) return 0;
  const result = host.statx(fd, status);
  host.close(fd);
  return result < 0 ? 0 : load<u64>(status + STATX_INODE);
}

/** Makes the two variables name the child, which is the caller, where they name `self`. */
export function nameChild(self: i32): void {
  const pidIndex = findEntry(text("LISTEN_PID="), PID_NAME);
  if (pidIndex >= 0) replace(pidIndex, pidEntry, PID_NAME, self, host.getpid());
  const pidfdIndex = findEntry(text("LISTEN_PIDFDID="), PIDFD_NAME);
  if (pidfdIndex < 0) return;
  const before = pidfdId(self);
  const now = pidfdId(host.getpid());
  if (before !== 0 && now !== 0) replace(pidfdIndex, pidfdEntry, PIDFD_NAME, before, now);
}
