/* The state machine of the stop sequence, compiled alone: every event in every state, and properties of every sequence. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";

/** The functions of src/init/supervision/stopping.ts that the tests need, with numbers as parameters. */
const ENTRY = `
import { Event, Situation, State, step, StopPolicy, StopSequence } from "./supervision/stopping";
const sequence: StopSequence = changetype<StopSequence>(zeroed(64, StopSequence));
const policy: StopPolicy = changetype<StopPolicy>(zeroed(64, StopPolicy));
const situation: Situation = changetype<Situation>(zeroed(64, Situation));
export function wish(delay: i32, grace: i32, linger: i32, restart: i32, restartDelay: i32, all: i32, leaves: i32): void {
  policy.leavesOthers = leaves !== 0;
  policy.waitsForAll = all !== 0;
  policy.delay = delay;
  policy.grace = grace;
  policy.linger = linger;
  policy.restart = restart;
  policy.restartDelay = restartDelay;
}
export function put(state: i32, deadline: i64, rounds: i32, restarts: i32, restartAt: i64): void {
  sequence.state = <State>state;
  sequence.deadline = deadline;
  sequence.rounds = rounds;
  sequence.restarts = restarts;
  sequence.restartAt = restartAt;
  sequence.timeoutAt = 9999;
  sequence.timedOut = false;
  sequence.actions = 0;
}
export function know(ran: i64, failed: i32, anybody: i32, populated: i32, powerless: i32, conclusive: i32): void {
  situation.conclusive = conclusive !== 0;
  situation.ran = ran;
  situation.failed = failed !== 0;
  situation.anybody = anybody !== 0;
  situation.populated = populated !== 0;
  situation.powerless = powerless !== 0;
}
export function take(event: i32, now: i64): void {
  situation.now = now;
  step(sequence, policy, <Event>event, situation);
}
export function state(): i32 { return sequence.state; }
export function actions(): i32 { return sequence.actions; }
export function deadline(): i64 { return sequence.deadline; }
export function restarts(): i32 { return sequence.restarts; }
export function timeoutAt(): i64 { return sequence.timeoutAt; }
export function timedOut(): i32 { return sequence.timedOut ? 1 : 0; }
`;

interface Machine {
  wish(
    ...policy: [
      delay: number,
      grace: number,
      linger: number,
      restart: number,
      delay: number,
      all: number,
      leaves: number,
    ]
  ): void;
  put(state: number, deadline: bigint, rounds: number, restarts: number, restartAt: bigint): void;
  know(
    ran: bigint,
    ...facts: [failed: number, anybody: number, populated: number, powerless: number, conclusive: number]
  ): void;
  take(event: number, now: bigint): void;
  state(): number;
  actions(): number;
  deadline(): bigint;
  restarts(): number;
  timeoutAt(): bigint;
  timedOut(): number;
}

// In the order of the enums. Written down a second time, as the table is.
const STATES = [
  "RUNNING",
  "DELAYING",
  "TERMINATING",
  "LINGERING",
  "KILLING",
  "CLEARING",
  "SWEEPING",
  "WAITING",
  "STARTING",
  "GONE",
] as const;
type State = (typeof STATES)[number];
const EVENTS = ["STOP", "CHILD_DEAD", "OTHERS_CHANGED", "DEADLINE", "TIMEOUT"] as const;
type Event = (typeof EVENTS)[number];
const ACTIONS = ["FORWARD_HELD", "FORWARD", "HOLD", "TERMINATE_OTHERS", "KILL", "GIVE_UP", "LEAVE_OTHERS"] as const;
type Action = (typeof ACTIONS)[number];

const NEVER = -1;
const ROUND = 10;
const ROUNDS = 500;
const MINUTE = 60_000;

/** Times in milliseconds; `restart` as the user sets it. */
interface StopPolicy {
  delay: number;
  grace: number;
  linger: number;
  restart: "no" | "on-failure" | "always";
  limit: number;
  restartDelay: number;
  all: boolean;
  leavesOthers: boolean;
}
/** The defaults. */
const NOTHING: StopPolicy = {
  delay: 0,
  grace: NEVER,
  linger: NEVER,
  restart: "no",
  limit: 0,
  restartDelay: 1000,
  all: false,
  leavesOthers: false,
};

