/**
 * The loop, from the program's start to its end. There is one place where the init waits, and nothing polls: it wakes for
 * a signal, and for the deadline of a signal that is held back.
 */
import { RLIM_INFINITY, RLIMIT_SIGPENDING, WNOHANG, WUNTRACED } from "../linux/constants";
import { EAGAIN, ECHILD, EINTR, ESRCH } from "../linux/errno";
import * as host from "../linux/host";
import {
  bit,
  isTerminalStop,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGRTMIN,
  SIGSETXID,
  SIGSTOP,
  SIGTERM,
  SIGTRAP,
  SIGTSTP,
} from "../linux/signals";
import { at, ResourceLimit, SignalInfo, TimeSpec, WaitStatus } from "../linux/structs";
import { foreground, setForeground } from "../linux/terminal";
import { begin, DEBUG, end, failure, FATAL, INFO, say, signal as putSignal, WARN } from "../report/report";
import * as line from "../text/line";
import { now } from "../linux/clock";
import { deliver } from "./delivery";
import { onStop, OnStop, resume, sayStopped, suspend, takeContinue } from "./jobcontrol";
import { isForwarded, isFromKeyboard } from "./routing";
import { Action, Course, Event, NEVER, State, step, Wishes } from "./stopping";

/** The private notice that our parent died: one of the libc's own two, which nobody sends in earnest. */
export const PARENT_DIED: i32 = SIGSETXID;

/** What to supervise, and how. */
@unmanaged
export class Charge {
  /** Our own pid, process group and session; group and session are 0 where they lie outside our PID namespace. */
  self: i32 = 0;
  ownGroup: i32 = 0;
  session: i32 = 0;
  /** The main child. */
  child: i32 = 0;
  /** Our controlling terminal, or below 0. */
  terminal: i32 = 0;
  /** Our parent when we were started. */
  parent: i32 = 0;
  /** What to pass on when it dies, or 0. */
  parentDeathSignal: i32 = 0;
  /** The signals that start the stop sequence, as a set of the kernel's. */
  stopSignals: u64 = 0;
  /** What the user wants of the end: `Wishes` of stopping.ts. */
  wishes: usize = 0;
  /** What each exit code becomes, as the XOR of both: one byte for each. */
  remapped: usize = 0;
  /** What each signal becomes when it is forwarded: one byte for each from 0 to 64, 0 to drop it. */
  outgoing: usize = 0;
  /** The child leads a group of its own. */
  childGroup: bool = false;
  /** Signals go to the child's group. */
  toGroup: bool = false;
  /** Signals go to everything that is ours. */
  toAll: bool = false;
  /** Name each zombie. */
  warnOnReap: bool = false;
}
export const charge: Charge = changetype<Charge>(zeroed(72, Charge));

/** All signals, and all but the real-time ones, as the kernel's sets. */
const ALL: u64 = ~(<u64>0);
const ALL_BUT_REAL_TIME: u64 = ((<u64>1) << (<u64>SIGRTMIN - 1)) - 1;
const waitedFor: usize = zeroed(8);

/** Two siginfos: the one that comes in, and one that is held back because the receiver's queue is full. */
const firstInfo: usize = zeroed(128);
const secondInfo: usize = zeroed(128);
let info: usize = 0;
let held: usize = 0;
let heldSignal: i32 = 0;

/** How long to wait before a held signal is tried again: doubled each time, up to the longest; and when that is. */
const SHORTEST_DELAY_MS: i64 = 1;
const LONGEST_DELAY_MS: i64 = 64;
let heldDelay: i64 = 0;
let heldUntil: i64 = 0;

/** How long to wait for a signal. */
const timeout: TimeSpec = changetype<TimeSpec>(zeroed(16, TimeSpec));

/** Where the end stands. */
const course: Course = changetype<Course>(zeroed(32, Course));
/** The stop signal that is held back while DELAYING. */
let stopSignal: i32 = 0;
/** When the main child was started, where it may be started again. */
let startedAt: i64 = 0;

const status: usize = zeroed(4);

/** How often wait4(2) may fail in a row before we believe it. */
const FAILURES: i32 = 3;

/** What supervise returns where it never learned how the main child ended. */
export const LOST: i32 = -1;
/** What it returns where the program is to be started again. */
export const AGAIN: i32 = -2;

