/** Reaps: learns of each process that ended or stopped. What follows from an end is decided elsewhere. */
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

/** How a child changed. */
const change: SignalInfo = changetype<SignalInfo>(zeroed(SIGNAL_INFO_BYTES, SignalInfo));

/** How often waitid(2) may fail in a row before we believe it. */
const FAILURES: i32 = 3;
/** So often in a row it may be interrupted before that: all signals are blocked, so hardly anything interrupts it at all. */
const INTERRUPTIONS: i32 = 1000;
/** So many changes are taken in one go: orphans that die without pause must not hold back a stop signal or a deadline. */
const CHANGES: i32 = 1024;
/** So many more times that is done at the end of a run. Who is dead then still, the kernel reaps, or our parent. */
const LAST_TIMES: i32 = 64;

/** There may be more of the dead than were reaped in one go. */
let behind: bool = false;

/** Remembers and tells how the main child ended. */
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

/** Tells of an adopted process that is dead; its exit code may be the last one, which counts with --wait=last. */
function orphanEnded(pid: i32): void {
  if (supervisee.ended && get(Id.WAIT) === Wait.LAST)
    supervisee.exitCode = change.code === CLD_EXITED ? change.status : 128 + change.status;
  reportOne(get(Id.WARN_ON_REAP) ? Log.ZOMBIE_REAPED : Log.ORPHAN_REAPED, pid);
}

/**
 * Lets a traced process go on: one that calls PTRACE_TRACEME makes its parent the tracer, which may be us. It gets the
 * signal that it stopped for; SIGTRAP is only the kernel's word to a debugger that it called execve.
 */
function letGo(pid: i32): void {
  const signal = change.status & 0xff;
  const result = host.ptraceDetach(pid, signal === SIGTRAP ? 0 : signal);
  if (result < 0 && result !== -ESRCH) reportOne(Log.TRACEE_STAYS_STOPPED, result);
}

/** One process changed its state, as `change` says. */
function changed(pid: i32): void {
  if (change.code === CLD_TRAPPED) {
    letGo(pid);
  } else if (change.code === CLD_STOPPED) {
    if (pid === supervisee.child && !supervisee.ended) mainChildStopped(change.status);
  } else if (pid === supervisee.child && !supervisee.ended) {
    // Another process may have its number later.
    mainChildEnded();
  } else {
    orphanEnded(pid);
  }
}

/**
 * Reaps what is dead, or waits until the main child is. False where the kernel does not tell, again and again, and the main
 * child cannot be known of.
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

/** Whether more may be dead than was reaped in one go. No SIGCHLD tells of them again. */
export function isBehind(): bool {
  return behind;
}

/** Reaps what is dead at the end of a run. */
export function reapRest(): void {
  for (let i = 0; i < LAST_TIMES && behind; i++) reap(WNOHANG | WEXITED | WUNTRACED);
}

/** Reaps what is dead by now, or the first of many (`isBehind`). False where the main child cannot be known of. */
export function reapDead(): bool {
  return reap(WNOHANG | WEXITED | WUNTRACED);
}

/** Where no signal can be waited for: waits until the main child is dead. False where it cannot be known of. */
export function reapUntilEnd(): bool {
  return reap(WEXITED | WUNTRACED);
}
