/**
 * The program, from nothing to its first instruction. The child shares our memory until it has called execve: what keeps
 * it from that it says in our name, and what does not we say afterwards.
 */
import * as cgroup from "../linux/cgroup";
import { PR_SET_PDEATHSIG } from "../linux/constants";
import { EAGAIN, ENOENT, ENOMEM, ENOSYS } from "../linux/errno";
import * as host from "../linux/host";
import { blockAll, restoreMask, SIGCHLD, SIGKILL, SIGTSTP, SIGTTOU } from "../linux/signals";
import { setForeground, takeTerminal } from "../linux/terminal";
import { atLevel, isLogged, Level, Log, reportOne, reportTwo } from "../report/report";
import { length } from "../text/bytes";
import { execute } from "./execute";
import { explain, readName } from "./explain";

/** Our own exit codes: the set-up failed; the program cannot be run; there is nothing to run. */
export const SETUP_FAILED: i32 = 125;
export const CANNOT_RUN: i32 = 126;
export const NOTHING_TO_RUN: i32 = 127;

/** What the child is to be. */
@unmanaged
export class Plan {
  /** The index of the program among the arguments. */
  program: i32 = 0;
  /** Our own pid. */
  self: i32 = 0;
  /** The terminal in whose foreground the child's group goes from the start, or below 0. */
  terminal: i32 = 0;
  /** It gets a process group of its own. */
  ownGroup: bool = false;
  /** It gets a session of its own, and with it a group. */
  ownSession: bool = false;
  /** SIGCHLD was ignored when we were started. */
  ignoresChild: bool = false;
  /** A terminal's keys may stop it while it is not the program yet. */
  stoppable: bool = false;
  /** It is killed when we die. */
  tied: bool = false;
  /** It moves to its control groups itself, because it could not be born there. */
  moves: bool = false;
  /** It runs even where it cannot. */
  runsAnyway: bool = false;
  /** The control group that it is born in, a descriptor; below 0 where it has none, or several. */
  group: i32 = 0;
  /** The directories of its control groups, one behind the other, an empty one at the end. */
  groups: usize = 0;
}

export const plan: Plan = changetype<Plan>(zeroed(Plan));

/** What the child tells us through the memory that it shares with us. */
@unmanaged
class Outcome {
  /** What it exits with, because it could not become the program, and has said why; or 0. */
  code: i32 = 0;
  /** Why it has no group or session of its own, or 0. */
  groupErrno: i32 = 0;
  /** Why it is not tied to us, or 0. */
  tieErrno: i32 = 0;
  /** Why it is not in its control group, or 0. */
  moveErrno: i32 = 0;
}
const outcome: Outcome = changetype<Outcome>(zeroed(Outcome));

/** The child's exit code for an errno of execve. */
function codeFor(errno: i32): i32 {
  return errno === ENOENT ? NOTHING_TO_RUN : CANNOT_RUN;
}

/** Forgets what became of the child before. */
function forget(): void {
  outcome.code = 0;
  outcome.moveErrno = 0;
}

/** The child's group, session and terminal. */
function settle(): void {
  if (plan.ownSession) {
    const session = host.setsid();
    if (session < 0) outcome.groupErrno = -session;
    else takeTerminal();
  } else if (plan.ownGroup) {
    outcome.groupErrno = -host.setpgid(0, 0);
    // The group is in the foreground before the program runs, so that it never sees SIGTTIN for its first read.
    if (outcome.groupErrno === 0 && plan.terminal >= 0) setForeground(plan.terminal, host.getpid());
  }
}

/**
 * Catches the signals by which a terminal stops process groups: TSTP, TTIN, TTOU. Between the caller's mask and execve
 * they would stop the child, and us with it, because we are suspended until it has called execve; and no SIGTERM could
 * reach us. What comes in that moment stops the program once it is there. SIGSTOP cannot be caught.
 * Returns 0 or a negated errno.
 */
