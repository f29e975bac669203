import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { clear, type HierarchiesEnd, type Place, runUnder, type Surroundings, Tenant } from "./hierarchies.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot({ cgroups: "hybrid" });
});
afterEach(async ({ task }) => {
  if (task.result?.state === "fail") await clear(machine);
});
afterAll(() => machine[Symbol.asyncDispose]());

const places: readonly (readonly [string, Surroundings])[] = [
  ["in the root groups", { place: "root" }],
  ["in a group of its own", { place: "group" }],
  ["in a container", { place: "container" }],
];
const container: Surroundings = { place: "container" };

/** tini-ts with these options, over a shell script. */
const limited = (options: readonly string[], script: string) => ["/tini-ts", ...options, "--", "/bin/sh", "-c", script];

const family = (options: readonly string[], ...words: readonly string[]) => [
  "/tini-ts",
  ...options,
  "--",
  inside("family"),
  ...words,
];

/** A script that prints files of the program's own groups, HIERARCHY/FILE, as `file=its first line`. */
const print = (...files: readonly string[]) =>
  files
    .map((path) => {
      const [hierarchy = "", file = ""] = path.split("/");
      // In a container the path is the one outside, of which only the end is in sight.
      const group = `$(sed -n "s/^[0-9]*:${hierarchy}://p" /proc/self/cgroup)`;
      const directory = `/sys/fs/cgroup/${hierarchy}`;
      return `group=${group}; [ -e ${directory}$group ] || group=/\${group##*/}; echo ${file}=$(head -n 1 ${directory}$group/${file})`;
    })
    .join("; ");

/** The lines of a run that succeeded without a word and left nothing. */
function succeeded(end: HierarchiesEnd): string[] {
  const { ending, stderr, changes, leftover } = end;
  expect({ ending, stderr, changes, leftover }).toEqual({ ending: { code: 0 }, stderr: "", changes: [], leftover: 0 });
  return end.stdout.split("\n").slice(0, -1);
}

/** Checks that a program was not started, and that nothing is left. Returns the log, line by line. */
function refused(end: HierarchiesEnd): string[] {
  const { ending, stdout, changes, leftover } = end;
  expect({ ending, stdout, changes, leftover }).toEqual({
    ending: { code: 125 },
    stdout: "",
    changes: [],
    leftover: 0,
  });
  return end.stderr.split("\n").slice(0, -1);
}

/** The same for a program that ran. */
function ended(end: HierarchiesEnd, code: number): void {
  const { ending, changes, leftover } = end;
  expect({ ending, changes, leftover }).toEqual({ ending: { code }, changes: [], leftover: 0 });
}

