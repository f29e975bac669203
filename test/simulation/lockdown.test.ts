/** How the init restricts itself once its program runs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withSection } from "../../scripts/lib/data.ts";
import { type Filter, FILTER_SECTION } from "../../scripts/lib/filter.ts";
import { expectAbsent } from "../absence.ts";
import { CAP_DAC_OVERRIDE, EACCES, EINVAL, ENOSYS, EPERM, PR_SET_NO_NEW_PRIVS, SIGSYS, SIGTERM } from "../linux/abi.ts";
import { ALL_CAPABILITIES, CAP_KILL } from "../linux/credentials.ts";
import type { Program } from "../linux/process.ts";
import { exits, failing, initModule, type Life, NOT_PID_1, type World } from "./life.ts";
import { app, callsNamed, linesOf, sends, server, tini, tiniWith } from "./scenario.ts";
import { filterOf } from "./host.ts";

const set = (...capabilities: readonly number[]): bigint =>
  capabilities.reduce((all, number) => all | (1n << BigInt(number)), 0n);

/** The calls by which the init restricts itself. */
const locking = callsNamed("capget", "capset", "filterCalls");
const isLocking = (name: string, operation: number | undefined): boolean =>
  ["capget", "capset", "filterCalls"].includes(name) || (name === "prctl" && operation === PR_SET_NO_NEW_PRIVS);
const lockingNames = (life: Life): string[] =>
  life.trace
    .calls(life.init.pid)
    .filter(({ name, args: [operation] }) => isLocking(name, operation))
    .map(({ name }) => name);

describe.each([
  ["as PID 1", {}],
  ["not PID 1", { isPid1: false }],
] as const)("the lockdown, %s", (_, world: Partial<World>) => {
  it("P51: leaves the init no new privileges, no capability in effect but CAP_KILL, and only the calls of its loop", () => {
    const { init, code } = tini([], exits(7), world);
    expect(code).toBe(7);
    expect(init.credentials.noNewPrivileges).toBe(true);
    expect(init.credentials.effective).toBe(set(CAP_KILL));
    expect(init.filters).toEqual([filterOf(initModule())?.program]);
  });

  it("P51: costs four system calls, after the program has been started", () => {
    const life = tini([], exits(0), world);
    expect(lockingNames(life)).toEqual(["prctl", "capget", "capset", "filterCalls"]);
    const [first] = locking(life);
    const [started] = life.trace.of("exec");
    expect(first?.order).toBeGreaterThan(started?.order ?? Infinity);
  });

  it("P51: the program gets nothing of it", () => {
    const { main } = tini([], exits(0), world);
    expect(main.credentials.noNewPrivileges).toBe(false);
    expect(main.filters).toEqual([]);
    expect([main.credentials.permitted, main.credentials.effective]).toEqual([ALL_CAPABILITIES, ALL_CAPABILITIES]);
  });

  it("P15, P51: the program can make us its tracer all the same", () => {
    let result = NaN;
    const traced: Program = function* (process, linux) {
      yield () => [...linux.processes.values()].some(({ filters }) => filters.length > 0);
      result = process.traceMe();
      return 3;
    };
    expect(tini([], traced, world).code).toBe(3);
    expect(result).toBe(0);
  });

  it("P51: --no-lockdown turns it off", () => {
    const life = tini(["--no-lockdown"], exits(7), world);
    expect(life.code).toBe(7);
    expectAbsent(lockingNames, life, tini([], exits(0), world));
  });

  it("P51: it is off with --restart, because the next life would inherit it", () => {
    const life = tini(["--restart=on-failure:2", "--restart-delay=1ms"], exits(7), world);
    expect(life.started).toHaveLength(3);
    expectAbsent(lockingNames, life, tini([], exits(0), world));
  });
});

