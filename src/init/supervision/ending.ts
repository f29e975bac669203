/** The end: tells the stop sequence (stopping.ts) what happened and what is known, and does what it decides. */
import { exitCodeFor, forwardedAs, get, getStopSignals, Id, isFinalCode, RestartLeaves, Wait } from "../config/config";
import { now } from "../linux/clock";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { bit, SIGCONT, SIGINT, SIGKILL, SIGQUIT, SIGTERM } from "../linux/signals";
import { at, SignalInfo } from "../linux/structs";
import { atLevel, Level, Log, report, reportOne } from "../report/report";
import { forward, forwardToAll } from "./forwarding";
import { keysAreItsOwn, regainKeys } from "./jobcontrol";
import { forgetOthers, isPowerless, sayWhoIsLeft, signalEverything, terminateOthers, unreachable } from "./others";
import { reapDead, reapUntilEnd } from "./reaping";
import { ownInfo, renewIncoming, slots } from "./siginfos";
import { Action, Event, heedsOthers, NEVER, Situation, State, step, StopPolicy, StopSequence } from "./stopping";
import { job, lives, supervisee } from "./supervisee";
import { othersInGroup } from "./watching";

/** Where the end stands, what the user wants of it, and what is known at an event. */
export const sequence: StopSequence = changetype<StopSequence>(zeroed(StopSequence));
const policy: StopPolicy = changetype<StopPolicy>(zeroed(StopPolicy));
const situation: Situation = changetype<Situation>(zeroed(Situation));

/** The stop signal that is held back while DELAYING; `slots.stop` is its siginfo. */
let stopSignal: i32 = 0;
/** Who gets signals by --forward-to was sent SIGTERM, as the stop signal. */
let wasTold: bool = false;
/** When the main child was started, where it may be started again. */
let startedAt: i64 = 0;
/** Whether any option takes time; else nobody looks at the clock. */
let timed: bool = false;

/** Begins with a program that has just been started; without one (--pause) it is as between two: a stop signal ends it. */
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

/** Whether the next life of the program comes after what is done now. */
function isBetweenLives(): bool {
  return sequence.state === State.CLEARING || sequence.state === State.SWEEPING;
}

/** Says what the stop sequence does next. */
function saySequence(signal: i32, before: State): void {
  const state = sequence.state;
  if (state === State.DELAYING) reportOne(Log.STOP_DELAYED, signal);
  else if (state === State.TERMINATING) reportOne(Log.STOP, signal);
  else if (state === State.KILLING || state === State.SWEEPING) {
    // Who was given no time, because nobody asked for any, was not too slow.
    const isLate = before === State.TERMINATING || policy.linger > 0;
    if (before !== State.SWEEPING) report(isLate ? Log.EVERYTHING_KILLED : atLevel(Log.EVERYTHING_KILLED, Level.INFO));
  } else if (state === State.LINGERING && before !== State.CLEARING) report(Log.OTHERS_AWAITED);
  else if (state === State.CLEARING) report(Log.OTHERS_AWAITED_BEFORE_RESTART);
  else if (state === State.WAITING) reportOne(Log.RESTART, <i32>max<i64>(sequence.deadline - now(), 0));
}

/** Says that not even SIGKILL ends everything, and why. */
function sayPowerless(): void {
  if (!situation.powerless) report(Log.PROCESSES_NOT_KILLED);
  else if (ourselves.pid === 1 && sequence.state === State.GONE) report(Log.KILL_LEFT_TO_KERNEL);
  else report(Log.KILL_NOT_PERMITTED);
}

/** Forwards one stop signal to who gets it. */
function forwardStop(signal: i32, about: SignalInfo): void {
  if (policy.waitsForAll) forwardToAll(signal, about);
  else forward(signal, about);
  if (forwardedAs(signal) === SIGTERM) wasTold = true;
}

