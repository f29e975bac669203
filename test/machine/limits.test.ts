import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { Container, contain, type ContainerEnd } from "./container.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot();
});
afterAll(() => machine[Symbol.asyncDispose]());

/** tini-ts with these options, over a shell script. */
const limited = (options: readonly string[], script: string) => ["/tini-ts", ...options, "--", "/bin/sh", "-c", script];

/** A script that prints files of a control group, as `name=its first line`. */
const print = (...files: readonly string[]) =>
  files.map((file) => `echo ${file}=$(head -n 1 /sys/fs/cgroup/${file})`).join("; ");

/** Runs a script under limits that can be set, in a container whose control groups are as before afterwards. */
async function succeeds(
  options: readonly string[],
  script: string,
  directives: readonly string[] = [],
): Promise<string[]> {
  const end = await contain(machine, directives, limited(options, script));
  expect({ init: end.init, stderr: end.stderr, changes: end.changes }).toEqual({
    init: { code: 0 },
    stderr: "",
    changes: [],
  });
  return end.stdout.split("\n").slice(0, -1);
}

/** Runs a program under limits that cannot be set: nothing is started, nothing is left, and a message says why and what to do. */
async function refused(
  options: readonly string[],
  directives: readonly string[],
  reason: RegExp,
  wrap: (words: readonly string[]) => readonly string[] = (words) => words,
): Promise<ContainerEnd> {
  const end = await contain(machine, directives, wrap(limited(options, "echo started")));
  expect({ init: end.init, stdout: end.stdout }).toEqual({ init: { code: 125 }, stdout: "" });
  const [first = "", second = ""] = end.stderr.split("\n");
  expect(first).toMatch(/^\[FATAL tini-ts \(1\)\] /);
  expect(first).toMatch(reason);
  for (const word of [
    "writable-cgroups=true",
    "unmask=/sys/fs/cgroup",
    "cgroup_writable",
    "Delegate=yes",
    "--limits=best-effort",
  ])
    expect(second).toContain(word);
  expect(end.changes).toEqual([]);
  return end;
}

