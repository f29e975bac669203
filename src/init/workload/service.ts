/**
 * A service manager's variables name the process that it started, which is us, but they are meant for the program:
 * - LISTEN_PID, and LISTEN_PIDFDID if set: the process that the open sockets are for (sd_listen_fds(3));
 * - WATCHDOG_PID: the process that has to report that it is alive (sd_watchdog_enabled(3));
 * - SYSTEMD_EXEC_PID: the process that systemd itself started (systemd.exec(5)).
 * Those that name us are changed to name the program. MAINPID and MANAGERPID never name the process that gets them.
 */
import { findEntry } from "../linux/environment";
import * as host from "../linux/host";
import { STATX_BYTES, STATX_INODE } from "../linux/structs";
import { same } from "../text/bytes";
import { decimal, NUMBER_BYTES } from "../text/number";
import { Buffer, Text } from "../text/views";

/** The longest of these names with its `=`, and that of LISTEN_PIDFDID. */
const NAME_BYTES: i32 = 17;
const PIDFD_NAME: i32 = 15;
const ENTRY_BYTES: i32 = NAME_BYTES + NUMBER_BYTES;

/** The changed entries. */
const listenEntry: Buffer = zeroed(ENTRY_BYTES);
const pidfdEntry: Buffer = zeroed(ENTRY_BYTES);
const watchdogEntry: Buffer = zeroed(ENTRY_BYTES);
const startedEntry: Buffer = zeroed(ENTRY_BYTES);
/** A `struct statx`, or a number in decimal. */
const status: Buffer = zeroedCold(STATX_BYTES);

/** Replaces the value of entry `index`, whose name with `=` has `nameBytes` bytes, by `now` if it is `before`. The new entry is kept in `entry`. */
function replace(index: i32, entry: Buffer, nameBytes: i32, before: u64, now: u64): void {
  check(nameBytes <= NAME_BYTES);
  checkRoom(entry, entry + ENTRY_BYTES);
  const size = host.readEnvironment(index, 0, entry, ENTRY_BYTES - 1);
  store<u8>(entry + size, 0);
  decimal(status, before);
  if (!same(entry + nameBytes, status)) return;
  decimal(entry + nameBytes, now);
  host.replaceEnvironment(index, entry);
}

/** The number of a process that is never reused: the inode of its pidfd (Linux 6.9). 0 if it has none. */
function pidfdId(pid: i32): u64 {
  const fd = host.pidfd_open(pid, 0);
  if (fd < 0) return 0;
  const result = host.statx(fd, status);
  host.close(fd);
  return result < 0 ? 0 : load<u64>(status + STATX_INODE);
}

/** If the variable `name`, which has `nameBytes` bytes with its `=`, is `self`, sets it to the caller's pid. */
function nameIn(name: Text, nameBytes: i32, entry: Buffer, self: i32): void {
  const index = findEntry(name, nameBytes);
  if (index >= 0) replace(index, entry, nameBytes, self, host.getpid());
}

/** Changes the variables that name `self`, the init, to name the caller, which is the child. */
export function nameChild(self: i32): void {
  nameIn(cString("LISTEN_PID="), 11, listenEntry, self);
  nameIn(cString("WATCHDOG_PID="), 13, watchdogEntry, self);
  nameIn(cString("SYSTEMD_EXEC_PID="), 17, startedEntry, self);
  const pidfdIndex = findEntry(cString("LISTEN_PIDFDID="), PIDFD_NAME);
  if (pidfdIndex < 0) return;
  const before = pidfdId(self);
  const now = pidfdId(host.getpid());
  if (before !== 0 && now !== 0) replace(pidfdIndex, pidfdEntry, PIDFD_NAME, before, now);
}