/**
 * Forwards the stop signals of an action, the one that was held first. A program that is stopped goes on after that alone:
 * what it got before then is the first that it sees.
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

/** Something happened that concerns the end, other than a stop signal. */
function happened(event: Event): void {
  take(event, 0, at<SignalInfo>(0));
}

/** A stop signal came in. `about` is its siginfo, null where the program has the signal already. */
export function stop(signal: i32, about: SignalInfo): void {
  take(Event.STOP, signal, about);
}

/** Learns what the stop sequence has to know at `event`. */
function look(event: Event): void {
  const isAlive = lives();
  // SIGCHLD tells of a change only; whether there is anybody at all, nobody may have said yet. Before a stop signal
  // everything has been reaped.
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

/** Takes the step for an event and does what it says. */
function take(event: Event, signal: i32, about: SignalInfo): void {
  const before = sequence.state;
  look(event);
  step(sequence, policy, event, situation);
  const actions = sequence.actions;
  if (sequence.state !== before) saySequence(signal !== 0 ? signal : stopSignal, before);
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
  if (actions & Action.LEAVE_OTHERS) sayWhoIsLeft();
  if (actions & Action.GIVE_UP) {
    sayPowerless();
    if (!supervisee.ended) supervisee.exitCode = 128 + SIGKILL;
  }
}

/** When something is due next, in milliseconds; NEVER for nothing. */
export function dueAt(): i64 {
  const deadline = sequence.deadline;
  const timeoutAt = sequence.timeoutAt;
  return timeoutAt < 0 || (deadline >= 0 && deadline < timeoutAt) ? deadline : timeoutAt;
}

/** Does what is due: at `time`, in milliseconds. */
export function meetDeadline(time: i64): void {
  if (sequence.timeoutAt >= 0 && time >= sequence.timeoutAt) {
    report(Log.TIMEOUT);
    take(Event.TIMEOUT, SIGTERM, at<SignalInfo>(ownInfo));
  }
  if (sequence.deadline >= 0 && time >= sequence.deadline) happened(Event.DEADLINE);
}

/** Others may have ended. */
export function othersChanged(): void {
  if (!lives() || sequence.state >= State.LINGERING) {
    if (heedsOthers(sequence, policy)) happened(Event.OTHERS_CHANGED);
  }
}

/** Notices that nobody is left whom a signal could reach. */
export function noticeUnreachable(): void {
  if (unreachable && !lives()) othersChanged();
}

/** Whether a key killed the main child that is a stop signal, and that we did not see. */
function diedOfKey(): bool {
  const signal = supervisee.deathSignal;
  return (signal === SIGINT || signal === SIGQUIT) && (getStopSignals() & bit(signal)) !== 0 && keysAreItsOwn();
}

/** The main child is dead. */
function mainChildEnded(): void {
  const mayRestart = policy.restart !== 0;
  // A key that the program alone got, and died of, was meant to end it: so a shell breaks its script off as well.
  if (mayRestart && diedOfKey()) stop(supervisee.deathSignal, at<SignalInfo>(0));
  happened(Event.CHILD_DEAD);
  // Who is waited for after it gets the stop signals from us, those of the terminal too.
  if (mayRestart || policy.waitsForAll) regainKeys();
}

/** What follows from the deaths that were just reaped, where the main child was alive before if `wasAlive`. */
function follow(wasAlive: bool): void {
  if (wasAlive && supervisee.ended) mainChildEnded();
  else othersChanged();
}

/** Reaps what is dead by now, and does what follows. False where the main child cannot be known of. */
export function reap(): bool {
  const wasAlive = lives();
  if (!reapDead()) return false;
  follow(wasAlive);
  return true;
}

/** Where no signal can be waited for: waits until the main child is dead, and does what follows. False where it cannot be known of. */
export function reapToTheEnd(): bool {
  const wasAlive = lives();
  if (!reapUntilEnd()) return false;
  // What else is there, the wait for the main child alone has not told.
  if (supervisee.ended) reapDead();
  follow(wasAlive);
  return true;
}
