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
 * WAITING      | GONE               |                          |          | STARTING
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

/** No deadline, or no such wish. */
export const NEVER: i64 = -1;

/** How often and how many times everything is killed again: what forks while it is killed is found in the next round. */
const ROUND_MS: i64 = 10;
const ROUNDS: i32 = 500;

/** The delay between restarts doubles up to this; a run that lasts longer forgets the restarts before. */
export const LONGEST_RESTART_DELAY_MS: i64 = 60_000;

/** What the user wants: the values of the options from --delay to --restart-delay, as they lie there. Times in milliseconds. */
@unmanaged
export class Wishes {
  delay: i64 = 0;
  /** NEVER to wait for ever. */
  grace: i64 = 0;
  /** NEVER not to care for the others at all. */
  linger: i64 = 0;
  /** Whether the program is started again: 0 no, 1 on failure, 2 always; and how many times in a row, 0 for any, from bit 8 up. */
  restart: i64 = 0;
  restartDelay: i64 = 0;
}
const ON_FAILURE: i32 = 1;
const ALWAYS: i32 = 2;

/** Where it stands. */
@unmanaged
export class Course {
  state: State = State.RUNNING;
  /** The actions of the last step. */
  actions: i32 = 0;
  /** When the next deadline is, or NEVER. */
  deadline: i64 = 0;
  rounds: i32 = 0;
  restarts: i32 = 0;
}

function go(course: Course, state: State, actions: i32, deadline: i64): void {
  course.state = state;
  course.actions = actions;
  course.deadline = deadline;
}

function after(now: i64, duration: i64): i64 {
  return duration < 0 ? NEVER : now + duration;
}

function terminate(course: Course, wishes: Wishes, actions: i32, now: i64): void {
  go(course, State.TERMINATING, actions, after(now, wishes.grace));
}

function childDead(course: Course, wishes: Wishes, now: i64): void {
  if (wishes.linger < 0) go(course, State.GONE, 0, NEVER);
  else go(course, State.LINGERING, Action.TERMINATE_OTHERS, after(now, wishes.linger));
}

/** How long to wait before restart number `restarts`, from 0: the delay, doubled each time. */
export function restartDelay(wishes: Wishes, restarts: i32): i64 {
  let delay = wishes.restartDelay;
  for (; restarts > 0 && delay < LONGEST_RESTART_DELAY_MS; restarts--) delay *= 2;
  return min(delay, max(LONGEST_RESTART_DELAY_MS, wishes.restartDelay));
}

/**
 * Takes one step. `now` is the time in milliseconds; `ran` how long the main child ran, and `failed` whether its exit
 * code says failure, where it is dead.
 */
export function step(course: Course, wishes: Wishes, event: Event, now: i64, ran: i64, failed: bool): void {
  course.actions = 0;
  switch (course.state) {
    case State.RUNNING:
      if (event === Event.STOP) {
        if (wishes.delay > 0) go(course, State.DELAYING, Action.HOLD, now + wishes.delay);
        else terminate(course, wishes, Action.FORWARD, now);
      } else if (event === Event.CHILD_DEAD) {
        if (ran >= LONGEST_RESTART_DELAY_MS) course.restarts = 0;
        const policy = (<i32>wishes.restart) & 0xff;
        const limit = (<i32>wishes.restart) >> 8;
        const wanted = policy === ALWAYS || (policy === ON_FAILURE && failed);
        if (wanted && (limit === 0 || course.restarts < limit)) {
          go(course, State.WAITING, 0, now + restartDelay(wishes, course.restarts++));
        } else {
          childDead(course, wishes, now);
        }
      }
      break;
    case State.DELAYING:
      if (event === Event.STOP) terminate(course, wishes, Action.FORWARD_HELD | Action.FORWARD, now);
      else if (event === Event.DEADLINE) terminate(course, wishes, Action.FORWARD_HELD, now);
      else if (event === Event.CHILD_DEAD) childDead(course, wishes, now);
      break;
    case State.TERMINATING:
      if (event === Event.STOP) course.actions = Action.FORWARD;
      else if (event === Event.DEADLINE) go(course, State.KILLING, Action.KILL, now + ROUND_MS);
      else if (event === Event.CHILD_DEAD) childDead(course, wishes, now);
      break;
    case State.KILLING:
      if (event === Event.ALL_DEAD) go(course, State.GONE, 0, NEVER);
      else if (event === Event.DEADLINE) {
        if (++course.rounds < ROUNDS) go(course, State.KILLING, Action.KILL, now + ROUND_MS);
        else go(course, State.GONE, Action.GIVE_UP, NEVER);
      }
      break;
    case State.LINGERING:
      if (event === Event.ALL_DEAD) go(course, State.GONE, 0, NEVER);
      else if (event === Event.DEADLINE) go(course, State.KILLING, Action.KILL, now + ROUND_MS);
      break;
    case State.WAITING:
      if (event === Event.STOP) go(course, State.GONE, 0, NEVER);
      else if (event === Event.DEADLINE) go(course, State.STARTING, 0, NEVER);
      break;
    default:
      break;
  }
}
