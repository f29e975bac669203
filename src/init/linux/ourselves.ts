/** What the kernel tells of ourselves at the start. */
import * as host from "./host";
import { findTerminal, giveUp } from "./terminal";

/** It stays as it was learnt; only the terminal may be given up. */
@unmanaged
export class Ourselves {
  pid: i32 = 0;
  /** Our process group and session, where we have a terminal; 0 where they lie outside our PID namespace. */
  processGroupId: i32 = 0;
  sessionId: i32 = 0;
  /** Our parent, where anybody asked for it; 0 where it lies outside our PID namespace. */
  parent: i32 = 0;
  /** Our controlling terminal, a descriptor; below 0 where there is none. */
  terminal: i32 = 0;
}
export const ourselves: Ourselves = changetype<Ourselves>(zeroed(Ourselves));

/** Learns our pid, and nothing of a terminal. */
export function learnPid(): void {
  ourselves.pid = host.getpid();
  ourselves.terminal = -1;
}

/** Learns our parent. */
export function learnParent(): void {
  ourselves.parent = host.getppid();
}

/** Whether the parent is another one than at the start. */
export function isOrphan(): bool {
  return host.getppid() !== ourselves.parent;
}

/** Finds our terminal, and learns who we are on it. */
export function learnTerminal(): void {
  ourselves.terminal = findTerminal();
  if (ourselves.terminal < 0) return;
  ourselves.processGroupId = host.getpgid(0);
  ourselves.sessionId = host.getsid(0);
}

/** Whether we lead our session, as `docker run -t` has it. */
export function leadsSession(): bool {
  return ourselves.sessionId === ourselves.pid;
}

/** Gives our terminal up. */
export function giveUpOurs(): void {
  giveUp(ourselves.terminal);
  ourselves.terminal = -1;
}