describe("limits", () => {
  it("P40, P41: the program is in a group of its own, the init beside it, and only what is needed is turned on", async () => {
    const lines = await succeeds(
      ["--memory-max=64M"],
      `cat /proc/self/cgroup /proc/1/cgroup; ls -d /sys/fs/cgroup/*/; ${print("cgroup.subtree_control", "workload/memory.max")}`,
    );
    expect(lines).toEqual([
      "0::/workload",
      "0::/init",
      "/sys/fs/cgroup/init/",
      "/sys/fs/cgroup/workload/",
      "cgroup.subtree_control=memory",
      "workload/memory.max=67108864",
    ]);
  });

  it.each<[string, string, string]>([
    ["--memory-max=1.5Mi", "memory.max", "1572864"],
    ["--memory-max=max", "memory.max", "max"],
    ["--memory-high=48M", "memory.high", "50331648"],
    ["--memory-swap-max=16M", "memory.swap.max", "16777216"],
    ["--memory-oom-group", "memory.oom.group", "1"],
    ["--cpu-max=1.5", "cpu.max", "150000 100000"],
    ["--cpu-max=150%", "cpu.max", "150000 100000"],
    ["--cpu-max=50000 20000", "cpu.max", "50000 20000"],
    ["--cpu-max=max", "cpu.max", "max 100000"],
    ["--cpu-weight=200", "cpu.weight", "200"],
    ["--cpuset-cpus=0", "cpuset.cpus", "0"],
    ["--pids-max=20", "pids.max", "20"],
    ["--pids-max=max", "pids.max", "max"],
    ["--io-weight=300", "io.weight", "default 300"],
  ])("P40: %s is %s %s before the program starts", async (option, file, value) => {
    expect(await succeeds([option], print(`workload/${file}`))).toEqual([`workload/${file}=${value}`]);
  });

  it("P40: all together, from the environment as well", async () => {
    const environment = [
      "environment=TINI_MEMORY_MAX=64M",
      "environment=TINI_PIDS_MAX=30",
      "environment=TINI_CGROUP=app",
    ];
    const files = ["app/memory.max", "app/cpu.max", "app/pids.max", "cgroup.subtree_control"];
    expect(await succeeds(["--cpu-max=0.5"], `cat /proc/self/cgroup; ${print(...files)}`, environment)).toEqual([
      "0::/app",
      "app/memory.max=67108864",
      "app/cpu.max=50000 100000",
      "app/pids.max=30",
      "cgroup.subtree_control=cpu memory pids",
    ]);
  });

  it.each<[string, readonly string[]]>([
    ["in sight", []],
    ["in the host's tree", ["host-cgroup-namespace"]],
  ])("P40: a percentage is of the container's memory.max, %s", async (_, directives) => {
    const lines = await succeeds(
      ["--memory-max=50%"],
      "cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max",
      ["set=memory.max:64M", ...directives],
    );
    expect(lines).toEqual(["33554432"]);
  });

  it("P40: a percentage is of the machine's memory where the container has no limit", async () => {
    const [total = "", limit = ""] = await succeeds(
      ["--memory-max=25%"],
      `grep MemTotal: /proc/meminfo; ${print("workload/memory.max")}`,
    );
    const pages = Math.floor((Number(/\d+/.exec(total)?.[0]) * 1024) / 4 / 4096);
    expect(limit).toBe(`workload/memory.max=${pages * 4096}`);
  });

  it("P41: --cgroup alone makes the group, and turns nothing on", async () => {
    const lines = await succeeds(["--cgroup=mine"], `cat /proc/self/cgroup; ${print("cgroup.subtree_control")}`);
    expect(lines).toEqual(["0::/mine", "cgroup.subtree_control="]);
  });

  it("P41: without limits, nothing is done", async () => {
    expect(await succeeds([], "cat /proc/self/cgroup; ls -d /sys/fs/cgroup/*/ 2>/dev/null || echo none")).toEqual([
      "0::/",
      "none",
    ]);
  });

  it.each(["ENOSYS", "EPERM"])(
    "P40: where clone3 answers %s the program is moved before it is executed",
    async (error) => {
      const lines = await succeeds(["--memory-max=64M"], `cat /proc/self/cgroup; ${print("workload/memory.max")}`, [
        `refuse=clone3:${error}`,
      ]);
      expect(lines).toEqual(["0::/workload", "workload/memory.max=67108864"]);
    },
  );

  it.each<[string, readonly string[]]>([
    ["sees the host's groups", ["host-cgroup-namespace"]],
    ["owns a delegated group without being root", ["user=1000", "delegate"]],
  ])("P41: works where the container %s", async (_, directives) => {
    const lines = await succeeds(["--memory-max=64M", "--pids-max=30"], "cat /proc/self/cgroup", directives);
    expect(lines).toEqual([expect.stringMatching(/^0::(\/run-\d+\/box)?\/workload$/)]);
  });

  it("P41: empty groups of an earlier run are made anew", async () => {
    const script =
      "mkdir /sys/fs/cgroup/init /sys/fs/cgroup/workload; echo 7 > /sys/fs/cgroup/workload/cgroup.max.depth; exec ";
    const words = limited(["--pids-max=30"], print("workload/cgroup.max.depth"));
    const end = await contain(machine, [], ["/bin/sh", "-c", `${script}"$0" "$@"`, ...words]);
    expect({ init: end.init, stdout: end.stdout, stderr: end.stderr, changes: end.changes }).toEqual({
      init: { code: 0 },
      stdout: "workload/cgroup.max.depth=max\n",
      stderr: "",
      changes: [],
    });
  });

  it("P41: groups that the program made in its own are removed with it", async () => {
    expect(
      await succeeds(
        ["--pids-max=30"],
        "cd /sys/fs/cgroup/workload; mkdir a a/b a/b/c d; (echo 0 > a/b/c/cgroup.procs; sleep 1000) & echo made",
      ),
    ).toEqual(["made"]);
  });
});

