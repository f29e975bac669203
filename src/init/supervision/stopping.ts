/**
 * The stop sequence and the restarts, as a state machine that only decides.
 *
 *              | stop signal        | main child dead          | nobody left | deadline
 * RUNNING      | DELAYING, or       | CLEARING, WAITING,       |             |
 *              | TERMINATING        | LINGERING or GONE        |             |
 * DELAYING     | TERMINATING        | LINGERING or GONE        |             | TERMINATING
 * TERMINATING  | (forwards it)      | LINGERING or GONE        |             | KILLING
 * LINGERING    |                    |                          | GONE        | KILLING
 * KILLING      |                    | (until all are dead)     | GONE        | (kills again), GONE
 * CLEARING     | LINGERING          |                          | WAITING     | SWEEPING
 * SWEEPING     | KILLING            |                          | WAITING     | (kills again), WAITING
 * WAITING      | LINGERING or GONE  |                          |             | STARTING
 *
 * With --wait=all or last, "main child dead" happens when nobody is left. --timeout works like a stop signal.
 * A state that waits for others is left at once if nobody is left, whatever led to it.
 */
import { Restart } from "../config/config";

export enum State {
  RUNNING,
  /** A stop signal came in, and is held back. */
  DELAYING,
  /** The stop signal was forwarded. */
  TERMINATING,
  /** The main child is dead; the other processes got SIGTERM and have time to end. */
  LINGERING,
  /** Everything got SIGKILL. */
  KILLING,
  /** The main child is dead and will be restarted; what it left got SIGTERM and has time to end. */
  CLEARING,
  /** What it left got SIGKILL. */
  SWEEPING,
  /** The main child is dead, and will be restarted after a delay. With --pause, the only state until a stop signal. */
  WAITING,
  /** The main child is to be started now. */
  STARTING,
  /** The run is over. */
  GONE,
}

export enum Event {
  STOP,
  CHILD_DEAD,
  /** Processes other than the main child may have ended. */
  OTHERS_CHANGED,
  DEADLINE,
  /** --timeout is over: works like a stop signal. */
  TIMEOUT,
}

/** The actions of a step, in this order. */
export namespace Action {
  /** Forward the signal that was held back. */
  export const FORWARD_HELD: i32 = 1;
  /** Forward the signal that came in. */
  export const FORWARD: i32 = 2;
  /** Hold back the signal that came in. */
  export const HOLD: i32 = 4;
  /** Send SIGTERM to everything that is left. */
  export const TERMINATE_OTHERS: i32 = 8;
  /** Send SIGKILL to everything. */
  export const KILL: i32 = 16;
  /** Report that not even SIGKILL ends everything. */
  export const GIVE_UP: i32 = 32;
  /** Report the processes that are left running. */
  export const LEAVE_OTHERS: i32 = 64;
}

/** No deadline, or no such limit. */
export const NEVER: i64 = -1;

/** How long to wait before everything is killed again, and how many times: what forks while it is killed is found in the next round. */
const ROUND_MS: i32 = 10;
const ROUNDS: i32 = 500;

/** The delay between restarts doubles up to this; a run that lasts this long resets the count of restarts. */
export const LONGEST_RESTART_DELAY_MS: i32 = 60_000;

/** The user's settings. Times are in milliseconds. */
@unmanaged
export class StopPolicy {
  delay: i32 = 0;
  /** NEVER = wait for ever. */
  grace: i32 = 0;
  /** NEVER = leave the other processes alone. */
  linger: i32 = 0;
  /** When the program is restarted, a `Restart`; and from bit 8 up, how many times in a row, 0 for any number. */
  restart: i32 = 0;
  restartDelay: i32 = 0;
  /** The run is over when nobody is left, instead of when the main child is dead (--wait). */
  waitsForAll: bool = false;
  /** What the main child left keeps running beside its next life (--restart-leaves). */
  leavesOthers: bool = false;
}
/** What is known when an event happens. */
@unmanaged
export class Situation {
  /** The time in milliseconds. */
  now: i64 = 0;
  /** If the main child is dead: how long it ran, and whether its exit code is a failure. */
  ran: i64 = 0;
  failed: bool = false;
  /** Whether its exit code rules out a restart (--restart-except). */
  conclusive: bool = false;
  /** Any of our processes is alive. */
  anybody: bool = false;
  /** The main child is dead, and its control group is not empty: the processes in it end, even without --linger. */
  populated: bool = false;
  /** We lack the permission to kill what is left. */
  powerless: bool = false;
}

/** The state of the stop sequence. */
@unmanaged
export class StopSequence {
  state: State = State.RUNNING;
  /** The actions of the last step. */
  actions: i32 = 0;
  /** When the next deadline is, or NEVER. */
  deadline: i64 = 0;
  /** The earliest time of the next restart. */
  restartAt: i64 = 0;
  /** When --timeout is over, or NEVER. */
  timeoutAt: i64 = 0;
  /** How many times everything got SIGKILL in this state. */
  rounds: i32 = 0;
  restarts: i32 = 0;
  /** The run ends because of --timeout. */
  timedOut: bool = false;
}

/** How long to wait before restart number `restarts`, from 0: the delay, doubled each time. */
function restartDelay(policy: StopPolicy, restarts: i32): i32 {
  let delay = policy.restartDelay;
  for (; restarts > 0 && delay < LONGEST_RESTART_DELAY_MS; restarts--) delay *= 2;
  return min(delay, max(LONGEST_RESTART_DELAY_MS, policy.restartDelay));
}

