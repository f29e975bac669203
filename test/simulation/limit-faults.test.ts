/*
 * Every system call of a life with limits fails with every errno, in every kind of control groups: all limits or none,
 * and nothing is left. And hundreds of schedules of what can happen at once.
 */
import { describe, expect, it } from "vitest";
import { EINTR, ENOSYS, EPERM, errnoName, SIGTERM, SIGUSR1 } from "../linux/abi.ts";
import { CALLS, errnosOfGroups, FOR_LIMITS, isOfGroups } from "./calls.ts";
import type { CgroupOptions } from "../linux/cgroups.ts";
import type { Call, Fault } from "../linux/kernel.ts";
import { type Life, simulate, type World } from "./life.ts";
import type { Process, Program } from "../linux/process.ts";
import { APP, leavesDaemons, linesOf, sends, server } from "./scenario.ts";

const MIB = 2 ** 20;
const CODE = 7;

/** What a life is to be like. */
interface Trial extends World {
  /** The options for limits, without `--limits`. */
  readonly options: readonly string[];
  readonly cgroups: CgroupOptions;
  /** What is set when the program's first instruction runs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly environment?: readonly string[];
  /** How it ends, and how else where a call fails that belongs to the end. */
  readonly code: number;
  readonly orElse?: readonly number[];
  readonly starts?: number;
}

/** What each program found at its first instruction. */
const found = new WeakMap<Process, Readonly<Record<string, string>>>();

/** The program, which first of all looks at its limits. */
function looks(program: Program): Program {
  return function* (process, linux) {
    const groups = [...process.groups.values()].filter(({ name }) => name.startsWith("workload"));
    found.set(process, Object.fromEntries(groups.flatMap(({ settings }) => [...settings])));
    return yield* program(process, linux);
  };
}

/** Ignores signals for ten seconds, so that a fault that costs the stop sequence is no hang. */
const patient: Program = function* (process) {
  process.handle([SIGTERM, SIGUSR1]);
  yield* process.sleep(10_000);
  return CODE;
};

/** Makes groups in its own, allocates memory in a few steps, leaves a daemon that ignores signals and one that ends, and ends. */
const busy: Program = function* (process, linux) {
  process.handle([SIGTERM, SIGUSR1]);
  for (const group of new Set(process.groups.values())) {
    if (!group.name.startsWith("workload")) continue;
    linux.cgroups?.make(group, ".first", process);
    const inner = group.children.get(".first");
    if (inner) linux.cgroups?.make(inner, "second", process);
  }
  for (let i = 0; i < 3; i++) {
    yield* process.allocate(3 * MIB);
    yield* process.sleep(5);
  }
  yield* leavesDaemons(process, 1, patient);
  yield* leavesDaemons(process, 1, server(0));
  return CODE;
};

const hog: Program = function* (process) {
  yield* process.allocate(20 * MIB);
  yield* process.allocate(20 * MIB);
  return CODE;
};

const failsTwice: Program = function* (process, linux) {
  yield* process.sleep(5);
  return linux.history.filter(({ name, alive }) => name === APP && !alive).length < 2 ? 3 : CODE;
};