function catchStops(): i32 {
  for (let signal = SIGTSTP; signal <= SIGTTOU; signal++) {
    let result = host.catchSignal(signal);
    // Who had it ignored wants the program to ignore it as well, and a handler would not survive execve as that.
    if (result === 1) result = host.rt_sigaction(signal, 1);
    if (result < 0) return result;
  }
  return 0;
}

/** Sets the signals up as the caller had them. Returns 0 or a negated errno. */
function restoreSignals(): i32 {
  let result = plan.ignoresChild ? host.rt_sigaction(SIGCHLD, 1) : 0;
  if (result >= 0 && plan.stoppable) result = catchStops();
  return result < 0 ? result : restoreMask();
}

/** Becomes the program. Comes back only where that cannot be, has said why, and returns the code to exit with. */
function become(): i32 {
  if (plan.moves) {
    for (let group = plan.groups; load<u8>(group) !== 0; group += length(group) + 1) {
      const result = cgroup.enter(group);
      if (result < 0) outcome.moveErrno = -result;
      if (result < 0 && !plan.runsAnyway) {
        reportOne(Log.GROUP_NOT_ENTERED, result);
        return SETUP_FAILED;
      }
    }
  }
  settle();
  if (plan.tied) {
    outcome.tieErrno = -host.prctl(PR_SET_PDEATHSIG, SIGKILL);
    // We may have died before the kernel knew of the tie.
    if (host.getppid() !== plan.self) return SETUP_FAILED;
  }
  const restored = restoreSignals();
  if (restored < 0) {
    reportOne(Log.SIGNALS_NOT_RESTORED, restored);
    return SETUP_FAILED;
  }
  const errno = execute(plan.program, plan.self);
  // The sentence comes before any signal: SIGPIPE for writing it, or one that stops or kills.
  blockAll();
  explain(plan.program, errno);
  return codeFor(errno);
}

/**
 * The child, from vfork to execve, on our memory. Comes back only where the program could not be started, with the code
 * to exit with. It has said why itself: where memory is not shared (qemu's user mode forks instead), nobody else knows.
 */
export function child(): i32 {
  return (outcome.code = become());
}

/**
 * Starts the program by `plan`. Returns its pid; or, below 0, the negated code to exit with, having said why.
 * Where it could not get a group of its own, `plan` says so afterwards.
 */
export function launch(): i32 {
  check(plan.self > 0 && plan.program > 0);
  check(plan.groups === 0 || load<u8>(plan.groups) !== 0);
  forget();
  let pid = -ENOSYS;
  if (plan.group >= 0) pid = host.vforkInto(plan.group);
  // Linux before 5.7, or a seccomp filter of that time; where a limit is reached, that is the answer.
  plan.moves = plan.groups !== 0 && pid < 0;
  if (pid < 0 && pid !== -EAGAIN && pid !== -ENOMEM) pid = host.vfork();
  host.restoreReplaced();
  if (pid < 0) {
    reportOne(Log.PROCESS_NOT_STARTED, pid);
    return -SETUP_FAILED;
  }
  if (outcome.code !== 0) {
    host.wait4(pid, 0, 0);
    return -outcome.code;
  }
  if (outcome.moveErrno !== 0) reportOne(atLevel(Log.GROUP_NOT_ENTERED, Level.WARN), outcome.moveErrno);
  if (outcome.groupErrno !== 0) {
    plan.ownGroup = false;
    reportOne(Log.NO_PROCESS_GROUP, outcome.groupErrno);
  }
  if (outcome.tieErrno !== 0) reportOne(Log.NOT_TIED, outcome.tieErrno);
  if (isLogged(Level.INFO)) reportTwo(Log.CHILD_SPAWNED, readName(plan.program), pid);
  const stop = host.takeCaught();
  const stopped = stop !== 0 ? host.kill(pid, stop) : 0;
  if (stopped < 0) reportOne(Log.STOP_NOT_PASSED, stopped);
  return pid;
}