describe.each(places)("%s", (_, around) => {
  it("P45: several limits at once, from the environment as well; the init stays where it is", async () => {
    const files = [
      "memory/memory.limit_in_bytes",
      "memory/memory.soft_limit_in_bytes",
      "cpu,cpuacct/cpu.cfs_quota_us",
      "cpu,cpuacct/cpu.cfs_period_us",
      "cpu,cpuacct/cpu.shares",
      "pids/pids.max",
    ];
    const script = `${print(...files)}; grep -E ":(memory|cpu,cpuacct|pids):" /proc/$PPID/cgroup /proc/self/cgroup | cut -d: -f3-`;
    const options = ["--memory-max=64M", "--memory-high=48M", "--cpu-max=0.5", "--cpu-weight=50"];
    const tenant = await Tenant.start(machine, around, ["/bin/env", "TINI_PIDS_MAX=30", ...limited(options, script)]);
    const lines = succeeded(await tenant.end());
    const init = tenant.own === "" ? "/" : tenant.own;
    expect(lines.map((line) => line.replace(/^(pids|memory|cpu,cpuacct):/, ""))).toEqual([
      "memory.limit_in_bytes=67108864",
      "memory.soft_limit_in_bytes=50331648",
      "cpu.cfs_quota_us=50000",
      "cpu.cfs_period_us=100000",
      "cpu.shares=512",
      "pids.max=30",
      ...[init, init, init],
      ...Array.from({ length: 3 }, () => `${tenant.own}/workload`),
    ]);
  });

  it("P45: --cgroup names the groups, and only the hierarchies that are needed have one", async () => {
    const script = `grep -E ":(memory|cpu,cpuacct|pids):" /proc/self/cgroup | cut -d: -f2- | sort`;
    const tenant = await Tenant.start(machine, around, limited(["--pids-max=30", "--cgroup=app"], script));
    const init = tenant.own === "" ? "/" : tenant.own;
    expect(succeeded(await tenant.end())).toEqual([`cpu,cpuacct:${init}`, `memory:${init}`, `pids:${tenant.own}/app`]);
  });

  it("P45, P32: a program that takes more than --memory-max is killed, and the log says why", async () => {
    const words = ["/tini-ts", "--memory-max=32M", "--", inside("hog"), "memory", "64"];
    const end = await runUnder(machine, around, words);
    ended(end, 137);
    expect(end.stdout).toMatch(/^has 20$/m);
    const more = await runUnder(machine, around, ["/tini-ts", "--memory-max=48M", "--", inside("hog"), "memory", "64"]);
    expectAbsent(/^has 32$/m, end.stdout, more.stdout);
    const [, peak] =
      /^\[WARN {2}tini-ts \(\d+\)\] A process was killed by the kernel's OOM killer: memory\.max 33554432, peak (\d+), killed so far 1$/m.exec(
        end.stderr,
      ) ?? [];
    expect(Number(peak)).toBeGreaterThan(30 << 20);
    expect(Number(peak)).toBeLessThanOrEqual(32 << 20);
  });

  it("P45, P40: a fork bomb stops at --pids-max, and the init goes on reaping", async () => {
    const end = await runUnder(machine, around, ["/tini-ts", "--pids-max=20", "--", inside("hog"), "fork"]);
    // The hog and the nest of its orphans are two of the twenty.
    expect(succeeded(end)).toEqual(["filled 18 EAGAIN", "refilled 18"]);
  });

  it("P45, P42: a bomb whose processes each have a session of their own is put out by the grace", async () => {
    const words = ["/tini-ts", "--pids-max=20", "--grace=100ms", "--", inside("bomb"), "grow"];
    const tenant = await Tenant.start(machine, around, words);
    await tenant.run.says(/^burning$/m);
    await tenant.signal("SIGTERM");
    ended(await tenant.end(), 137);
  });

  describe("a program whose daemons make groups within its own for ever", () => {
    /** That it ends at all is not enough: far more than it takes on a quiet machine, where a second is. */
    const BOUND_MILLISECONDS = 10_000;
    // In a container the path is the one outside, of which only the end is in sight.
    const bomb = `group=$(sed -n "s/^[0-9]*:pids://p" /proc/self/cgroup)
      [ -e /sys/fs/cgroup/pids$group ] || group=/\${group##*/}
      exec ${inside("bomb")} groups 8 /sys/fs/cgroup/pids$group`;
    const start = (options: readonly string[], script: string) =>
      Tenant.start(machine, around, limited(["--pids-max=100", ...options], script), BOUND_MILLISECONDS);

    it("P45, P24: is ended by the grace", async () => {
      const tenant = await start(["--grace=100ms"], bomb);
      await tenant.run.says(/^burning$/m);
      await tenant.signal("SIGTERM");
      ended(await tenant.end(), 137);
    });

    it.each(["off", "100ms"])("P45, P25: is gone with its main process, with --linger=%s", async (linger) => {
      const tenant = await start([`--linger=${linger}`], `${bomb} quit`);
      const end = await tenant.end();
      ended(end, 3);
      expect(end.stdout).toBe("burning\n");
    });

    it("P45, P28: is gone before its next life", async () => {
      const tenant = await start(["--restart=on-failure:2", "--restart-delay=1ms"], `${bomb} quit`);
      const end = await tenant.end();
      ended(end, 3);
      expect(end.stdout).toBe("burning\n".repeat(3));
    });
  });

  it("P45, P42: --forward-to=all reaches daemons with a session of their own", async () => {
    const words = family(["--pids-max=30", "--forward-to=all", "--linger=1h"], "session", "group", "worker");
    const tenant = await Tenant.start(machine, around, words);
    await tenant.run.says(/^main is ready$/m);
    await tenant.signal("SIGTERM");
    const end = await tenant.end();
    for (const name of ["main", "session", "group", "worker"])
      expect(end.stdout).toMatch(new RegExp(`^${name} got 15$`, "m"));
    ended(end, 0);
  });

  it("P45, P42, P25: --linger asks daemons to end, and waits for them", async () => {
    const words = family(
      ["--pids-max=30", "--memory-max=64M", "--linger=1h"],
      "--slow=100",
      "--main-at-once",
      "session",
    );
    const tenant = await Tenant.start(machine, around, words);
    await tenant.run.says(/^main is ready$/m);
    await tenant.signal("SIGTERM");
    const end = await tenant.end();
    expect(end.stdout).toMatch(/^session is done$/m);
    ended(end, 0);
  });

  it("P45, P42: deaf daemons that are left over are killed, and every group is removed", async () => {
    const words = family(["--memory-max=64M", "--cpu-max=0.5", "--pids-max=30"], "--deaf", "session", "worker");
    const tenant = await Tenant.start(machine, around, words);
    await tenant.run.says(/^main is ready$/m);
    tenant.run.write("quit 6\n");
    const end = await tenant.end();
    ended(end, 6);
    expect(end.stderr).toBe("");
  });

  it("P45, P24: a grace that was not enough leaves no group", async () => {
    const words = family(["--memory-max=64M", "--pids-max=30", "--grace=100ms"], "--deaf", "session", "worker");
    const tenant = await Tenant.start(machine, around, words);
    await tenant.run.says(/^main is ready$/m);
    await tenant.signal("SIGTERM");
    ended(await tenant.end(), 137);
  });

  it("P45, P28: a program that is started again is in its groups again", async () => {
    const options = ["--memory-max=64M", "--pids-max=30", "--restart=on-failure:2", "--restart-delay=1ms"];
    const script = `${print("memory/memory.limit_in_bytes", "pids/pids.max")}; exit 3`;
    const end = await runUnder(machine, around, limited(options, script));
    ended(end, 3);
    expect(end.stdout).toBe("memory.limit_in_bytes=67108864\npids.max=30\n".repeat(3));
  });

  it("P45, P29: what a life leaves, in groups within its own too, takes no place of the next one's --pids-max", async () => {
    const script = `${print("pids/pids.max")}; within=/sys/fs/cgroup/pids$group/within; mkdir -p $within &&
      (echo 0 >$within/cgroup.procs; i=0; while [ $i -lt 15 ]; do
        (trap "" TERM; exec setsid sleep 1000) & i=$((i + 1)); done; echo all); exit 3`;
    const options = ["--pids-max=20", "--restart=on-failure:1", "--restart-delay=1ms"];
    const end = await runUnder(machine, around, limited(options, script));
    ended(end, 3);
    expect(end.stdout).toBe("pids.max=20\nall\n".repeat(2));
  });

  it("P45, P31: a program that is not there leaves no group", async () => {
    const end = await runUnder(machine, around, ["/tini-ts", "--memory-max=64M", "--pids-max=30", "--", "/missing"]);
    ended(end, 127);
    expect(end.stderr).toContain("/missing");
  });

  it("P45: --print-config shows what would be written where, and changes nothing", async () => {
    const options = ["--memory-max=64M", "--memory-high=48M", "--cpu-max=1.5", "--cpu-weight=200", "--pids-max=max"];
    const tenant = await Tenant.start(machine, around, ["/tini-ts", ...options, "--cgroup=app", "--print-config"]);
    const own = around.place === "container" ? "" : tenant.own;
    expect(succeeded(await tenant.end()).filter((line) => line.startsWith("# /sys"))).toEqual([
      `# /sys/fs/cgroup/memory${own}/app/memory.limit_in_bytes: 67108864`,
      `# /sys/fs/cgroup/memory${own}/app/memory.soft_limit_in_bytes: 50331648`,
      `# /sys/fs/cgroup/cpu,cpuacct${own}/app/cpu.cfs_quota_us: 150000`,
      `# /sys/fs/cgroup/cpu,cpuacct${own}/app/cpu.shares: 2048`,
      `# /sys/fs/cgroup/pids${own}/app/pids.max: max`,
    ]);
  });
});