/** Every process of our PID namespace but ourselves, to kill(2) of PID 1. */
const EVERYTHING: i32 = -1;

/** The main child is dead. */
let ended: bool = false;
let exitCode: i32 = 0;
/** The main child is stopped, and SIGCONT will find it so. */
let stopped: bool = false;
/** We passed a stop signal on ourselves. */
let askedToStop: bool = false;

/** Whom signals that are about the whole job go to: the child's group where it has one. */
function job(): i32 {
  return charge.childGroup ? -charge.child : charge.child;
}

/** Remembers and tells how the main child ended. */
function mainChildEnded(change: i32): void {
  ended = true;
  stopped = false;
  if (WaitStatus.exited(change)) {
    exitCode = WaitStatus.exitCode(change);
    if (begin(INFO, words("Main child exited normally (with status '"))) {
      line.number(exitCode);
      line.put(words("')"));
      end();
    }
  } else {
    exitCode = 128 + WaitStatus.deathSignal(change);
    if (begin(INFO, words("Main child exited with signal (with signal '"))) {
      putSignal(WaitStatus.deathSignal(change));
      line.put(words("')"));
      end();
    }
  }
  happened(Event.CHILD_DEAD, 0);
}

/** Tells of an adopted process that is dead. */
function orphanEnded(pid: i32): void {
  if (!charge.warnOnReap) {
    if (!begin(DEBUG, words("Reaped child with pid: '"))) return;
    line.number(pid);
    line.byte(code("'"));
  } else {
    if (!begin(WARN, words("Reaped zombie process with pid="))) return;
    line.number(pid);
  }
  end();
}

/** The main child is stopped: suspends us for the shell, or continues it, or says so. */
function mainChildStopped(signal: i32): void {
  const terminal = charge.terminal;
  const inForeground = charge.childGroup && terminal >= 0 && foreground(terminal) === charge.ownGroup;
  const underShell = charge.self !== 1 && charge.session !== charge.self;
  const action = onStop(signal, terminal >= 0, underShell, askedToStop, inForeground);
  if (action === OnStop.FOREGROUND && setForeground(terminal, charge.child) === 0) {
    host.kill(job(), SIGCONT);
  } else if (action === OnStop.CONTINUE) {
    sayStopped(charge.child, signal, true);
    host.kill(job(), SIGCONT);
  } else {
    stopped = true;
    if (action === OnStop.SUSPEND) {
      giveTerminalBack();
      suspend(charge.self, signal);
      if (signal === SIGTSTP) {
        // Either we were stopped and the shell continued us; or our group is an orphaned one, which the kernel does not
        // stop by Ctrl-Z: then nobody is there to continue the program either. A SIGCONT is dealt with hereby, and must
        // not continue the program once more when it has stopped again.
        stopped = false;
        takeContinue();
        resume(job(), terminal, charge.ownGroup);
      }
    } else {
      sayStopped(charge.child, signal, false);
    }
  }
}

/** One process changed its state. */
function changed(pid: i32, change: i32): void {
  if (WaitStatus.stopped(change)) {
    // A process that calls PTRACE_TRACEME makes its parent the tracer, which may be us. We let it go, with the signal
    // that it stopped for; SIGTRAP is only the kernel's word to a debugger that it called execve.
    const signal = WaitStatus.stopSignal(change);
    const detached = host.ptraceDetach(pid, signal === SIGTRAP ? 0 : signal) === 0;
    if (!detached && pid === charge.child) mainChildStopped(signal);
  } else if (pid === charge.child) {
    mainChildEnded(change);
  } else {
    orphanEnded(pid);
  }
}

/** Reaps all that is dead. False where the kernel does not tell, again and again, and the main child cannot be known of. */
function reap(options: i32): bool {
  let failures = 0;
  while (true) {
    const pid = host.wait4(-1, status, options);
    if (pid === 0) return true;
    if (pid > 0) {
      failures = 0;
      changed(pid, load<i32>(status));
      if (ended && options === WUNTRACED) return true;
    } else if (pid !== -EINTR) {
      if (pid === -ECHILD && (ended || charge.child <= 0)) {
        happened(Event.ALL_DEAD, 0);
        return true;
      }
      if (ended) return true;
      if (++failures < FAILURES) continue;
      if (pid === -ECHILD) say(FATAL, words("the program is gone, and its exit code with it"));
      else failure(FATAL, words("cannot wait for the program"), -pid);
      return false;
    }
  }
}