it("P51: --print-config says that --restart turns it off", () => {
  const line = (...words: readonly string[]) =>
    /^lockdown: .*$/m.exec(tiniWith(["tini-ts", "--print-config", ...words].slice(1)).stdout)?.[0];
  expect(line()).toMatch(/^lockdown: yes +# default$/);
  expect(line("--restart=always")).toMatch(/^lockdown: no +# argument 2$/);
  expect(line("--no-lockdown")).toMatch(/^lockdown: no +# argument 2$/);
});

it("P51: with limits the init may still write to control groups that another user owns", () => {
  const { init, groupsAfter, groupsBefore } = tini(["--memory-max=64M"], exits(0), { cgroups: {} });
  expect(init.credentials.effective).toBe(set(CAP_KILL, CAP_DAC_OVERRIDE));
  expect(groupsAfter).toEqual(groupsBefore);
});

it("P51: a user without capabilities makes one call less", () => {
  const life = tini([], exits(0), { uid: 1000 });
  expect(lockingNames(life)).toEqual(["prctl", "capget", "filterCalls"]);
  expect(life.init.filters).toHaveLength(1);
});

it("P21, P51: a program that changed its user still gets its signals", () => {
  const other: Program = function* (process, linux) {
    process.uid = 1000;
    return yield* server(5)(process, linux);
  };
  const life = tini([], other, { outside: sends(1, [10, SIGTERM]) });
  expect(life.init.filters).toHaveLength(1);
  expect(life.code).toBe(5);
});

it("P51: --pause is locked in as well", () => {
  const { init } = tiniWith(["--pause"], { mayStay: true });
  expect(init.filters).toHaveLength(1);
});

describe("where it is refused", () => {
  const refusing: readonly (readonly [what: string, name: string])[] = [
    ["no_new_privs", "prctl"],
    ["capabilities", "capget"],
    ["capabilities", "capset"],
    ["seccomp", "filterCalls"],
  ];
  it.each(
    refusing.flatMap(([what, name]) => [EPERM, EINVAL, ENOSYS, EACCES].map((errno) => [what, name, errno] as const)),
  )("P51: %s (%s, errno %i) is reported at info, and the run goes on", (what, name, errno) => {
    const life = tini(["-v"], exits(7), { fault: failing(name, errno) });
    expect(life.code).toBe(7);
    // Without no_new_privs the kernel refuses the filter, too.
    const refused = name === "prctl" ? [what, "seccomp"] : [what];
    expect(linesOf(life, "INFO").filter((line) => line.startsWith("not locked in"))).toEqual(
      refused.map((each) => expect.stringContaining(`not locked in with ${each}: `) as string),
    );
    expect(tini([], exits(7), { fault: failing(name, errno) }).stderr).toEqual([]);
  });
});

describe("a call that is not let through", () => {
  const KILL = 0x80000000;
  const path = join(import.meta.dirname, "../../build/init.checked.wasm");

  /** The init with a filter that allows nothing. */
  function without(): WebAssembly.Module {
    const filter = filterOf(initModule());
    const bad: Filter = { architecture: 0, calls: filter?.calls ?? {}, program: [[6, 0, 0, KILL]] };
    const section = new TextEncoder().encode(JSON.stringify(bad));
    return new WebAssembly.Module(new Uint8Array(withSection(readFileSync(path), FILTER_SECTION, section)));
  }

  it("P51: ends the init with SIGSYS", () => {
    const life = tini([], exits(0), { module: without(), mayBeRefused: true, isPid1: false });
    expect(life.signal).toBe(SIGSYS);
    expect(life.trace.of("refused").map(({ pid, call }) => [pid, call.split("(")[0]])).toEqual([
      [NOT_PID_1, "rt_sigtimedwait"],
    ]);
    expect(app(life.linux)).toBeDefined();
  });

  it("is an error of every other simulated life", () => {
    expect(() => tini([], exits(0), { module: without() })).toThrow("the filter does not let rt_sigtimedwait(");
  });
});