/** The situation at an event (default: a process is alive). */
interface Situation {
  ran?: number;
  failed?: boolean;
  anybody?: boolean;
  populated?: boolean;
  powerless?: boolean;
  conclusive?: boolean;
}

interface Step {
  state: State;
  actions: Action[];
  deadline: number;
}

let machine: Machine;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), "stop-sequence-"));
  try {
    await cp(join(import.meta.dirname, "../../src/init"), directory, { recursive: true });
    await writeFile(join(directory, "stop-sequence-entry.ts"), ENTRY);
    const { wasm } = await compile({ baseDirectory: directory, entry: "stop-sequence-entry.ts" });
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    machine = new WebAssembly.Instance(module, {}).exports as Machine;
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** Begins in a state. */
function begin(
  policy: Partial<StopPolicy>,
  state: State = "RUNNING",
  deadline = NEVER,
  { rounds = 0, restartAt = 0 } = {},
): void {
  const all = { ...NOTHING, ...policy };
  const restart = ["no", "on-failure", "always"].indexOf(all.restart) | (all.limit << 8);
  const { delay, grace, linger, restartDelay } = all;
  machine.wish(delay, grace, linger, restart, restartDelay, Number(all.all), Number(all.leavesOthers));
  machine.put(STATES.indexOf(state), BigInt(deadline), rounds, 0, BigInt(restartAt));
}

/** Begins the next life, as the loop does when the program has been started. */
function beginAgain(): void {
  machine.put(STATES.indexOf("RUNNING"), BigInt(NEVER), 0, machine.restarts(), 0n);
}

/** Takes a step and returns its result. */
function take(event: Event, now: number, situation: Situation = {}): Step {
  const {
    ran = 0,
    failed = false,
    anybody = true,
    populated = false,
    powerless = false,
    conclusive = false,
  } = situation;
  const facts = [failed, anybody, populated, powerless, conclusive].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  machine.know(BigInt(ran), ...facts);
  machine.take(EVENTS.indexOf(event), BigInt(now));
  const actions = machine.actions();
  expect(actions >> ACTIONS.length).toBe(0);
  return {
    state: STATES[machine.state()] ?? expect.fail(`state ${machine.state()}`),
    actions: ACTIONS.filter((_, index) => actions & (1 << index)),
    deadline: Number(machine.deadline()),
  };
}

describe("P24, P25, P28: the table", () => {
  const NOW = 5000;
  const DEADLINE = 7000;
  const none: Action[] = [];
  const leave: Action[] = ["LEAVE_OTHERS"];
  const RESTART_AT = 5400;
  const alone: Situation = { anybody: false };
  /** The next state at an event; "stays" if nothing changes and nothing is to be done (default: a process is alive). */
  const table: [State, Event, Partial<StopPolicy>, State | "stays", Action[], number, Situation?][] = [
    ["RUNNING", "STOP", {}, "TERMINATING", ["FORWARD"], NEVER],
    ["RUNNING", "STOP", { grace: 300 }, "TERMINATING", ["FORWARD"], NOW + 300],
    ["RUNNING", "STOP", { grace: 0 }, "TERMINATING", ["FORWARD"], NOW],
    ["RUNNING", "STOP", { delay: 1 }, "DELAYING", ["HOLD"], NOW + 1],
    ["RUNNING", "STOP", { delay: 1, grace: 0 }, "DELAYING", ["HOLD"], NOW + 1],
    ["RUNNING", "CHILD_DEAD", {}, "GONE", leave, NEVER],
    ["RUNNING", "CHILD_DEAD", {}, "GONE", none, NEVER, alone],
    ["RUNNING", "CHILD_DEAD", {}, "LINGERING", ["TERMINATE_OTHERS"], NOW, { populated: true }],
    ["RUNNING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["RUNNING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400, { populated: true }],
    ["RUNNING", "CHILD_DEAD", { linger: 400 }, "GONE", none, NEVER, alone],
    ["RUNNING", "CHILD_DEAD", { linger: 0 }, "LINGERING", ["TERMINATE_OTHERS"], NOW],
    ["RUNNING", "CHILD_DEAD", { restart: "always" }, "CLEARING", ["TERMINATE_OTHERS"], NOW],
    ["RUNNING", "CHILD_DEAD", { restart: "always", linger: 400 }, "CLEARING", ["TERMINATE_OTHERS"], NOW + 400],
    ["RUNNING", "CHILD_DEAD", { restart: "always", linger: 400 }, "WAITING", none, NOW + 1000, alone],
    ["RUNNING", "CHILD_DEAD", { restart: "always", restartDelay: 0 }, "WAITING", none, NOW, alone],
    ["RUNNING", "CHILD_DEAD", { restart: "on-failure" }, "GONE", leave, NEVER],
    ["RUNNING", "CHILD_DEAD", { restart: "on-failure" }, "LINGERING", ["TERMINATE_OTHERS"], NOW, { populated: true }],
    ["RUNNING", "CHILD_DEAD", { restart: "on-failure", linger: 1 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 1],
    ["RUNNING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["RUNNING", "DEADLINE", {}, "stays", none, 0],
    ["DELAYING", "STOP", {}, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NEVER],
    ["DELAYING", "STOP", { delay: 9, grace: 300 }, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NOW + 300],
    ["DELAYING", "DEADLINE", {}, "TERMINATING", ["FORWARD_HELD"], NEVER],
    ["DELAYING", "DEADLINE", { grace: 300 }, "TERMINATING", ["FORWARD_HELD"], NOW + 300],
    ["DELAYING", "CHILD_DEAD", {}, "GONE", leave, NEVER],
    ["DELAYING", "CHILD_DEAD", { restart: "always" }, "GONE", leave, NEVER],
    ["DELAYING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["DELAYING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["TERMINATING", "STOP", { grace: 300 }, "stays", ["FORWARD"], 0],
    ["TERMINATING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["TERMINATING", "CHILD_DEAD", {}, "GONE", leave, NEVER],
    ["TERMINATING", "CHILD_DEAD", { restart: "always", grace: 1 }, "GONE", leave, NEVER],
    ["TERMINATING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["TERMINATING", "CHILD_DEAD", { linger: 400 }, "GONE", none, NEVER, alone],
    ["TERMINATING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["LINGERING", "STOP", {}, "stays", none, 0],
    ["LINGERING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["LINGERING", "OTHERS_CHANGED", {}, "GONE", none, NEVER, alone],
    ["LINGERING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["LINGERING", "DEADLINE", {}, "GONE", none, NEVER, alone],
    ["KILLING", "STOP", {}, "stays", none, 0],
    ["KILLING", "CHILD_DEAD", { linger: 400, restart: "always" }, "stays", none, 0],
    ["KILLING", "CHILD_DEAD", {}, "GONE", none, NEVER, alone],
    ["KILLING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["KILLING", "OTHERS_CHANGED", {}, "GONE", none, NEVER, alone],
    ["KILLING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["KILLING", "DEADLINE", {}, "GONE", ["GIVE_UP"], NEVER, { powerless: true }],
    ["KILLING", "DEADLINE", {}, "GONE", none, NEVER, alone],
    ["CLEARING", "STOP", { delay: 10, linger: 400 }, "LINGERING", none, DEADLINE],
    ["CLEARING", "STOP", {}, "GONE", none, NEVER, alone],
    ["CLEARING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["CLEARING", "OTHERS_CHANGED", {}, "WAITING", none, RESTART_AT, alone],
    ["CLEARING", "DEADLINE", {}, "SWEEPING", ["KILL"], NOW + ROUND],
    ["CLEARING", "DEADLINE", {}, "WAITING", none, RESTART_AT, alone],
    ["SWEEPING", "STOP", { linger: 400 }, "KILLING", none, DEADLINE],
    ["SWEEPING", "STOP", {}, "GONE", none, NEVER, alone],
    ["SWEEPING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["SWEEPING", "OTHERS_CHANGED", {}, "WAITING", none, RESTART_AT, alone],
    ["SWEEPING", "DEADLINE", {}, "SWEEPING", ["KILL"], NOW + ROUND],
    ["SWEEPING", "DEADLINE", {}, "WAITING", none, RESTART_AT, alone],
    ["SWEEPING", "DEADLINE", {}, "WAITING", ["GIVE_UP"], RESTART_AT, { powerless: true }],
    ["WAITING", "STOP", { delay: 10, grace: 10 }, "GONE", leave, NEVER],
    ["WAITING", "STOP", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["WAITING", "STOP", { linger: 400 }, "GONE", none, NEVER, alone],
    ["WAITING", "STOP", {}, "LINGERING", ["TERMINATE_OTHERS"], NOW, { populated: true }],
    ["WAITING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["WAITING", "DEADLINE", {}, "STARTING", none, NEVER],
    ["STARTING", "STOP", {}, "stays", none, 0],
    ["STARTING", "OTHERS_CHANGED", {}, "stays", none, 0],
    ["STARTING", "DEADLINE", {}, "stays", none, 0],
    // Where all are waited for, the program's death alone is nothing.
    ["RUNNING", "CHILD_DEAD", { all: true }, "stays", none, 0],
    ["RUNNING", "CHILD_DEAD", { all: true, restart: "always", linger: 400 }, "stays", none, 0],
    ["RUNNING", "CHILD_DEAD", { all: true }, "GONE", none, NEVER, alone],
    ["RUNNING", "CHILD_DEAD", { all: true, linger: 400 }, "GONE", none, NEVER, alone],
    ["RUNNING", "OTHERS_CHANGED", { all: true }, "GONE", none, NEVER, alone],
    ["RUNNING", "OTHERS_CHANGED", { all: true, restart: "always" }, "WAITING", none, NOW + 1000, alone],
    ["DELAYING", "CHILD_DEAD", { all: true }, "stays", none, 0],
    ["DELAYING", "OTHERS_CHANGED", { all: true, restart: "always" }, "GONE", none, NEVER, alone],
    ["TERMINATING", "CHILD_DEAD", { all: true }, "stays", none, 0],
    ["TERMINATING", "OTHERS_CHANGED", { all: true }, "GONE", none, NEVER, alone],
    ["TERMINATING", "DEADLINE", { all: true }, "GONE", none, NEVER, alone],
    // The longest run is over: as a stop signal.
    ["RUNNING", "TIMEOUT", { grace: 300 }, "TERMINATING", ["FORWARD"], NOW + 300],
    ["RUNNING", "TIMEOUT", { delay: 1 }, "DELAYING", ["HOLD"], NOW + 1],
    ["CLEARING", "TIMEOUT", {}, "LINGERING", none, DEADLINE],
    ["SWEEPING", "TIMEOUT", {}, "KILLING", none, DEADLINE],
    ["WAITING", "TIMEOUT", {}, "GONE", leave, NEVER],
    ["WAITING", "TIMEOUT", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ...EVENTS.map((event): (typeof table)[number] => ["GONE", event, {}, "stays", none, 0, alone]),
  ];

  it.each(table)("%s at %s with %j: %s, %j", (from, event, policy, to, actions, deadline, situation) => {
    begin(policy, from, DEADLINE, { restartAt: RESTART_AT });
    const expected = to === "stays" ? { state: from, actions, deadline: DEADLINE } : { state: to, actions, deadline };
    expect(take(event, NOW, situation)).toEqual(expected);
  });

  it("has every state and every event that can come in it", () => {
    const said = new Set(table.map(([from, event]) => `${from} ${event}`));
    const missing = STATES.flatMap((state) => EVENTS.map((event) => `${state} ${event}`)).filter((it) => !said.has(it));
    // A main child that is dead does not die, and none is alive in these; a stop sequence that has begun, and the program's
    // end, have no time-out.
    expect(missing).toEqual([
      "DELAYING TIMEOUT",
      "TERMINATING TIMEOUT",
      "LINGERING CHILD_DEAD",
      "LINGERING TIMEOUT",
      "KILLING TIMEOUT",
      "CLEARING CHILD_DEAD",
      "SWEEPING CHILD_DEAD",
      "WAITING CHILD_DEAD",
      "STARTING CHILD_DEAD",
      "STARTING TIMEOUT",
    ]);
  });
});

describe("P29: the time-out", () => {
  it("is dropped by a stop signal, by the program's end and by itself, not by a restart", () => {
    const left = (policy: Partial<StopPolicy>, event: Event, situation?: Situation): number[] => {
      begin(policy);
      take(event, 5, situation);
      return [Number(machine.timeoutAt()), machine.timedOut()];
    };
    expect(left({}, "STOP")).toEqual([NEVER, 0]);
    expect(left({ linger: 9 }, "CHILD_DEAD")).toEqual([NEVER, 0]);
    expect(left({}, "TIMEOUT")).toEqual([NEVER, 1]);
    expect(left({ restart: "always" }, "CHILD_DEAD")).toEqual([9999, 0]);
    expect(left({ all: true }, "CHILD_DEAD")).toEqual([9999, 0]);
  });
});

describe("P24: the final kill", () => {
  it("is repeated every 10 ms for at most 500 rounds, and then given up", () => {
    begin({ grace: 0 });
    take("STOP", 0);
    let kills = 0;
    let now = 0;
    let step = take("DEADLINE", now);
    while (step.state === "KILLING") {
      expect(step).toEqual({ state: "KILLING", actions: ["KILL"], deadline: now + ROUND });
      kills++;
      now = step.deadline;
      step = take("DEADLINE", now);
    }
    expect(step).toEqual({ state: "GONE", actions: ["GIVE_UP"], deadline: NEVER });
    expect(kills).toBe(ROUNDS);
  });

  it("between two lives too, and each time anew; then the next life begins all the same", () => {
    begin({ restart: "always", linger: 5, restartDelay: 1 });
    for (let life = 0; life < 3; life++) {
      expect(take("CHILD_DEAD", 0).state).toBe("CLEARING");
      let kills = 0;
      let step = take("DEADLINE", 5);
      for (; step.state === "SWEEPING"; step = take("DEADLINE", step.deadline)) kills++;
      expect([kills, step.state, step.actions]).toEqual([ROUNDS, "WAITING", ["GIVE_UP"]]);
      expect(take("DEADLINE", 10_000).state).toBe("STARTING");
      beginAgain();
    }
  });

  it("goes on where it was when a stop signal comes between two lives", () => {
    begin({ restart: "always", linger: 5 });
    take("CHILD_DEAD", 0);
    take("DEADLINE", 5);
    expect(take("STOP", 7)).toEqual({ state: "KILLING", actions: [], deadline: 15 });
    let kills = 1;
    let step = take("DEADLINE", 15);
    for (; step.state === "KILLING"; step = take("DEADLINE", step.deadline)) kills++;
    expect([kills, step.state, step.actions]).toEqual([ROUNDS, "GONE", ["GIVE_UP"]]);
  });
});

describe("P28: restarts", () => {
  /** The delays before so many restarts in a row, each after a run of `ran`; ends where it is not started again. */
  const delays = (policy: Partial<StopPolicy>, count: number, ran = 0, failed = true): number[] => {
    begin(policy);
    const seen: number[] = [];
    for (let now = 1000, i = 0; i < count; i++) {
      const step = take("CHILD_DEAD", now, { ran, failed, anybody: false });
      if (step.state !== "WAITING") break;
      seen.push(step.deadline - now);
      now = step.deadline;
      expect(take("DEADLINE", now).state).toBe("STARTING");
      beginAgain();
    }
    return seen;
  };

  it("the delay counts from the program's death: what is left is ended within it, and where that takes longer there is no more", () => {
    begin({ restart: "always", restartDelay: 1000, linger: 5000 });
    expect(take("CHILD_DEAD", 100)).toEqual({ state: "CLEARING", actions: ["TERMINATE_OTHERS"], deadline: 5100 });
    expect(take("OTHERS_CHANGED", 300, { anybody: false })).toMatchObject({ state: "WAITING", deadline: 1100 });
    begin({ restart: "always", restartDelay: 1000, linger: 5000 });
    take("CHILD_DEAD", 100);
    expect(take("OTHERS_CHANGED", 3000, { anybody: false })).toMatchObject({ state: "WAITING", deadline: 1100 });
    expect(take("DEADLINE", 3000).state).toBe("STARTING");
  });

  it("the delay doubles up to a minute", () => {
    expect(delays({ restart: "always" }, 9)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, MINUTE, MINUTE, MINUTE]);
    expect(delays({ restart: "always", restartDelay: 45_000 }, 3)).toEqual([45_000, MINUTE, MINUTE]);
  });

  it("a delay that is longer than a minute stays as it is", () =>
    expect(delays({ restart: "always", restartDelay: 90_000 }, 3)).toEqual([90_000, 90_000, 90_000]));

  it("no delay is never a delay", () =>
    expect(delays({ restart: "always", restartDelay: 0 }, 4)).toEqual([0, 0, 0, 0]));

  it("a run of a minute forgets the restarts before: count and delay", () => {
    expect(delays({ restart: "always" }, 5, MINUTE)).toEqual([1000, 1000, 1000, 1000, 1000]);
    expect(delays({ restart: "always", limit: 2 }, 5, MINUTE)).toHaveLength(5);
    expect(delays({ restart: "always", limit: 2 }, 5, MINUTE - 1)).toHaveLength(2);
  });

  it("N is how many in a row, 1 to 999", () => {
    for (const limit of [1, 2, 255, 256, 999])
      for (const restart of ["on-failure", "always"] as const)
        expect(delays({ restart, limit, restartDelay: 1 }, 1500)).toHaveLength(limit);
  });

  it("on-failure is after a failure alone", () => {
    expect(delays({ restart: "on-failure" }, 3)).toHaveLength(3);
    expect(delays({ restart: "on-failure" }, 3, 0, false)).toHaveLength(0);
    expect(delays({ restart: "always" }, 3, 0, false)).toHaveLength(3);
    expect(delays({}, 3)).toHaveLength(0);
  });

  it("P29: a code of --restart-except ends it, whatever the policy", () => {
    for (const restart of ["on-failure", "always"] as const) {
      for (const failed of [true, false]) {
        begin({ restart });
        expect(take("CHILD_DEAD", 100, { failed, conclusive: true, anybody: false }).state).toBe("GONE");
        begin({ restart, linger: 5000 });
        const step = take("CHILD_DEAD", 100, { failed, conclusive: true });
        expect(step).toEqual({ state: "LINGERING", actions: ["TERMINATE_OTHERS"], deadline: 5100 });
      }
    }
  });

  it("P29: with --restart-leaves=others no process is asked to end before the next run, but before the end", () => {
    for (const linger of [NEVER, 0, 5000]) {
      begin({ restart: "always", restartDelay: 1000, linger, leavesOthers: true });
      expect(take("CHILD_DEAD", 100)).toEqual({ state: "WAITING", actions: [], deadline: 1100 });
      expect(take("OTHERS_CHANGED", 200)).toMatchObject({ state: "WAITING", actions: [] });
      expect(take("DEADLINE", 1100)).toMatchObject({ state: "STARTING", actions: [] });
    }
    begin({ restart: "always", restartDelay: 1000, linger: 5000, leavesOthers: true });
    take("CHILD_DEAD", 100);
    expect(take("STOP", 200)).toEqual({ state: "LINGERING", actions: ["TERMINATE_OTHERS"], deadline: 5200 });
  });
});

describe("properties of any sequence", () => {
  const time = fc.oneof(fc.constantFrom(0, 1, 9, 10, 11, 1000, 2 ** 31 - 1), fc.nat(200_000));
  const wish = fc.record({
    delay: time,
    grace: fc.oneof(time, fc.constant(NEVER)),
    linger: fc.oneof(time, fc.constant(NEVER)),
    restart: fc.constantFrom("no" as const, "on-failure" as const, "always" as const),
    limit: fc.nat(5),
    restartDelay: time,
    all: fc.constant(false),
  });
  /** What happens, after how long a wait; a deadline, where it is over before, comes first. */
  const happening = fc.record({
    event: fc.constantFrom<Event>("STOP", "STOP", "CHILD_DEAD", "OTHERS_CHANGED", "DEADLINE", "DEADLINE", "DEADLINE"),
    wait: fc.oneof(fc.nat(20), fc.nat(100_000)),
    failed: fc.boolean(),
    others: fc.boolean(),
    populated: fc.boolean(),
    powerless: fc.boolean(),
  });
  const FOR_OTHERS: State[] = ["LINGERING", "KILLING", "CLEARING", "SWEEPING"];

  it("P24: nothing is forwarded twice or while it is held, deadlines lie ahead, a step that is over is over", () => {
    fc.assert(
      fc.property(wish, fc.array(happening, { maxLength: 60 }), fc.nat(1e9), (policy, happenings, start) => {
        begin(policy);
        let now = start;
        let step: Step = { state: "RUNNING", actions: [], deadline: NEVER };
        let held = false;
        let alive = true;
        let started = now;
        let inARow = 0;
        let restartAt = 0;
        for (const { event, wait, failed, others, populated, powerless } of happenings) {
          if (event === "DEADLINE") {
            if (step.deadline === NEVER) continue;
            now = Math.max(now, step.deadline);
          } else {
            now += wait;
          }
          if (event === "CHILD_DEAD" && !alive) continue;
          if (event === "CHILD_DEAD") alive = false;
          const before = step;
          const anybody = alive || others;
          step = take(event, now, {
            ran: now - started,
            failed,
            anybody,
            populated: !alive && others && populated,
            powerless,
          });

          // Actions.
          const does = new Set(step.actions);
          if (does.has("HOLD")) {
            expect(before.state).toBe("RUNNING");
            expect(does.size).toBe(1);
            held = true;
          }
          if (step.state === "DELAYING") expect(does.has("FORWARD")).toBe(false);
          if (does.has("FORWARD_HELD")) held = false;
          if (does.has("FORWARD")) expect([event, held]).toEqual(["STOP", false]);
          if (does.has("KILL")) {
            expect(event).toBe("DEADLINE");
            expect(["KILLING", "SWEEPING"]).toContain(step.state);
          }
          if (does.has("TERMINATE_OTHERS")) {
            expect(["CHILD_DEAD", "STOP"]).toContain(event);
            expect(["LINGERING", "CLEARING"]).toContain(step.state);
            expect(alive).toBe(false);
          }
          // Others are left only if the user did not ask to end them, and there are some.
          if (does.has("LEAVE_OTHERS")) expect([step.state, policy.linger, anybody]).toEqual(["GONE", NEVER, true]);
          // It waits only for processes that exist, whatever led here.
          if (FOR_OTHERS.includes(step.state)) expect(anybody).toBe(true);
          if (!alive) expect(does.has("FORWARD") || does.has("FORWARD_HELD")).toBe(false);

          // Deadlines.
          const goesOn = ["CLEARING LINGERING", "SWEEPING KILLING"].includes(`${before.state} ${step.state}`);
          const isNew = (step.state !== before.state && !goesOn) || event === "DEADLINE";
          if (isNew && step.deadline !== NEVER && step.state !== "WAITING")
            expect(step.deadline).toBeGreaterThanOrEqual(now);
          if (!isNew) expect(step.deadline).toBe(before.deadline);
          const mustHave: State[] = ["DELAYING", "WAITING", ...FOR_OTHERS];
          expect(step.deadline !== NEVER).toBe(
            mustHave.includes(step.state) || (step.state === "TERMINATING" && policy.grace !== NEVER),
          );

          // States that are final, and states that never come back.
          if (before.state === "GONE") expect([step.state, step.actions]).toEqual(["GONE", []]);
          if (before.state === "KILLING") expect(["KILLING", "GONE"]).toContain(step.state);
          if (before.state === "LINGERING") expect(["LINGERING", "KILLING", "GONE"]).toContain(step.state);
          if (before.state === "TERMINATING")
            expect(["TERMINATING", "LINGERING", "KILLING", "GONE"]).toContain(step.state);
          if (event === "STOP")
            expect(["RUNNING", "DELAYING", "TERMINATING", "LINGERING", "KILLING", "GONE"]).toContain(step.state);

          // Restarts.
          if (event === "CHILD_DEAD" && ["CLEARING", "WAITING"].includes(step.state)) {
            if (now - started >= MINUTE) inARow = 0;
            expect(policy.restart === "always" || (policy.restart === "on-failure" && failed)).toBe(true);
            expect(policy.limit === 0 || inARow < policy.limit).toBe(true);
            const doubled = Math.min(policy.restartDelay * 2 ** inARow, Math.max(MINUTE, policy.restartDelay));
            restartAt = now + doubled;
            inARow++;
          }
          if (step.state === "WAITING") expect(step.deadline).toBe(restartAt);
          if (step.state === "STARTING") {
            beginAgain();
            step = { state: "RUNNING", actions: [], deadline: NEVER };
            started = now;
            alive = true;
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it("P24: after a stop signal, with all times bounded, it is over after at most 503 deadlines", () => {
    fc.assert(
      fc.property(wish, fc.nat(1e6), (policy, start) => {
        begin({ ...policy, grace: Math.max(0, policy.grace), restart: "no" });
        let now = start;
        let step = take("STOP", now);
        let deadlines = 0;
        while (step.state !== "GONE") {
          expect(++deadlines).toBeLessThanOrEqual(503);
          expect(step.deadline).toBeGreaterThanOrEqual(now);
          now = step.deadline;
          step = take("DEADLINE", now);
        }
      }),
      { numRuns: 100 },
    );
  });
});