describe("limits that cannot be set", () => {
  it("P41: EBUSY, another process in the group", async () => {
    await refused(["--memory-max=64M"], ["company"], /cgroup\.subtree_control/);
  });

  it("P41: EROFS, a read-only /sys/fs/cgroup", async () => {
    await refused(["--memory-max=64M"], ["cgroup=ro"], /\/sys\/fs\/cgroup\/.*read-only/i);
  });

  it("P41: no /sys/fs/cgroup", async () => {
    await refused(["--memory-max=64M"], ["cgroup=none"], /cgroup/);
  });

  it("P41: neither /proc nor /sys", async () => {
    await refused(["--memory-max=64M"], ["no-proc", "no-sys"], /\/proc/);
  });

  it("P41: EACCES, a group that belongs to another user", async () => {
    await refused(["--memory-max=64M"], ["user=1000"], /\/sys\/fs\/cgroup.*permi/i);
  });

  it.each(["--memory-max=64M", "--memory-swap-max=1M"])(
    "P41: a controller that the container does not have, %s",
    async (option) => {
      await refused([option], ["controllers=cpu,pids"], /memory/);
    },
  );

  it("P41: EAGAIN, the container may have no more processes", async () => {
    const end = await contain(machine, ["set=pids.max:1"], limited(["--memory-max=64M"], "echo started"));
    expect({ init: end.init, stdout: end.stdout, changes: end.changes }).toEqual({
      init: { code: 125 },
      stdout: "",
      changes: [],
    });
    expect(end.stderr).toMatch(/^\[FATAL tini-ts \(1\)\] .*(pids\.max|processes)/);
  });

  it("P41: CPUs that do not exist", async () => {
    const end = await contain(machine, [], limited(["--memory-max=64M", "--cpuset-cpus=5"], "echo started"));
    expect({ init: end.init, stdout: end.stdout, changes: end.changes }).toEqual({
      init: { code: 125 },
      stdout: "",
      changes: [],
    });
    expect(end.stderr).toMatch(
      /^\[FATAL tini-ts \(1\)\] --cpuset-cpus: cannot write "5" to \S+\/workload\/cpuset\.cpus: out of range$/m,
    );
  });

  it.each<[string, readonly string[], object, RegExp]>([
    [
      "is refused where it was asked for",
      ["--cgroup=workload"],
      { init: { code: 125 }, stdout: "" },
      /^\[FATAL tini-ts \(1\)\] .*workload: in use/,
    ],
    [
      "is left alone, and the program gets another",
      [],
      { init: { code: 0 }, stdout: "0::/workload-2\n" },
      // The one that is in the group.
      /^\[WARN {2}tini-ts \(1\)\] Processes that still run as it ends: 1 \(.*\n$/,
    ],
  ])("P41: a group of that name that is in use %s", async (_, options, outcome, said) => {
    const script = "mkdir /sys/fs/cgroup/workload; sleep 1000 & echo $! > /sys/fs/cgroup/workload/cgroup.procs; exec ";
    const program = limited(["--pids-max=30", ...options], "cat /proc/self/cgroup");
    const end = await contain(machine, [], ["/bin/sh", "-c", `${script}"$0" "$@"`, ...program]);
    expect({ init: end.init, stdout: end.stdout }).toEqual(outcome);
    expect(end.stderr).toMatch(said);
    // It was there before the init, and does not concern it.
    expect(end.changes).toEqual([expect.stringMatching(/^new: \/run-\d+\/box\/workload: \[\], 0 processes$/)]);
  });

  describe("thirty inits at once", () => {
    /** Runs them in the root group, which alone may have both processes and groups with limits. Returns their exit codes. */
    const thirty = async (options: string, script: string) => {
      const groups = () =>
        machine.sh("cd /sys/fs/cgroup && ls -d init workload* ours* 2>/dev/null || true; cat cgroup.subtree_control");
      const before = await groups();
      const one = `/tini-ts --pids-max=20 ${options} -- sh -c '${script}'; echo $?`;
      const all = `echo 0 > /sys/fs/cgroup/cgroup.procs; for i in $(seq 30); do (${one}) & done; wait`;
      const end = await machine.run(["/bin/sh", "-c", all]);
      expect(end.ending).toEqual({ code: 0 });
      expect(await groups()).toBe(before);
      return { codes: end.stdout.trim().split("\n"), stderr: end.stderr };
    };

    it("P41: each has a group of its own, and none ends another's program", async () => {
      expect(await thirty("", "exit 7")).toEqual({ codes: Array(30).fill("7"), stderr: "" });
    });

    it("P41: with one name for all none ends another's program, and those that do not get it refuse to start", async () => {
      const { codes, stderr } = await thirty("--cgroup=ours", "sleep 0.1; exit 7");
      const refused = codes.filter((code) => code === "125");
      expect([...new Set(codes)].filter((code) => code !== "125")).toEqual(["7"]);
      expect(codes).toHaveLength(30);
      const said = stderr.match(/^\[FATAL tini-ts \(\d+\)\] .*\/ours: (?:in use|another init has it)/gm) ?? [];
      expect(said).toHaveLength(refused.length);
    });
  });

  it.each<[string, readonly string[], readonly string[], string]>([
    ["/sys/fs/cgroup to read alone", ["cgroup=ro"], ["--memory-max=64M"], "0::/"],
    ["no /sys/fs/cgroup", ["cgroup=none"], ["--memory-max=64M"], "0::/"],
    ["another process in the group", ["company"], ["--memory-max=64M"], ""],
    ["a controller missing", ["controllers=cpu,pids"], ["--memory-max=64M", "--pids-max=30"], "0::/workload"],
  ])("P41: --limits=best-effort warns of %s, and goes on", async (_, directives, options, group) => {
    const words = limited(["--limits=best-effort", ...options], "cat /proc/self/cgroup; exit 7");
    const end = await contain(machine, directives, words);
    expect(end.init).toEqual({ code: 7 });
    expect(end.stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] .+$/m);
    const strict = await contain(machine, directives, limited(options, "exit 7"));
    expectAbsent("FATAL", end.stderr, strict.stderr);
    expect(end.stdout).toContain(group);
    expect(end.changes).toEqual([]);
  });

  it("P41: --limits=best-effort sets the limits that can be set", async () => {
    const words = limited(["--limits=best-effort", "--memory-max=64M", "--pids-max=30"], print("workload/pids.max"));
    const end = await contain(machine, ["controllers=cpu,pids"], words);
    expect(end.stdout).toBe("workload/pids.max=30\n");
    expect(end.stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] .*memory/);
    expect(end.changes).toEqual([]);
  });
});