describe("each limit", () => {
  it.each<[string, Record<string, string>]>([
    ["--memory-max=16Mi", { "memory/memory.limit_in_bytes": "16777216" }],
    // As many pages as the kernel can count.
    ["--memory-max=max", { "memory/memory.limit_in_bytes": "9223372036854771712" }],
    ["--memory-high=48M", { "memory/memory.soft_limit_in_bytes": "50331648" }],
    ["--memory-high=max", { "memory/memory.soft_limit_in_bytes": "9223372036854771712" }],
    ["--cpu-max=1.5", { "cpu,cpuacct/cpu.cfs_quota_us": "150000", "cpu,cpuacct/cpu.cfs_period_us": "100000" }],
    ["--cpu-max=50000 20000", { "cpu,cpuacct/cpu.cfs_quota_us": "50000", "cpu,cpuacct/cpu.cfs_period_us": "20000" }],
    ["--cpu-max=max", { "cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000" }],
    ["--cpu-weight=100", { "cpu,cpuacct/cpu.shares": "1024" }],
    ["--cpu-weight=1", { "cpu,cpuacct/cpu.shares": "10" }],
    ["--cpu-weight=10000", { "cpu,cpuacct/cpu.shares": "102400" }],
    ["--pids-max=20", { "pids/pids.max": "20" }],
    ["--pids-max=max", { "pids/pids.max": "max" }],
  ])("P45: %s is %o before the program starts", async (option, files) => {
    const names = Object.keys(files);
    const expected = Object.entries(files).map(([path, value]) => `${path.split("/")[1] ?? ""}=${value}`);
    expect(succeeded(await runUnder(machine, container, limited([option], print(...names))))).toEqual(expected);
  });

  it.each<Place>(["group", "container"])(
    "P45: a percentage is of the limit that is there already, %s",
    async (place) => {
      const around = { place, limits: { "memory/memory.limit_in_bytes": "64M" } };
      const words = limited(["--memory-max=50%"], print("memory/memory.limit_in_bytes"));
      expect(succeeded(await runUnder(machine, around, words))).toEqual(["memory.limit_in_bytes=33554432"]);
    },
  );

  it("P45: --memory-high is a soft limit: nothing is killed", async () => {
    const tenant = await Tenant.start(machine, container, [
      "/tini-ts",
      "--memory-high=16M",
      "--",
      inside("hog"),
      "memory",
      "32",
    ]);
    await tenant.run.says(/^has all$/m);
    await tenant.signal("SIGTERM");
    const end = await tenant.end();
    ended(end, 143);
    expect(end.stderr).toBe("");
  });

  it("P45, P32: a shell whose program was killed so gives 137, and the log says why", async () => {
    const script = `${inside("hog")} memory 64 >/dev/null; exit $?`;
    const end = await runUnder(machine, container, limited(["--memory-max=32M"], script));
    ended(end, 137);
    expect(end.stderr).toContain("A process was killed by the kernel's OOM killer: memory.max 33554432");
  });

  it.each<Place>(["group", "container"])(
    "P45, P32: without limits of our own those that are there are named, %s",
    async (place) => {
      const around = { place, limits: { "memory/memory.limit_in_bytes": "32M" } };
      const end = await runUnder(machine, around, ["/tini-ts", "--", inside("hog"), "memory", "64"]);
      ended(end, 137);
      const sentence =
        /A process was killed by the kernel's OOM killer: memory\.max 33554432, peak \d+, killed so far 1$/m;
      // Where we are not PID 1 the kills may be older than we are.
      if (place === "container") expect(end.stderr).toMatch(sentence);
      else expect(end.stderr).toBe("");
    },
  );

  it("P45: of thirty inits at once each has a group of its own, and none ends another's program", async () => {
    const one = "/tini-ts --pids-max=20 -- sh -c 'exit 7'; echo code $?";
    const script = `for i in $(seq 30); do (${one}) & done; wait`;
    const end = await runUnder(machine, container, ["/tini-ts", "--", "sh", "-c", script]);
    ended(end, 0);
    expect(end.stdout.trim().split("\n")).toEqual(Array(30).fill("code 7"));
    expect(end.stderr).toBe("");
  });

  it("P45, P32: a SIGKILL from someone else is not put down to the OOM killer", async () => {
    const end = await runUnder(machine, container, limited(["-v", "--memory-max=32M"], "kill -KILL $$"));
    ended(end, 137);
    const memory = ["/tini-ts", "--memory-max=32M", "--", inside("hog"), "memory", "64"];
    expectAbsent("OOM", end.stderr, (await runUnder(machine, container, memory)).stderr);
  });

  it("P45: --cpu-max=0.2 gives a fifth of a CPU", async () => {
    await using precise = await Machine.boot({ cgroups: "hybrid", clock: "instructions" });
    const words = ["/tini-ts", "--cpu-max=0.2", "--", inside("hog"), "cpu", "2000"];
    const [line = ""] = succeeded(await runUnder(precise, { place: "root" }, words));
    const [, elapsed, used] = /^spun (\d+) (\d+)$/.exec(line) ?? [];
    const share = Number(used) / Number(elapsed);
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.22);
  });
});

