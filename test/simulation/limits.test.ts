/* Limits, from the first look at /proc to the last rmdir, against the simulated control groups. */
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import {
  E2BIG,
  EINVAL,
  ENOSYS,
  EPERM,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  SIGKILL,
  SIGTERM,
  SIGUSR1,
  SIGUSR2,
} from "../linux/abi.ts";
import { GroupDirectory } from "../linux/cgroupfs.ts";
import type { CgroupOptions } from "../linux/cgroups.ts";
import { latin1 } from "../linux/files.ts";
import { exits, type Life, NOT_PID_1, type World } from "./life.ts";
import { never, type Process, type Program } from "../linux/process.ts";
import { Random } from "../linux/random.ts";
import type { Called } from "../linux/trace.ts";
import {
  APP,
  appIsReady,
  daemons,
  leavesDaemons,
  leavesOrphans,
  linesOf,
  sends,
  server,
  sleeps,
  stubborn,
  tini,
  tooLate,
  callsNamed,
  lateLife,
  NOBODY,
} from "./scenario.ts";

const MIB = 2 ** 20;
const WORKLOAD = "/box/workload";

/** A life with limits (default: in control groups of version 2). */
function limited(
  args: readonly string[],
  program: Program,
  cgroups: CgroupOptions = {},
  world: Partial<World> = {},
): Life {
  return tini(args, program, { cgroups, ...world });
}

/** The init leaves nothing behind: no group, no controller, no setting, and it is in its first group. */
function expectAsBefore(life: Life): void {
  const where = `${life.trace.text()}\n${life.stderr.join("\n")}`;
  expect(life.trap, where).toBeNull();
  expect(life.groupsAfter, where).toEqual(life.groupsBefore);
  for (const [hierarchy, group] of life.init.groups) expect(group, where).toBe(life.linux.cgroups?.home.get(hierarchy));
}

/** Exit code 125, nothing started, nothing left, and a message that contains all of `words`. */
function expectRefused(life: Life, ...words: readonly (string | RegExp)[]): void {
  expect([life.code, life.started], life.stderr.join("\n")).toEqual([125, []]);
  const said = linesOf(life, "FATAL").join("\n");
  for (const word of words) expect(said).toMatch(typeof word === "string" ? literally(word) : word);
  expectAsBefore(life);
}

/** It ran, with `code`, and nothing is left. */
function expectRan(life: Life, code = 0): void {
  expect(life.code, `${life.trace.text()}\n${life.stderr.join("\n")}`).toBe(code);
  expect(life.started.length).toBeGreaterThan(0);
  expectAsBefore(life);
}

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
}

/** The paths of a process's groups, each once. */
function pathsOf(process: Process): string[] {
  return [...new Set([...process.groups.values()].map(({ path }) => path))].sort();
}

/**
 * Another init that uses the same group as the one under test, again and again: it creates the group, or reuses it if it is
 * unlocked and empty, sets a limit, puts a process into it, and removes it. `wrong` says what another did to it meanwhile.
 */
function rivals(random: Random, version: 1 | 2): { program: Program; wrong: string } {
  const result = { wrong: "", program: (() => undefined) as unknown as Program };
  result.program = function* (process, linux) {
    const { cgroups } = linux;
    for (let round = 0; round < 6 && cgroups; round++) {
      const box = cgroups.group("/box");
      const above = cgroups.mounts.find(({ hierarchy }) => hierarchy === box.hierarchy);
      // As every init that relies on the controllers: none disables them meanwhile.
      if (above && !process.descriptors.has(51)) {
        process.descriptors.set(51, { file: new GroupDirectory(above, box, []), closeOnExec: true });
        const shared = process.descriptors.get(51)?.file;
        if (shared instanceof GroupDirectory && cgroups.lock(shared, LOCK_SH | LOCK_NB) !== 0) {
          process.descriptors.delete(51);
          continue;
        }
      }
      yield* process.sleep(random.below(2));
      if (!box.children.has("workload")) cgroups.make(box, "workload", process);
      yield;
      const own = box.children.get("workload");
      const mount = cgroups.mounts.find(({ hierarchy }) => hierarchy === box.hierarchy);
      if (!own || !mount) continue;
      const file = new GroupDirectory(mount, own, []);
      process.descriptors.set(50, { file, closeOnExec: true });
      yield;
      if (cgroups.lock(file, LOCK_EX | LOCK_NB) !== 0 || own.dead) {
        process.descriptors.delete(50);
        continue;
      }
      if (own.hasProcesses) {
        process.descriptors.delete(50);
        continue;
      }
      yield;
      own.settings.set(version === 2 ? "memory.max" : "memory.limit_in_bytes", "4096000");
      const tenant = process.fork(sleeps, "tenant");
      cgroups.move(process, tenant.pid, own);
      for (let i = random.below(30); i > 0; i--) yield;
      if (!tenant.alive) result.wrong = "its process was killed";
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- others have run meanwhile
      if (own.dead) result.wrong = "its group was removed";
      if ([...own.members].some((member) => member !== tenant && member.alive))
        result.wrong = "another's process is in its group";
      if ([...own.settings.values()].some((value) => value !== "4096000")) result.wrong = "its limits were changed";
      process.kill(tenant.pid, SIGKILL);
      yield () => !tenant.alive;
      process.descriptors.delete(50);
      if (random.below(2) === 0) cgroups.remove(own);
    }
    return 0;
  };
  return result;
}

/** The settings of a group at the program's first instruction. */
interface Found {
  settings: Readonly<Record<string, string>>;
  paths: string[];
  environment: string[];
}

/** Runs a program that reads its limits, and returns them. */
function found(
  args: readonly string[],
  cgroups: CgroupOptions = {},
  world: Partial<World> = {},
): Found & { life: Life } {
  let result: Found = { settings: {}, paths: [], environment: [] };
  const life = limited(
    args,
    function* (process) {
      const settings = [...process.groups.values()].flatMap((group) => [...group.settings]);
      result = {
        settings: Object.fromEntries(settings),
        paths: pathsOf(process),
        environment: process.environment.map(latin1),
      };
      return 0;
    },
    cgroups,
    world,
  );
  return { ...result, life };
}

/** Allocates some MiB, one at a time, `pause` milliseconds apart; exits with 0, unless it is killed. */
function climbs(count: number, pause: number): Program {
  return function* (process) {
    process.handle([SIGUSR1, SIGUSR2, SIGTERM]);
    for (let i = 0; i < count; i++) {
      yield* process.allocate(MIB);
      yield* process.sleep(pause);
    }
    return 0;
  };
}