describe("nothing is left in the tree of control groups", () => {
  it.each<[string, readonly string[], string, number]>([
    ["the program killed itself by SIGKILL", [], "kill -KILL $$", 137],
    ["the program failed", [], "exit 3", 3],
    ["it was started again", ["--restart=on-failure:3", "--restart-delay=1ms"], "exit 3", 3],
    [
      "it left deaf daemons",
      ["--linger=50ms"],
      `${inside("family")} --deaf session & until grep -q . /proc/3/stat; do :; done; exit 4`,
      4,
    ],
  ])("P41: after %s", async (_, options, script, code) => {
    const end = await contain(machine, [], limited(["--memory-max=64M", ...options], script));
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code },
      changes: [],
      leftover: 0,
    });
  });

  /** Says so each time that it could start fifteen processes, deaf and with a session of their own, and leaves them. */
  const leavesFifteen = `i=0; while [ $i -lt 15 ]; do (trap "" TERM; exec setsid sleep 1000) & i=$((i + 1)); done; echo all; exit 3`;
  const twentyTwice = ["--pids-max=20", "--restart=on-failure:1", "--restart-delay=1ms"];

  it("P29, P40: what a life leaves takes no place of the next one's --pids-max", async () => {
    const end = await contain(machine, [], limited(twentyTwice, leavesFifteen));
    expect({ init: end.init, stdout: end.stdout, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 3 },
      stdout: "all\nall\n",
      changes: [],
      leftover: 0,
    });
  });

  it("P29, P40: but where it is to stay, it does: the control", async () => {
    const end = await contain(machine, [], limited([...twentyTwice, "--restart-leaves=others"], leavesFifteen));
    expect([end.stdout, end.changes, end.leftover]).toEqual(["all\n", [], 0]);
    expect(end.stderr).toMatch(/can't fork/);
  });

  it("P28, P41: a program that hands controllers on to groups of its own is started again", async () => {
    const own = "/sys/fs/cgroup/workload";
    const script = `mkdir ${own}/within && echo 0 >${own}/within/cgroup.procs &&
      echo +memory >${own}/cgroup.subtree_control && echo life; exit 3`;
    const options = ["--memory-max=64M", "--restart=on-failure:2", "--restart-delay=1ms"];
    const end = await contain(machine, [], limited(options, script));
    expect(end).toMatchObject({ init: { code: 3 }, stdout: "life\n".repeat(3), changes: [], leftover: 0 });
  });

  it("P41: after a program that cannot be run", async () => {
    const end = await contain(machine, [], ["/tini-ts", "--memory-max=64M", "--", "/missing"]);
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 127 }, changes: [] });
    expect(end.stderr).toContain("/missing");
  });

  it.each(["", "host-pid-namespace"])("P41, P24: after a stop whose grace was not enough %s", async (directive) => {
    const words = [
      "/tini-ts",
      "--memory-max=64M",
      "--grace=100ms",
      "--",
      inside("family"),
      "--deaf",
      "session",
      "group",
      "worker",
    ];
    const container = await Container.start(machine, directive === "" ? [] : [directive], words);
    await container.run.says(/^main is ready$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 137 },
      changes: [],
      leftover: 0,
    });
  });

  it("P41: after --print-config, which changes nothing and shows what would be written where", async () => {
    const end = await contain(
      machine,
      ["set=memory.max:64M"],
      ["/tini-ts", "--memory-max=50%", "--cpu-max=1.5", "--print-config"],
    );
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 0 }, changes: [] });
    const comments = end.stdout
      .split("\n")
      .filter((line) => line.startsWith("#"))
      .join("\n");
    expect(comments).toMatch(/\/sys\/fs\/cgroup\/workload\/memory\.max.*33554432/);
    expect(comments).toMatch(/\/sys\/fs\/cgroup\/workload\/cpu\.max.*150000 100000/);
    const readOnly = await contain(machine, ["cgroup=ro"], ["/tini-ts", "--memory-max=64M", "--print-config"]);
    expect(readOnly.init).toEqual({ code: 0 });
    expect(readOnly.stdout).toMatch(/^#.*(read-only|not writable)/m);
  });
});

