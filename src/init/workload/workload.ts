/**
 * The program, from nothing to its first instruction. The child shares our memory until it has called execve: what keeps
 * it from that it says in our name, and what does not we say afterwards.
 */
import { get, Id, Isolate, Limits } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_PDEATHSIG } from "../linux/constants";
import { EAGAIN, ENOENT, ENOMEM, ENOSYS } from "../linux/errno";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { blockAll, restoreMask, SIGCHLD, SIGKILL, SIGTSTP, SIGTTOU } from "../linux/signals";
import { setForeground, takeTerminal } from "../linux/terminal";
import { atLevel, isLogged, Level, Log, report, reportOne, reportTwo } from "../report/report";
import { length } from "../text/bytes";
import { execute } from "./execute";
import { explain, readName } from "./explain";
import { assumeIdentity, isDeaf, isIdentitySet } from "./identity";
import { wanted } from "./credentials";

export { isIdentitySet, settleIdentity } from "./identity";

/** Our own exit codes: the set-up failed; the program cannot be run; there is nothing to run. */
export const SETUP_FAILED: i32 = 125;
export const CANNOT_RUN: i32 = 126;
export const NOTHING_TO_RUN: i32 = 127;

/** What the run is told of the program, by `prepare`; but for `ownGroup` it stays so. What the user wants of it stands in config. */
@unmanaged
class Plan {
  /** The index of the program among the arguments. */
  program: i32 = 0;
  /** The terminal in whose foreground its group goes from the start, or below 0. */
  terminal: i32 = 0;
  /** The control group that it is born in, a descriptor; below 0 where it has none, or several. */
  cgroupFd: i32 = 0;
  /** The directories of its control groups, one behind the other, an empty one at the end; 0 where it has none. */
  cgroupPaths: usize = 0;
  /** It gets a process group of its own; no more once it could not have one. */
  ownGroup: bool = false;
  /** SIGCHLD was ignored when we were started. */
  ignoresChild: bool = false;
  /** It moves to its control groups itself, because it could not be born there: as the last start has learnt. */
  moves: bool = false;
}
const plan: Plan = changetype<Plan>(zeroed(Plan));

/**
 * Tells what every start has in common: the index of the program among the arguments, whether SIGCHLD was ignored, the
 * terminal whose foreground it gets, and the control groups that were made for it (`Plan`).
 */
export function prepare(program: i32, ignoresChild: bool, terminal: i32, cgroupPaths: usize, cgroupFd: i32): void {
  check(program > 0);
  check(cgroupPaths === 0 || load<u8>(cgroupPaths) !== 0);
  plan.program = program;
  plan.ignoresChild = ignoresChild;
  plan.terminal = terminal;
  plan.cgroupPaths = cgroupPaths;
  plan.cgroupFd = cgroupFd;
  plan.ownGroup = get(Id.ISOLATE) === Isolate.GROUP;
}

/** Whether the program that was started leads a process group of its own. */
export function leadsGroup(): bool {
  return plan.ownGroup || hasSession();
}

/** Whether the program gets a session of its own, and with it a group. */
function hasSession(): bool {
  return get(Id.ISOLATE) === Isolate.SESSION;
}

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
  if (hasSession()) {
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
  // A terminal's keys may stop it while it is not the program yet; but no orphaned group, which a session of its own is.
  if (result >= 0 && ourselves.terminal >= 0 && !hasSession()) result = catchStops();
  return result < 0 ? result : restoreMask();
}

/** Becomes the program. Comes back only where that cannot be, has said why, and returns the code to exit with. */
function become(): i32 {
  if (plan.moves) {
    for (let group = plan.cgroupPaths; load<u8>(group) !== 0; group += length(group) + 1) {
      const result = cgroup.enter(group);
      if (result < 0) outcome.moveErrno = -result;
      if (result < 0 && get(Id.LIMITS) !== Limits.BEST_EFFORT) {
        reportOne(Log.GROUP_NOT_ENTERED, result);
        return SETUP_FAILED;
      }
    }
  }
  settle();
  // The kernel forgets the tie of who changes its user: that comes first.
  if (isIdentitySet() && !assumeIdentity()) return SETUP_FAILED;
  if (get(Id.TIE) !== 0 && ourselves.pid !== 1) {
    outcome.tieErrno = -host.prctl(PR_SET_PDEATHSIG, SIGKILL);
    // We may have died before the kernel knew of the tie.
    if (host.getppid() !== ourselves.pid) return SETUP_FAILED;
  }
  const restored = restoreSignals();
  if (restored < 0) {
    reportOne(Log.SIGNALS_NOT_RESTORED, restored);
    return SETUP_FAILED;
  }
  const errno = execute(plan.program, ourselves.pid);
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

/** Starts the program as it was told. Returns its pid; or, below 0, the negated code to exit with, having said why. */
export function launch(): i32 {
  const pid = begin();
  // Its group may have had the foreground already.
  if (pid < 0 && plan.terminal >= 0 && ourselves.pid !== 1) setForeground(plan.terminal, ourselves.processGroupId);
  return pid;
}

/** Does so, and leaves the terminal's foreground where it is. */
function begin(): i32 {
  check(plan.program > 0);
  forget();
  // A change of user on our memory makes it one that others may not look into (commit_creds), and keeps the program's user
  // out of it until execve. Afterwards we are as before.
  const dumpable = wanted.hasUser ? host.prctl(PR_GET_DUMPABLE, 0) : 0;
  let pid = -ENOSYS;
  if (plan.cgroupFd >= 0) pid = host.vforkInto(plan.cgroupFd);
  // Linux before 5.7, or a seccomp filter of that time; where a limit is reached, that is the answer.
  plan.moves = plan.cgroupPaths !== 0 && pid < 0;
  if (pid < 0 && pid !== -EAGAIN && pid !== -ENOMEM) pid = host.vfork();
  host.restoreReplaced();
  if (dumpable === 1) host.prctl(PR_SET_DUMPABLE, 1);
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
  if (isDeaf) report(Log.NO_KILL_OF_USER);
  if (outcome.tieErrno !== 0) reportOne(Log.NOT_TIED, outcome.tieErrno);
  if (isLogged(Level.INFO)) reportTwo(Log.CHILD_SPAWNED, readName(plan.program), pid);
  const stop = host.takeCaught();
  const stopped = stop !== 0 ? host.kill(pid, stop) : 0;
  if (stopped < 0) reportOne(Log.STOP_NOT_PASSED, stopped);
  return pid;
}