describe("P40: each limit is set before the program's first instruction, and it is born inside", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["--memory-max=512M", { "memory.max": "536870912" }],
    ["--memory-max=1.5Gi", { "memory.max": "1610612736" }],
    ["--memory-max=64k", { "memory.max": "65536" }],
    ["--memory-max=1048576", { "memory.max": "1048576" }],
    ["--memory-max=max", { "memory.max": "max" }],
    ["--memory-high=256M", { "memory.high": "268435456" }],
    ["--memory-swap-max=0", { "memory.swap.max": "0" }],
    ["--memory-swap-max=max", { "memory.swap.max": "max" }],
    ["--memory-oom-group", { "memory.oom.group": "1" }],
    ["--cpu-max=1.5", { "cpu.max": "150000 100000" }],
    ["--cpu-max=150%", { "cpu.max": "150000 100000" }],
    ["--cpu-max=50000 200000", { "cpu.max": "50000 200000" }],
    ["--cpu-max=max", { "cpu.max": "max 100000" }],
    ["--cpu-weight=200", { "cpu.weight": "200" }],
    ["--cpuset-cpus=0-1,3", { "cpuset.cpus": "0-1,3" }],
    ["--pids-max=100", { "pids.max": "100" }],
    ["--pids-max=max", { "pids.max": "max" }],
    ["--io-weight=300", { "io.weight": "default 300" }],
  ])("%s", (option, settings) => {
    for (const [world, uid] of [
      [{}, 0],
      [{ isPrivileged: false, owner: 0 }, 0],
      [{ owner: 1000 }, 1000],
      [{ group: "/kubepods/pod1/box", namespaced: false }, 0],
      [{ group: "/", namespaced: false }, 0],
    ] as const) {
      const { life, ...seen } = found([option], world, { uid });
      expectRan(life);
      const home = "group" in world ? world.group.replace(/\/$/, "") : "/box";
      expect([seen.settings, seen.paths]).toEqual([settings, [`${home}/workload`]]);
      expect(life.counts.get("vforkInto")).toBe(1);
      expectAbsent(callsNamed("vfork"), life, tini([], exits(0)));
    }
  });

  it("all of them together, from the command line, the environment and the file", () => {
    const settings = {
      "memory.max": "536870912",
      "memory.high": "268435456",
      "memory.swap.max": "0",
      "memory.oom.group": "1",
      "cpu.max": "150000 100000",
      "cpu.weight": "200",
      "cpuset.cpus": "0-1",
      "pids.max": "100",
      "io.weight": "default 300",
    };
    const options = {
      "memory-max": "512M",
      "memory-high": "256M",
      "memory-swap-max": "0",
      "memory-oom-group": "yes",
      "cpu-max": "1.5",
      "cpu-weight": "200",
      "cpuset-cpus": "0-1",
      "pids-max": "100",
      "io-weight": "300",
      cgroup: "app.slice",
    };
    const all = Object.entries(options);
    const variables = all.map(([name, value]) => `TINI_${name.toUpperCase().replaceAll("-", "_")}=${value}`);
    const content = all.map(([name, value]) => `${name}: ${value}\n`).join("");
    for (const { life, ...seen } of [
      found(all.map(([name, value]) => `--${name}${name === "memory-oom-group" ? "" : `=${value}`}`)),
      found([], {}, { environment: ["PATH=/bin", ...variables] }),
      found([], {}, { files: { "/etc/tini.yml": { content } } }),
    ]) {
      expectRan(life);
      expect([seen.settings, seen.paths]).toEqual([settings, ["/box/app.slice"]]);
    }
  });

  it("a percentage is of the tightest limit on the way up, or of the machine's memory", () => {
    const percent = (option: string, set: Readonly<Record<string, string>>): number => {
      const { life, settings } = found([option], { group: "/a/box", namespaced: false, set }, { memory: 1000 * MIB });
      expectRan(life);
      return Number(settings["memory.max"]) / MIB;
    };
    const near = (value: number, expected: number): void => {
      expect(value).toBeGreaterThan(expected - 0.01);
      expect(value).toBeLessThanOrEqual(expected);
    };
    near(percent("--memory-max=80%", {}), 800);
    near(percent("--memory-max=100%", {}), 1000);
    near(percent("--memory-max=50%", { "/a/memory.max": "100M", "/a/box/memory.max": "200M" }), 50);
    near(percent("--memory-max=50%", { "/a/memory.max": "100M", "/a/box/memory.max": "50M" }), 25);
    near(percent("--memory-max=50%", { "/a/memory.max": "4000M" }), 500);
  });

  it.each([ENOSYS, EPERM, EINVAL, E2BIG])(
    "where clone3 is refused (errno %i) the child moves there itself before it is the program",
    (clone3) => {
      const { life, ...seen } = found(["--memory-max=64M", "--pids-max=9"], { clone3 });
      expectRan(life);
      expect([seen.settings, seen.paths]).toEqual([{ "memory.max": "67108864", "pids.max": "9" }, [WORKLOAD]]);
      const moved = life.trace
        .of("write")
        .find(({ path, data }) => path === `${WORKLOAD}/cgroup.procs` && data === "0");
      expect(moved?.result).toBe(0);
      expect(life.trace.of("exec").map(({ program }) => program)).toEqual([APP]);
      expect(life.trace.of("exec")[0]?.order).toBeGreaterThan(moved?.order ?? Infinity);
    },
  );

  it("costs at most 49 system calls more with memory.max and cpu.max", () => {
    const count = (args: readonly string[]): number => {
      const life = limited(args, exits(0));
      expectRan(life);
      return [...life.counts.values()].reduce((sum, calls) => sum + calls, 0);
    };
    expect(count(["--memory-max=64M", "--cpu-max=1"]) - count([])).toBeLessThanOrEqual(49);
  });

  it("beyond a pids.max of a group above, the program cannot be forked: 125, and nothing is left", () => {
    for (const clone3 of [0, ENOSYS]) {
      const life = limited(["--memory-max=64M"], exits(0), { set: { "/box/pids.max": "1" }, clone3 });
      expectRefused(life, /cannot start a process/);
    }
  });

  it("the program has its limits again each time that it is started anew", () => {
    const paths: string[][] = [];
    const program: Program = function* (process) {
      paths.push(pathsOf(process));
      yield* process.allocate(MIB);
      return paths.length < 3 ? 1 : 0;
    };
    for (const clone3 of [0, ENOSYS]) {
      paths.length = 0;
      expectRan(limited(["--memory-max=64M", "--restart=on-failure:5", "--restart-delay=1ms"], program, { clone3 }));
      expect(paths).toEqual([[WORKLOAD], [WORKLOAD], [WORKLOAD]]);
    }
  });

  it("the program inherits no descriptor of ours", () => {
    const program: Program = function* (process) {
      return [...process.descriptors.keys()].length;
    };
    for (const clone3 of [0, ENOSYS]) {
      const args = ["--memory-max=64M", "--cpu-max=1", "--memory-signal=USR1"];
      expectRan(limited(args, program, { clone3 }), 3);
      const life = limited([...args, "--restart=on-failure:2", "--restart-delay=1ms"], program, { clone3 });
      expect([life.code, life.started.length]).toEqual([3, 3]);
    }
  });
});

describe("P41: without limits", () => {
  const names = (life: Life): string[] => life.trace.calls().map(({ pid, name }) => `${pid} ${name}`);

  it("makes the system calls of before, one by one", () => {
    expect(names(tini([], exits(0)))).toEqual([
      "1 rt_sigprocmask",
      "1 getpid",
      "1 open",
      "1 open",
      "1 rt_sigaction",
      "1 ioctl",
      "1 ioctl",
      "1 ioctl",
      "1 open",
      "1 vfork",
      "2 setpgid",
      "2 rt_sigprocmask",
      "2 execve",
      "1 chdir",
      "1 close_range",
      "1 prlimit64",
      "1 prlimit64",
      // The lockdown (P51).
      "1 prctl",
      "1 capget",
      "1 capset",
      "1 filterCalls",
      "1 rt_sigtimedwait",
      "1 waitid",
      "1 waitid",
    ]);
  });

  it("does not look whether there are control groups", () => {
    const lives: readonly (readonly [readonly string[], Program, Partial<World>])[] = [
      [[], exits(3), {}],
      [["-vvv", "-g"], server(), { outside: sends(1, [10, SIGTERM]) }],
      [["--grace=20ms"], stubborn, { outside: sends(1, [10, SIGTERM]), others: [sleeps] }],
      [["--linger=20ms"], exits(0), { isPid1: false }],
      [["--limits=best-effort"], exits(0), {}],
      [["--forward-to=all"], server(), { isPid1: false, outside: sends(NOT_PID_1, [10, SIGTERM]) }],
      [["--restart=on-failure:2", "--restart-delay=1ms"], exits(1), {}],
    ];
    for (const [args, program, world] of lives) {
      const without = tini(args, program, world);
      for (const cgroups of [{}, { mount: "read-only" }, { version: 1 }] as const) {
        expect(tini(args, program, { ...world, cgroups }).trace.events).toEqual(without.trace.events);
      }
    }
  });
});