describe("what version 1 cannot do", () => {
  const impossible = [
    "--memory-swap-max=16M",
    "--memory-oom-group",
    "--cpuset-cpus=0",
    "--io-weight=300",
    "--memory-signal=USR1",
  ];

  it.each(impossible)("P45: %s is refused with a sentence, and nothing is started", async (option) => {
    const words = limited(["--memory-max=64M", "--pids-max=30", option], "echo started");
    expect(refused(await runUnder(machine, container, words))).toEqual([
      `[FATAL tini-ts (1)] ${option.replace(/=.*/, "")}: cgroup version 1 has no such limit`,
    ]);
  });

  it.each(impossible)("P45, P41: with --limits=best-effort %s is warned of, and the others hold", async (option) => {
    const options = ["--limits=best-effort", "--memory-max=64M", option, "--pids-max=30"];
    const script = `${print("memory/memory.limit_in_bytes", "pids/pids.max")}; exit 7`;
    const end = await runUnder(machine, container, limited(options, script));
    ended(end, 7);
    expect(end.stdout).toBe("memory.limit_in_bytes=67108864\npids.max=30\n");
    expect(end.stderr.split("\n")[0]).toBe(
      `[WARN  tini-ts (1)] ${option.replace(/=.*/, "")}: cgroup version 1 has no such limit`,
    );
    const strict = await runUnder(machine, container, limited([option], "exit 7"));
    expectAbsent("FATAL", end.stderr, strict.stderr);
  });
});

