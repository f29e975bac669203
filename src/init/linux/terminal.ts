/**
 * The controlling terminal. No failure here is fatal: a terminal may hang up at any moment.
 * The kernel does not stop us for changing it from the background, because SIGTTOU is blocked.
 */
import {
  FIRST_OTHER,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
  TIOCGPGRP,
  TIOCNOTTY,
  TIOCSCTTY,
  TIOCSPGRP,
} from "./constants";
import * as host from "./host";

const group: usize = zeroed(sizeof<i32>());

/** The foreground process group, 0 for one outside our PID namespace; below 0 if `fd` is not our controlling terminal. */
export function foreground(fd: i32): i32 {
  const result = host.ioctl(fd, TIOCGPGRP, group);
  return result < 0 ? result : load<i32>(group);
}

/** Makes a group the foreground process group. Returns 0 or a negated errno. */
export function setForeground(fd: i32, to: i32): i32 {
  store<i32>(group, to);
  return host.ioctl(fd, TIOCSPGRP, group);
}

/**
 * A descriptor of our controlling terminal: a standard one, or a new one of /dev/tty if all three are redirected.
 * Below 0 if we have no controlling terminal.
 */
export function findTerminal(): i32 {
  for (let fd = 0; fd < FIRST_OTHER; fd++) if (foreground(fd) >= 0) return fd;
  const fd = host.open(cString("/dev/tty"), O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0 || fd >= FIRST_OTHER) return fd;
  // A standard descriptor was closed, and stays so: otherwise output meant for it would go to the terminal.
  host.close(fd);
  return -1;
}

/** Gives up the controlling terminal. If we are the session leader, we get SIGHUP and SIGCONT for it, with ourselves as the sender. */
export function giveUp(fd: i32): void {
  host.ioctl(fd, TIOCNOTTY, 0);
}

/** Gives up the terminal that `takeTerminal` took. */
export function giveUpTaken(): void {
  for (let fd = 0; fd < FIRST_OTHER; fd++) if (foreground(fd) >= 0) giveUp(fd);
}

/** Makes the first standard descriptor that is a free terminal the controlling terminal of our session. */
export function takeTerminal(): void {
  for (let fd = 0; fd < FIRST_OTHER; fd++) if (host.ioctl(fd, TIOCSCTTY, 0) === 0) return;
}
