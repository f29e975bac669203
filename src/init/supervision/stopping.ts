/**
 * How it ends: the stop sequence and the restarts, as a state machine that decides and does nothing.
 *
 *              | stop signal        | main child dead          | all dead | deadline
 * RUNNING      | DELAYING, or       | WAITING, LINGERING or    |          |
 *              | TERMINATING        | GONE                     |          |
 * DELAYING     | TERMINATING        | LINGERING or GONE        |          | TERMINATING
 * TERMINATING  | (forwards it)      | LINGERING or GONE        |          | KILLING
 * KILLING      |                    | (until all are dead)     | GONE     | (kills again), GONE
 * LINGERING    |                    |                          | GONE     | KILLING
 * WAITING      | LINGERING or GONE  |                          |          | STARTING
 */
export enum State {
  RUNNING,
  /** A stop signal came in, and is held back. */
  DELAYING,
  /** It was forwarded. */
  TERMINATING,
  /** Everything got SIGKILL. */
  KILLING,
  /** The main child is dead, and what else runs may end by itself. */
  LINGERING,
  /** The main child is dead, and will be started again. */
  WAITING,
  /** It is to be started now. */
  STARTING,
  /** It is over. */
  GONE,
}

export enum Event {
  STOP,
  CHILD_DEAD,
  ALL_DEAD,
  DEADLINE,
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
  /** Say that not even SIGKILL helps. */
  export const GIVE_UP: i32 = 32;
}

/** No deadline, or no such limit. */
export const NEVER: i64 = -1;

/** How often and how many times everything is killed again: what forks while it is killed is found in the next round. */
const ROUND_MS: i32 = 10;
const ROUNDS: i32 = 500;

/** The delay between restarts doubles up to this; a run that lasts longer forgets the restarts before. */
export const LONGEST_RESTART_DELAY_MS: i32 = 60_000;

/** What the user wants of the end: the options from --delay to --restart-delay. Times in milliseconds. */
@unmanaged
export class StopPolicy {
  delay: i32 = 0;
  /** NEVER to wait for ever. */
  grace: i32 = 0;
  /** NEVER not to care for the others at all. */
  linger: i32 = 0;
  /** Whether the program is started again: 0 no, 1 on failure, 2 always; and how many times in a row, 0 for any, from bit 8 up. */
  restart: i32 = 0;
  restartDelay: i32 = 0;
}
const ON_FAILURE: i32 = 1;
const ALWAYS: i32 = 2;

/** Where it stands. */
@unmanaged
export class StopSequence {
  state: State = State.RUNNING;
  /** The actions of the last step. */
  actions: i32 = 0;
  /** When the next deadline is, or NEVER. */
  deadline: i64 = 0;
  rounds: i32 = 0;
  restarts: i32 = 0;
}

/** What the next deadline is, in a transition: none, one of the policy's times by its place there from 1, the next round, or the one before. */
namespace Timer {
  export const NONE: i32 = 0;
  export const DELAY: i32 = 1;
  export const GRACE: i32 = 2;
  export const LINGER: i32 = 3;
  export const RESTART: i32 = 5;
  export const ROUND: i32 = 6;
  export const KEEP: i32 = 7;
}

/** The main child is dead and to be started again: what CHILD_DEAD becomes in RUNNING by the restart policy. */
const RESTART: i32 = 4;
const EVENTS: i32 = 5;

/** Where a transition has its actions and its timer, in bits; and how large state and actions are at most. */
const ACTIONS: i32 = 4;
const TIMER: i32 = 12;
const STATE_MASK: i32 = 15;
const ACTIONS_MASK: i32 = 0xff;

/**
 * The transitions: for each state from RUNNING to WAITING, for each event, the next state | actions << ACTIONS | timer << TIMER;
 * 0 where nothing happens. LINGERING stands for GONE too, where --linger is off.
 */
