/** Reaping: handles each child that ended or stopped. What follows from an end is decided in ending.ts. */
import { get, Id, Wait } from "../config/config";
import { CLD_EXITED, CLD_STOPPED, CLD_TRAPPED, WEXITED, WNOHANG, WUNTRACED } from "../linux/constants";
import { ECHILD, EINTR, ESRCH } from "../linux/errno";
import * as host from "../linux/host";
import { SIGKILL, SIGTRAP } from "../linux/signals";
import { SIGNAL_INFO_BYTES, SignalInfo } from "../linux/structs";
import { Log, report, reportOne } from "../report/report";
import { explainDeath } from "./death";
import { dropHeld } from "./forwarding";
import { mainChildStopped } from "./jobcontrol";
import { supervisee } from "./supervisee";

/** How a child changed state. */
const change: SignalInfo = changetype<SignalInfo>(zeroed(SIGNAL_INFO_BYTES, SignalInfo));

/** After how many failures in a row waitid(2) counts as broken. */
const FAILURES: i32 = 3;
/** After how many interruptions in a row it counts as a failure: all signals are blocked, so hardly anything interrupts it. */
const INTERRUPTIONS: i32 = 1000;
/** How many changes are handled at a time: orphans that die without pause must not delay a stop signal or a deadline. */
const CHANGES: i32 = 1024;
/** How many times that is repeated at the end of a run. What is dead even then is left to the kernel, or our parent. */
const LAST_TIMES: i32 = 64;

/** There may be more dead children than were reaped at a time. */
let behind: bool = false;

/** Remembers and reports how the main child ended. */
function mainChildEnded(): void {
  supervisee.ended = true;
  supervisee.stopped = false;
  dropHeld();
  let exitCode = 0;
  supervisee.deathSignal = 0;
  const exited = change.code === CLD_EXITED;
  if (exited) {
    exitCode = change.status;
    reportOne(Log.CHILD_EXITED, exitCode);
  } else {
    const signal = change.status;
    exitCode = 128 + signal;
    supervisee.deathSignal = signal;
    reportOne(Log.CHILD_KILLED, signal);
  }
  supervisee.exitCode = exitCode;
  // A shell exits with this code when its child was killed.
  const isSuspicious = exitCode === 128 + SIGKILL && !supervisee.killed;
  explainDeath(isSuspicious && !exited, isSuspicious);
}

/** Reports that an adopted process is dead; its exit code may be the last one, which counts with --wait=last. */
function orphanEnded(pid: i32): void {
  if (supervisee.ended && get(Id.WAIT) === Wait.LAST)
    supervisee.exitCode = change.code === CLD_EXITED ? change.status : 128 + change.status;
  reportOne(get(Id.WARN_ON_REAP) ? Log.ZOMBIE_REAPED : Log.ORPHAN_REAPED, pid);
}

/**
 * Detaches from a traced process: PTRACE_TRACEME makes the parent the tracer, which may be us. The process gets the signal that
 * it stopped for; but a SIGTRAP only tells a debugger that the process called execve.
 */
function letGo(pid: i32): void {
  const signal = change.status & 0xff;
  const result = host.ptraceDetach(pid, signal === SIGTRAP ? 0 : signal);
  if (result < 0 && result !== -ESRCH) reportOne(Log.TRACEE_STAYS_STOPPED, result);
}

/** A process has ended and was reaped. */
function ended(pid: i32): void {
  supervisee.reaped++;
  // Later, another process may have the main child's pid.
  if (pid === supervisee.child && !supervisee.ended) mainChildEnded();
  else orphanEnded(pid);
}

/** A process changed its state, as described in `change`. */
function changed(pid: i32): void {
  if (change.code === CLD_TRAPPED) {
    letGo(pid);
  } else if (change.code === CLD_STOPPED) {
    if (pid === supervisee.child && !supervisee.ended) mainChildStopped(change.status);
  } else {
    ended(pid);
  }
}

/**
 * Reaps what is dead, or waits until the main child is. False if waitid(2) keeps failing, so that the state of the main child
 * cannot be known.
 */
function reap(options: i32): bool {
  const waits = (options & WNOHANG) === 0;
  let failures = 0;
  let interruptions = 0;
  behind = false;
  for (let changes = 0; waits || changes < CHANGES; changes++) {
    const pid = host.waitid(changetype<usize>(change), options);
    supervisee.childless = pid === -ECHILD;
    if (pid === 0) return true;
    if (pid > 0) {
      failures = 0;
      interruptions = 0;
      changed(pid);
      if (supervisee.ended && waits) return true;
      continue;
    }
    if (pid === -EINTR && ++interruptions < INTERRUPTIONS) continue;
    if (supervisee.ended || (pid === -ECHILD && supervisee.child <= 0)) return true;
    if (++failures < FAILURES) continue;
    if (pid === -ECHILD) report(Log.EXIT_CODE_LOST);
    else reportOne(Log.CHILD_NOT_WAITED_FOR, pid);
    return false;
  }
  behind = true;
  return true;
}

/** Whether more may be dead than were reaped at a time. No further SIGCHLD announces them. */
export function isBehind(): bool {
  return behind;
}

/** Reaps what is dead at the end of a run. */
export function reapRest(): void {
  for (let i = 0; i < LAST_TIMES && behind; i++) reap(WNOHANG | WEXITED | WUNTRACED);
}

/** Reaps what is dead by now, or the first of many (`isBehind`). False if the state of the main child cannot be known. */
export function reapDead(): bool {
  return reap(WNOHANG | WEXITED | WUNTRACED);
}

/** If waiting for signals fails: waits until the main child is dead. False if its state cannot be known. */
export function reapUntilEnd(): bool {
  return reap(WEXITED | WUNTRACED);
}
