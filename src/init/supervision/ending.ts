/** The end: asks the stop sequence (stopping.ts) what is to be done, and does it. */
import { exitCodeFor, get, Id } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { now } from "../linux/clock";
import * as host from "../linux/host";
import { SIGCONT, SIGKILL, SIGSTOP, SIGTERM } from "../linux/signals";
import { at, SignalInfo } from "../linux/structs";
import { INFO, say, sayNumber, saySignal, WARN } from "../report/report";
import { EVERYTHING, sendToAll } from "./delivery";
import { forward } from "./forwarding";
import { ownInfo, renewIncoming, slots } from "./siginfos";
import { Action, Event, NEVER, State, step, StopPolicy, StopSequence } from "./stopping";
import { job, supervisee } from "./supervisee";
import { awaitEmpty, isPopulated } from "./watching";

/** Where the end stands, and what the user wants of it. */
export const sequence: StopSequence = changetype<StopSequence>(zeroed(32, StopSequence));
const policy: StopPolicy = changetype<StopPolicy>(zeroed(24, StopPolicy));

/** The stop signal that is held back while DELAYING; `slots.stop` is its siginfo. */
let stopSignal: i32 = 0;
/** No process remains that a signal could reach. */
let unreachable: bool = false;
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
  if (isFirst) sequence.deadline = NEVER;
  sequence.state = supervisee.child > 0 ? State.RUNNING : State.WAITING;
  timed = policy.delay > 0 || policy.grace >= 0 || policy.linger >= 0 || policy.restart !== 0;
  if (policy.restart !== 0) startedAt = now();
}

/**
 * Everything that is ours gets a signal of our own, however it hides. Without /proc that is the program's group, whose
 * number is nobody else's as long as it has a member; where it has none, or there is no such group, nobody is left
 * that could be found.
 */
function signalEverything(signal: i32): void {
  if (supervisee.self === 1) {
    host.kill(EVERYTHING, signal);
    return;
  }
  const known = supervisee.ended && !supervisee.leadsGroup ? 0 : job();
  const group = supervisee.cgroupPaths;
  let isGroupKilled = false;
  if (signal === SIGKILL) {
    if (group !== 0) {
      isGroupKilled = cgroup.write(group, words("cgroup.kill"), text("1")) === 0;
      // Linux before 5.14.
      if (!isGroupKilled) cgroup.write(group, words("cgroup.freeze"), text("1"));
    }
    // What is stopped does not fork while the others are found.
    sendToAll(supervisee.self, 0, known, SIGSTOP, at<SignalInfo>(ownInfo));
  }
  // The group has those as well that are no children of ours any more, but not those in a group within it; and a
  // descendant of ours may have gone to another group.
  if (group !== 0 && !isGroupKilled) sendToAll(supervisee.self, group, known, signal, at<SignalInfo>(ownInfo));
  unreachable = sendToAll(supervisee.self, 0, known, signal, at<SignalInfo>(ownInfo)) < 0;
  if (group !== 0 && signal === SIGKILL && !isGroupKilled) cgroup.write(group, words("cgroup.freeze"), text("0"));
}

/** Says what the stop sequence does next. */
function saySequence(signal: i32): void {
  const state = sequence.state;
  if (state === State.DELAYING)
    saySignal(INFO, words("Stopping by "), signal, words(", which is held back for a moment"));
  else if (state === State.TERMINATING) saySignal(INFO, words("Stopping by "), signal, words(""));
  else if (state === State.KILLING) say(INFO, words("Time is up: everything is killed"));
  else if (state === State.LINGERING) say(INFO, words("Waiting for the others to end"));
  else if (state === State.WAITING)
    sayNumber(INFO, words("Starting again in "), <i32>(sequence.deadline - now()), words(" ms"));
}

/**
 * Forwards the stop signals of an action, the one that was held first. A program that is stopped goes on after that alone:
 * what it got before then is the first that it sees.
 */
function forwardStops(actions: i32, signal: i32, about: SignalInfo): void {
  if (actions & Action.FORWARD_HELD && slots.stop !== 0) {
    forward(stopSignal, at<SignalInfo>(slots.stop));
    slots.stop = 0;
  }
  if (actions & Action.FORWARD && changetype<usize>(about) !== 0) forward(signal, about);
  if (!supervisee.stopped) return;
  supervisee.stopped = false;
  host.kill(job(), SIGCONT);
}

/** Something happened that concerns the end, other than a stop signal. */
export function happened(event: Event): void {
  take(event, 0, at<SignalInfo>(0));
}

/** A stop signal came in. `about` is its siginfo, null where the program has the signal already. */
export function stop(signal: i32, about: SignalInfo): void {
  take(Event.STOP, signal, about);
}

/** Takes the step for an event and does what it says. */
function take(event: Event, signal: i32, about: SignalInfo): void {
  if (event === Event.CHILD_DEAD && policy.restart === 0 && policy.linger < 0 && isPopulated()) {
    // The group ends with the program.
    policy.linger = 0;
    timed = true;
  }
  // Of those who are nobody's children, version 1 does not tell.
  if (event === Event.DEADLINE && sequence.state === State.KILLING && supervisee.ended) {
    if (supervisee.cgroupPaths !== 0 && !isPopulated()) event = Event.ALL_DEAD;
  }
  if (event === Event.ALL_DEAD && sequence.state >= State.KILLING && sequence.state <= State.LINGERING) {
    // They are nobody's children that we would hear of, so the group tells when it is empty.
    if (awaitEmpty()) return;
  }
  const time = timed ? now() : 0;
  const before = sequence.state;
  const failed = exitCodeFor(supervisee.exitCode) !== 0;
  step(sequence, policy, event, time, time - startedAt, failed);
  const actions = sequence.actions;
  if (sequence.state !== before) saySequence(event === Event.STOP ? signal : stopSignal);
  if (actions & Action.HOLD) {
    stopSignal = signal;
    slots.stop = changetype<usize>(about);
    if (slots.stop === slots.incoming) renewIncoming();
  }
  if (actions & (Action.FORWARD_HELD | Action.FORWARD)) forwardStops(actions, signal, about);
  if (actions & Action.TERMINATE_OTHERS) signalEverything(SIGTERM);
  if (actions & Action.KILL) signalEverything(SIGKILL);
  if (actions & Action.GIVE_UP) {
    say(WARN, words("processes are left that even SIGKILL does not end"));
    if (!supervisee.ended) supervisee.exitCode = 128 + SIGKILL;
  }
}

/** Does what is due: at `time`, in milliseconds. */
export function meetDeadline(time: i64): void {
  if (sequence.deadline >= 0 && time >= sequence.deadline) happened(Event.DEADLINE);
}

/** Notices that nobody is left whom a signal could reach. */
export function noticeUnreachable(): void {
  if (!unreachable || !supervisee.ended) return;
  unreachable = false;
  happened(Event.ALL_DEAD);
}
