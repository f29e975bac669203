/** The end of a run: passes events and what is known to the stop sequence (stopping.ts), and carries out its decisions. */
import { exitCodeFor, forwardedAs, get, getStopSignals, Id, isFinalCode, RestartLeaves, Wait } from "../config/config";
import { now } from "../linux/clock";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { bit, SIGCONT, SIGINT, SIGKILL, SIGQUIT, SIGTERM } from "../linux/signals";
import { at, SignalInfo } from "../linux/structs";
import { atLevel, Level, Log, report, reportOne } from "../report/report";
import { forward, forwardToAll } from "./forwarding";
import { keysAreItsOwn, regainKeys } from "./jobcontrol";
import { forgetOthers, isPowerless, reportLeft, signalEverything, terminateOthers, unreachable } from "./others";
import { reapDead, reapUntilEnd } from "./reaping";
import { ownInfo, renewIncoming, slots } from "./siginfos";
import { Action, Event, heedsOthers, NEVER, Situation, State, step, StopPolicy, StopSequence } from "./stopping";
import { job, lives, supervisee } from "./supervisee";
import { othersInGroup } from "./watching";

/** The state of the stop sequence, the user's settings for it, and what is known at an event. */
export const sequence: StopSequence = changetype<StopSequence>(zeroed(StopSequence));
const policy: StopPolicy = changetype<StopPolicy>(zeroed(StopPolicy));
const situation: Situation = changetype<Situation>(zeroed(Situation));

/** The stop signal that is held back in State.DELAYING; `slots.stop` is its siginfo. */
let stopSignal: i32 = 0;
/** The receivers according to --forward-to have been sent SIGTERM, as the stop signal. */
let wasTold: bool = false;
/** When the main child was started; set only if it may be restarted. */
let startedAt: i64 = 0;
/** Whether any option needs the time; otherwise the clock is never read. */
let timed: bool = false;

/** Begins with a program that has just been started. Without one (--pause), it is as between two lives: a stop signal ends it. */
export function beginSequence(isFirst: bool): void {
  policy.delay = get(Id.DELAY);
  policy.grace = get(Id.GRACE);
  policy.linger = get(Id.LINGER);
  policy.restart = get(Id.RESTART);
  policy.restartDelay = get(Id.RESTART_DELAY);
  policy.waitsForAll = get(Id.WAIT) !== Wait.MAIN;
  policy.leavesOthers = get(Id.RESTART_LEAVES) === RestartLeaves.OTHERS;
  const timeout = get(Id.TIMEOUT);
  if (isFirst) {
    sequence.deadline = NEVER;
    sequence.timeoutAt = timeout > 0 ? now() + timeout : NEVER;
  }
  sequence.state = supervisee.child > 0 ? State.RUNNING : State.WAITING;
  wasTold = false;
  forgetOthers();
  timed = policy.delay > 0 || policy.grace >= 0 || policy.linger >= 0 || policy.restart !== 0;
  if (policy.restart !== 0) startedAt = now();
}

/** Whether another life of the program follows. */
function isBetweenLives(): bool {
  return sequence.state === State.CLEARING || sequence.state === State.SWEEPING;
}

/** Reports what the stop sequence does next. */
function reportSequence(signal: i32, before: State): void {
  const state = sequence.state;
  if (state === State.DELAYING) reportOne(Log.STOP_DELAYED, signal);
  else if (state === State.TERMINATING) reportOne(Log.STOP, signal);
  else if (state === State.KILLING || state === State.SWEEPING) {
    // Processes that were given no time were not too slow: then it is not a warning.
    const isLate = before === State.TERMINATING || policy.linger > 0;
    if (before !== State.SWEEPING) report(isLate ? Log.EVERYTHING_KILLED : atLevel(Log.EVERYTHING_KILLED, Level.INFO));
  } else if (state === State.LINGERING && before !== State.CLEARING) report(Log.OTHERS_AWAITED);
  else if (state === State.CLEARING) report(Log.OTHERS_AWAITED_BEFORE_RESTART);
  else if (state === State.WAITING) reportOne(Log.RESTART, <i32>max<i64>(sequence.deadline - now(), 0));
}

/** Reports that not even SIGKILL ends everything, and why. */
function reportPowerless(): void {
  if (!situation.powerless) report(Log.PROCESSES_NOT_KILLED);
  else if (ourselves.pid === 1 && sequence.state === State.GONE) report(Log.KILL_LEFT_TO_KERNEL);
  else report(Log.KILL_NOT_PERMITTED);
}

/** Forwards one stop signal to its receivers. */
function forwardStop(signal: i32, about: SignalInfo): void {
  if (policy.waitsForAll) forwardToAll(signal, about);
  else forward(signal, about);
  if (forwardedAs(signal) === SIGTERM) wasTold = true;
}

/**
 * Forwards the stop signals of an action, starting with the one that was held back. Only after that is a stopped program
 * continued, so that it sees them first.
 */
function forwardStops(actions: i32, signal: i32, about: SignalInfo): void {
  if (actions & Action.FORWARD_HELD && slots.stop !== 0) {
    forwardStop(stopSignal, at<SignalInfo>(slots.stop));
    slots.stop = 0;
  }
  if (actions & Action.FORWARD && changetype<usize>(about) !== 0) forwardStop(signal, about);
  if (!supervisee.stopped) return;
  supervisee.stopped = false;
  host.kill(job(), SIGCONT);
}

