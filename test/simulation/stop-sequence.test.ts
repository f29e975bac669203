/* The state machine of the end, compiled alone: every event in every state, and what is true of every sequence of events. */
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";

/** What the tests need of src/init/supervision/stopping.ts, as functions of numbers. */
const ENTRY = `
import { StopSequence, Event, State, step, StopPolicy } from "./supervision/stopping";
const sequence: StopSequence = changetype<StopSequence>(zeroed(64, StopSequence));
const policy: StopPolicy = changetype<StopPolicy>(zeroed(64, StopPolicy));
export function wish(delay: i32, grace: i32, linger: i32, restart: i32, restartDelay: i32): void {
  policy.delay = delay;
  policy.grace = grace;
  policy.linger = linger;
  policy.restart = restart;
  policy.restartDelay = restartDelay;
}
export function put(state: i32, deadline: i64, rounds: i32, restarts: i32): void {
  sequence.state = <State>state;
  sequence.deadline = deadline;
  sequence.rounds = rounds;
  sequence.restarts = restarts;
  sequence.actions = 0;
}
export function take(event: i32, now: i64, ran: i64, failed: i32): void {
  step(sequence, policy, <Event>event, now, ran, failed !== 0);
}
export function state(): i32 { return sequence.state; }
export function actions(): i32 { return sequence.actions; }
export function deadline(): i64 { return sequence.deadline; }
export function restarts(): i32 { return sequence.restarts; }
`;

interface Machine {
  wish(delay: number, grace: number, linger: number, restart: number, restartDelay: number): void;
  put(state: number, deadline: bigint, rounds: number, restarts: number): void;
  take(event: number, now: bigint, ran: bigint, failed: number): void;
  state(): number;
  actions(): number;
  deadline(): bigint;
  restarts(): number;
}

// In the order of the enums. Written down a second time, as the table is.
const STATES = ["RUNNING", "DELAYING", "TERMINATING", "KILLING", "LINGERING", "WAITING", "STARTING", "GONE"] as const;
type State = (typeof STATES)[number];
const EVENTS = ["STOP", "CHILD_DEAD", "ALL_DEAD", "DEADLINE"] as const;
type Event = (typeof EVENTS)[number];
const ACTIONS = ["FORWARD_HELD", "FORWARD", "HOLD", "TERMINATE_OTHERS", "KILL", "GIVE_UP"] as const;
type Action = (typeof ACTIONS)[number];

const NEVER = -1;
const ROUND = 10;
const ROUNDS = 500;
const MINUTE = 60_000;

/** Times in milliseconds; `restart` as the user says it. */
interface StopPolicy {
  delay: number;
  grace: number;
  linger: number;
  restart: "no" | "on-failure" | "always";
  limit: number;
  restartDelay: number;
}
/** What holds where the user says nothing. */
const NOTHING: StopPolicy = { delay: 0, grace: NEVER, linger: NEVER, restart: "no", limit: 0, restartDelay: 1000 };

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
  rounds = 0,
  restarts = 0,
): void {
  const all = { ...NOTHING, ...policy };
  const restart = ["no", "on-failure", "always"].indexOf(all.restart) | (all.limit << 8);
  machine.wish(all.delay, all.grace, all.linger, restart, all.restartDelay);
  machine.put(STATES.indexOf(state), BigInt(deadline), rounds, restarts);
}