const TRIALS: Record<string, Trial> = {
  "as PID 1, with a memory signal": {
    args: [],
    options: ["--memory-max=64M", "--memory-high=8M", "--cpu-max=1", "--pids-max=20", "--memory-signal=USR1"],
    settings: { "memory.max": "67108864", "memory.high": "8388608", "cpu.max": "100000 100000", "pids.max": "20" },
    cgroups: {},
    files: { [APP]: looks(busy) },
    code: CODE,
  },
  "as PID 1, rootless, by the oldest kernel": {
    args: [],
    options: ["--memory-max=64M", "--cpuset-cpus=0-1", "--grace=20ms"],
    settings: { "memory.max": "67108864", "cpuset.cpus": "0-1" },
    cgroups: { isPrivileged: false, owner: 0, clone3: ENOSYS, lacks: ["cgroup.kill", "memory.peak"] },
    files: { [APP]: looks(patient) },
    outside: sends(1, [5, SIGTERM]),
    code: 137,
    orElse: [CODE],
  },
  "as an ordinary process, with others that linger": {
    args: [],
    options: ["--memory-max=64M", "--linger=20ms", "--forward-to=all", "--no-subreaper"],
    settings: { "memory.max": "67108864" },
    cgroups: { group: "/user.slice/app", namespaced: false },
    isPid1: false,
    files: { [APP]: looks(busy) },
    code: CODE,
  },
  "as an ordinary process without cgroup.kill": {
    args: [],
    options: ["--memory-max=64M", "--linger=20ms", "--cgroup=workload"],
    settings: { "memory.max": "67108864" },
    cgroups: { lacks: ["cgroup.kill"], clone3: EPERM },
    isPid1: false,
    files: { [APP]: looks(busy) },
    code: CODE,
  },
  "killed for memory, with hints": {
    args: [],
    options: ["--memory-max=32M", "--cpu-max=2", "--runtime-hints"],
    settings: { "memory.max": "33554432", "cpu.max": "200000 100000" },
    cgroups: {},
    files: { [APP]: looks(hog) },
    code: 137,
  },
  "started again and again": {
    args: [],
    options: ["--pids-max=9", "--memory-signal=USR1", "--memory-max=64M", "--restart=on-failure:2"],
    settings: { "pids.max": "9", "memory.max": "67108864", "memory.high": "60395520" },
    cgroups: {},
    files: { [APP]: looks(failsTwice) },
    code: CODE,
    orElse: [3],
    starts: 3,
  },
  "version 1": {
    args: [],
    options: ["--memory-max=64M", "--memory-high=32M", "--cpu-max=1", "--cpu-weight=50", "--pids-max=20"],
    settings: {
      "memory.limit_in_bytes": "67108864",
      "memory.soft_limit_in_bytes": "33554432",
      "cpu.cfs_period_us": "100000",
      "cpu.cfs_quota_us": "100000",
      "cpu.shares": "512",
      "pids.max": "20",
    },
    cgroups: { version: 1 },
    files: { [APP]: looks(busy) },
    code: CODE,
  },
  "both versions, as an ordinary process": {
    args: [],
    options: ["--memory-max=32M", "--pids-max=20", "--linger=20ms"],
    settings: { "memory.limit_in_bytes": "33554432", "pids.max": "20" },
    cgroups: { version: "hybrid", group: "/user.slice/app", namespaced: false },
    isPid1: false,
    files: { [APP]: looks(hog) },
    code: 137,
  },
};

const POLICIES = ["strict", "best-effort"] as const;
type Policy = (typeof POLICIES)[number];

function live(trial: Trial, policy: Policy, more: Partial<World> = {}): Life {
  return simulate({ ...trial, args: ["tini-ts", `--limits=${policy}`, ...trial.options, "--", APP], ...more });
}

/** Whether the call that failed was one for limits, without which the program can run. */
function isForLimits({ name, args, path }: Call): boolean {
  if (FOR_LIMITS.includes(name) && name !== "vforkInto") return true;
  if (name === "write" || name === "read") return (args[0] ?? 0) > 2;
  return name === "open" && path?.includes("/cgroup") === true;
}

/** Makes a system call fail at its `nth` occurrence, and remembers it. */
function failsOnce(name: string, errno: number, nth: number): { fault: Fault; failed: () => Call | null } {
  let failed: Call | null = null;
  return {
    fault: (call) => {
      if (call.name !== name || call.nth !== nth) return 0;
      failed = call;
      return errno;
    },
    failed: () => failed,
  };
}