describe("limits hold", () => {
  it("P40, P11: a fork bomb stops at --pids-max, and the init goes on reaping", async () => {
    const end = await contain(machine, [], ["/tini-ts", "--pids-max=20", "--", inside("hog"), "fork"]);
    // The hog and the nest of its orphans are two of the twenty.
    expect(end.stdout).toBe("filled 18 EAGAIN\nrefilled 18\n");
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 0 }, changes: [] });
  });

  it("P42: a bomb whose processes each have a session of their own is put out by the grace", async () => {
    const words = ["/tini-ts", "--pids-max=20", "--grace=100ms", "--", inside("bomb"), "grow"];
    const container = await Container.start(machine, [], words);
    await container.run.says(/^burning$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 137 }, changes: [] });
  });

  it("P32, P40: a program that takes more than --memory-max is killed, and the log says why", async () => {
    const end = await contain(machine, [], ["/tini-ts", "--memory-max=32M", "--", inside("hog"), "memory", "64"]);
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 137 }, changes: [] });
    expect(end.stdout).toMatch(/^has 20$/m);
    const more = await contain(machine, [], ["/tini-ts", "--memory-max=48M", "--", inside("hog"), "memory", "64"]);
    expectAbsent(/^has 32$/m, end.stdout, more.stdout);
    const [, peak] =
      /^\[WARN {2}tini-ts \(1\)\] .*killed by the kernel's OOM killer: memory\.max 33554432, peak (\d+)/m.exec(
        end.stderr,
      ) ?? [];
    expect(Number(peak)).toBeGreaterThan(30 << 20);
    expect(Number(peak)).toBeLessThanOrEqual(32 << 20);
  });

  it("P32: a shell whose program was killed so gives 137, and the log says why", async () => {
    const end = await contain(
      machine,
      [],
      limited(["--memory-max=32M"], `${inside("hog")} memory 64 >/dev/null; exit $?`),
    );
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 137 }, changes: [] });
    expect(end.stderr).toContain("killed by the kernel's OOM killer: memory.max 33554432");
  });

  it("P32: --memory-oom-group kills all, and the log says why", async () => {
    const words = limited(
      ["--memory-max=32M", "--memory-oom-group"],
      `${inside("hog")} memory 64 >/dev/null; echo survived`,
    );
    const end = await contain(machine, [], words);
    expect({ init: end.init, stdout: end.stdout, changes: end.changes }).toEqual({
      init: { code: 137 },
      stdout: "",
      changes: [],
    });
    expect(end.stderr).toContain("killed by the kernel's OOM killer: memory.max 33554432");
  });

  it("P32: without limits of our own the container's are named", async () => {
    const end = await contain(machine, ["set=memory.max:32M"], ["/tini-ts", "--", inside("hog"), "memory", "64"]);
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 137 }, changes: [] });
    expect(end.stderr).toMatch(
      /^\[WARN {2}tini-ts \(1\)\] .*killed by the kernel's OOM killer: memory\.max 33554432, peak \d+/m,
    );
  });

  it("P32: the main child is not named where a child of its own was the victim, and it was killed otherwise", async () => {
    const script = `${inside("hog")} memory 64 >/dev/null; kill -KILL $$`;
    const end = await contain(machine, [], limited(["--memory-max=32M"], script));
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 137 }, changes: [] });
    expect(end.stderr.match(/OOM killer/g)).toHaveLength(1);
    expect(end.stderr).toContain("A process was killed by the kernel's OOM killer: memory.max 33554432");
  });

  it("P32: a kill that the main child survives is reported", async () => {
    const script = `${inside("hog")} memory 64 >/dev/null & wait; exit 0`;
    const end = await contain(machine, [], limited(["--memory-max=32M"], script));
    expect({ init: end.init, changes: end.changes }).toEqual({ init: { code: 0 }, changes: [] });
    expect(end.stderr.match(/A process was killed by the kernel's OOM killer/g)).toHaveLength(1);
  });

  it("P41: groups that the program made, nested and with dots, are removed with it", async () => {
    const script = "cd /sys/fs/cgroup/workload && mkdir -p .a/.b/c d/.e && exit 5";
    const end = await contain(machine, [], limited(["--memory-max=32M"], script));
    expect({ init: end.init, stderr: end.stderr, changes: end.changes }).toEqual({
      init: { code: 5 },
      stderr: "",
      changes: [],
    });
  });

  it("P32: a SIGKILL from someone else is not put down to the OOM killer", async () => {
    const end = await contain(machine, [], limited(["-v", "--memory-max=32M"], "kill -KILL $$"));
    expect(end.init).toEqual({ code: 137 });
    const oom = await contain(machine, [], ["/tini-ts", "--memory-max=32M", "--", inside("hog"), "memory", "64"]);
    expectAbsent("OOM", end.stderr, oom.stderr);
  });
});