// prettier-ignore
const transitions: usize = memory.data<u16>([
  // RUNNING: a stop signal, the main child dead, all dead, a deadline, to be started again
  <u16>(State.DELAYING | (Action.HOLD << ACTIONS) | (Timer.DELAY << TIMER)),
  <u16>(State.LINGERING | (Action.TERMINATE_OTHERS << ACTIONS) | (Timer.LINGER << TIMER)),
  0,
  0,
  <u16>(State.WAITING | (Timer.RESTART << TIMER)),
  // DELAYING
  <u16>(State.TERMINATING | ((Action.FORWARD_HELD | Action.FORWARD) << ACTIONS) | (Timer.GRACE << TIMER)),
  <u16>(State.LINGERING | (Action.TERMINATE_OTHERS << ACTIONS) | (Timer.LINGER << TIMER)),
  0,
  <u16>(State.TERMINATING | (Action.FORWARD_HELD << ACTIONS) | (Timer.GRACE << TIMER)),
  0,
  // TERMINATING
  <u16>(State.TERMINATING | (Action.FORWARD << ACTIONS) | (Timer.KEEP << TIMER)),
  <u16>(State.LINGERING | (Action.TERMINATE_OTHERS << ACTIONS) | (Timer.LINGER << TIMER)),
  0,
  <u16>(State.KILLING | (Action.KILL << ACTIONS) | (Timer.ROUND << TIMER)),
  0,
  // KILLING
  0,
  0,
  <u16>(State.GONE),
  <u16>(State.KILLING | (Action.KILL << ACTIONS) | (Timer.ROUND << TIMER)),
  0,
  // LINGERING
  0,
  0,
  <u16>(State.GONE),
  <u16>(State.KILLING | (Action.KILL << ACTIONS) | (Timer.ROUND << TIMER)),
  0,
  // WAITING
  <u16>(State.LINGERING | (Action.TERMINATE_OTHERS << ACTIONS) | (Timer.LINGER << TIMER)),
  0,
  0,
  <u16>(State.STARTING),
  0,
]);

/** How long to wait before restart number `restarts`, from 0: the delay, doubled each time. */
export function restartDelay(policy: StopPolicy, restarts: i32): i32 {
  let delay = policy.restartDelay;
  for (; restarts > 0 && delay < LONGEST_RESTART_DELAY_MS; restarts--) delay *= 2;
  return min(delay, max(LONGEST_RESTART_DELAY_MS, policy.restartDelay));
}

/** Whether the main child is to be started again. A run that was long enough forgets those before. */
function startsAgain(sequence: StopSequence, policy: StopPolicy, ran: i64, failed: bool): bool {
  if (ran >= LONGEST_RESTART_DELAY_MS) sequence.restarts = 0;
  const when = policy.restart & 0xff;
  const limit = policy.restart >> 8;
  return (when === ALWAYS || (when === ON_FAILURE && failed)) && (limit === 0 || sequence.restarts < limit);
}

/** The duration that a timer stands for, NEVER for none. */
function duration(sequence: StopSequence, policy: StopPolicy, timer: i32): i32 {
  if (timer === Timer.NONE) return -1;
  if (timer === Timer.ROUND) return ROUND_MS;
  if (timer === Timer.RESTART) return restartDelay(policy, sequence.restarts++);
  return load<i32>(changetype<usize>(policy) + ((timer - 1) << 2));
}

/**
 * Takes one step. `now` is the time in milliseconds; `ran` how long the main child ran, and `failed` whether its exit
 * code says failure, where it is dead.
 */
export function step(sequence: StopSequence, policy: StopPolicy, event: Event, now: i64, ran: i64, failed: bool): void {
  let state = <i32>sequence.state;
  let happening = <i32>event;
  sequence.actions = 0;
  if (state > State.WAITING) return;
  if (state === State.RUNNING) {
    // Without a delay it is over at once; nothing is held, so nothing held is forwarded.
    if (event === Event.STOP && policy.delay === 0) state = State.DELAYING;
    if (event === Event.CHILD_DEAD && startsAgain(sequence, policy, ran, failed)) happening = RESTART;
  }
  let transition = <i32>load<u16>(transitions + ((state * EVENTS + happening) << 1));
  if (transition === 0) return;
  if ((transition & STATE_MASK) === State.LINGERING && policy.linger < 0) transition = State.GONE;
  if (state === State.KILLING && event === Event.DEADLINE && ++sequence.rounds === ROUNDS) {
    transition = State.GONE | (Action.GIVE_UP << ACTIONS);
  }
  const timer = transition >> TIMER;
  sequence.state = <State>(transition & STATE_MASK);
  sequence.actions = (transition >> ACTIONS) & ACTIONS_MASK;
  if (timer === Timer.KEEP) return;
  const lasts = duration(sequence, policy, timer);
  sequence.deadline = lasts < 0 ? NEVER : now + lasts;
}