describe("P41: what is impossible is refused with 125 and a message, and nothing is started or left", () => {
  const REFUSALS: Record<
    string,
    readonly [readonly string[], CgroupOptions | undefined, Partial<World>, ...(string | RegExp)[]]
  > = {
    "a read-only file system": [
      ["--memory-max=64M"],
      { mount: "read-only" },
      {},
      "--memory-max",
      "/sys/fs/cgroup",
      /read-only/,
    ],
    "no cgroup file system": [
      ["--memory-max=64M"],
      { mount: "absent" },
      {},
      "--memory-max",
      "/sys/fs/cgroup",
      /no such file/,
    ],
    "no control groups at all": [["--cpu-max=1"], undefined, {}, "--cpu-max", /no such file/],
    "no /proc": [["--memory-max=64M"], {}, { proc: false }, "/proc/self/cgroup", /no such file/],
    "no controller": [
      ["--memory-max=64M"],
      { controllers: ["cpu", "pids"] },
      {},
      "--memory-max",
      "/sys/fs/cgroup/cgroup.subtree_control",
      "+memory",
    ],
    "one of several controllers missing": [
      ["--memory-max=64M", "--io-weight=50"],
      { controllers: ["memory", "cpu"] },
      {},
      "--io-weight",
      "/sys/fs/cgroup/cgroup.subtree_control",
    ],
    "another process in our group": [
      ["--memory-max=64M"],
      {},
      { others: [sleeps] },
      "--memory-max",
      "/sys/fs/cgroup",
      /busy|in use/,
    ],
    "another process in our group, and controllers that bear it": [
      ["--cpu-max=1", "--pids-max=9"],
      {},
      { others: [sleeps] },
      "/sys/fs/cgroup",
    ],
    "the shell that started us in our group": [
      ["--memory-max=64M"],
      { withParent: true },
      { isPid1: false },
      "/sys/fs/cgroup",
    ],
    "a file that this kernel does not have": [
      ["--memory-max=64M", "--memory-swap-max=0"],
      { lacks: ["memory.swap.max"] },
      {},
      "--memory-swap-max",
      "/sys/fs/cgroup/workload/memory.swap.max",
    ],
    "a user to whom nothing is delegated": [
      ["--memory-max=64M"],
      {},
      { uid: 1000 },
      "/sys/fs/cgroup",
      /permission denied/,
    ],
    "a root that is none outside": [
      ["--memory-max=64M"],
      { isPrivileged: false },
      {},
      "/sys/fs/cgroup",
      /permission denied/,
    ],
    "no more groups allowed": [
      ["--memory-max=64M"],
      { set: { "/box/cgroup.max.descendants": "1" } },
      {},
      "/sys/fs/cgroup/workload",
    ],
    "no groups allowed": [
      ["--memory-max=64M"],
      { set: { "/box/cgroup.max.descendants": "0" } },
      {},
      "/sys/fs/cgroup/init",
    ],
    "a mount that does not show our group": [
      ["--memory-max=64M"],
      { mountRoot: "/elsewhere", further: ["/elsewhere"] },
      {},
      /cgroup/,
    ],
  };

  it.each(Object.entries(REFUSALS))("%s", (_name, [args, cgroups, world, ...words]) => {
    const life = tini(args, exits(0), { ...(cgroups && { cgroups }), ...world });
    expectRefused(life, ...words);
    const ways = [
      "writable-cgroups=true",
      "unmask=/sys/fs/cgroup",
      "cgroup_writable",
      "Delegate=yes",
      "--limits=best-effort",
    ];
    for (const way of ways) expect(linesOf(life, "FATAL").join("\n")).toContain(way);
  });

  it.each(Object.entries(REFUSALS))(
    "with --limits=best-effort the program runs: %s",
    (_name, [args, cgroups, world]) => {
      const life = tini(["--limits=best-effort", ...args], exits(7), { ...(cgroups && { cgroups }), ...world });
      expectRan(life, 7);
      expect([linesOf(life, "FATAL"), linesOf(life, "WARN").length > 0]).toEqual([[], true]);
    },
  );

  it("with --limits=best-effort what can be set is set", () => {
    const { life, settings, paths } = found(
      ["--limits=best-effort", "--memory-max=64M", "--io-weight=50", "--pids-max=9"],
      { controllers: ["memory", "pids"] },
    );
    expectRan(life);
    expect([settings, paths]).toEqual([{ "memory.max": "67108864", "pids.max": "9" }, [WORKLOAD]]);
    expect(linesOf(life, "WARN")[0]).toContain("--io-weight");
  });

  it("a value that the kernel does not take: the file, the value and the reason, without the ways to be allowed to", () => {
    for (const [option, file, value] of [
      ["--cpuset-cpus=9", "cpuset.cpus", "9"],
      ["--cpuset-cpus=3-1", "cpuset.cpus", "3-1"],
    ] as const) {
      const life = limited([option, "--memory-max=64M"], exits(0));
      expectRefused(life, option.split("=")[0] ?? "", `/sys/fs/cgroup/workload/${file}`, `"${value}"`);
      const closed = limited(["--memory-max=64M"], exits(0), { mount: "read-only" });
      expectAbsent("Delegate", linesOf(life, "FATAL").join("\n"), linesOf(closed, "FATAL").join("\n"));
    }
  });

  it("the second of two limits that cannot be set undoes the first", () => {
    const life = limited(["--memory-max=64M", "--pids-max=5", "--cpuset-cpus=9"], exits(0));
    expectRefused(life, "--cpuset-cpus");
    expect(life.trace.of("write").map(({ data }) => data)).toContain("67108864");
  });
});

describe("P41: groups that exist already", () => {
  it("an empty `init` and `workload` of an init that was killed are created anew", () => {
    const further = ["/box/init", "/box/workload"];
    const life = limited(["--memory-max=64M"], exits(0), { further });
    expect([life.code, life.trap]).toEqual([0, null]);
    expect(life.groupsAfter).toEqual(life.groupsBefore.filter((line) => !further.some((path) => line.includes(path))));
  });

  it("one with processes is left alone: another name is used, unless the user named it", () => {
    for (const version of [2, 1] as const) {
      const used = { version, further: ["/box/workload"], others: "/box/workload" };
      const { life, paths } = found(["--memory-max=64M"], used, { others: [sleeps] });
      expectRan(life);
      expect(paths).toContain("/box/workload-2");
      const refused = limited(["--memory-max=64M", "--cgroup=workload"], exits(0), used, { others: [sleeps] });
      expectRefused(refused, "/workload", /processes are in it/);
    }
    const life = limited(
      ["--memory-max=64M"],
      exits(0),
      { further: ["/box/init"], others: "/box/init" },
      { others: [sleeps] },
    );
    expectRan(life);
  });

  it("one that another init uses is left alone, whenever that comes and goes", () => {
    const names = new Set<string>();
    for (const version of [2, 1] as const) {
      for (let seed = 0; seed < 150; seed++) {
        const random = new Random(seed);
        const rival = rivals(random, version);
        for (const args of [["--memory-max=64M"], ["--memory-max=64M", "--cgroup=workload"]]) {
          const seen: string[] = [];
          const program: Program = function* (process) {
            seen.push(
              ...pathsOf(process),
              ...[...process.groups.values()].flatMap(({ settings }) => [...settings.values()]),
            );
            yield* process.sleep(random.below(3));
            return 7;
          };
          const life = limited(args, program, { version, others: "/box/rival" }, { others: [rival.program], seed });
          const where = `version ${String(version)} seed ${String(seed)} ${rival.wrong}\n${life.trace.text()}\n${life.stderr.join("\n")}`;
          expect([life.trap, rival.wrong], where).toEqual([null, ""]);
          if (life.code === 125) {
            expect([args.length, life.started.length], where).toEqual([2, 0]);
            expect(linesOf(life, "FATAL").join(), where).toMatch(/\/workload: (another init has it|in use)/);
          } else {
            expect(life.code, where).toBe(7);
            expect(seen, where).toContain("67108864");
            for (const path of seen.filter((one) => one.startsWith("/box/"))) names.add(path);
          }
        }
      }
    }
    expect([...names].sort()).toEqual(["/box/workload", "/box/workload-2"]);
  });

  it("what a killed init left is reused, however deep and whatever its name", () => {
    const deep = Array.from({ length: 40 }, (_, index) => `${String(index)}${"x".repeat(200)}`).join("/");
    for (const inner of ["a", ".hidden", "..x", "a/b/c", ".a/.b/.c", "n".repeat(255), deep]) {
      for (const version of [2, 1] as const) {
        const further = [`/box/workload/${inner}`, `/box/workload/z/${inner}`, "/box/workload/.q", "/box/init/y"];
        const set = version === 2 ? {} : { "/box/workload/memory.soft_limit_in_bytes": "1048576" };
        const life = limited(["--memory-max=64M"], exits(0), { version, further, set });
        expect([life.code, life.trap], life.stderr.join("\n")).toEqual([0, null]);
        const left = life.groupsAfter.filter((line) => line.includes("/workload"));
        expect(left.filter((line) => !line.includes("owner") || version === 2)).toEqual([]);
        expect(linesOf(life, "WARN")).toEqual([]);
      }
    }
  });

  it("a group of another name, and its limits, stay", () => {
    const life = limited(["--memory-max=64M", "--cpu-max=1"], exits(0), {
      group: "/",
      namespaced: false,
      further: ["/system.slice/sshd"],
      set: {
        "/cgroup.subtree_control": "+memory",
        "/system.slice/memory.max": "1G",
      },
    });
    expectRan(life);
  });

  it("as the machine's own PID 1 it works in the root of all", () => {
    const { life, paths, settings } = found(["--memory-max=64M", "--pids-max=9"], { group: "/", namespaced: false });
    expectRan(life);
    expect([paths, settings]).toEqual([["/workload"], { "memory.max": "67108864", "pids.max": "9" }]);
  });

  it("a file system at another place is found by /proc/self/mountinfo", () => {
    const { life, settings } = found(["--memory-max=64M"], { mountPoint: "/mnt/cg" });
    expectRan(life);
    expect(settings).toEqual({ "memory.max": "67108864" });
  });

  it("a blank, a tab, a line feed or a backslash in its path, or in the group's, is as any other character", () => {
    for (const [mountPoint, group] of [
      ["/mnt/c g", "/box"],
      ["/mnt/c\tg", "/box"],
      ["/mnt/c\ng", "/box"],
      ["/mnt/c\\g", "/box"],
      ["/mnt/c\\040g", "/b\\134x"],
      ["/mnt/cg", "/my box/a\\b"],
    ] as const) {
      for (const version of [2, 1] as const) {
        const cgroups: CgroupOptions = { mountPoint, group, version, namespaced: false, mountRoot: group };
        const { life, paths } = found(["--memory-max=64M"], cgroups);
        expectRan(life);
        expect(paths).toContain(`${group}/workload`);
      }
    }
  });

  it("a file system that lies under another is not used: what lies over it is, or none", () => {
    const over = (...mounts: NonNullable<CgroupOptions["over"]>): CgroupOptions => ({
      group: "/a/box",
      namespaced: false,
      over: mounts,
    });
    const point = "/sys/fs/cgroup";
    for (const cgroups of [
      over({ point, root: "/a" }),
      over({ point, root: "/a" }, { point, root: "/a/box" }),
      over({ point, root: null }, { point: "/mnt/cg", root: "/a" }),
      over({ point: "/sys/fs", root: null }, { point: "/mnt/cg", root: "/a" }),
      over({ point: "/mnt", root: null }),
    ]) {
      const { life, paths, settings } = found(["--memory-max=64M"], cgroups);
      expectRan(life);
      expect([paths, settings]).toEqual([["/a/box/workload"], { "memory.max": "67108864" }]);
    }
    for (const cgroups of [
      over({ point, root: "/elsewhere" }),
      over({ point, root: null }),
      over({ point: "/sys", root: null }),
    ]) {
      expectRefused(limited(["--memory-max=64M"], exits(0), cgroups), "--memory-max", point, /no such file/);
    }
  });

  it("however long /proc/self/mountinfo is", () => {
    const lower = Array.from({ length: 200 }, (_, index) => `/var/lib/docker/overlay2/l/${String(index)}ABCDEFGH`).join(
      ":",
    );
    for (let size = 0; size < 40; size++) {
      const otherMounts = [
        `40 1 0:99 / /merged rw,relatime shared:5 - overlay overlay rw,lowerdir=${lower.slice(0, 3900 + size)}`,
        ...Array.from(
          { length: 60 },
          (_, index) => `${String(100 + index)} 21 8:1 /v${String(index)} /mnt/v rw - ext4 /dev/sda1 rw`,
        ),
      ];
      const { life, settings } = found(["--memory-max=64M"], { otherMounts });
      expectRan(life);
      expect(settings).toEqual({ "memory.max": "67108864" });
    }
  });

  it("a directory that is too long for us is refused, and one as long as can be works", () => {
    for (let length = 100; length < 1600; length += 100) {
      const group = `/${Array.from({ length: length / 50 }, (_, index) => String(index).padEnd(49, "x")).join("/")}`;
      const life = limited(["--memory-max=64M"], exits(0), { group, namespaced: false });
      if (life.code === 0) expectRan(life);
      else expectRefused(life, "--memory-max");
      if (length < 500) expect(life.code).toBe(0);
    }
  });
});

