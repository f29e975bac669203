/**
 * The loop, from the program's start to its end. There is one place where the init waits, and nothing polls: it wakes for
 * a signal, and for the deadline of a signal that is held back.
 */
import * as cgroup from "../linux/cgroup";
import { RLIM_INFINITY, RLIMIT_SIGPENDING, SI_USER, WNOHANG, WUNTRACED } from "../linux/constants";
import { EAGAIN, EBUSY, ECHILD, EINTR, ESRCH } from "../linux/errno";
import { isVersion1 } from "../linux/hierarchy";
import * as host from "../linux/host";
import {
  bit,
  isTerminalStop,
  SIGCANCEL,
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
import { at, ResourceLimit, SIGNAL_INFO_BYTES, SignalInfo, TimeSpec, WaitStatus } from "../linux/structs";
import { foreground, setForeground } from "../linux/terminal";
import { DEBUG, explainDeath, failure, FATAL, INFO, say, sayNumber, saySignal, WARN } from "../report/report";
import { isBroken, now } from "../linux/clock";
import { scratch } from "../text/scratch";
import { deliver, EVERYTHING, sendToAll } from "./delivery";
import { onStop, OnStop, resume, sayStopped, suspend, takeContinue } from "./jobcontrol";
import { isForwarded, isFromKeyboard } from "./routing";
import { Action, Course, Event, NEVER, State, step, Wishes } from "./stopping";

/** The private notice that our parent died: one of the libc's own two, which nobody sends in earnest. */
export const PARENT_DIED: i32 = SIGSETXID;

/** The same of a control group of the program: that a file of it changed. */
const WOKEN: i32 = SIGCANCEL;

/** What to supervise, and how. */
@unmanaged
export class Charge {
  /** The control groups of the program, as limits has them; 0 where there are none. */
  group: usize = 0;
  /** What to send where memory runs short, or 0. */
  memorySignal: i32 = 0;
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
export const charge: Charge = changetype<Charge>(zeroed(80, Charge));

/** All signals, and all but the real-time ones, as the kernel's sets. */
const ALL: u64 = ~(<u64>0);
const ALL_BUT_REAL_TIME: u64 = ((<u64>1) << (<u64>SIGRTMIN - 1)) - 1;
const waitedFor: usize = zeroed(8);

/** Three siginfos: of the signal that comes in, of one for which the receiver's queue is full, of a stop signal that waits. */
const INFOS: usize = zeroed(384);
let info: usize = 0;
/** The siginfo of what we send of our own accord, all zeros: kill(2) sends it. */
const ownInfo: usize = zeroed(128);
let held: usize = 0;
let stopInfo: usize = 0;
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
/** Nobody is left whom a signal could reach. */
let unreachable: bool = false;
/** When the main child was started, where it may be started again. */
let startedAt: i64 = 0;
/** Whether anything is wished that takes time; else nobody looks at the clock. */
let timed: bool = false;

/** What tells that a file of the group changed, where anything does. */
let watchFd: i32 = -1;
const EVENTS_BYTES: i32 = 4096;
/** The memory signal is sent at most once a second: not before this. */
let quietUntil: i64 = 0;
const QUIET_MS: i64 = 1000;

const status: usize = zeroed(4);

/** How often wait4(2) may fail in a row before we believe it. */
const FAILURES: i32 = 3;

/** What supervise returns where it never learned how the main child ended. */
export const LOST: i32 = -1;
/** What it returns where the program is to be started again. */
export const AGAIN: i32 = -2;

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

/** Has a file of the program's group wake us when it changes. */
function watch(file: usize): void {
  const fd = cgroup.watch(watchFd, charge.group, file, charge.self, WOKEN);
  if (fd < 0) failure(WARN, words("cannot watch the control group"), -fd);
  else watchFd = fd;
}

/** A file of the group changed. */
function woken(): void {
  host.read(watchFd, scratch, EVENTS_BYTES);
  if (ended) {
    happened(Event.ALL_DEAD, 0, at<SignalInfo>(0));
    return;
  }
  if (charge.memorySignal !== 0) warnOfMemory();
}

/** Tells the program that its memory runs short, unless it was told within the last second. */
function warnOfMemory(): void {
  const time = now();
  if (time < quietUntil) return;
  quietUntil = time + QUIET_MS;
  saySignal(INFO, words("Memory runs short: sending "), charge.memorySignal, 0);
  host.kill(charge.child, charge.memorySignal);
}

/** Begins to watch the memory. What came before is in the file. */
function watchMemory(): void {
  const events = words("memory.events");
  watch(events);
  cgroup.read(charge.group, events);
  if (cgroup.keyed(text("high ")) > 0) warnOfMemory();
}

/** Whether others are in the program's group still, now that it is dead; else the group is gone. */
function isPopulated(): bool {
  if (charge.group === 0) return false;
  const result = cgroup.remove(charge.group);
  if (result === 0) charge.group = 0;
  return result === -EBUSY;
}

/** Remembers and tells how the main child ended. */
function mainChildEnded(change: i32): void {
  ended = true;
  stopped = false;
  held = 0;
  if (WaitStatus.exited(change)) {
    exitCode = WaitStatus.exitCode(change);
    sayNumber(INFO, words("Main child exited normally (with status '"), exitCode, words("')"));
  } else {
    const signal = WaitStatus.deathSignal(change);
    exitCode = 128 + signal;
    saySignal(INFO, words("Main child exited with signal (with signal '"), signal, words("')"));
  }
  // Of a shell it is the exit code that its own child was killed.
  if (exitCode === 128 + SIGKILL && course.state !== State.KILLING)
    explainDeath(charge.group, !WaitStatus.exited(change));
  happened(Event.CHILD_DEAD, 0, at<SignalInfo>(0));
}

/** Tells of an adopted process that is dead. */
function orphanEnded(pid: i32): void {
  if (charge.warnOnReap) sayNumber(WARN, words("Reaped zombie process with pid="), pid, words(""));
  else sayNumber(DEBUG, words("Reaped child with pid: '"), pid, words("'"));
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
        happened(Event.ALL_DEAD, 0, at<SignalInfo>(0));
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

/** A siginfo that holds nothing that is still needed. */
function spareInfo(): usize {
  let spare = INFOS;
  while (spare === held || spare === stopInfo) spare += SIGNAL_INFO_BYTES;
  return spare;
}

/** Passes a signal on; holds it back where the receiver's queue is full. */
function pass(signal: i32, about: SignalInfo): void {
  // A key that reaches us, and not the program's group, is meant for that group all the same.
  const target = charge.toGroup || isFromKeyboard(about.signal, about.code) ? job() : charge.child;
  if (deliver(charge.self, charge.group, target, charge.toAll, signal, about)) return;
  if (held !== 0) {
    // Only one can be held, and real-time signals do not come in meanwhile: this is another that is rewritten to one.
    // kill(2) makes it pending at least once where there is no place for it.
    host.kill(target, signal);
    return;
  }
  held = changetype<usize>(about);
  heldSignal = signal;
  info = spareInfo();
  heldDelay = SHORTEST_DELAY_MS;
  heldUntil = now() + heldDelay;
}

/** Tries the signal that is held back again. */
function retry(): void {
  const longer = min(heldDelay * 2, LONGEST_DELAY_MS);
  const about = at<SignalInfo>(held);
  held = 0;
  pass(heldSignal, about);
  if (held === 0) return;
  heldDelay = longer;
  heldUntil = now() + longer;
}

/** Our parent died, if it did: 0 is one outside our PID namespace, which only the notice itself tells of. */
function parentDied(): void {
  if (charge.parentDeathSignal === 0) return;
  if (charge.parent !== 0 && host.getppid() === charge.parent) return;
  say(INFO, words("our parent died"));
  happened(Event.STOP, charge.parentDeathSignal, at<SignalInfo>(ownInfo));
}

/** A signal came in. */
function received(signal: i32): void {
  const about = at<SignalInfo>(info);
  if (signal === PARENT_DIED) {
    parentDied();
  } else if (signal === WOKEN) {
    if (about.code > SI_USER) woken();
  } else if (isForwarded(signal, about.code, about.pid, charge.self)) {
    // In our own group the program has the terminal's keys already.
    const has = !charge.childGroup && isFromKeyboard(signal, about.code);
    if (charge.stopSignals & bit(signal)) happened(Event.STOP, signal, has ? at<SignalInfo>(0) : about);
    else if (!has) forward(signal, about);
  }
}

/** Forwards a signal, as what it becomes; 0 is none, and where nothing runs nobody gets one. */
function forward(signal: i32, about: SignalInfo): void {
  const becomes = <i32>load<u8>(charge.outgoing + signal);
  if (becomes === 0 || charge.child <= 0 || ended) return;
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
  pass(becomes, about);
}

/**
 * Everything that is ours gets a signal of our own, however it hides. Without /proc that is the program's group, whose
 * number is nobody else's as long as it has a member; where it has none, or there is no such group, nobody is left
 * that could be found.
 */
function signalEverything(signal: i32): void {
  if (charge.self === 1) {
    host.kill(EVERYTHING, signal);
    return;
  }
  const known = ended && !charge.childGroup ? 0 : job();
  const group = charge.group;
  if (signal === SIGKILL) {
    if (group !== 0) {
      if (cgroup.write(group, words("cgroup.kill"), text("1")) === 0) return;
      // Linux before 5.14.
      cgroup.write(group, words("cgroup.freeze"), text("1"));
    }
    // What is stopped does not fork while the others are found.
    sendToAll(charge.self, 0, known, SIGSTOP, at<SignalInfo>(ownInfo));
  }
  // The group has those as well that are no children of ours any more; but not those in a group within it.
  if (group !== 0) sendToAll(charge.self, group, known, signal, at<SignalInfo>(ownInfo));
  unreachable = sendToAll(charge.self, 0, known, signal, at<SignalInfo>(ownInfo)) < 0;
  if (group !== 0 && signal === SIGKILL) cgroup.write(group, words("cgroup.freeze"), text("0"));
}

/** Says what the stop sequence does next. */
function saySequence(signal: i32): void {
  const state = course.state;
  if (state === State.DELAYING)
    saySignal(INFO, words("Stopping by "), signal, words(", which is held back for a moment"));
  else if (state === State.TERMINATING) saySignal(INFO, words("Stopping by "), signal, words(""));
  else if (state === State.KILLING) say(INFO, words("Time is up: everything is killed"));
  else if (state === State.LINGERING) say(INFO, words("Waiting for the others to end"));
  else if (state === State.WAITING)
    sayNumber(INFO, words("Starting again in "), <i32>(course.deadline - now()), words(" ms"));
}

/**
 * Something happened that concerns the end: takes the step and does what it says. `signal` is the stop signal, and
 * `about` its siginfo, null where the program has it already.
 */
function happened(event: Event, signal: i32, about: SignalInfo): void {
  const wishes = at<Wishes>(charge.wishes);
  if (event === Event.CHILD_DEAD && wishes.restart === 0 && wishes.linger < 0 && isPopulated()) {
    // The group ends with the program.
    wishes.linger = 0;
    timed = true;
  }
  // Of those who are nobody's children, version 1 does not tell.
  if (event === Event.DEADLINE && course.state === State.KILLING && ended && charge.group !== 0 && !isPopulated())
    event = Event.ALL_DEAD;
  if (event === Event.ALL_DEAD && course.state >= State.KILLING && course.state <= State.LINGERING && isPopulated()) {
    // They are nobody's children that we would hear of, so the group tells when it is empty: from now on, or just before.
    if (!isVersion1) watch(words("cgroup.events"));
    if (isPopulated()) return;
  }
  const time = timed ? now() : 0;
  const before = course.state;
  const failed = (exitCode ^ (<i32>load<u8>(charge.remapped + exitCode))) !== 0;
  step(course, wishes, event, time, time - startedAt, failed);
  const actions = course.actions;
  if (course.state !== before) saySequence(event === Event.STOP ? signal : stopSignal);
  if (actions & Action.HOLD) {
    stopSignal = signal;
    stopInfo = changetype<usize>(about);
    if (stopInfo === info) info = spareInfo();
  }
  if (actions & Action.FORWARD_HELD) {
    forwardStop(stopSignal, at<SignalInfo>(stopInfo));
    stopInfo = 0;
  }
  if (actions & Action.FORWARD) forwardStop(signal, about);
  if (actions & Action.TERMINATE_OTHERS) signalEverything(SIGTERM);
  if (actions & Action.KILL) signalEverything(SIGKILL);
  if (actions & Action.GIVE_UP) {
    say(WARN, words("processes are left that even SIGKILL does not end"));
    if (!ended) exitCode = 128 + SIGKILL;
  }
}

/** Forwards a stop signal; what is stopped must go on to see it. */
function forwardStop(signal: i32, about: SignalInfo): void {
  if (changetype<usize>(about) !== 0) forward(signal, about);
  if (!stopped) return;
  stopped = false;
  host.kill(job(), SIGCONT);
}

/** Until when to wait, NEVER for no end. */
let until: i64 = 0;

/** Waits for the next signal, or for the next deadline. Returns the signal, or a negated errno. */
function wait(): i32 {
  until = course.deadline;
  if (held !== 0 && (until < 0 || heldUntil < until)) until = heldUntil;
  store<u64>(waitedFor, held === 0 ? ALL : ALL_BUT_REAL_TIME);
  if (until < 0) return host.rt_sigtimedwait(waitedFor, info, 0);
  const left = max<i64>(until - now(), 0);
  timeout.seconds = left / 1000;
  timeout.nanoseconds = (left % 1000) * 1_000_000;
  return host.rt_sigtimedwait(waitedFor, info, changetype<usize>(timeout));
}

/** Does what is due at `reached`, or by now, however many signals pour in. */
function meetDeadlines(reached: i64): void {
  if (unreachable && ended) {
    unreachable = false;
    happened(Event.ALL_DEAD, 0, at<SignalInfo>(0));
  }
  if (course.deadline < 0 && held === 0) return;
  const time = max(now(), reached);
  if (course.deadline >= 0 && time >= course.deadline) happened(Event.DEADLINE, 0, at<SignalInfo>(0));
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
    // Where no clock can be asked, the end of the wait tells the time.
    let reached: i64 = 0;
    if (signal === SIGCHLD) {
      say(DEBUG, words("Received SIGCHLD"));
      if (!reap(WNOHANG | WUNTRACED)) return false;
    } else if (signal > 0) {
      received(signal);
    } else if (signal === -EAGAIN && until >= 0) {
      if (isBroken) reached = until;
    } else if (signal !== -EINTR) {
      failure(WARN, words("cannot wait for signals, so none is forwarded"), -signal);
      return reap(WUNTRACED);
    }
    meetDeadlines(reached);
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
  limit.soft += 1;
}

/** Takes our own limit back to what the program inherits. */
function restoreLimit(): void {
  if (limit.soft !== 0) host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
}

/** Begins with a program that has just been started, the first or another. */
function prepare(): void {
  if (info === 0) {
    info = INFOS;
    course.deadline = NEVER;
  }
  leavePlaceInQueue();
  // Without a program (--pause) it is as between two: a stop signal ends it.
  course.state = charge.child > 0 ? State.RUNNING : State.WAITING;
  ended = false;
  stopped = false;
  askedToStop = false;
  quietUntil = 0;
  const wishes = at<Wishes>(charge.wishes);
  if (charge.memorySignal !== 0 && watchFd < 0) watchMemory();
  timed = wishes.delay > 0 || wishes.grace >= 0 || wishes.linger >= 0 || wishes.restart !== 0;
  if (wishes.restart !== 0) startedAt = now();
}

/**
 * Supervises `charge` until it is over and all that is dead is reaped. Returns its exit code, LOST, or AGAIN where the
 * program is to be started again, and this called once more for it.
 */
export function supervise(): i32 {
  prepare();
  const known = run();
  if (course.state === State.STARTING) {
    restoreLimit();
    return AGAIN;
  }
  if (charge.self !== 1) giveTerminalBack();
  return known ? exitCode : LOST;
}