describe("a program whose daemons make groups within its own for ever", () => {
  const places: readonly (readonly [string, readonly string[]])[] = [
    ["as PID 1", []],
    ["as a process", ["host-pid-namespace"]],
  ];
  /** That it ends at all is not enough: far more than it takes on a quiet machine, where a second is. */
  const BOUND_MILLISECONDS = 10_000;
  const bomb = `exec ${inside("bomb")} groups 8 /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)`;
  const start = (directives: readonly string[], options: readonly string[], script: string) =>
    Container.start(machine, directives, limited(["--pids-max=100", ...options], script), BOUND_MILLISECONDS);

  it.each(places)("P41, P24: is ended by the grace, %s", async (_, directives) => {
    const container = await start(directives, ["--grace=100ms"], bomb);
    await container.run.says(/^burning$/m);
    container.signal("SIGTERM");
    expect(await container.end()).toMatchObject({ init: { code: 137 }, changes: [], leftover: 0 });
  });

  it.each(places)("P41, P25: is gone with its main process, %s", async (_, directives) => {
    for (const linger of ["off", "100ms"]) {
      const container = await start(directives, [`--linger=${linger}`], `${bomb} quit`);
      const { init, stdout, changes, leftover } = await container.end();
      expect({ linger, init, stdout, changes, leftover }).toEqual({
        linger,
        init: { code: 3 },
        stdout: "burning\n",
        changes: [],
        leftover: 0,
      });
    }
  });

  it.each(places)("P41, P28: is gone before its next life, %s", async (_, directives) => {
    const container = await start(directives, ["--restart=on-failure:2", "--restart-delay=1ms"], `${bomb} quit`);
    const { init, stdout, changes, leftover } = await container.end();
    expect({ init, stdout, changes, leftover }).toEqual({
      init: { code: 3 },
      stdout: "burning\n".repeat(3),
      changes: [],
      leftover: 0,
    });
  });

  it.each(places)("P42, P24: is ended by the grace without cgroup.kill too, %s", async (_, directives) => {
    const script = `
      kill=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cgroup.kill
      : > /tmp/empty
      mount --bind /tmp/empty $kill
      mount -o remount,ro,bind $kill
      ${bomb}`;
    const container = await start(directives, ["--grace=100ms"], script);
    await container.run.says(/^burning$/m);
    container.signal("SIGTERM");
    expect(await container.end()).toMatchObject({ init: { code: 137 }, changes: [], leftover: 0 });
  });
});

describe("what the kernel does, which the init is built on", () => {
  it.each<[string, readonly string[], string, RegExp]>([
    [
      "EBUSY where a process is in the group",
      [],
      "echo +memory > /sys/fs/cgroup/cgroup.subtree_control",
      /resource busy/i,
    ],
    ["EROFS where it is mounted so", ["cgroup=ro"], "mkdir /sys/fs/cgroup/a", /Read-only file system/],
    ["EPERM at the namespace's own limits", [], "echo 1000000 > /sys/fs/cgroup/memory.max", /Operation not permitted/],
    ["EACCES for who owns nothing", ["user=1000"], "mkdir /sys/fs/cgroup/a", /Permission denied/],
  ])("P41: %s", async (_, directives, script, reason) => {
    const end = await contain(machine, directives, ["/bin/sh", "-c", script]);
    expect(end.init).not.toEqual({ code: 0 });
    expect(end.stderr).toMatch(reason);
  });
});
