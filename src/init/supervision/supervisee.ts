/**
 * What the supervision has learnt of the program. What the user wants stands in config, what the kernel said of ourselves in
 * linux/ourselves.ts.
 */

@unmanaged
export class Supervisee {
  /** The control groups that were made for it, as `made` of limits tells them; 0 where there are none, or they are gone. */
  cgroupPaths: usize = 0;
  /** The main child; 0 where there is none (--pause). */
  child: i32 = 0;
  /** What we exit with for the way it ended, before --remap-exit. */
  exitCode: i32 = 0;
  /** The signal that killed it; 0 where it exited. */
  deathSignal: i32 = 0;
  /** It leads a process group of its own. */
  leadsGroup: bool = false;
  /** It is dead, and reaped. */
  ended: bool = false;
  /** We have no child at all, as waitid(2) said when it was asked last. */
  childless: bool = false;
  /** We sent it SIGKILL. */
  killed: bool = false;
  /** It is stopped, and SIGCONT will find it so. */
  stopped: bool = false;
  /** We passed a stop signal of job control on to it ourselves. */
  askedToStop: bool = false;
  /** It belongs in the terminal's foreground where our job is there: the keys are the program's. Else they come to us. */
  hasKeys: bool = false;
  /** We gave the terminal up for its session: the keys are the program's, whatever it does. */
  gaveTerminal: bool = false;
}
export const supervisee: Supervisee = changetype<Supervisee>(zeroed(Supervisee));

/** Who gets signals that are about the whole job, for kill(2): the program's process group where it has its own, else the program. */
export function job(): i32 {
  return supervisee.leadsGroup ? -supervisee.child : supervisee.child;
}

/** Whether there is a main child that lives. */
export function lives(): bool {
  return supervisee.child > 0 && !supervisee.ended;
}

/** Forgets the life before: the main child has just been started. */
export function beginLife(): void {
  supervisee.ended = false;
  supervisee.killed = false;
  supervisee.stopped = false;
  supervisee.askedToStop = false;
}
