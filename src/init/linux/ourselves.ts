/** What the init learns about its own process at the start. */
import * as host from "./host";
import { findTerminal, giveUp } from "./terminal";

/** Set once at the start; only the terminal may be given up later. */
@unmanaged
export class Ourselves {
  pid: i32 = 0;
  /** Our process group and session, if we have a terminal; 0 if they are outside our PID namespace. */
  processGroupId: i32 = 0;
  sessionId: i32 = 0;
  /** Our parent, if `learnParent` was called; 0 if it is outside our PID namespace. */
  parent: i32 = 0;
  /** A descriptor of our controlling terminal, or below 0. */
  terminal: i32 = 0;
}
export const ourselves: Ourselves = changetype<Ourselves>(zeroed(Ourselves));

/** Learns our pid; the terminal is unknown as yet. */
export function learnPid(): void {
  ourselves.pid = host.getpid();
  ourselves.terminal = -1;
}

/** Learns our parent. */
export function learnParent(): void {
  ourselves.parent = host.getppid();
}

/** Whether our parent is a different one than at the start. */
export function isOrphan(): bool {
  return host.getppid() !== ourselves.parent;
}

/** Finds our terminal, and learns our process group and session. */
export function learnTerminal(): void {
  ourselves.terminal = findTerminal();
  if (ourselves.terminal < 0) return;
  ourselves.processGroupId = host.getpgid(0);
  ourselves.sessionId = host.getsid(0);
}

/** Whether we are the session leader, as with `docker run -t`. */
export function leadsSession(): bool {
  return ourselves.sessionId === ourselves.pid;
}

/** Gives our terminal up. */
export function giveUpOurs(): void {
  giveUp(ourselves.terminal);
  ourselves.terminal = -1;
}