describe("P41: nothing is left after any end", () => {
  const LIMITS = ["--memory-max=64M", "--cpu-max=1", "--pids-max=50"];
  const ends: Record<string, readonly [readonly string[], Program, Partial<World>, number]> = {
    "with a code": [[], exits(9), {}, 9],
    "by a signal": [
      [],
      function* (process) {
        process.kill(process.pid, SIGKILL);
        yield never;
        return 0;
      },
      {},
      137,
    ],
    "when it is stopped": [[], server(3), { outside: sends(1, [5, SIGTERM]) }, 3],
    "when it is killed after its grace": [["--grace=20ms"], stubborn, { outside: sends(1, [5, SIGTERM]) }, 137],
    "with orphans": [
      [],
      function* (process) {
        yield* leavesOrphans(process, 20);
        return 4;
      },
      {},
      4,
    ],
    "with daemons that hear nothing": [
      [],
      function* (process) {
        yield* leavesDaemons(process, 3, stubborn);
        return 5;
      },
      {},
      5,
    ],
    "with daemons that get time to end": [
      ["--linger=50ms"],
      function* (process) {
        yield* leavesDaemons(process, 3, server());
        yield* leavesDaemons(process, 1, stubborn);
        return 6;
      },
      {},
      6,
    ],
    "with groups of its own in it": [
      [],
      function* (process, linux) {
        const { cgroups } = linux;
        const own = cgroups?.groupOf(process, "memory");
        if (!cgroups || !own) return 1;
        expect(cgroups.make(own, "a", process)).toBe(0);
        const inner = own.children.get("a");
        if (!inner) return 1;
        expect([cgroups.make(inner, "b", process), cgroups.move(process, 0, inner)]).toEqual([0, 0]);
        expect([cgroups.turn(own, "+memory"), cgroups.make(own, "z", process)]).toEqual([0, 0]);
        const deepest = inner.children.get("b");
        yield* leavesDaemons(process, 1, function* (daemon) {
          if (deepest) expect(cgroups.move(daemon, 0, deepest)).toBe(0);
          return yield* stubborn(daemon, linux);
        });
        return 7;
      },
      {},
      7,
    ],
    "with groups of its own in it, after each of two lives": [
      ["--restart=on-failure:1", "--restart-delay=1ms"],
      function* (process, linux) {
        const { cgroups } = linux;
        const own = cgroups?.groupOf(process, "memory");
        if (!cgroups || !own) return 1;
        // Each life finds its group as the first one did.
        expect(own.children.size).toBe(0);
        expect(cgroups.make(own, "a", process)).toBe(0);
        const inner = own.children.get("a");
        if (!inner) return 1;
        yield* leavesDaemons(process, 1, function* (daemon) {
          expect(cgroups.move(daemon, 0, inner)).toBe(0);
          return yield* stubborn(daemon, linux);
        });
        return 7;
      },
      {},
      7,
    ],
    "with controllers for groups of its own, in each of two lives": [
      ["--restart=on-failure:1", "--restart-delay=1ms"],
      function* (process, linux) {
        const { cgroups } = linux;
        const own = cgroups?.groupOf(process, "memory");
        if (!cgroups || !own) return 1;
        expect(own.children.size).toBe(0);
        expect(cgroups.make(own, "a", process)).toBe(0);
        const inner = own.children.get("a");
        if (!inner) return 1;
        expect(cgroups.move(process, 0, inner)).toBe(0);
        expect(cgroups.turn(own, "+memory")).toBe(0);
        return 7;
      },
      {},
      7,
    ],
    "where it cannot be run": [[], exits(0), { files: { [APP]: { content: "", executable: false } } }, 126],
    "where it is not there": [[], exits(0), { args: ["tini-ts", "--memory-max=64M", "/none"] }, 127],
  };

  const worlds: Record<string, readonly [readonly string[], CgroupOptions, Partial<World>]> = {
    "as PID 1": [[], {}, {}],
    "as PID 1, without clone3 and cgroup.kill": [[], { clone3: ENOSYS, lacks: ["cgroup.kill"] }, {}],
    "as PID 1, with version 1": [[], { version: 1 }, {}],
    "as an ordinary process": [[], {}, { isPid1: false }],
    "as an ordinary process without cgroup.kill": [[], { lacks: ["cgroup.kill"] }, { isPid1: false }],
    "as an ordinary process, with version 1": [[], { version: 1 }, { isPid1: false }],
    "as an ordinary process that adopts nobody": [["--no-subreaper"], {}, { isPid1: false }],
  };

  describe.each(Object.entries(worlds))("%s", (_world, [own, cgroups, world]) => {
    it.each(Object.entries(ends))("%s", (_end, [args, program, more, code]) => {
      const pid = world.isPid1 === false ? NOT_PID_1 : 1;
      const outside = more.outside && sends(pid, [5, SIGTERM]);
      for (const seed of [undefined, 1, 2, 3]) {
        const life = limited([...own, ...LIMITS, ...args], program, cgroups, {
          ...world,
          ...more,
          ...(outside && { outside }),
          seed,
        });
        const where = `seed ${String(seed)}\n${life.trace.text()}\n${life.stderr.join("\n")}`;
        expect([life.code, life.left.map(({ name }) => name)], where).toEqual([code, []]);
        expectAsBefore(life);
      }
    });
  });

  it("also after SIGKILL of everything in the group from outside", () => {
    const outside: Program = function* (_sender, linux) {
      const main = yield* appIsReady(linux);
      linux.cgroups?.kill(linux.cgroups.group(WORKLOAD), main);
      return 0;
    };
    expectRan(limited(LIMITS, stubborn, {}, { outside }), 137);
  });

  it("also if the program removed its group's children, or the group itself", () => {
    const program: Program = function* (process, linux) {
      const { cgroups } = linux;
      const own = cgroups?.groupOf(process, "memory");
      if (!cgroups || !own?.parent) return 1;
      const leaf = cgroups.group("/box/init");
      expect(cgroups.move(process, 0, leaf)).toBe(0);
      return -cgroups.remove(own);
    };
    expectRan(limited(LIMITS, program));
  });
});

