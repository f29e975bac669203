/**
 * The loop, from the program's start to its end. There is one place where the init waits, and nothing polls: it wakes up for
 * a signal, a deadline of the stop sequence, or the retry of a held signal.
 */
import { ForwardTo, get, getStopSignals, Id } from "../config/config";
import { isBroken, now } from "../linux/clock";
import { SI_USER } from "../linux/constants";
import { EAGAIN, EINTR } from "../linux/errno";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { leavePlaceInQueue, restoreQueueLimit } from "../linux/queue";
import { bit, SIGCHLD, SIGRTMIN, SIGIO } from "../linux/signals";
import { at, SIGNAL_SET_BYTES, SignalInfo, TimeSpec } from "../linux/structs";
import { giveUpTaken } from "../linux/terminal";
import { Log, report, reportOne } from "../report/report";
import { noticeOomKill } from "./death";
import {
  beginSequence,
  dueAt,
  meetDeadline,
  noticeUnreachable,
  othersChanged,
  reap,
  reapToTheEnd,
  sequence,
  stop,
} from "./ending";
import { forward, forwardKey, isHolding, retriedAt, retry } from "./forwarding";
import { giveTerminalBack } from "./jobcontrol";
import { giveKeys } from "./keys";
import { letGo } from "./letting-go";
import { isParentDead, PARENT_DIED } from "./parent";
import { isBehind, reapRest } from "./reaping";
import { isForwarded, isFromKeyboard } from "./routing";
import { ownInfo, renewIncoming, slots } from "./siginfos";
import { State } from "./stopping";
import { beginLife, supervisee } from "./supervisee";
import { takeNews, warnOfMemory, watchMemory, WOKEN, isWatching } from "./watching";

export { settleTerminal } from "./keys";
export { lockDown } from "./lockdown";
export { adoptOrphans, watchParent } from "./parent";
export { prepareSummary, summarize } from "./summary";

/** `supervise` returns this if it could not find out how the main child ended. */
export const LOST: i32 = -1;
/** It returns this if the program is to be restarted. */
export const AGAIN: i32 = -2;
/** It returns this if the run was stopped by --timeout. */
export const TIMED_OUT: i32 = -3;

/** All signals, and all but the real-time ones, as the kernel's sets. */
const ALL: u64 = ~(<u64>0);
const ALL_BUT_REAL_TIME: u64 = ((<u64>1) << (<u64>SIGRTMIN - 1)) - 1;
const waitedFor: usize = zeroed(SIGNAL_SET_BYTES);

/** How long to wait for a signal; and until when, below 0 for ever. */
const timeout: TimeSpec = changetype<TimeSpec>(zeroed(TimeSpec));
let until: i64 = 0;

/**
 * The kernel delivers the pending signal with the lowest number first, so that a flood of HUP would delay TERM and CHLD for as
 * long as it lasts. After this many signals that were only forwarded, those are received first; or after each one, if signals
 * go to all processes, which takes longer.
 */
const CROWD: i32 = 16;
let crowd: i32 = 0;

/** This many interruptions in this time are not caused by stops, debuggers or freezers: waiting does not work. */
const INTERRUPTIONS: i32 = 1000;
const INTERRUPTIONS_MS: i64 = 1000;
let interruptions: i32 = 0;
let interruptedSince: i64 = 0;

/** Up to this many in a row, the clock is not read. */
const FEW: i32 = 16;

/** Counts an interruption of the wait. Returns whether it is interrupted all the time. */
function isAlwaysInterrupted(): bool {
  if (++interruptions <= FEW) return false;
  const time = now();
  if (interruptions === FEW + 1 || time - interruptedSince > INTERRUPTIONS_MS) {
    interruptedSince = time;
    interruptions = FEW + 1;
  }
  return interruptions - FEW >= INTERRUPTIONS;
}

/** Takes a pending signal that is more urgent than those that are only forwarded. 0 if there is none. */
function takeUrgent(): i32 {
  crowd = 0;
  store<u64>(waitedFor, getStopSignals() | bit(SIGCHLD) | bit(PARENT_DIED) | bit(WOKEN));
  timeout.seconds = 0;
  timeout.nanoseconds = 0;
  return max(host.rt_sigtimedwait(waitedFor, slots.incoming, changetype<usize>(timeout)), 0);
}

/**
 * Waits for the next signal or deadline. Returns the signal, or a negated errno. If more children are dead than were reaped at
 * a time, it does not wait: it returns SIGCHLD itself, after all pending signals.
 */
function wait(): i32 {
  if (crowd >= CROWD) {
    const urgent = takeUrgent();
    if (urgent > 0) return urgent;
    if (isBehind()) return SIGCHLD;
  }
  until = dueAt();
  if (isHolding() && (until < 0 || retriedAt() < until)) until = retriedAt();
  store<u64>(waitedFor, isHolding() ? ALL_BUT_REAL_TIME : ALL);
  if (until < 0 && !isBehind()) return host.rt_sigtimedwait(waitedFor, slots.incoming, 0);
  const left = isBehind() ? 0 : max<i64>(until - now(), 0);
  timeout.seconds = left / 1000;
  timeout.nanoseconds = (left % 1000) * 1_000_000;
  const signal = host.rt_sigtimedwait(waitedFor, slots.incoming, changetype<usize>(timeout));
  return signal === -EAGAIN && isBehind() ? SIGCHLD : signal;
}