describe("limits that cannot be set", () => {
  const readOnly = (hierarchy: string): Surroundings => ({
    place: "container",
    inside: `mount -o remount,ro,bind /sys/fs/cgroup/${hierarchy}`,
  });

  it("P45, P41: a read-only hierarchy is refused, and the message says what to do", async () => {
    const words = limited(["--memory-max=64M", "--pids-max=30"], "echo started");
    const [first = "", second = ""] = refused(await runUnder(machine, readOnly("pids"), words));
    expect(first).toMatch(/^\[FATAL tini-ts \(1\)\] --pids-max: .*\/sys\/fs\/cgroup\/pids\/workload.*read-only/);
    for (const word of ["--security-opt", "Delegate=yes", "--limits=best-effort"]) expect(second).toContain(word);
  });

  it("P45, P41: with --limits=best-effort the limits of the other hierarchies hold", async () => {
    const options = ["--limits=best-effort", "--pids-max=30", "--memory-max=64M"];
    const end = await runUnder(machine, readOnly("memory"), limited(options, `${print("pids/pids.max")}; exit 7`));
    ended(end, 7);
    expect(end.stdout).toBe("pids.max=30\n");
    expect(end.stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] --memory-max: .*read-only/);
    const strict = await runUnder(machine, readOnly("memory"), limited(["--memory-max=64M"], "exit 7"));
    expectAbsent("FATAL", end.stderr, strict.stderr);
  });

  it("P45, P41: a hierarchy that is not mounted", async () => {
    const around = { ...container, inside: "umount /sys/fs/cgroup/pids" };
    const words = limited(["--memory-max=64M", "--pids-max=30"], "echo started");
    expect(refused(await runUnder(machine, around, words))[0]).toMatch(/^\[FATAL tini-ts \(1\)\] --pids-max: /);
  });

  it("P45, P41: a quota beyond that of the group above names the file and the value", async () => {
    const around: Surroundings = { place: "group", limits: { "cpu,cpuacct/cpu.cfs_quota_us": "50000" } };
    const end = await runUnder(machine, around, limited(["--pids-max=30", "--cpu-max=2"], "echo started"));
    expect(refused(end)[0]).toMatch(
      /^\[FATAL tini-ts \(\d+\)\] --cpu-max: cannot write "200000" to \S+\/workload\/cpu\.cfs_quota_us: /,
    );
  });

  it("P45, P41: a group of that name that is in use is left alone", async () => {
    const group = "/sys/fs/cgroup/pids/taken";
    const script = `
      mkdir ${group}
      echo 0 > ${group}/cgroup.procs
      echo 77 > ${group}/pids.max
      echo in
      read line
      echo 0 > /sys/fs/cgroup/pids/cgroup.procs
      rmdir ${group}`;
    const stranger = machine.start(["/bin/sh", "-ec", script]);
    await stranger.says(/^in$/m);
    const options = ["--memory-max=64M", "--pids-max=30", "--cgroup=taken"];
    const [first] = refused(await runUnder(machine, { place: "root" }, limited(options, "echo started")));
    expect(first).toMatch(/^\[FATAL tini-ts \(\d+\)\] --pids-max: .*\/sys\/fs\/cgroup\/pids\/taken: in use/);
    expect(await machine.sh(`cat ${group}/pids.max`)).toBe("77\n");
    stranger.write("\n");
    expect((await stranger.end()).ending).toEqual({ code: 0 });
  });
});