describe("P42: with a group every process is known, however it hides", () => {
  /** A daemon of the program that neither init nor program is the parent of: PID 1 has adopted it. */
  const hides: Program = function* (process, linux) {
    yield* leavesDaemons(process, 2, function* (daemon) {
      return yield* server(0)(daemon, linux);
    });
    return yield* server(3)(process, linux);
  };
  /** An init that is neither PID 1 nor a subreaper. */
  const stranger: Partial<World> = { isPid1: false };
  const notAdopting = ["--no-subreaper", "--memory-max=64M"];

  const adopted = (life: Life): boolean => daemons(life).every(({ parent }) => parent?.pid === 1);

  it("--forward-to=all reaches those, and only those", () => {
    for (const cgroups of [{}, { clone3: ENOSYS }, { version: 1 }] as const) {
      const bystander: Program = function* (process) {
        process.handle([SIGTERM, SIGUSR2]);
        yield never;
        return 0;
      };
      const life = limited(["--forward-to=all", ...notAdopting], hides, cgroups, {
        ...stranger,
        outside: sends(NOT_PID_1, [5, SIGTERM]),
        others: [bystander],
      });
      expectRan(life, 3);
      expect([daemons(life).length, adopted(life)]).toEqual([2, true]);
      for (const daemon of daemons(life)) expect([daemon.signals, daemon.status]).toEqual([[SIGTERM], 0]);
      expect(life.processes.find(({ name }) => name === "other")?.signals).toEqual([]);
    }
  });

  it("--linger gives them time, and then the group is killed", () => {
    for (const lacks of [[], ["cgroup.kill"]]) {
      const leaves: Program = function* (process) {
        yield* leavesDaemons(process, 1, server(0));
        yield* leavesDaemons(process, 1, stubborn);
        return 4;
      };
      const life = limited(["--linger=50ms", ...notAdopting], leaves, { lacks }, stranger);
      expectRan(life, 4);
      const [first, second] = daemons(life);
      expect([first?.status, first?.signals, second?.status]).toEqual([0, [SIGTERM], SIGKILL]);
      expect((second?.endedAt ?? NaN) - (first?.endedAt ?? NaN)).toBeCloseTo(50, 0);
      expect(life.left).toEqual([]);
    }
  });

  it("--linger is over the moment that the last of them has ended", () => {
    const leaves: Program = function* (process) {
      yield* leavesDaemons(process, 2, server(0));
      return 4;
    };
    for (const seed of [undefined, ...Array.from({ length: 100 }, (_, index) => index)]) {
      const life = limited(["--linger=10s", ...notAdopting], leaves, {}, { ...stranger, seed });
      expectRan(life, 4);
      // The kernel notifies of changes of a file at most every ten milliseconds.
      const last = Math.max(...daemons(life).map(({ endedAt }) => endedAt));
      expect(life.init.endedAt - last, `seed ${String(seed)}\n${life.trace.text()}`).toBeLessThanOrEqual(10);
      expect(daemons(life).map(({ status }) => status)).toEqual([0, 0]);
    }
  });

  it("a daemon that went to another group is killed with the others", () => {
    const leaves: Program = function* (process, linux) {
      yield* leavesDaemons(process, 1, stubborn);
      yield* leavesDaemons(process, 1, function* (daemon) {
        const { cgroups } = linux;
        const other = cgroups?.group("/user.slice/other");
        if (other) expect(cgroups?.move(daemon, 0, other)).toBe(0);
        return yield* stubborn(daemon, linux);
      });
      return yield* stubborn(process, linux);
    };
    for (const lacks of [[], ["cgroup.kill"]]) {
      const cgroups = { group: "/user.slice/app", namespaced: false, further: ["/user.slice/other"], lacks };
      const life = limited(["--memory-max=64M", "--grace=20ms"], leaves, cgroups, {
        isPid1: false,
        outside: sends(NOT_PID_1, [5, SIGTERM]),
      });
      expect([life.code, life.left.map(({ name }) => name)], life.trace.text()).toEqual([137, []]);
      const lingering = limited(
        ["--memory-max=64M", "--linger=20ms"],
        function* (process, linux) {
          yield* leavesDaemons(process, 1, function* (daemon) {
            const other = linux.cgroups?.group("/user.slice/other");
            if (other) linux.cgroups?.move(daemon, 0, other);
            return yield* stubborn(daemon, linux);
          });
          yield* leavesDaemons(process, 1, stubborn);
          return 3;
        },
        cgroups,
        { isPid1: false },
      );
      expect([lingering.code, lingering.left.map(({ name }) => name)]).toEqual([3, []]);
    }
  });

  it("each gets one SIGTERM, whatever its group and its parent", () => {
    const cgroups = { group: "/user.slice/app", namespaced: false, further: ["/user.slice/other"] };
    const server: Program = function* (process) {
      process.handle([SIGTERM]);
      yield () => process.received.length > 0;
      // A second one would come while it tidies up.
      yield* process.sleep(5);
      return 0;
    };
    const moved = new Set<Process>();
    const leaves = (status: number | null): Program =>
      function* (process, linux) {
        yield* leavesDaemons(process, 2, server);
        yield* leavesDaemons(process, 1, function* (daemon) {
          moved.add(daemon);
          const other = linux.cgroups?.group("/user.slice/other");
          if (other) expect(linux.cgroups?.move(daemon, 0, other)).toBe(0);
          return yield* server(daemon, linux);
        });
        return status ?? (yield* server(process, linux));
      };
    const byItself: [string[], Program, Partial<World>] = [["--linger=50ms"], leaves(0), {}];
    const stopped: [string[], Program, Partial<World>] = [
      ["--forward-to=all", "--linger=50ms"],
      leaves(null),
      { outside: sends(NOT_PID_1, [5, SIGTERM]) },
    ];
    const toGroup: [string[], Program, Partial<World>] = [["-g", "--linger=50ms"], leaves(null), stopped[2]];
    for (const adopting of [true, false]) {
      for (const [args, program, world] of [byItself, stopped, toGroup]) {
        const life = limited(["--memory-max=64M", ...(adopting ? [] : ["--no-subreaper"]), ...args], program, cgroups, {
          isPid1: false,
          ...world,
        });
        // A process that is neither a descendant nor in the group any more cannot be found.
        const found = daemons(life).filter((daemon) => adopting || !moved.has(daemon));
        expect(life.code, life.trace.text()).toBe(0);
        expect(
          found.map(({ signals }) => signals),
          `${args.join(" ")}\n${life.trace.text()}`,
        ).toEqual(found.map(() => [SIGTERM]));
        expect(found).toHaveLength(adopting ? 3 : 2);
      }
    }
  });

  it("without --linger they end with the program", () => {
    for (const [cgroups, world] of [
      [{}, stranger],
      [{ lacks: ["cgroup.kill"] }, stranger],
      [{}, {}],
    ] as const) {
      const leaves: Program = function* (process) {
        yield* leavesDaemons(process, 3, stubborn);
        return 4;
      };
      const life = limited(
        ["--memory-max=64M", ...(world === stranger ? ["--no-subreaper"] : [])],
        leaves,
        cgroups,
        world,
      );
      expectRan(life, 4);
      expect(daemons(life).map(({ status }) => status)).toEqual([SIGKILL, SIGKILL, SIGKILL]);
    }
  });

  it("a bomb that forks endlessly, ignores signals and has its own session, is killed after the grace period", () => {
    for (const lacks of [[], ["cgroup.kill"]]) {
      const forks: Program = function* (process) {
        process.handle([SIGTERM]);
        process.setSession();
        while (true) {
          process.tryFork(forks, "daemon");
          yield* process.sleep(1);
        }
      };
      const bomb: Program = function* (process) {
        process.handle([SIGTERM]);
        process.fork(forks, "daemon");
        while (true) yield* process.waitFor();
      };
      const life = limited(
        ["--grace=20ms", "--memory-max=64M", "--pids-max=40"],
        bomb,
        { lacks },
        {
          outside: sends(1, [20, SIGTERM]),
        },
      );
      expectRan(life, 137);
      expect(daemons(life).length).toBeGreaterThan(30);
      expect(life.left).toEqual([]);
    }
  });

  it("processes that somebody moved into the group end with it as well", () => {
    for (const [lacks, world] of [
      [[], {}],
      [[], { isPid1: false }],
      [["cgroup.kill"], { isPid1: false }],
    ] as const) {
      let moved: Process | undefined;
      const outside: Program = function* (_sender, linux) {
        yield* appIsReady(linux);
        moved = linux.history.find(({ name }) => name === "other");
        if (moved) linux.cgroups?.admit(moved, WORKLOAD);
        return 0;
      };
      const program: Program = function* (process) {
        process.handle([SIGTERM]);
        yield* process.sleep(20);
        return 5;
      };
      const cgroups = { lacks, further: ["/elsewhere"], others: "/elsewhere" };
      const life = limited(["--memory-max=64M"], program, cgroups, { others: [stubborn], outside, ...world });
      expectRan(life, 5);
      expect(moved?.status).toBe(SIGKILL);
    }
  });
});