/**
 * A stop signal came in; `about` is its siginfo, null if the program has received the signal already. False if the state of the
 * main child cannot be known.
 *
 * The kernel delivers the pending signal with the lowest number first, so TERM overtakes an earlier CHLD. So we look for changes
 * of children first: a stopped program must be continued to see the signal.
 */
function stopCame(signal: i32, about: SignalInfo): bool {
  if (!reap()) return false;
  stop(signal, about);
  return true;
}

/** PARENT_DIED came in. */
function parentDied(about: SignalInfo): bool {
  const signal = get(Id.PARENT_DEATH_SIGNAL);
  if (signal === 0 || !isParentDead(about)) return true;
  report(Log.PARENT_DIED);
  return stopCame(signal, at<SignalInfo>(ownInfo));
}

/** A file of the program's control group changed. */
function woken(): void {
  takeNews();
  if (!supervisee.ended) warnOfMemory();
  noticeOomKill();
  if (supervisee.ended) othersChanged();
}

/** A signal came in. False if the state of the main child cannot be known. */
function received(signal: i32): bool {
  const about = at<SignalInfo>(slots.incoming);
  if (signal === PARENT_DIED) {
    return parentDied(about);
  } else if (signal === WOKEN || (signal === SIGIO && isWatching() && about.code > SI_USER)) {
    // The kernel sends SIGIO if the signal queue has no room for WOKEN (F_SETSIG in fcntl(2)).
    if (about.code > SI_USER) woken();
  } else if (isForwarded(signal, about.code, about.pid, ourselves.pid)) {
    // A program in our own process group has received the key from the terminal already.
    const has = !supervisee.leadsGroup && isFromKeyboard(signal, about.code);
    if (has) forwardKey(signal, about);
    if (getStopSignals() & bit(signal)) return stopCame(signal, has ? at<SignalInfo>(0) : about);
    if (!has) forward(signal, about);
    crowd += get(Id.FORWARD_TO) === ForwardTo.ALL ? CROWD : 1;
  }
  return true;
}

/**
 * Does what is due now, or at `reached` if that is later, however many signals pour in. False if the state of the main child
 * cannot be known.
 */
function meetDeadlines(reached: i64): bool {
  noticeUnreachable();
  const due = dueAt();
  if (due < 0 && !isHolding()) return true;
  const time = max(now(), reached);
  // A held-back stop signal or the time-out is due: look for changes of children first, as in `stopCame`.
  if (sequence.state <= State.DELAYING && due >= 0 && time >= due && !reap()) return false;
  meetDeadline(time);
  if (isHolding() && time >= retriedAt()) retry();
  return true;
}

/** The loop. False if it could not find out how the main child ended. */
function run(): bool {
  while (sequence.state < State.STARTING) {
    const signal = wait();
    // If the clock cannot be read, the end of the wait tells the time.
    let reached: i64 = 0;
    if (signal === SIGCHLD) {
      report(Log.SIGCHLD_RECEIVED);
      if (!reap()) return false;
    } else if (signal > 0) {
      interruptions = 0;
      if (!received(signal)) return false;
    } else if (signal === -EAGAIN && until >= 0) {
      if (isBroken) reached = until;
    } else if (signal !== -EINTR || isAlwaysInterrupted()) {
      reportOne(Log.SIGNALS_NOT_RECEIVED, signal);
      return reapToTheEnd();
    }
    if (!meetDeadlines(reached)) return false;
  }
  return true;
}

/** Sets the control groups that were created for the program, as `made` of limits returns them. */
export function expectIn(cgroupPaths: usize): void {
  supervisee.cgroupPaths = cgroupPaths;
}

/** Whether the first of these is gone, or there was none. */
export function isGroupGone(): bool {
  return supervisee.cgroupPaths === 0;
}

/**
 * Begins with a program that has just been started with the pid `child`, for the first time or again; 0 for none (--pause).
 * `leadsGroup` if it has a process group of its own.
 */
export function begin(child: i32, leadsGroup: bool): void {
  check(ourselves.pid > 0);
  check(child > 0 || get(Id.PAUSE) !== 0);
  check(supervisee.cgroupPaths === 0 || load<u8>(supervisee.cgroupPaths) !== 0);
  supervisee.child = child;
  supervisee.leadsGroup = leadsGroup;
  giveKeys();
  letGo();
  const isFirst = slots.incoming === 0;
  if (isFirst) renewIncoming();
  else supervisee.restarts++;
  leavePlaceInQueue();
  beginLife();
  watchMemory();
  beginSequence(isFirst);
}

/**
 * Supervises the program that `begin` was called for, until the run is over and everything dead is reaped. Returns its exit
 * code, LOST, TIMED_OUT, or AGAIN if the program is to be restarted, and both are to be called again.
 */
export function supervise(): i32 {
  const known = run();
  if (sequence.state === State.STARTING) {
    restoreQueueLimit();
    if (supervisee.gaveTerminal) giveUpTaken();
    return AGAIN;
  }
  reapRest();
  if (ourselves.pid !== 1) giveTerminalBack();
  if (sequence.timedOut) return TIMED_OUT;
  return known ? supervisee.exitCode : LOST;
}