/** Whether the main child is to be restarted. A run that was long enough resets the count of restarts. */
function startsAgain(sequence: StopSequence, policy: StopPolicy, situation: Situation): bool {
  if (situation.ran >= LONGEST_RESTART_DELAY_MS) sequence.restarts = 0;
  const when = policy.restart & 0xff;
  const limit = policy.restart >> 8;
  const wanted = when === Restart.ALWAYS || (when === Restart.ON_FAILURE && situation.failed);
  return wanted && !situation.conclusive && (limit === 0 || sequence.restarts < limit);
}

/** Goes to `state` for `duration` milliseconds; for ever if that is below 0. */
function enter(sequence: StopSequence, state: State, actions: i32, now: i64, duration: i32): void {
  sequence.state = state;
  sequence.actions = actions;
  sequence.deadline = duration < 0 ? NEVER : now + duration;
}

/** Forwards the stop signals, and starts the grace period. */
function terminate(sequence: StopSequence, policy: StopPolicy, now: i64, actions: i32): void {
  enter(sequence, State.TERMINATING, actions, now, policy.grace);
}

/** The main child is dead for good: the others get time to end, or the run is over. */
function leaveOthers(sequence: StopSequence, policy: StopPolicy, situation: Situation): void {
  sequence.timeoutAt = NEVER;
  const linger = situation.populated ? max(policy.linger, 0) : policy.linger;
  if (linger < 0) enter(sequence, State.GONE, situation.anybody ? Action.LEAVE_OTHERS : 0, 0, -1);
  else enter(sequence, State.LINGERING, Action.TERMINATE_OTHERS, situation.now, linger);
}

/** Waits for the time of the next restart, as nothing else delays it. */
function awaitRestart(sequence: StopSequence, actions: i32): void {
  enter(sequence, State.WAITING, actions, 0, -1);
  sequence.deadline = sequence.restartAt;
}

/** The main child is dead and will be restarted: first, what it left gets time to end, unless it is to keep running. */
function clear(sequence: StopSequence, policy: StopPolicy, now: i64): void {
  sequence.restartAt = now + restartDelay(policy, sequence.restarts++);
  if (policy.leavesOthers) awaitRestart(sequence, 0);
  else enter(sequence, State.CLEARING, Action.TERMINATE_OTHERS, now, max(policy.linger, 0));
}

/** Kills everything, for the first time or once more; gives up if that does not help. */
function kill(sequence: StopSequence, situation: Situation, state: State): void {
  if (sequence.state !== state) sequence.rounds = 0;
  if (sequence.rounds++ < ROUNDS && !situation.powerless) enter(sequence, state, Action.KILL, situation.now, ROUND_MS);
  else if (state === State.SWEEPING) awaitRestart(sequence, Action.GIVE_UP);
  else enter(sequence, State.GONE, Action.GIVE_UP, 0, -1);
}

/** A stop signal came in. */
function stop(sequence: StopSequence, policy: StopPolicy, situation: Situation): void {
  switch (sequence.state) {
    case State.RUNNING:
      if (policy.delay > 0) enter(sequence, State.DELAYING, Action.HOLD, situation.now, policy.delay);
      else terminate(sequence, policy, situation.now, Action.FORWARD);
      break;
    case State.DELAYING:
      terminate(sequence, policy, situation.now, Action.FORWARD_HELD | Action.FORWARD);
      break;
    case State.TERMINATING:
      sequence.actions = Action.FORWARD;
      break;
    case State.WAITING:
      leaveOthers(sequence, policy, situation);
      break;
    // The others have had SIGTERM, or SIGKILL, already; but now no restart follows.
    case State.CLEARING:
      sequence.state = State.LINGERING;
      break;
    case State.SWEEPING:
      sequence.state = State.KILLING;
      break;
    default:
  }
}

/** The time of a state is over. */
function expire(sequence: StopSequence, policy: StopPolicy, situation: Situation): void {
  switch (sequence.state) {
    case State.DELAYING:
      terminate(sequence, policy, situation.now, Action.FORWARD_HELD);
      break;
    case State.TERMINATING:
    case State.LINGERING:
    case State.KILLING:
      kill(sequence, situation, State.KILLING);
      break;
    case State.CLEARING:
    case State.SWEEPING:
      kill(sequence, situation, State.SWEEPING);
      break;
    case State.WAITING:
      enter(sequence, State.STARTING, 0, 0, -1);
      break;
    default:
  }
}

/** Whether a state lasts until nobody is left. */
function waitsForOthers(state: State): bool {
  return state >= State.LINGERING && state <= State.SWEEPING;
}

/** Whether it matters that others have ended. */
export function heedsOthers(sequence: StopSequence, policy: StopPolicy): bool {
  return waitsForOthers(sequence.state) || (policy.waitsForAll && sequence.state <= State.TERMINATING);
}

/** Takes one step. */
export function step(sequence: StopSequence, policy: StopPolicy, event: Event, situation: Situation): void {
  check(situation.now >= 0);
  const before = sequence.state;
  sequence.actions = 0;
  const isOver = policy.waitsForAll ? !situation.anybody : event === Event.CHILD_DEAD;
  if (event === Event.STOP || event === Event.TIMEOUT) {
    if (event === Event.TIMEOUT) sequence.timedOut = true;
    sequence.timeoutAt = NEVER;
    stop(sequence, policy, situation);
  } else if (event === Event.DEADLINE) {
    expire(sequence, policy, situation);
  } else if (isOver && before <= State.TERMINATING) {
    if (before === State.RUNNING && startsAgain(sequence, policy, situation)) clear(sequence, policy, situation.now);
    else leaveOthers(sequence, policy, situation);
  }
  if (situation.anybody || !waitsForOthers(sequence.state)) return;
  if (sequence.state <= State.KILLING) enter(sequence, State.GONE, 0, 0, -1);
  else awaitRestart(sequence, 0);
}