describe("P43: --memory-signal", () => {
  const HIGH = ["--memory-high=8M", "--memory-signal=USR1"];

  it("comes when the group passes memory.high, in the main child alone, and nothing is killed", () => {
    const life = limited(HIGH, climbs(10, 1));
    expectRan(life);
    expect(life.main.signals).toEqual([SIGUSR1]);
    expect(linesOf(limited(["-v", "-v", ...HIGH], climbs(10, 1)), "INFO").join("\n")).toMatch(/[Mm]emory.*SIGUSR1/);
  });

  it("comes within ten milliseconds", () => {
    let passed = NaN;
    const program: Program = function* (process, linux) {
      process.handle([SIGUSR1]);
      yield* process.sleep(1500);
      yield* process.allocate(9 * MIB);
      passed = linux.now;
      yield* process.receive(1);
      return 0;
    };
    const life = limited(HIGH, program, {}, { callMilliseconds: 0.05 });
    expectRan(life);
    expect((life.main.receivedAt[0] ?? NaN) - passed).toBeLessThan(10);
  });

  it("comes however early the program passes memory.high: before we wait, or watch", () => {
    const program: Program = function* (process) {
      process.handle([SIGUSR1]);
      yield* process.allocate(9 * MIB);
      yield* process.receive(1);
      return 0;
    };
    for (let seed = 1; seed < 100; seed++) expectRan(limited(HIGH, program, {}, { seed, preemption: 0.8 }));
  });

  it("comes at most once a second, and again as long as it passes memory.high", () => {
    const life = limited(HIGH, climbs(58, 100));
    expectRan(life);
    const times = life.main.receivedAt;
    expect(times.length).toBe(5);
    for (const [index, time] of times.entries()) {
      if (index > 0) expect(time - (times[index - 1] ?? NaN)).toBeGreaterThanOrEqual(1000);
    }
  });

  it("comes also where the user's queue of signals is full, and the program gets no SIGIO of the kernel's", () => {
    for (const pendingLimit of [0, 1, 2]) {
      let got: number[] = [];
      const program: Program = function* (process, linux) {
        const code = yield* climbs(10, 5)(process, linux);
        got = process.signals;
        return code;
      };
      const life = limited(["--memory-high=4M", "--memory-signal=USR1"], program, {}, { pendingLimit });
      expectRan(life);
      expect(got, life.trace.text()).toEqual([SIGUSR1]);
    }
  });

  it("sets memory.high to 90 % of memory.max by default", () => {
    const { life, settings } = found(["--memory-max=100M", "--memory-signal=USR1"]);
    expectRan(life);
    expect(Number(settings["memory.high"])).toBeGreaterThan(90 * MIB - 4096);
    expect(Number(settings["memory.high"])).toBeLessThanOrEqual(90 * MIB);
    const both = found(["--memory-max=100M", "--memory-high=50M", "--memory-signal=USR1"]);
    expect(both.settings["memory.high"]).toBe(String(50 * MIB));
  });

  it("never wakes the init without the option", () => {
    const life = limited(["--memory-high=8M"], climbs(20, 10));
    expectRan(life);
    expect([life.counts.get("rt_sigtimedwait"), life.counts.has("inotify_init1")]).toEqual([1, false]);
  });

  it("goes to the program that was started anew, and to none that is dead", () => {
    const program: Program = function* (process) {
      process.handle([SIGUSR1]);
      yield* process.allocate(9 * MIB);
      yield* process.sleep(1100);
      return 1;
    };
    const life = limited([...HIGH, "--restart=on-failure:2", "--restart-delay=1ms"], program);
    expectRan(life, 1);
    expect(life.started.map(({ signals }) => signals)).toEqual([[SIGUSR1], [SIGUSR1], [SIGUSR1]]);
  });

  it("also in a group without a memory limit of its own", () => {
    const { life, settings, paths } = found(["--memory-signal=USR1", "--memory-high=8M", "--cgroup=mine"]);
    expectRan(life);
    expect([settings, paths]).toEqual([{ "memory.high": String(8 * MIB) }, ["/box/mine"]]);
  });
});