/** Checks what must hold in every life with limits, whatever failed in it. Returns what does not, or null. */
function complaint(life: Life, trial: Trial, policy: Policy, call: Call | null): string | null {
  const { code, orElse = [], settings, starts = 1 } = trial;
  if (life.trap !== null) return `a trap: ${life.trap}`;
  if (life.started.length > starts) return "too many starts";
  if (life.zombies.length > 0 && call?.name !== "waitid" && call?.name !== "wait4") return "a zombie is left";
  const hasRun = life.started.length > 0;
  const isOurs = [1, 125, 126, 127].includes(life.code ?? -1);
  if (!hasRun) {
    if (!isOurs) return `exit ${String(life.code)} without a start`;
    if (linesOf(life, "FATAL").length === 0) return "no word of why nothing was started";
    if (policy === "best-effort" && call && isForLimits(call)) return "best-effort does not run";
  } else {
    // Without its limits it may come to its own end.
    const right = [code, ...orElse, ...(starts > 1 ? [125, 126, 127] : []), ...(policy === "strict" ? [] : [CODE])];
    if (!right.includes(life.code ?? -1)) return `exit ${String(life.code)}`;
    for (const process of life.started) {
      const seen = found.get(process) ?? {};
      const isAll = Object.entries(settings).every(([file, value]) => seen[file] === value);
      if (policy === "strict" && !isAll) return `started with ${JSON.stringify(seen)}`;
      if (Object.keys(seen).some((file) => settings[file] !== seen[file]))
        return `other limits: ${JSON.stringify(seen)}`;
      const isBare = !isAll && linesOf(life, "WARN").length === 0;
      if (isBare) return "not a word of a limit that is not there";
    }
  }
  const isAsBefore =
    JSON.stringify(life.groupsAfter) === JSON.stringify(life.groupsBefore) &&
    [...life.init.groups].every(([hierarchy, group]) => life.linux.cgroups?.home.get(hierarchy) === group);
  if (isAsBefore) return null;
  const at = life.trace.calls().find(({ injected }) => injected)?.order ?? -1;
  const last = life.started.at(-1);
  const end = last ? (life.trace.of("end").find(({ pid }) => pid === last.pid)?.order ?? -1) : Infinity;
  // What could not be set, left or waited for can leave something behind, but never without a word.
  const isExcused =
    policy === "best-effort" || at > end || (call !== null && ["rmdir", "rt_sigtimedwait"].includes(call.name));
  if (!isExcused) return `left: ${JSON.stringify(life.groupsAfter)}`;
  return linesOf(life, "WARN").length > 0 ? null : "left without a word";
}

function explain(life: Life, what: string): string {
  return `${what}\n${life.trace.text(90)}\n\n${life.stderr.join("\n")}\n${life.groupsAfter.join("\n")}`;
}

const made = new Set(
  Object.values(TRIALS).flatMap((trial) => [...live(trial, "strict", { mayStay: true }).counts.keys()]),
);

it("the lives make, between them, every system call for limits", () => {
  expect(FOR_LIMITS.filter((name) => !made.has(name))).toEqual([]);
});

describe.each(Object.entries(TRIALS))("P40, P41, P45: %s", (_name, trial) => {
  describe.each(POLICIES)("--limits=%s", (policy) => {
    it("without a fault it ends as it should, and nothing is left", () => {
      for (const seed of [undefined, 1, 2, 3, 4, 5]) {
        const life = live(trial, policy, { seed });
        const wrong = complaint(life, trial, policy, null);
        if (wrong !== null || (life.code !== trial.code && seed === undefined))
          expect.fail(explain(life, String(wrong)));
        expect(life.started).toHaveLength(trial.starts ?? 1);
        expect(life.groupsAfter).toEqual(life.groupsBefore);
      }
    });

    const { counts } = live(trial, policy, { mayStay: true });
    // What has nothing to do with groups fails no other way where the policy is another.
    const tried = CALLS.filter((name) => counts.has(name) && (policy === "strict" || isOfGroups(name)));
    it.each(tried)("%s fails, each time that it is made", (name) => {
      for (let nth = 1; nth <= (counts.get(name) ?? 0); nth++) {
        for (const errno of errnosOfGroups(name)) {
          const { fault, failed } = failsOnce(name, errno, nth);
          const life = live(trial, policy, { fault });
          const wrong = complaint(life, trial, policy, failed());
          if (wrong !== null) expect.fail(explain(life, `${errnoName(errno)} of ${name} ${String(nth)}: ${wrong}`));
        }
      }
    });

    it.each(FOR_LIMITS)("%s fails for ever: no hang, no trap", (name) => {
      for (const errno of errnosOfGroups(name).filter((errno) => errno !== EINTR)) {
        const life = live(trial, policy, { fault: (call) => (call.name === name ? errno : 0) });
        const isRight = life.trap === null && (life.started.length > 0 || linesOf(life, "FATAL").length > 0);
        if (!isRight) expect.fail(explain(life, `${errnoName(errno)} of ${name}`));
      }
    });
  });
});
