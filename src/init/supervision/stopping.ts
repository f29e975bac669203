/**
 * How it ends: the stop sequence and the restarts, as a state machine that decides and does nothing.
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
 * Where all are waited for, the main child is dead when nobody is left. The longest run's end is as a stop signal.
 * A state that waits for others is left at once where nobody is left, whatever led to it.
 */
import { Restart } from "../config/config";

export enum State {
  RUNNING,
  /** A stop signal came in, and is held back. */
  DELAYING,
  /** It was forwarded. */
  TERMINATING,
  /** The main child is dead, and what else runs got SIGTERM and may end by itself. */
  LINGERING,
  /** Everything got SIGKILL. */
  KILLING,
  /** The main child is dead and will be started again; what it left got SIGTERM and may end by itself. */
  CLEARING,
  /** What it left got SIGKILL. */
  SWEEPING,
  /** The main child is dead, and will be started again. Without one (--pause) it is always so. */
  WAITING,
  /** It is to be started now. */
  STARTING,
  /** It is over. */
  GONE,
}

export enum Event {
  STOP,
  CHILD_DEAD,
  /** Others may have ended. */
  OTHERS_CHANGED,
  DEADLINE,
  /** The longest run is over: as a stop signal. */
  TIMEOUT,
}

/** What is to be done, in this order. */
export namespace Action {
  /** Forward the signal that was held back. */
  export const FORWARD_HELD: i32 = 1;
  /** Forward the signal that came in. */
  export const FORWARD: i32 = 2;
  /** Hold the signal back that came in. */
  export const HOLD: i32 = 4;
  /** Send SIGTERM to everything that is left. */
  export const TERMINATE_OTHERS: i32 = 8;
  /** Send SIGKILL to everything. */
  export const KILL: i32 = 16;
  /** Report that not even SIGKILL helps. */
  export const GIVE_UP: i32 = 32;
  /** Report who is left: nobody waits for them. */
  export const LEAVE_OTHERS: i32 = 64;
}

/** No deadline, or no such limit. */
export const NEVER: i64 = -1;

/** How often and how many times everything is killed again: what forks while it is killed is found in the next round. */
const ROUND_MS: i32 = 10;
const ROUNDS: i32 = 500;

/** The delay between restarts doubles up to this; a run that lasts longer forgets the restarts before. */
export const LONGEST_RESTART_DELAY_MS: i32 = 60_000;

/** What the user wants of the end. Times in milliseconds. */
@unmanaged
export class StopPolicy {
  delay: i32 = 0;
  /** NEVER to wait for ever. */
  grace: i32 = 0;
  /** NEVER not to care for the others at all. */
  linger: i32 = 0;
  /** Whether the program is started again, a `Restart`; and how many times in a row, 0 for any, from bit 8 up. */
  restart: i32 = 0;
  restartDelay: i32 = 0;
  /** The run is over when nobody is left, not when the main child is dead. */
  waitsForAll: bool = false;
  /** What the main child left runs on beside its next life. */
  leavesOthers: bool = false;
}
/** What is known when an event happens. */
@unmanaged
export class Situation {
  /** The time in milliseconds. */
  now: i64 = 0;
  /** How long the main child ran, and whether its exit code is a failure, where it is dead. */
  ran: i64 = 0;
  failed: bool = false;
  /** Whether its exit code is one after which it is not started again. */
  conclusive: bool = false;
  /** A process of ours lives: the main child, or another. */
  anybody: bool = false;
  /** The main child is dead, and its control group is not empty: the group ends with it, also without --linger. */
  populated: bool = false;
  /** We lack the permission to kill those who are left. */
  powerless: bool = false;
}

/** Where it stands. */
@unmanaged
export class StopSequence {
  state: State = State.RUNNING;
  /** The actions of the last step. */
  actions: i32 = 0;
  /** When the next deadline is, or NEVER. */
  deadline: i64 = 0;
  /** When the main child is started again at the earliest. */
  restartAt: i64 = 0;
  /** When the longest run is over, or NEVER. */
  timeoutAt: i64 = 0;
  /** How many times everything got SIGKILL in this state. */
  rounds: i32 = 0;
  restarts: i32 = 0;
  /** It ends because the longest run was over. */
  timedOut: bool = false;
}

/** How long to wait before restart number `restarts`, from 0: the delay, doubled each time. */
function restartDelay(policy: StopPolicy, restarts: i32): i32 {
  let delay = policy.restartDelay;
  for (; restarts > 0 && delay < LONGEST_RESTART_DELAY_MS; restarts--) delay *= 2;
  return min(delay, max(LONGEST_RESTART_DELAY_MS, policy.restartDelay));
}

/** Whether the main child is to be started again. A run that was long enough forgets those before. */
function startsAgain(sequence: StopSequence, policy: StopPolicy, situation: Situation): bool {
  if (situation.ran >= LONGEST_RESTART_DELAY_MS) sequence.restarts = 0;
  const when = policy.restart & 0xff;
  const limit = policy.restart >> 8;
  const wanted = when === Restart.ALWAYS || (when === Restart.ON_FAILURE && situation.failed);
  return wanted && !situation.conclusive && (limit === 0 || sequence.restarts < limit);
}

/** Goes to `state`, for `duration` milliseconds; for ever where that is below 0. */
function enter(sequence: StopSequence, state: State, actions: i32, now: i64, duration: i32): void {
  sequence.state = state;
  sequence.actions = actions;
  sequence.deadline = duration < 0 ? NEVER : now + duration;
}

/** Forwards what stops the program, and gives it its grace period. */
function terminate(sequence: StopSequence, policy: StopPolicy, now: i64, actions: i32): void {
  enter(sequence, State.TERMINATING, actions, now, policy.grace);
}

/** The main child is dead for good: the others get their time, or it is over. */
function leaveOthers(sequence: StopSequence, policy: StopPolicy, situation: Situation): void {
  sequence.timeoutAt = NEVER;
  const linger = situation.populated ? max(policy.linger, 0) : policy.linger;
  if (linger < 0) enter(sequence, State.GONE, situation.anybody ? Action.LEAVE_OTHERS : 0, 0, -1);
  else enter(sequence, State.LINGERING, Action.TERMINATE_OTHERS, situation.now, linger);
}

/** Nothing stands in the next life's way: it begins when its time has come. */
function awaitRestart(sequence: StopSequence, actions: i32): void {
  enter(sequence, State.WAITING, actions, 0, -1);
  sequence.deadline = sequence.restartAt;
}

/** The main child is dead and starts again: what it left gets its time before, unless it is to run on. */
function clear(sequence: StopSequence, policy: StopPolicy, now: i64): void {
  sequence.restartAt = now + restartDelay(policy, sequence.restarts++);
  if (policy.leavesOthers) awaitRestart(sequence, 0);
  else enter(sequence, State.CLEARING, Action.TERMINATE_OTHERS, now, max(policy.linger, 0));
}

/** Kills everything, for the first time or once more; gives up where that does not help. */
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
    // They have been told to end, or killed, already; only no life comes after them any more.
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