describe("P32: the OOM killer's victims are explained", () => {
  const hog: Program = function* (process) {
    yield* process.allocate(20 * MIB);
    yield* process.allocate(20 * MIB);
    return 0;
  };

  it("with the limit and the peak, where it killed the main child", () => {
    const life = limited(["--memory-max=32M"], hog);
    expectRan(life, 137);
    const said = linesOf(life, "WARN").join("\n");
    expect(said).toMatch(/killed by the kernel's OOM killer: memory\.max 33554432, peak 20971520/);
  });

  it("where it killed a child of the main child, which exits with 137", () => {
    const shell: Program = function* (process) {
      const child = process.fork(hog);
      const { status } = (yield* process.waitFor()) ?? { status: 0 };
      return status === SIGKILL ? 137 : child.pid;
    };
    const life = limited(["--memory-max=32M"], shell);
    expectRan(life, 137);
    expect(linesOf(life, "WARN").join("\n")).toContain("OOM killer: memory.max 33554432");
  });

  const oomLines = (life: Life): string[] => linesOf(life, "WARN").filter((line) => line.includes("OOM killer"));

  it("the main child is named where it was the victim, and the counter rose before its death", () => {
    for (const isPid1 of [true, false]) {
      const life = limited(["--memory-max=32M"], hog, {}, { isPid1 });
      expectRan(life, 137);
      expect(oomLines(life)).toEqual([expect.stringMatching(/^Main child was killed by the kernel's OOM killer/)]);
    }
  });

  it("the main child is not named where another was the victim and it was killed otherwise", () => {
    const shell: Program = function* (process) {
      process.fork(hog);
      yield* process.waitFor();
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    for (const cgroups of [{}, { version: 1 }] as const) {
      // Of version 2 without schedules that let us sleep from the one death to the other.
      const seeds = "version" in cgroups ? Array.from({ length: 40 }, (_, index) => index) : [];
      for (const seed of [undefined, ...seeds]) {
        const life = limited(["--memory-max=32M"], shell, cgroups, { seed });
        expectRan(life, 137);
        expect(oomLines(life), life.trace.text()).toEqual([expect.stringMatching(/^A process was killed by/)]);
      }
    }
  });

  it("a kill that the main child survives is reported when it happens, and with version 1 at the end", () => {
    const shell: Program = function* (process) {
      process.fork(hog);
      yield* process.waitFor();
      yield* process.sleep(100);
      process.linux.mark("the program ends");
      return 0;
    };
    for (const cgroups of [{}, { version: 1 }] as const) {
      const life = limited(["--memory-max=32M"], shell, cgroups);
      expectRan(life);
      expect(oomLines(life)).toEqual([expect.stringMatching(/^A process was killed by .* killed so far 1$/)]);
      const told = life.trace.calls().find(({ path }) => path === "/proc/2/stat");
      if (!("version" in cgroups)) {
        expect(told?.order).toBeLessThan(life.trace.mark("the program ends")?.order ?? -1);
      }
    }
  });

  it("earlier kills are not attributed to a program without a group of its own", () => {
    const killed: Program = function* (process, linux) {
      const own = linux.cgroups?.groupOf(process, "memory");
      if (own) linux.cgroups?.count(own, "oom_kill");
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    for (const version of [2, 1] as const) {
      const life = limited([], killed, { version }, { isPid1: false });
      expectRan(life, 137);
      expect(oomLines(life)).toEqual([]);
    }
  });

  it("with --memory-oom-group all of them die", () => {
    const family: Program = function* (process, linux) {
      yield* leavesDaemons(process, 2, stubborn);
      return yield* hog(process, linux);
    };
    const life = limited(["--memory-max=32M", "--memory-oom-group"], family);
    expectRan(life, 137);
    expect(daemons(life).map(({ status }) => status)).toEqual([SIGKILL, SIGKILL]);
    expect(linesOf(life, "WARN").join("\n")).toContain("OOM killer: memory.max 33554432");
  });

  it("without a group of our own by the container's own counters", () => {
    for (const mount of ["writable", "read-only"] as const) {
      const life = limited([], hog, { mount, set: { "/box/memory.max": "32M" } });
      expectRan(life, 137);
      expect(linesOf(life, "WARN").join("\n")).toMatch(/OOM killer: memory\.max 33554432/);
    }
  });

  it("with version 1 as well", () => {
    const life = limited(["--memory-max=32M"], hog, { version: 1 });
    expectRan(life, 137);
    expect(linesOf(life, "WARN").join("\n")).toMatch(/OOM killer: memory\.\S+ 33554432, peak 20971520/);
  });

  it("but not a SIGKILL from elsewhere or from the init, nor an exit code that only looks like it", () => {
    const killed: Program = function* (process) {
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    for (const life of [
      limited(["--memory-max=32M"], killed),
      limited([], killed),
      limited(["--memory-max=32M"], exits(137)),
      limited(["--memory-max=32M", "--grace=10ms"], stubborn, {}, { outside: sends(1, [5, SIGTERM]) }),
    ]) {
      expectRan(life, 137);
      expect(linesOf(life, "WARN").filter((line) => line.includes("OOM"))).toEqual([]);
    }
  });

  it("an OOM kill of one run is not attributed to the next", () => {
    let runs = 0;
    const program: Program = function* (process, linux) {
      if (++runs === 1) return yield* hog(process, linux);
      process.kill(process.pid, SIGKILL);
      yield never;
      return 0;
    };
    const life = limited(["--memory-max=32M", "--restart=on-failure:1", "--restart-delay=1ms"], program);
    expectRan(life, 137);
    expect(linesOf(life, "WARN").filter((line) => line.includes("OOM"))).toHaveLength(1);
  });

  it("without memory.peak the rest is reported", () => {
    const life = limited(["--memory-max=32M"], hog, { lacks: ["memory.peak"] });
    expectRan(life, 137);
    expect(linesOf(life, "WARN").join("\n")).toContain("OOM killer: memory.max 33554432");
  });
});

describe("P44: --runtime-hints", () => {
  const hints = (
    args: readonly string[],
    cgroups: CgroupOptions = {},
    world: Partial<World> = {},
  ): Record<string, string> => {
    const { life, environment } = found(["--runtime-hints", ...args], cgroups, {
      cpus: 16,
      memory: 64 * 1024 * MIB,
      ...world,
    });
    expectRan(life);
    const pairs = environment.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]);
    const { PATH, ...others } = Object.fromEntries(pairs) as Record<string, string>;
    expect([PATH, pairs.length]).toEqual(["/bin", Object.keys(others).length + 1]);
    return others;
  };
  const ofCpus = (count: number): Record<string, string> => ({
    GOMAXPROCS: String(count),
    PYTHON_CPU_COUNT: String(count),
    OMP_NUM_THREADS: String(count),
    RAYON_NUM_THREADS: String(count),
    DOTNET_PROCESSOR_COUNT: String(count),
    UV_THREADPOOL_SIZE: String(Math.max(4, count)),
  });
  const ofMemory = (mebibytes: number, heap: number): Record<string, string> => ({
    NODE_OPTIONS: `--max-old-space-size=${String(heap)}`,
    DOTNET_GCHeapHardLimit: expect.stringMatching(new RegExp(`^(0x)?${(heap * MIB).toString(16)}$`, "i")) as string,
    GOMEMLIMIT: expect.stringMatching(
      new RegExp(`^${String(Math.floor((mebibytes * MIB * 9) / 10)).slice(0, 6)}`),
    ) as string,
  });

  it.each<[string, string, number]>([
    ["half a CPU", "0.5", 1],
    ["one", "1", 1],
    ["3.7", "3.7", 4],
    ["a hundredth", "0.01", 1],
    ["eight", "8", 8],
    ["more than there are", "40", 16],
  ])("%s", (_name, quota, count) => {
    expect(hints([`--cpu-max=${quota}`])).toEqual({
      ...ofCpus(count),
      JAVA_TOOL_OPTIONS: `-XX:ActiveProcessorCount=${String(count)}`,
    });
  });

  it.each([
    ["64 MiB", 64, 32],
    ["32 MiB", 32, 16],
    ["100 MiB", 100, 68],
    ["512 MiB", 512, 384],
    ["10 GiB", 10_240, 7680],
  ])("%s", (_name, mebibytes, heap) => {
    expect(hints([`--memory-max=${String(mebibytes)}M`])).toEqual({
      ...ofMemory(mebibytes, heap),
      MALLOC_ARENA_MAX: "2",
      JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75",
    });
  });

  it("both, by our limits or the container's, the tightest on the way up", () => {
    const expected = {
      ...ofCpus(3),
      ...ofMemory(512, 384),
      MALLOC_ARENA_MAX: "3",
      JAVA_TOOL_OPTIONS: "-XX:ActiveProcessorCount=3 -XX:MaxRAMPercentage=75",
    };
    expect(hints(["--memory-max=512M", "--cpu-max=2.5"])).toEqual(expected);
    const container = { set: { "/box/memory.max": "512M", "/box/cpu.max": "250000 100000" } };
    expect(hints([], container)).toEqual(expected);
    expect(hints([], { ...container, mount: "read-only" })).toEqual(expected);
    expect(hints(["--memory-max=1G", "--cpu-max=5"], container)).toEqual(expected);
    const above = {
      group: "/a/b/box",
      namespaced: false,
      set: { "/a/memory.max": "512M", "/a/b/memory.max": "2G", "/a/b/box/cpu.max": "250000 100000" },
    };
    expect(hints([], above)).toEqual(expected);
    const old = { version: 1, group: "/docker/box" } as const;
    expect(hints(["--memory-max=512M", "--cpu-max=2.5"], old)).toEqual(expected);
    const set = {
      "/docker/box/memory.limit_in_bytes": "512M",
      "/docker/box/cpu.cfs_quota_us": "250000",
    };
    expect(hints([], { ...old, set })).toEqual(expected);
    expect(hints([], { ...old, set, mount: "read-only" })).toEqual(expected);
  });

  it("sets no variable for what is unlimited", () => {
    expect(hints([])).toEqual({});
    expect(hints([], { version: 1 })).toEqual({});
    expect(hints([], { mount: "absent" })).toEqual({});
    expect(hints([], {}, { proc: false })).toEqual({});
  });

  it("leaves alone what the user has set, and puts the user's options last", () => {
    const environment = [
      "PATH=/bin",
      "GOMAXPROCS=77",
      "NODE_OPTIONS=--inspect --max-old-space-size=9",
      "JAVA_TOOL_OPTIONS=-Xmx1g",
    ];
    const seen = hints(["--memory-max=512M", "--cpu-max=2"], {}, { environment });
    expect([seen["GOMAXPROCS"], seen["PYTHON_CPU_COUNT"]]).toEqual(["77", "2"]);
    expect(seen["NODE_OPTIONS"]).toBe("--max-old-space-size=384 --inspect --max-old-space-size=9");
    expect(seen["JAVA_TOOL_OPTIONS"]).toBe("-XX:ActiveProcessorCount=2 -XX:MaxRAMPercentage=75 -Xmx1g");
  });

  it("stays the same when the program is started anew, also with a socket's variables", () => {
    const seen: string[][] = [];
    const program: Program = function* (process) {
      seen.push(process.environment.map(latin1));
      return 1;
    };
    const environment = ["PATH=/bin", "LISTEN_PID=1"];
    const args = ["--runtime-hints", "--cpu-max=2", "--restart=on-failure:2", "--restart-delay=1ms"];
    const life = limited(args, program, {}, { environment });
    expectRan(life, 1);
    expect(seen.map((entries) => entries.find((entry) => entry.startsWith("LISTEN_PID")))).toEqual(
      life.started.map(({ pid }) => `LISTEN_PID=${String(pid)}`),
    );
    expect(new Set(seen.map((entries) => entries.slice(2).join("\n"))).size).toBe(1);
    expect(seen[0]).toContain("GOMAXPROCS=2");
  });
});

describe("P45: version 1", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["--memory-max=512M", { "memory.limit_in_bytes": "536870912" }],
    ["--memory-high=256M", { "memory.soft_limit_in_bytes": "268435456" }],
    ["--cpu-max=1.5", { "cpu.cfs_quota_us": "150000", "cpu.cfs_period_us": "100000" }],
    ["--cpu-max=50000 200000", { "cpu.cfs_quota_us": "50000", "cpu.cfs_period_us": "200000" }],
    ["--cpu-weight=100", { "cpu.shares": "1024" }],
    ["--cpu-weight=50", { "cpu.shares": "512" }],
    ["--cpu-weight=1", { "cpu.shares": "10" }],
    ["--pids-max=100", { "pids.max": "100" }],
    ["--pids-max=max", { "pids.max": "max" }],
  ])("%s", (option, settings) => {
    for (const cgroups of [
      { version: 1 },
      { version: "hybrid" },
      { version: 1, namespaced: false, group: "/docker/box" },
      { version: "hybrid", namespaced: false, mountRoot: "/" },
    ] as const) {
      const { life, ...seen } = found([option], cgroups);
      expectRan(life);
      const home = "group" in cgroups ? cgroups.group : "/box";
      expect([seen.settings, seen.paths]).toEqual([settings, [home, `${home}/workload`].sort()]);
    }
  });

  it("writes no limit for max", () => {
    const { life, settings } = found(["--memory-max=max", "--cpu-max=max"], { version: 1 });
    expectRan(life);
    expect([settings["cpu.cfs_quota_us"], BigInt(settings["memory.limit_in_bytes"] ?? 0) > 1n << 60n]).toEqual([
      "-1",
      true,
    ]);
  });

  it("all of them together: in each hierarchy that is needed a group, and the program in all of them", () => {
    const args = ["--memory-max=512M", "--cpu-max=1", "--cpu-weight=50", "--pids-max=9", "--cgroup=mine"];
    const program: Program = function* (process) {
      const names = [...process.groups].filter(([, { path }]) => path === "/box/mine").map(([{ name }]) => name);
      return names.sort().join(" ") === "cpu,cpuacct memory pids" ? 0 : 1;
    };
    for (const version of [1, "hybrid"] as const) expectRan(limited(args, program, { version }));
  });

  it.each(["--memory-swap-max=1G", "--memory-oom-group", "--cpuset-cpus=0", "--io-weight=50", "--memory-signal=USR1"])(
    "%s is refused with a sentence, or warned of",
    (option) => {
      for (const version of [1, "hybrid"] as const) {
        const args = ["--memory-max=512M", option];
        expectRefused(limited(args, exits(0), { version }), option.split("=")[0] ?? "", /version 1/);
        const life = limited(["--limits=best-effort", ...args], exits(3), { version });
        expectRan(life, 3);
        expect(linesOf(life, "WARN").join("\n")).toMatch(/version 1/);
      }
    },
  );

  it("a quota beyond the container's own is refused with its reason", () => {
    const cgroups = { version: 1, set: { "/box/cpu.cfs_quota_us": "50000" } } as const;
    expectRefused(limited(["--cpu-max=2"], exits(0), cgroups), "--cpu-max", "cpu.cfs_quota_us", "200000");
  });

  it.each([
    ["read-only", { mount: "read-only" }, /read-only/],
    ["not there", { mount: "absent" }, /no such file/],
  ] as const)("a file system that is %s is refused with the way out", (_name, cgroups, reason) => {
    const life = limited(["--memory-max=64M", "--pids-max=9"], exits(0), { version: 1, ...cgroups });
    expectRefused(life, "--memory-max", "/sys/fs/cgroup", reason, "--limits=best-effort");
  });

  it("an own group that is empty is made anew", () => {
    const life = limited(["--memory-max=64M"], exits(0), { version: 1, further: ["/box/workload"] });
    expect([life.code, life.trap]).toEqual([0, null]);
  });
});

describe("P6, P41: --print-config", () => {
  const prints = (args: readonly string[], cgroups?: CgroupOptions, world: Partial<World> = {}): string[] => {
    const life = tini(["--print-config", ...args], exits(0), { ...(cgroups && { cgroups }), ...world });
    expect([life.code, life.started]).toEqual([0, []]);
    expectAsBefore(life);
    return life.stdout.split("\n").filter((line) => line.startsWith("#"));
  };

  it("shows the version, our group, whether it can be written, and what would be written where", () => {
    const lines = prints(["--memory-max=64M", "--cpu-max=1.5"], { group: "/docker/box", namespaced: false }).join("\n");
    expect(lines).toMatch(/version 2.*\/sys\/fs\/cgroup\/docker\/box.*writable/);
    expect(lines).toMatch(/\/sys\/fs\/cgroup\/docker\/box\/workload\/memory\.max.*67108864/);
    expect(lines).toMatch(/\/sys\/fs\/cgroup\/docker\/box\/workload\/cpu\.max.*150000 100000/);
  });

  it("shows them where what is written depends on other files of our group", () => {
    const [, ...lines] = prints(["--memory-max=50%", "--cpu-max=1.5"], {}).filter((line) => line.includes("/sys/fs/"));
    expect(lines).toEqual([
      expect.stringMatching(/^# \/sys\/fs\/cgroup\/workload\/memory\.max: \d+$/),
      "# /sys/fs/cgroup/workload/cpu.max: 150000 100000",
    ]);
  });

  it("says why where it cannot", () => {
    expect(prints(["--memory-max=64M"], { mount: "read-only" }).join("\n")).toMatch(/version 2.*read-only/);
    expect(prints(["--memory-max=64M"], {}, { uid: 1000 }).join("\n")).toMatch(/version 2.*permission denied/);
    expect(prints(["--memory-max=64M"], { mount: "absent" }).join("\n")).toMatch(/no such file/);
    expect(prints(["--memory-max=64M"]).join("\n")).toMatch(/no such file/);
  });

  it("shows the files of version 1", () => {
    const lines = prints(["--memory-max=64M", "--cpu-weight=50"], { version: 1 }).join("\n");
    expect(lines).toMatch(/version 1/);
    expect(lines).toMatch(/\/sys\/fs\/cgroup\/memory\/workload\/memory\.limit_in_bytes.*67108864/);
    expect(lines).toMatch(/\/sys\/fs\/cgroup\/cpu,cpuacct\/workload\/cpu\.shares.*512/);
  });
});

describe("P32, P41, P43: under random schedules of memory events, deaths and stop signals", () => {
  const SEEDS = Array.from({ length: 150 }, (_, seed) => seed + 1);

  /** Sends each of `signals` after a few turns, however far the init has come since it blocked them. */
  const atAnyMoment = (seed: number, pid: number, signals: readonly number[]): Program =>
    function* (sender, linux) {
      const random = new Random(seed);
      yield () => linux.trace.has(pid, "rt_sigprocmask");
      for (const signal of signals) {
        for (let turns = random.below(40); turns > 0; turns--) yield;
        sender.kill(pid, signal);
      }
      return 0;
    };

  /** Allocates memory, sometimes too much, leaves a daemon that does the same, and ends at TERM or by itself. */
  const lives = (seed: number): Program =>
    function* (process, linux) {
      const random = new Random(seed);
      process.handle([SIGTERM, SIGUSR1]);
      const isTold = (): boolean => process.signals.includes(SIGTERM);
      if (random.below(2) === 0) {
        yield* leavesDaemons(process, 1, function* (daemon) {
          daemon.handle([SIGTERM, SIGUSR1]);
          yield* daemon.allocate(random.below(20) * MIB);
          yield* daemon.sleep(random.below(300));
          return 0;
        });
      }
      for (let i = 0; i < 12 && !isTold(); i++) {
        yield* process.allocate(random.below(8) * MIB);
        if (random.below(2) === 0) yield;
        else yield* process.sleep(random.below(40));
      }
      linux.mark("the program ends");
      return isTold() ? 3 : 7;
    };

  const ways: [string, readonly string[], CgroupOptions, Partial<World>][] = [
    ["as PID 1", ["--grace=50ms"], {}, {}],
    ["as PID 1, to the group, with a terminal", ["-g", "--memory-oom-group"], {}, { terminal: { of: "init" } }],
    ["as an ordinary process", ["--linger=30ms"], {}, { isPid1: false }],
    ["as one that adopts nobody", ["--forward-to=all", "--no-subreaper"], {}, { isPid1: false }],
    ["by an old kernel", ["--linger=30ms"], { clone3: ENOSYS, lacks: ["cgroup.kill"] }, { isPid1: false }],
    ["started anew", ["--restart=on-failure:3", "--restart-delay=1ms"], {}, {}],
  ];

  it.each(ways)(
    "%s: the right code, each OOM kill explained once, no late signal, and nothing left",
    (_name, args, cgroups, world) => {
      const pid = world.isPid1 === false ? NOT_PID_1 : 1;
      const seen = { oom: 0, checked: 0, signals: 0, codes: new Set<number | null>() };
      for (const seed of SEEDS) {
        const life = limited(
          [...args, "--memory-max=32M", "--memory-high=16M", "--memory-signal=USR1", "-v"],
          lives(seed),
          cgroups,
          {
            ...world,
            seed,
            outside: atAnyMoment(seed, pid, seed % 3 === 0 ? [SIGTERM, SIGTERM] : seed % 3 === 1 ? [SIGTERM] : []),
          },
        );
        const where = `seed ${String(seed)}\n${life.trace.text()}\n${life.stderr.join("\n")}`;
        // TERM can come before the program has its handler, USR1 as well.
        expect([3, 7, 137, 128 + SIGTERM, 128 + SIGUSR1], where).toContain(life.code);
        expectAsBefore(life);
        expect(life.left, where).toEqual([]);
        // Only the init reaps the program, so a signal to it is never too late. A daemon may be another's child.
        const mains = [NOBODY, ...life.started.map(({ pid: own }) => own)];
        const lateToMains = (one: Life): Called[] =>
          tooLate(one).filter(({ args: [target = 0] }) => mains.includes(target));
        expectAbsent(lateToMains, life, lateLife(), where);

        const killed = life.trace.of("oom kill").map(({ pid: victim }) => victim);
        const victims = life.started.filter(({ pid: own }) => killed.includes(own));
        const explanations = linesOf(life, "WARN").filter((line) => line.includes("OOM killer"));
        const explained = explanations.length;
        const kills = killed.length;
        // Each reports the kills since the one before, which may be several.
        const counts = explanations.map((line) => Number(/killed so far (\d+)/.exec(line)?.[1]));
        expect(counts, where).toEqual([...new Set(counts)].toSorted((one, other) => one - other));
        // If the init kills at the same time, the OOM kill is not explained.
        const isKilled =
          life.trace.sent(pid).some(({ args, result }) => args[1] === SIGKILL && result === 0) ||
          life.trace.of("write").some(({ path, data }) => path.endsWith("/cgroup.kill") && data === "1");
        if (!isKilled) {
          expect(counts.at(-1) ?? 0, where).toBe(kills);
          const mains = explanations.filter((line) => line.startsWith("Main child")).length;
          expect(mains, where).toBe(victims.length);
          seen.checked += victims.length;
        }
        const before = life.trace.of("count").find(({ event }) => event === "high")?.order ?? -1;
        const first = life.trace.sent(pid).find(({ args, result }) => args[1] === SIGUSR1 && result === 0)?.order ?? -1;
        // It was sent only after memory.high was passed.
        if (first >= 0) expect(before >= 0 && before < first, where).toBe(true);
        seen.oom += explained;
        seen.signals += life.started.flatMap(({ signals }) => signals).filter((signal) => signal === SIGUSR1).length;
        seen.codes.add(life.code);
      }
      expect([seen.oom > 5, seen.checked > 5, seen.signals > 20, seen.codes.has(3), seen.codes.has(7)]).toEqual(
        Array(5).fill(true),
      );
    },
  );
});