/** Takes a step and tells what came of it. */
function take(event: Event, now: number, { ran = 0, failed = false } = {}): Step {
  machine.take(EVENTS.indexOf(event), BigInt(now), BigInt(ran), failed ? 1 : 0);
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
  /** What becomes of a state at an event; "stays" where nothing changes and nothing is to be done. */
  const table: [State, Event, Partial<StopPolicy>, State | "stays", Action[], number][] = [
    // Nothing is held yet: to forward it is nothing.
    ["RUNNING", "STOP", {}, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NEVER],
    ["RUNNING", "STOP", { grace: 300 }, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NOW + 300],
    ["RUNNING", "STOP", { grace: 0 }, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NOW],
    ["RUNNING", "STOP", { delay: 1 }, "DELAYING", ["HOLD"], NOW + 1],
    ["RUNNING", "STOP", { delay: 1, grace: 0 }, "DELAYING", ["HOLD"], NOW + 1],
    ["RUNNING", "CHILD_DEAD", {}, "GONE", none, NEVER],
    ["RUNNING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["RUNNING", "CHILD_DEAD", { linger: 0 }, "LINGERING", ["TERMINATE_OTHERS"], NOW],
    ["RUNNING", "CHILD_DEAD", { restart: "always" }, "WAITING", none, NOW + 1000],
    ["RUNNING", "CHILD_DEAD", { restart: "always", linger: 400 }, "WAITING", none, NOW + 1000],
    ["RUNNING", "CHILD_DEAD", { restart: "always", restartDelay: 0 }, "WAITING", none, NOW],
    ["RUNNING", "CHILD_DEAD", { restart: "on-failure" }, "GONE", none, NEVER],
    ["RUNNING", "CHILD_DEAD", { restart: "on-failure", linger: 1 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 1],
    ["RUNNING", "ALL_DEAD", {}, "stays", none, 0],
    ["RUNNING", "DEADLINE", {}, "stays", none, 0],
    ["DELAYING", "STOP", {}, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NEVER],
    ["DELAYING", "STOP", { delay: 9, grace: 300 }, "TERMINATING", ["FORWARD_HELD", "FORWARD"], NOW + 300],
    ["DELAYING", "DEADLINE", {}, "TERMINATING", ["FORWARD_HELD"], NEVER],
    ["DELAYING", "DEADLINE", { grace: 300 }, "TERMINATING", ["FORWARD_HELD"], NOW + 300],
    ["DELAYING", "CHILD_DEAD", {}, "GONE", none, NEVER],
    ["DELAYING", "CHILD_DEAD", { restart: "always" }, "GONE", none, NEVER],
    ["DELAYING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["DELAYING", "ALL_DEAD", {}, "stays", none, 0],
    ["TERMINATING", "STOP", { grace: 300 }, "stays", ["FORWARD"], 0],
    ["TERMINATING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["TERMINATING", "CHILD_DEAD", {}, "GONE", none, NEVER],
    ["TERMINATING", "CHILD_DEAD", { restart: "always", grace: 1 }, "GONE", none, NEVER],
    ["TERMINATING", "CHILD_DEAD", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["TERMINATING", "ALL_DEAD", {}, "stays", none, 0],
    ["KILLING", "STOP", {}, "stays", none, 0],
    ["KILLING", "CHILD_DEAD", { linger: 400, restart: "always" }, "stays", none, 0],
    ["KILLING", "ALL_DEAD", {}, "GONE", none, NEVER],
    ["KILLING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["LINGERING", "STOP", {}, "stays", none, 0],
    ["LINGERING", "ALL_DEAD", {}, "GONE", none, NEVER],
    ["LINGERING", "DEADLINE", {}, "KILLING", ["KILL"], NOW + ROUND],
    ["WAITING", "STOP", { delay: 10, grace: 10 }, "GONE", none, NEVER],
    ["WAITING", "STOP", { linger: 400 }, "LINGERING", ["TERMINATE_OTHERS"], NOW + 400],
    ["WAITING", "DEADLINE", {}, "STARTING", none, NEVER],
    ["WAITING", "ALL_DEAD", {}, "stays", none, 0],
    ["STARTING", "STOP", {}, "stays", none, 0],
    ["STARTING", "ALL_DEAD", {}, "stays", none, 0],
    ["STARTING", "DEADLINE", {}, "stays", none, 0],
    ...EVENTS.map((event): (typeof table)[number] => ["GONE", event, {}, "stays", none, 0]),
  ];

  it.each(table)("%s at %s with %j: %s, %j", (from, event, policy, to, actions, deadline) => {
    begin(policy, from, DEADLINE);
    const expected = to === "stays" ? { state: from, actions, deadline: DEADLINE } : { state: to, actions, deadline };
    expect(take(event, NOW)).toEqual(expected);
  });

  it("has every state and every event that can come in it", () => {
    const said = new Set(table.map(([from, event]) => `${from} ${event}`));
    const missing = STATES.flatMap((state) => EVENTS.map((event) => `${state} ${event}`)).filter((it) => !said.has(it));
    // A main child that is dead does not die, and none is alive in these.
    expect(missing).toEqual(["LINGERING CHILD_DEAD", "WAITING CHILD_DEAD", "STARTING CHILD_DEAD"]);
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
});

describe("P28: restarts", () => {
  /** The delays before so many restarts in a row, each after a run of `ran`; ends where it is not started again. */
  const delays = (policy: Partial<StopPolicy>, count: number, ran = 0, failed = true): number[] => {
    begin(policy);
    const seen: number[] = [];
    for (let now = 1000, i = 0; i < count; i++) {
      const step = take("CHILD_DEAD", now, { ran, failed });
      if (step.state !== "WAITING") break;
      seen.push(step.deadline - now);
      now = step.deadline;
      expect(take("DEADLINE", now).state).toBe("STARTING");
      machine.put(STATES.indexOf("RUNNING"), BigInt(NEVER), 0, machine.restarts());
    }
    return seen;
  };

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
  });
  /** What happens, after how long a wait; a deadline, where it is over before, comes first. */
  const happening = fc.record({
    event: fc.constantFrom<Event>("STOP", "STOP", "CHILD_DEAD", "ALL_DEAD", "DEADLINE", "DEADLINE", "DEADLINE"),
    wait: fc.oneof(fc.nat(20), fc.nat(100_000)),
    failed: fc.boolean(),
  });

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
        for (const { event, wait, failed } of happenings) {
          if (event === "DEADLINE") {
            if (step.deadline === NEVER) continue;
            now = Math.max(now, step.deadline);
          } else {
            now += wait;
          }
          if (event === "CHILD_DEAD" && !alive) continue;
          if (event === "ALL_DEAD" && alive) continue;
          if (event === "CHILD_DEAD") alive = false;
          const before = step;
          step = take(event, now, { ran: now - started, failed });

          // What is done.
          const does = new Set(step.actions);
          if (does.has("HOLD")) {
            expect(before.state).toBe("RUNNING");
            expect(does.size).toBe(1);
            held = true;
          }
          if (step.state === "DELAYING") expect(does.has("FORWARD")).toBe(false);
          if (does.has("FORWARD_HELD")) held = false;
          if (does.has("FORWARD")) expect([event, held]).toEqual(["STOP", false]);
          if (does.has("KILL")) expect([event, step.state]).toEqual(["DEADLINE", "KILLING"]);
          if (does.has("TERMINATE_OTHERS")) {
            expect(["CHILD_DEAD", "STOP"]).toContain(event);
            expect([step.state, alive]).toEqual(["LINGERING", false]);
          }
          if (!alive) expect(does.has("FORWARD") || does.has("FORWARD_HELD")).toBe(false);

          // Deadlines.
          const isNew = step.state !== before.state || event === "DEADLINE";
          if (isNew && step.deadline !== NEVER) expect(step.deadline).toBeGreaterThanOrEqual(now);
          if (!isNew) expect(step.deadline).toBe(before.deadline);
          const mustHave: State[] = ["DELAYING", "KILLING", "LINGERING", "WAITING"];
          expect(step.deadline !== NEVER).toBe(
            mustHave.includes(step.state) || (step.state === "TERMINATING" && policy.grace !== NEVER),
          );

          // What is never left again, and what never comes back.
          if (before.state === "GONE") expect([step.state, step.actions]).toEqual(["GONE", []]);
          if (before.state === "KILLING") expect(["KILLING", "GONE"]).toContain(step.state);
          if (before.state === "LINGERING") expect(["LINGERING", "KILLING", "GONE"]).toContain(step.state);
          if (before.state === "TERMINATING") expect(["RUNNING", "DELAYING", "WAITING"]).not.toContain(step.state);

          // Restarts.
          if (step.state === "WAITING" && before.state !== "WAITING") {
            if (now - started >= MINUTE) inARow = 0;
            expect(policy.restart === "always" || (policy.restart === "on-failure" && failed)).toBe(true);
            expect(policy.limit === 0 || inARow < policy.limit).toBe(true);
            const doubled = Math.min(policy.restartDelay * 2 ** inARow, Math.max(MINUTE, policy.restartDelay));
            expect(step.deadline - now).toBe(doubled);
            inARow++;
          }
          if (step.state === "STARTING") {
            machine.put(STATES.indexOf("RUNNING"), BigInt(NEVER), 0, machine.restarts());
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