/** An event for the stop sequence other than a stop signal. */
function happened(event: Event): void {
  take(event, 0, at<SignalInfo>(0));
}

/** A stop signal came in. `about` is its siginfo, null if the program has received the signal already. */
export function stop(signal: i32, about: SignalInfo): void {
  supervisee.stopSignal = signal;
  take(Event.STOP, signal, about);
}

/** Finds out what the stop sequence has to know at `event`. */
function look(event: Event): void {
  const isAlive = lives();
  // SIGCHLD only announces changes; whether any child is left may be unknown as yet. Before a stop signal, everything has been
  // reaped.
  if (!isAlive && event === Event.DEADLINE) reapDead();
  situation.populated = !isAlive && othersInGroup();
  situation.anybody = isAlive || situation.populated || (!supervisee.childless && !unreachable);
  const killedOnce = event === Event.DEADLINE && sequence.rounds === 1;
  const kills = sequence.state === State.KILLING || sequence.state === State.SWEEPING;
  situation.powerless = killedOnce && kills && isPowerless();
  situation.now = timed || situation.populated ? now() : 0;
  situation.ran = situation.now - startedAt;
  situation.failed = exitCodeFor(supervisee.exitCode) !== 0;
  situation.conclusive = isFinalCode(supervisee.exitCode);
}

/** Takes the step for an event, and carries out its actions. */
function take(event: Event, signal: i32, about: SignalInfo): void {
  const before = sequence.state;
  look(event);
  step(sequence, policy, event, situation);
  const actions = sequence.actions;
  if (sequence.state !== before) reportSequence(signal !== 0 ? signal : stopSignal, before);
  if (actions & Action.HOLD) {
    stopSignal = signal;
    slots.stop = changetype<usize>(about);
    if (slots.stop === slots.incoming) renewIncoming();
  }
  if (actions & (Action.FORWARD_HELD | Action.FORWARD)) forwardStops(actions, signal, about);
  if (actions & Action.TERMINATE_OTHERS) terminateOthers(wasTold, isBetweenLives());
  if (actions & Action.KILL) {
    supervisee.killed = true;
    signalEverything(SIGKILL, isBetweenLives());
  }
  if (actions & Action.LEAVE_OTHERS) reportLeft();
  if (actions & Action.GIVE_UP) {
    reportPowerless();
    if (!supervisee.ended) supervisee.exitCode = 128 + SIGKILL;
  }
}

/** When something is due next, in milliseconds; NEVER if nothing is. */
export function dueAt(): i64 {
  const deadline = sequence.deadline;
  const timeoutAt = sequence.timeoutAt;
  return timeoutAt < 0 || (deadline >= 0 && deadline < timeoutAt) ? deadline : timeoutAt;
}

/** Does what is due at `time`, in milliseconds. */
export function meetDeadline(time: i64): void {
  if (sequence.timeoutAt >= 0 && time >= sequence.timeoutAt) {
    report(Log.TIMEOUT);
    take(Event.TIMEOUT, SIGTERM, at<SignalInfo>(ownInfo));
  }
  if (sequence.deadline >= 0 && time >= sequence.deadline) happened(Event.DEADLINE);
}

/** Processes other than the main child may have ended. */
export function othersChanged(): void {
  if (!lives() || sequence.state >= State.LINGERING) {
    if (heedsOthers(sequence, policy)) happened(Event.OTHERS_CHANGED);
  }
}

/** Notices that no process remains that a signal could reach. */
export function noticeUnreachable(): void {
  if (unreachable && !lives()) othersChanged();
}

/** Whether the main child was killed by a key whose signal is a stop signal, and which we did not receive. */
function diedOfKey(): bool {
  const signal = supervisee.deathSignal;
  return (signal === SIGINT || signal === SIGQUIT) && (getStopSignals() & bit(signal)) !== 0 && keysAreItsOwn();
}

/** The main child is dead. */
function mainChildEnded(): void {
  const mayRestart = policy.restart !== 0;
  // A key that only the program received, and died of, was meant to end it: a shell ends its script then, too.
  if (mayRestart && diedOfKey()) stop(supervisee.deathSignal, at<SignalInfo>(0));
  happened(Event.CHILD_DEAD);
  // Processes that are waited for after it receive stop signals from us, the terminal's as well.
  if (mayRestart || policy.waitsForAll) regainKeys();
}

/** Handles the deaths that were just reaped; `wasAlive` if the main child was alive before. */
function follow(wasAlive: bool): void {
  if (wasAlive && supervisee.ended) mainChildEnded();
  else othersChanged();
}

/** Reaps what is dead by now, and handles it. False if the state of the main child can no longer be known. */
export function reap(): bool {
  const wasAlive = lives();
  if (!reapDead()) return false;
  follow(wasAlive);
  return true;
}

/** If waiting for signals fails: waits until the main child is dead, and handles it. False if its state cannot be known. */
export function reapToTheEnd(): bool {
  const wasAlive = lives();
  if (!reapUntilEnd()) return false;
  // That wait was only for the main child: reap the others.
  if (supervisee.ended) reapDead();
  follow(wasAlive);
  return true;
}