/** Passes a signal on; holds it back where the receiver's queue is full. */
function pass(signal: i32): void {
  const about = at<SignalInfo>(info);
  // A key that reaches us, and not the program's group, is meant for that group all the same.
  const target = charge.toGroup || isFromKeyboard(about.signal, about.code) ? job() : charge.child;
  if (deliver(charge.self, target, charge.toAll, signal, about)) return;
  if (held !== 0) {
    // Only one can be held, and real-time signals do not come in meanwhile: this is another that is rewritten to one.
    // kill(2) makes it pending at least once where there is no place for it.
    host.kill(target, signal);
    return;
  }
  held = info;
  heldSignal = signal;
  info = info === firstInfo ? secondInfo : firstInfo;
  heldDelay = SHORTEST_DELAY_MS;
  heldUntil = now() + heldDelay;
}

/** Tries the signal that is held back again. */
function retry(): void {
  const other = info;
  const longer = min(heldDelay * 2, LONGEST_DELAY_MS);
  info = held;
  held = 0;
  pass(heldSignal);
  if (held === 0) {
    info = other;
  } else {
    heldDelay = longer;
    heldUntil = now() + longer;
  }
}

/** Our parent died, if it did: 0 is one outside our PID namespace, which only the notice itself tells of. */
function parentDied(): void {
  if (charge.parentDeathSignal === 0) return;
  if (charge.parent !== 0 && host.getppid() === charge.parent) return;
  say(INFO, words("our parent died"));
  at<SignalInfo>(info).code = 0;
  happened(Event.STOP, charge.parentDeathSignal);
}

/** A signal came in. */
function received(signal: i32): void {
  const about = at<SignalInfo>(info);
  if (signal === PARENT_DIED) {
    parentDied();
    return;
  }
  if (!isForwarded(signal, about.code, about.pid, charge.self, !charge.childGroup)) return;
  if (charge.stopSignals & bit(signal)) happened(Event.STOP, signal);
  else if (charge.child > 0) forward(signal);
}

/** Forwards a signal, as what it becomes. */
function forward(signal: i32): void {
  const becomes = <i32>load<u8>(charge.outgoing + signal);
  if (becomes === 0) return;
  if (becomes === SIGCONT) {
    askedToStop = false;
    if (stopped || (charge.self !== 1 && charge.terminal >= 0)) {
      // The terminal stopped the whole job, so the whole job goes on; in the foreground where the shell has put us there.
      stopped = false;
      resume(job(), charge.terminal, charge.ownGroup);
      if (!charge.toAll) return;
    }
  } else if (becomes === SIGSTOP || isTerminalStop(becomes)) {
    askedToStop = true;
  }
  pass(becomes);
}

/** Everything that is ours gets a signal, however it hides. */
function signalEverything(signal: i32): void {
  if (charge.self === 1) {
    host.kill(EVERYTHING, signal);
    return;
  }
  at<SignalInfo>(info).code = 0;
  deliver(charge.self, job(), true, signal, at<SignalInfo>(info));
}

/** Says what the stop sequence does next. */
function saySequence(signal: i32): void {
  const state = course.state;
  if (state === State.DELAYING || state === State.TERMINATING) {
    if (!begin(INFO, words("Stopping by "))) return;
    putSignal(signal);
    if (state === State.DELAYING) line.put(words(", which is held back for a moment"));
  } else if (state === State.KILLING) {
    if (course.rounds > 0 || !begin(INFO, words("Time is up: everything is killed"))) return;
  } else if (state === State.LINGERING) {
    if (!begin(INFO, words("Waiting for the others to end"))) return;
  } else if (state === State.WAITING) {
    if (!begin(INFO, words("Starting again in "))) return;
    line.number(course.deadline - now());
    line.put(words(" ms"));
  } else {
    return;
  }
  end();
}

