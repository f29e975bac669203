import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { patience } from "../patience.ts";
import { Container } from "./container.ts";
import { inside, Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot();
});
afterAll(() => machine[Symbol.asyncDispose]());

/** As PID 1, and as a process among others, where the kernel does not clean up. */
const places: readonly (readonly [string, readonly string[]])[] = [
  ["as PID 1", []],
  ["as a process", ["host-pid-namespace"]],
];

const family = (options: readonly string[], ...words: readonly string[]) => [
  "/tini-ts",
  ...options,
  "--",
  inside("family"),
  ...words,
];

describe.each(places)("%s, with a group of its own", (_, directives) => {
  it("P42: --forward-to=all reaches daemons with a session of their own", async () => {
    const words = family(
      ["--pids-max=30", "--forward-to=all", "--linger=1h", "--cgroup=own"],
      "session",
      "group",
      "worker",
    );
    const container = await Container.start(machine, directives, words);
    await container.run.says(/^main is ready$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    for (const name of ["main", "session", "group", "worker"])
      expect(end.stdout).toMatch(new RegExp(`^${name} got 15$`, "m"));
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 0 },
      changes: [],
      leftover: 0,
    });
  });

  it("P42, P25: --linger asks daemons to end, and waits for them", async () => {
    const words = family(["--pids-max=30", "--linger=1h"], "--slow=100", "--main-at-once", "session");
    const container = await Container.start(machine, directives, words);
    await container.run.says(/^main is ready$/m);
    container.signal("SIGTERM");
    const end = await container.end();
    expect(end.stdout).toMatch(/^session is done$/m);
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 0 },
      changes: [],
      leftover: 0,
    });
  });

  it("P42: what is deaf and left over is killed with the group", async () => {
    const container = await Container.start(
      machine,
      directives,
      family(["--pids-max=30"], "--deaf", "session", "worker"),
    );
    await container.run.says(/^main is ready$/m);
    container.run.write("quit 6\n");
    const end = await container.end();
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 6 },
      changes: [],
      leftover: 0,
    });
  });

  it("P42: without cgroup.kill the group is frozen and killed", async () => {
    const script = `
      : > /tmp/empty
      mount --bind /tmp/empty /sys/fs/cgroup/workload/cgroup.kill
      mount -o remount,ro,bind /sys/fs/cgroup/workload/cgroup.kill
      exec ${inside("family")} --deaf session worker group`;
    const container = await Container.start(machine, directives, [
      "/tini-ts",
      "--pids-max=30",
      "--",
      "/bin/sh",
      "-c",
      script,
    ]);
    await container.run.says(/^main is ready$/m);
    container.run.write("quit 6\n");
    const end = await container.end();
    expect({ init: end.init, changes: end.changes, leftover: end.leftover }).toEqual({
      init: { code: 6 },
      changes: [],
      leftover: 0,
    });
  });
});

describe("as a process, with a group of its own", () => {
  /** A daemon that ignores TERM and has left the program's group for one beside it. */
  const leaves = `mkdir /sys/fs/cgroup/other
    (trap "" TERM; echo 0 > /sys/fs/cgroup/other/cgroup.procs; exec setsid sleep 1000) &
    until grep -q . /sys/fs/cgroup/other/cgroup.procs; do :; done; echo ready`;

  it.each<[string, readonly string[], string, number]>([
    ["its grace period", ["--grace=100ms"], "SIGTERM", 137],
    ["--linger", ["--linger=100ms"], "", 3],
  ])("P42: a daemon that moved itself to another group does not outlive %s", async (_, options, signal, code) => {
    const script = signal === "" ? `${leaves}\nexit 3` : `trap "" TERM\n${leaves}\nwhile :; do sleep 1; done`;
    const words = ["/tini-ts", "--pids-max=30", ...options, "--", "/bin/sh", "-c", script];
    const container = await Container.start(machine, ["host-pid-namespace"], words);
    await container.run.says(/^ready$/m);
    if (signal !== "") container.signal("SIGTERM");
    const end = await container.end();
    expect({ init: end.init, leftover: end.leftover }).toEqual({ init: { code }, leftover: 0 });
    // The program's own making, which nobody is in any more.
    expect(end.changes).toEqual([expect.stringMatching(/^new: \S+\/other: \[\], 0 processes$/)]);
  });

  it("P42: a process that joined the group from elsewhere gets the signal and the end as well", async () => {
    const stranger = machine.start(["/bin/sh", "-c", `echo $$; exec ${inside("family")} --deaf`]);
    const [, pid = ""] = await stranger.says(/^(\d+)\nmain is ready$/m);
    const words = family(["--pids-max=30", "--forward-to=all", `--linger=${patience(300)}ms`], "session");
    const container = await Container.start(machine, ["host-pid-namespace"], words);
    await container.run.says(/^main is ready$/m);
    const [, group = ""] = await container.run.tells(/^group (.*)$/m);
    await machine.sh(`echo ${pid} > /sys/fs/cgroup${group}/workload/cgroup.procs`);
    container.signal("SIGTERM");
    const { ending, stdout } = await stranger.end();
    expect(stdout).toMatch(/^main got 15$/m);
    expect(ending).toEqual({ signal: "SIGKILL" });
    const end = await container.end();
    expect(end.init).toEqual({ code: 0 });
    // The stranger's own groups come and go meanwhile.
    expect(end.changes.filter((change) => change.includes(group))).toEqual([]);
  });
});
