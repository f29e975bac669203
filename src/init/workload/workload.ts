/**
 * Starts the program. The child shares our memory until it calls execve. If something keeps it from that, it reports it in
 * our name; other problems we report afterwards.
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

/** Our own exit codes: the set-up failed; the program cannot be executed; it does not exist. */
export const SETUP_FAILED: i32 = 125;
export const CANNOT_RUN: i32 = 126;
export const NOTHING_TO_RUN: i32 = 127;

/** What `prepare` sets for all starts of the program; only `ownGroup` and `moves` change. What the user wants is in config. */
@unmanaged
class Plan {
  /** The index of the program in the arguments. */
  program: i32 = 0;
  /** The terminal in whose foreground its group is put, or below 0. */
  terminal: i32 = 0;
  /** A descriptor of the control group that it is started in; below 0 if it has none, or several. */
  cgroupFd: i32 = 0;
  /** The directories of its control groups, one after another, an empty one at the end; 0 if it has none. */
  cgroupPaths: usize = 0;
  /** Whether it gets a process group of its own; false once that has failed. */
  ownGroup: bool = false;
  /** Whether SIGCHLD was ignored when we were started. */
  ignoresChild: bool = false;
  /** Whether the child moves to its control groups itself, because it could not be started there. */
  moves: bool = false;
}
const plan: Plan = changetype<Plan>(zeroed(Plan));

/**
 * Sets what all starts have in common: the index of the program in the arguments, whether SIGCHLD was ignored, the
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

/** Whether the program leads a process group of its own. */
export function leadsGroup(): bool {
  return plan.ownGroup || hasSession();
}

/** Whether the program gets a session of its own, and so a process group. */
function hasSession(): bool {
  return get(Id.ISOLATE) === Isolate.SESSION;
}

/** What the child reports to us through the shared memory. */
@unmanaged
class Outcome {
  /** Its exit code if it could not become the program, which it has reported; or 0. */
  code: i32 = 0;
  /** The errno of setpgid or setsid, or 0. */
  groupErrno: i32 = 0;
  /** The errno of PR_SET_PDEATHSIG, or 0. */
  tieErrno: i32 = 0;
  /** The errno of moving to a control group, or 0. */
  moveErrno: i32 = 0;
}
const outcome: Outcome = changetype<Outcome>(zeroed(Outcome));

/** The child's exit code for an errno of execve. */
function codeFor(errno: i32): i32 {
  return errno === ENOENT ? NOTHING_TO_RUN : CANNOT_RUN;
}

/** Resets what an earlier child reported. */
function forget(): void {
  outcome.code = 0;
  outcome.moveErrno = 0;
}

/** Sets the child's process group, session and terminal. */
function settle(): void {
  if (hasSession()) {
    const session = host.setsid();
    if (session < 0) outcome.groupErrno = -session;
    else takeTerminal();
  } else if (plan.ownGroup) {
    outcome.groupErrno = -host.setpgid(0, 0);
    // Before the program runs, so that its first read from the terminal does not cause SIGTTIN.
    if (outcome.groupErrno === 0 && plan.terminal >= 0) setForeground(plan.terminal, host.getpid());
  }
}

/**
 * Catches the signals with which a terminal stops process groups: TSTP, TTIN, TTOU. Between the restored mask and execve
 * they would stop the child, and with it us, because we are suspended until it has called execve: no SIGTERM could reach
 * us. A signal of that moment is sent to the program once it runs. SIGSTOP cannot be caught.
 * Returns 0 or a negated errno.
 */
function catchStops(): i32 {
  for (let signal = SIGTSTP; signal <= SIGTTOU; signal++) {
    let result = host.catchSignal(signal);
    // If it was ignored, the program has to ignore it as well: execve keeps that, but resets a handler.
    if (result === 1) result = host.rt_sigaction(signal, 1);
    if (result < 0) return result;
  }
  return 0;
}

/** Restores the signal mask and dispositions that we were started with. Returns 0 or a negated errno. */
function restoreSignals(): i32 {
  let result = plan.ignoresChild ? host.rt_sigaction(SIGCHLD, 1) : 0;
  // In a session of its own, the group is orphaned: the terminal's keys do not stop it.
  if (result >= 0 && ourselves.terminal >= 0 && !hasSession()) result = catchStops();
  return result < 0 ? result : restoreMask();
}

/** Becomes the program. Returns only if that fails, after a message, with the code to exit with. */
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
  // Before the tie: the kernel resets it when a process changes its user.
  if (isIdentitySet() && !assumeIdentity()) return SETUP_FAILED;
  if (get(Id.TIE) !== 0 && ourselves.pid !== 1) {
    outcome.tieErrno = -host.prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The init may have died before the tie was set.
    if (host.getppid() !== ourselves.pid) return SETUP_FAILED;
  }
  const restored = restoreSignals();
  if (restored < 0) {
    reportOne(Log.SIGNALS_NOT_RESTORED, restored);
    return SETUP_FAILED;
  }
  const errno = execute(plan.program, ourselves.pid);
  // No signal may come before the message is written: neither its own SIGPIPE nor one that stops or kills.
  blockAll();
  explain(plan.program, errno);
  return codeFor(errno);
}

/**
 * The child, from vfork to execve, in our memory. Returns only if the program could not be started, with the code to exit
 * with. It has reported the reason itself: if the memory is not shared (qemu's user mode forks instead), nobody else can.
 */
export function child(): i32 {
  return (outcome.code = become());
}

/** Starts the program as `prepare` set it. Returns its pid or, after a message, the negated code to exit with. */
export function launch(): i32 {
  const pid = begin();
  // Its group may already have had the foreground.
  if (pid < 0 && plan.terminal >= 0 && ourselves.pid !== 1) setForeground(plan.terminal, ourselves.processGroupId);
  return pid;
}

/** Does so without restoring the terminal's foreground. */
function begin(): i32 {
  check(plan.program > 0);
  forget();
  // The child's change of user makes our shared memory undumpable (commit_creds), which keeps the program's user out of it
  // until execve. Afterwards it is as before.
  const dumpable = wanted.hasUser ? host.prctl(PR_GET_DUMPABLE, 0) : 0;
  let pid = -ENOSYS;
  if (plan.cgroupFd >= 0) pid = host.vforkInto(plan.cgroupFd);
  // Not on Linux before 5.7, or with a seccomp filter of that time. If a limit was reached, vfork would fail as well.
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