/** Something happened that concerns the end: takes the step and does what it says. `signal` is the stop signal. */
function happened(event: Event, signal: i32): void {
  const time = now();
  const before = course.state;
  step(
    course,
    at<Wishes>(charge.wishes),
    event,
    time,
    time - startedAt,
    (exitCode ^ (<i32>load<u8>(charge.remapped + exitCode))) !== 0,
  );
  const actions = course.actions;
  if (course.state !== before) saySequence(event === Event.STOP ? signal : stopSignal);
  if (actions & Action.HOLD) stopSignal = signal;
  if (actions & Action.FORWARD_HELD) forwardStop(stopSignal);
  if (actions & Action.FORWARD) forwardStop(signal);
  if (actions & Action.TERMINATE_OTHERS) signalEverything(SIGTERM);
  if (actions & Action.KILL) signalEverything(SIGKILL);
  if (actions & Action.GIVE_UP) say(WARN, words("processes are left that even SIGKILL does not end"));
}

/** Forwards a stop signal; what is stopped must go on to see it. */
function forwardStop(signal: i32): void {
  if (charge.child <= 0) return;
  forward(signal);
  if (!stopped) return;
  stopped = false;
  host.kill(job(), SIGCONT);
}

/** Waits for the next signal, or for the next deadline. Returns the signal, or a negated errno. */
function wait(): i32 {
  let until = course.deadline;
  if (held !== 0 && (until < 0 || heldUntil < until)) until = heldUntil;
  store<u64>(waitedFor, held === 0 ? ALL : ALL_BUT_REAL_TIME);
  if (until < 0) return host.rt_sigtimedwait(waitedFor, info, 0);
  const left = max<i64>(until - now(), 0);
  timeout.seconds = left / 1000;
  timeout.nanoseconds = (left % 1000) * 1_000_000;
  return host.rt_sigtimedwait(waitedFor, info, changetype<usize>(timeout));
}

/** Does what is due, however many signals pour in. */
function meetDeadlines(): void {
  if (course.deadline < 0 && held === 0) return;
  const time = now();
  if (course.deadline >= 0 && time >= course.deadline) happened(Event.DEADLINE, 0);
  if (held !== 0 && time >= heldUntil) retry();
}

/** Puts our own group back into the foreground where the child's has it, or one of which nobody is left. */
function giveTerminalBack(): void {
  const terminal = charge.terminal;
  if (!charge.childGroup || terminal < 0 || charge.ownGroup === 0) return;
  const group = foreground(terminal);
  if (group === charge.child || (group > 0 && host.kill(-group, 0) === -ESRCH))
    setForeground(terminal, charge.ownGroup);
}

/** The loop. */
function run(): bool {
  while (course.state < State.STARTING) {
    const signal = wait();
    if (signal === SIGCHLD) {
      say(DEBUG, words("Received SIGCHLD"));
      if (!reap(WNOHANG | WUNTRACED)) return false;
    } else if (signal > 0) {
      received(signal);
    } else if (signal !== -EINTR && signal !== -EAGAIN) {
      failure(WARN, words("cannot wait for signals, so none is forwarded"), -signal);
      return reap(WUNTRACED);
    }
    meetDeadlines();
  }
  return true;
}

/** Our own limits, while they are changed. */
const limit: ResourceLimit = changetype<ResourceLimit>(zeroed(16, ResourceLimit));

/**
 * Leaves one place for the program among the user's queued real-time signals.
 *
 * The kernel counts them for all processes of a user together, and compares the count with the limit of the one that is
 * sent to. A sender that fills our queue up to the limit, again whenever we take one out, would leave no place to pass
 * that one on, for ever. With our own limit lower by one there is always a place that nobody but the program can get.
 */
function leavePlaceInQueue(): void {
  if (host.prlimit64(0, RLIMIT_SIGPENDING, 0, changetype<usize>(limit)) < 0) return;
  if (limit.soft === RLIM_INFINITY || limit.soft < 2) return;
  limit.soft -= 1;
  host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
}

/** Begins with a program that has just been started, the first or another. */
function prepare(): void {
  if (info === 0) {
    info = firstInfo;
    course.deadline = NEVER;
    leavePlaceInQueue();
  }
  course.state = State.RUNNING;
  ended = false;
  stopped = false;
  if (at<Wishes>(charge.wishes).restart !== 0) startedAt = now();
}

/**
 * Supervises `charge` until it is over and all that is dead is reaped. Returns its exit code, LOST, or AGAIN where the
 * program is to be started again, and this called once more for it.
 */
export function supervise(): i32 {
  prepare();
  const known = run();
  if (course.state === State.STARTING) return AGAIN;
  if (charge.self !== 1) giveTerminalBack();
  return known ? exitCode : LOST;
}