describe("groups", () => {
  it("P45, P41: an empty one of an earlier run is made anew", async () => {
    const around: Surroundings = {
      place: "container",
      inside:
        "mkdir /sys/fs/cgroup/memory/workload; echo 8M > /sys/fs/cgroup/memory/workload/memory.soft_limit_in_bytes",
    };
    const words = limited(["--memory-max=64M"], print("memory/memory.soft_limit_in_bytes"));
    expect(succeeded(await runUnder(machine, around, words))).toEqual([
      "memory.soft_limit_in_bytes=9223372036854771712",
    ]);
  });

  it.each<Place>(["root", "container"])(
    "P45, P41: those that the program made in its own are removed with it, %s",
    async (place) => {
      const script = `
        cd /sys/fs/cgroup
        mkdir memory/workload/a memory/workload/a/b pids/workload/a pids/workload/d
        rm -f /tmp/inside
        mkfifo /tmp/inside
        ( echo 0 > memory/workload/a/b/cgroup.procs
          echo 0 > pids/workload/a/cgroup.procs
          echo > /tmp/inside
          exec sleep 1000 ) &
        read line < /tmp/inside
        echo made`;
      const words = limited(["--pids-max=30", "--memory-max=64M"], script);
      expect(succeeded(await runUnder(machine, { place }, words))).toEqual(["made"]);
    },
  );

  it("P45, P41: without limits, nothing is done", async () => {
    const words = limited([], "ls -d /sys/fs/cgroup/*/workload 2>/dev/null || echo none");
    expect(succeeded(await runUnder(machine, container, words))).toEqual(["none"]);
  });
});

describe("--runtime-hints", () => {
  /** Of one CPU and 128 MiB. */
  const hints = {
    GOMAXPROCS: "1",
    PYTHON_CPU_COUNT: "1",
    OMP_NUM_THREADS: "1",
    RAYON_NUM_THREADS: "1",
    DOTNET_PROCESSOR_COUNT: "1",
    UV_THREADPOOL_SIZE: "4",
    MALLOC_ARENA_MAX: "2",
    GOMEMLIMIT: "120795956",
    NODE_OPTIONS: "--max-old-space-size=96",
    DOTNET_GCHeapHardLimit: "6000000",
    JAVA_TOOL_OPTIONS: "-XX:ActiveProcessorCount=1 -XX:MaxRAMPercentage=75",
  };
  const limits = {
    "memory/memory.limit_in_bytes": "128M",
    "cpu,cpuacct/cpu.cfs_quota_us": "50000",
  };
  async function environment(around: Surroundings, options: readonly string[]): Promise<Record<string, string>> {
    const lines = succeeded(
      await runUnder(machine, around, ["/tini-ts", "--runtime-hints", ...options, "--", "/bin/env"]),
    );
    const pairs = lines.map((line): [string, string] => [
      line.slice(0, line.indexOf("=")),
      line.slice(line.indexOf("=") + 1),
    ]);
    return Object.fromEntries(pairs.filter(([name]) => !["PATH", "PWD", "SHLVL", "OLDPWD"].includes(name)));
  }

  it.each(places)("P45, P44: follow our own limits, %s", async (_, around) => {
    expect(await environment(around, ["--memory-max=128M", "--cpu-max=0.5"])).toEqual(hints);
  });

  it.each<Place>(["group", "container"])("P45, P44: follow the limits that exist, %s", async (place) => {
    expect(await environment({ place, limits }, [])).toEqual(hints);
    expect(await environment({ place, limits }, ["--memory-max=256M", "--pids-max=30"])).toEqual(hints);
  });

  it("P45, P44: set nothing where nothing is limited", async () => {
    expect(await environment(container, [])).toEqual({});
    expect(await environment(container, ["--pids-max=30"])).toEqual({});
  });
});
