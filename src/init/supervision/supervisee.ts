/**
 * What is known about the program. The user's settings are in config, what is known about our own process is in
 * linux/ourselves.ts.
 */

@unmanaged
export class Supervisee {
  /** The control groups that were created for it, as `made` of limits returns them; 0 if there are none, or they are gone. */
  cgroupPaths: usize = 0;
  /** The pid of the main child; 0 if there is none (--pause). */
  child: i32 = 0;
  /** The exit code for the way it ended, before --remap-exit. */
  exitCode: i32 = 0;
  /** The signal that killed it; 0 if it exited. */
  deathSignal: i32 = 0;
  /** The number of processes reaped, of signals forwarded, and of restarts. */
  reaped: i32 = 0;
  forwarded: i32 = 0;
  restarts: i32 = 0;
  /** The last stop signal received; 0 if none. */
  stopSignal: i32 = 0;
  /** It leads a process group of its own. */
  leadsGroup: bool = false;
  /** It is dead, and reaped. */
  ended: bool = false;
  /** We have no children at all, according to the last waitid(2). */
  childless: bool = false;
  /** We sent it SIGKILL. */
  killed: bool = false;
  /** It is stopped, and needs a SIGCONT. */
  stopped: bool = false;
  /** We forwarded a stop signal of job control to it. */
  askedToStop: bool = false;
  /** It is to be in the terminal's foreground whenever our job is, and receives the keys; otherwise we do. */
  hasKeys: bool = false;
  /** We gave up the terminal for its session: it always receives the keys. */
  gaveTerminal: bool = false;
  /** It ended because of an OOM kill. */
  outOfMemory: bool = false;
  /** The control groups are kept until the end of the run, for their figures. */
  keepsGroups: bool = false;
}
export const supervisee: Supervisee = changetype<Supervisee>(zeroed(Supervisee));

/** The target of signals for the whole job, for kill(2): the program's process group if it has its own, otherwise the program. */
export function job(): i32 {
  return supervisee.leadsGroup ? -supervisee.child : supervisee.child;
}

/** Whether the main child is alive. */
export function lives(): bool {
  return supervisee.child > 0 && !supervisee.ended;
}

/** Resets the state of the last life: the main child has just been started. */
export function beginLife(): void {
  supervisee.ended = false;
  supervisee.killed = false;
  supervisee.stopped = false;
  supervisee.askedToStop = false;
}
