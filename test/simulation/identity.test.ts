/* The program's identity and resources: the options from --user to --oom-score-adj. */
import { describe, expect, it } from "vitest";
import { EACCES, EINVAL, ENOENT, EPERM, ENOSYS, SIGTERM } from "../linux/abi.ts";
import { expectAbsent } from "../absence.ts";
import { exits, failing, type Life, simulate, type World } from "./life.ts";
import { NamedPipe, type OpenFile, Pipe, RegularFile, Unused } from "../linux/files.ts";
import type { Fault } from "../linux/kernel.ts";
import type { Process, Program } from "../linux/process.ts";
import { callsNamed, linesOf, sends, server, tini, tiniWith } from "./scenario.ts";

const RLIMIT_NOFILE = 7;
const RLIMIT_CORE = 4;
const INFINITY = 2n ** 64n - 1n;

/** Where directories are that the program can be started in. */
const files = { "/srv/app/": {}, "/srv/app/sub/tool": exits(4), "/bin/tool": exits(5) } as const;

/** The life of a program with these options, which must have started it. */
function started(words: readonly string[], world: Partial<World> = {}, program: Program = exits(7)): Process {
  const life = tini(words, program, { ...world, files: { ...files, ...world.files } });
  expect({ code: life.code, stderr: life.stderr }).toEqual({ code: 7, stderr: [] });
  return life.main;
}

/** The one sentence for which nothing was started. */
function refused(life: Life, code = 125): string {
  expect({ code: life.code, started: life.started.length }).toEqual({ code, started: 0 });
  expect(life.stderr).toHaveLength(1);
  return linesOf(life, "FATAL")[0] ?? "";
}

describe("P50: the program's limits, priorities, mask and directory", () => {
  it("makes none of the calls where nobody asks for them", () => {
    const before = tini([], exits(7));
    const asked = tini(["--umask=0", "--nice=1"], exits(7));
    expectAbsent(callsNamed("setpriority", "umask"), before, asked);
  });

  it("sets them in the program alone", () => {
    const words = ["--chdir=/srv/app", "--umask=027", "--nice=5", "--oom-score-adj=300"];
    const life = tini([...words, "--rlimit", "nofile=100:200,core=unlimited"], exits(7), { files });
    const { directory, umask, nice, oomScore, limits } = life.main;
    expect({ directory, umask, nice, oomScore }).toEqual({
      ...{ directory: "/srv/app", umask: 0o027, nice: 5, oomScore: 300 },
    });
    expect(limits.get(RLIMIT_NOFILE)).toEqual({ soft: 100n, hard: 200n });
    expect(limits.get(RLIMIT_CORE)).toEqual({ soft: INFINITY, hard: INFINITY });
    const { init } = life;
    expect([init.umask, init.nice, init.oomScore, init.limits.get(RLIMIT_NOFILE)]).toEqual([0o022, 0, 0, undefined]);
  });

  it("looks for the program from its directory", () => {
    const run = (...words: string[]) =>
      simulate({ args: ["tini-ts", "--chdir=/srv/app", ...words], environment: ["PATH=sub:/bin"], files });
    expect(run("sub/tool").code).toBe(4);
    expect(run("tool").code).toBe(4);
    expect(run("/bin/tool").code).toBe(5);
    expect(simulate({ args: ["tini-ts", "tool"], environment: ["PATH=sub:/bin"], files }).code).toBe(5);
  });

  it("takes a relative directory from where it was started", () => {
    expect(started(["--chdir=app/sub"], { directory: "/srv" }).directory).toBe("/srv/app/sub");
  });

  it("applies them to each life of the program", () => {
    const words = ["--restart=always:1", "--restart-delay=0", "--chdir=/srv", "--umask=077", "--nice=3"];
    const life = tini(words, exits(7), { files });
    expect(life.started.map(({ directory, umask, nice }) => [directory, umask, nice])).toEqual([
      ["/srv", 0o077, 3],
      ["/srv", 0o077, 3],
    ]);
  });

  it.each([
    ["--nice=-1", "--nice: permission denied; "],
    ["--oom-score-adj=-1", "--oom-score-adj: permission denied; "],
  ])("says what %s takes without privileges, and starts nothing", (word, sentence) => {
    expect(refused(tini([word], exits(7), { uid: 1000 }))).toContain(sentence);
    expect(started([word]).uid).toBe(0);
  });

  it("says which limit is above the hard one, and starts nothing", () => {
    const words = ["--rlimit=core=0", "--rlimit=sigpending=1:1001"];
    expect(refused(tini(words, exits(7), { uid: 1000 }))).toMatch(/^--rlimit sigpending: operation not permitted; /);
    expect(started(["--rlimit=sigpending=1:1001"]).limits.get(11)).toEqual({ soft: 1n, hard: 1001n });
  });

  it.each([
    ["/nowhere", "no such file"],
    ["/bin/app", "not a directory"],
    ["/srv/app", "permission denied"],
  ])("says why %s is no directory for the program, and starts nothing", (path, why) => {
    const life = tini([`--chdir=${path}`], exits(7), { files, closed: ["/srv/app"] });
    expect(refused(life)).toBe(`--chdir ${path}: ${why}`);
  });

  it("starts nothing where one of the calls fails", () => {
    const words = ["--nice=1", "--chdir=/srv", "--rlimit=core=0", "--oom-score-adj=5"];
    for (const name of ["setpriority", "chdir", "prlimit64"])
      for (const errno of [EPERM, EINVAL, ENOSYS, EACCES, ENOENT])
        refused(tini(words, exits(7), { files, fault: failing(name, errno) }));
    const fault: Fault = ({ name, path }) => (name === "open" && path === "/proc/self/oom_score_adj" ? EACCES : 0);
    refused(tini(words, exits(7), { files, fault }));
    refused(
      tini(words, exits(7), {
        files,
        fault: ({ name, process }) => (name === "write" && process.pid === 2 ? EPERM : 0),
      }),
    );
    refused(tini(["--oom-score-adj=5"], exits(7), { proc: false }));
  });

  it("P6: prints a path so that a file with it means the same", () => {
    const path = 'a"b\\c: é#';
    const printed = tiniWith(["--print-config", "--chdir", path]).stdout;
    const line = /^chdir: .*$/m.exec(printed)?.[0] ?? "";
    expect(line).toMatch(/^chdir: "a\\"b\\\\c: Ã©#" +# argument 3$/);
    const file = { "/etc/tini.yml": { content: Buffer.from(`${line}\n`, "latin1") } };
    const again = tiniWith(["--print-config"], { files: file }).stdout;
    expect(/^chdir: ".*"/m.exec(again)?.[0]).toBe(/^chdir: ".*"/m.exec(line)?.[0]);
  });

  it("P5: refuses a soft limit above the hard one", () => {
    expect(refused(tini(["--rlimit", "nofile=2:1"], exits(7)), 1)).toContain(
      '--rlimit "nofile=2:1" (argument 2) is not ',
    );
    refused(tini(["--rlimit", "nofile=unlimited:1"], exits(7)), 1);
  });
});

const PASSWD = [
  "# a comment",
  "broken",
  "none:x::",
  "nobody2:x:12a:5::/:",
  "toolarge:x:4294967296:5::/:/bin/sh",
  ":x:0:0::/:/bin/sh",
  `${"l".repeat(5000)}:x:0:0::/:/bin/sh`,
  "root:x:0:0:root:/root:/bin/bash",
  "app:x:1000:1001:The App,,,:/srv/app:/bin/dash",
  "app:x:0:0:a second one:/root:/bin/bash",
  "bare:x:1002:1003",
  "last:x:1004:1005::/home/last:/bin/zsh",
].join("\n");
const GROUP = [
  "root:x:0:",
  "broken",
  "bad:x:y:app",
  "audio:x:29:other,app",
  "app:x:1001:",
  "video:x:44:apple,ap",
  "www:x:33:app,other,app",
  `many:x:50:${"m,".repeat(3000)}app`,
  "last:x:1005:last\n",
].join("\n");
const ACCOUNTS = { "/etc/passwd": { content: PASSWD }, "/etc/group": { content: GROUP } };

const KILL = 1n << 5n;
const NET_BIND_SERVICE = 1n << 10n;

/** A program's credentials. */
const whoIs = ({ credentials: { uids, gids, groups } }: Process) => ({ uids, gids, groups });
const who = (uid: number, gid: number, ...groups: number[]) => ({
  ...{ uids: [uid, uid, uid], gids: [gid, gid, gid], groups },
});

/** The variables of a program. */
const variablesOf = ({ environment }: Process) => environment.map((entry) => Buffer.from(entry).toString());

const as = (words: readonly string[], world: Partial<World> = {}) =>
  started(words, { ...world, files: { ...ACCOUNTS, ...world.files } });

describe("P50: the program's user and groups", () => {
  it.each([
    ["app", who(1000, 1001, 29, 33, 50, 1001)],
    ["1000", who(1000, 1001, 29, 33, 50, 1001)],
    ["app:www", who(1000, 33, 33)],
    ["app:7", who(1000, 7, 7)],
    ["1234", who(1234, 0, 0)],
    ["1234:5678", who(1234, 5678, 5678)],
    ["bare", who(1002, 1003, 1003)],
    ["last", who(1004, 1005, 1005)],
    ["4294967294:4294967294", who(4294967294, 4294967294, 4294967294)],
    ["root", who(0, 0, 0)],
  ])("are those of %s", (user, expected) => {
    const life = tini([`--user=${user}`], exits(7), { files: ACCOUNTS });
    expect({ code: life.code, stderr: life.stderr, ...whoIs(life.main) }).toEqual({ code: 7, stderr: [], ...expected });
    // The init stays who it is, and others may look at it as before.
    expect(whoIs(life.init)).toEqual(who(0, 0));
    expect(life.init.dumpable).toBe(1);
  });

  it("are numbers where there is neither file", () => {
    expect(whoIs(started(["--user=1234:5"]))).toEqual(who(1234, 5, 5));
    expect(whoIs(started(["--user=1234"], { gid: 8 }))).toEqual(who(1234, 8, 8));
  });

  it("has the groups of --groups instead of the user's, or without a user", () => {
    expect(whoIs(as(["--user=app", "--groups=video,5"]))).toEqual(who(1000, 1001, 5, 44));
    expect(whoIs(as(["--groups", "www", "--groups=29,0"]))).toEqual(who(0, 0, 0, 29, 33));
  });

  it("sets HOME, USER, LOGNAME and SHELL to the user's, below --env", () => {
    const environment = ["HOME=/root", "USER=root", "A=1"];
    const of = (...words: string[]) => variablesOf(as(words, { environment }));
    expect(of("--user=app")).toEqual(["HOME=/srv/app", "USER=app", "A=1", "LOGNAME=app", "SHELL=/bin/dash"]);
    expect(of("--user=bare")).toEqual(["HOME=/", "USER=bare", "A=1", "LOGNAME=bare", "SHELL=/bin/sh"]);
    expect(of("--user=77")).toEqual(["HOME=/", "USER=77", "A=1", "LOGNAME=77", "SHELL=/bin/sh"]);
    expect(of("--user=77", "--env=HOME=/x,y", "--env", "B=")).toEqual([
      "HOME=/x,y",
      "USER=77",
      "A=1",
      "LOGNAME=77",
      "SHELL=/bin/sh",
      "B=",
    ]);
    expect(of("--env=A=2", "--env=A=3")).toEqual(["HOME=/root", "USER=root", "A=3"]);
  });

  it.each([
    ["--user=nobdy", "/etc/passwd has no nobdy; a number needs no entry there"],
    ["--user=toolarge", "/etc/passwd has no toolarge; a number needs no entry there"],
    ["--user=none", "/etc/passwd has no none; a number needs no entry there"],
    ["--user=+1", "/etc/passwd has no +1; a number needs no entry there"],
    ["--user=app:nope", "/etc/group has no nope; a number needs no entry there"],
    ["--groups=bad", "/etc/group has no bad; a number needs no entry there"],
  ])("of %s nobody is: nothing starts", (word, sentence) => {
    expect(refused(tini([word], exits(7), { files: ACCOUNTS }))).toBe(sentence);
  });

  it("cannot be looked up where a file is missing or unreadable", () => {
    expect(refused(tini(["--user=app"], exits(7)))).toBe("cannot look app up in /etc/passwd: no such file");
    expect(refused(tini(["--user=5:app"], exits(7)))).toBe("cannot look app up in /etc/group: no such file");
    const { "/etc/passwd": passwd } = ACCOUNTS;
    // Without /etc/group, no user is a member of any group.
    expect(whoIs(started(["--user=app"], { files: { "/etc/passwd": passwd } }))).toEqual(who(1000, 1001, 1001));
    const opens =
      (path: string, errno: number): Fault =>
      (call) =>
        call.name === "open" && call.path === path ? errno : 0;
    refused(tini(["--user=app"], exits(7), { files: ACCOUNTS, fault: opens("/etc/group", EACCES) }));
    refused(tini(["--user=app"], exits(7), { files: ACCOUNTS, fault: failing("read", EINVAL) }));
  });

  it("is found in a file of more than a MiB, whose lines are of any length", () => {
    const line = `someone:x:5:5:${"g".repeat(8000)}:/:/bin/sh\n`;
    const content = line.repeat(200) + PASSWD;
    expect(content.length).toBeGreaterThan(1 << 20);
    expect(whoIs(as(["--user=app:0"], { files: { "/etc/passwd": { content } } }))).toEqual(who(1000, 0, 0));
  });

  it("can be more groups than a program may have: nothing starts", () => {
    const content = Array.from({ length: 1025 }, (_, gid) => `g${String(gid)}:x:${String(gid + 5)}:app\n`).join("");
    const files = { ...ACCOUNTS, "/etc/group": { content } };
    expect(refused(tini(["--user=app"], exits(7), { files }))).toBe("more than 1024 groups");
  });

  it("stays the same if that is what was asked for, even without privileges", () => {
    const world = { uid: 1000, gid: 1001, groups: [1001] };
    expect(whoIs(as(["--user=1000:1001"], world))).toEqual(who(1000, 1001, 1001));
    expect(whoIs(as(["--user=1000:1001"], { ...world, groups: [] }))).toEqual(who(1000, 1001));
    const other = (word: string, more: Partial<World> = {}) =>
      refused(tini([word], exits(7), { ...world, ...more, files: ACCOUNTS }));
    expect(other("--user=1234:1001")).toMatch(/^--user: cannot set the program's user: operation not permitted /);
    expect(other("--user=1000:5")).toMatch(
      /^--user: cannot set the program's (?:supplementary )?groups?: operation not/,
    );
    expect(other("--user=1000:1001", { groups: [27] })).toMatch(
      /^--user: cannot set the program's supplementary groups: /,
    );
    expect(other("--groups=5")).toMatch(/^--groups: cannot set the program's supplementary groups: /);
  });

  it("is the program's in each of its lives, and stays signalled, stopped and tied", () => {
    const words = ["--user=app", "--restart=always:1", "--restart-delay=0"];
    const life = tini(words, exits(7), { files: ACCOUNTS, isPid1: false });
    expect(life.started.map(whoIs)).toEqual([1, 2].map(() => who(1000, 1001, 29, 33, 50, 1001)));
    expect(life.started.map(({ parentDeathSignal }) => parentDeathSignal)).toEqual([9, 9]);
    const stopped = tini(["--user=app"], server(3), { files: ACCOUNTS, others: [sends(1, [0, SIGTERM])] });
    expect(stopped.code).toBe(3);
  });

  it("is warned of where the init may not signal it", () => {
    const life = tini(["--user=app"], exits(7), { files: ACCOUNTS, withoutCapabilities: [5] });
    expect(linesOf(life, "WARN")).toEqual([
      "without CAP_KILL (--cap-add KILL) no signal reaches the program, which is another user's",
    ]);
  });
});

describe("P50: the program's capabilities", () => {
  const sets = ({
    credentials: { permitted, effective, inheritable, ambient, bounding, noNewPrivileges },
  }: Process) => ({
    ...{ permitted, effective, inheritable, ambient, bounding, noNewPrivileges },
  });
  const ALL = (1n << 41n) - 1n;
  const none = { permitted: 0n, effective: 0n, inheritable: 0n, ambient: 0n, bounding: ALL, noNewPrivileges: false };
  const all = (set: bigint) => ({ permitted: set, effective: set, inheritable: set, ambient: set });

  it("are none for another user, but those that it keeps", () => {
    expect(sets(as(["--user=app"]))).toEqual(none);
    const words = ["--user=app", "--keep-capabilities=net_bind_service,CAP_KILL"];
    expect(sets(as(words))).toEqual({ ...none, ...all(NET_BIND_SERVICE | KILL) });
  });

  it("are taken out of every set, for good", () => {
    const root = sets(as(["--drop-capabilities=kill,net_bind_service"]));
    const rest = ALL & ~(KILL | NET_BIND_SERVICE);
    expect(root).toEqual({ ...none, permitted: rest, effective: rest, bounding: rest });
    expect(sets(as(["--drop-capabilities=all"]))).toEqual({ ...none, bounding: 0n });
    const words = ["--user=app", "--drop-capabilities=all", "--keep-capabilities=kill"];
    expect(sets(as(words))).toEqual({ ...none, ...all(KILL), bounding: KILL });
  });

  it("need no privilege where there are none to take away", () => {
    const withoutCapabilities = Array.from({ length: 41 }, (_, number) => number);
    const world = { uid: 1000, withoutCapabilities };
    expect(sets(as(["--drop-capabilities=all"], world))).toEqual({ ...none, bounding: 0n });
    const sentence = refused(tini(["--drop-capabilities=all"], exits(7), { uid: 1000 }));
    expect(sentence).toMatch(/^--drop-capabilities: cannot set the program's capabilities: operation not permitted /);
  });

  it("cannot be kept where the container does not have them, or where they are dropped by name", () => {
    const life = tini(["--keep-capabilities=kill"], exits(7), { withoutCapabilities: [5] });
    expect(refused(life)).toBe("--keep-capabilities: KILL is none of ours (docker run --cap-add)");
    const both = tini(["--keep-capabilities=kill,chown", "--drop-capabilities=kill"], exits(7));
    expect(refused(both, 1)).toContain("--keep-capabilities (argument 1) contradicts --drop-capabilities (argument 2)");
  });

  it("are named one by one to be kept: all is refused, as no container has all", () => {
    expect(refused(tini(["--keep-capabilities=all"], exits(7)), 1)).toBe(
      '--keep-capabilities "all" (argument 1) is not a list of capabilities like net_bind_service,chown; all is for --drop-capabilities',
    );
  });

  it("can no more be gained with --no-new-privs", () => {
    expect(sets(as(["--no-new-privs", "--user=app"]))).toEqual({ ...none, noNewPrivileges: true });
    expect(as(["--no-new-privs"]).credentials.noNewPrivileges).toBe(true);
  });
});

describe("P50: the program's standard descriptors", () => {
  const USER = 1000;
  /** The owners of the standard descriptors as `app` finds them. If nothing else is said, they were root's, and pipes but for the first. */
  const owners = (world: Partial<World>, ...words: string[]) => {
    const seen: (number | undefined)[] = [];
    const looks: Program = function* ({ descriptors }) {
      for (const fd of [0, 1, 2]) seen.push(descriptors.get(fd)?.file.user);
      yield undefined;
      return 7;
    };
    expect(tini(["--user=app", ...words], looks, { ...world, files: ACCOUNTS }).code).toBe(7);
    return seen;
  };
  const ownedBy = (file: OpenFile, user: number): OpenFile => {
    file.user = user;
    return file;
  };
  const CALLS = callsNamed("fchown", "statfs", "statx", "getsid");
  const INFO = "--user: the program may not open /dev/stdin, /dev/stdout or /dev/stderr again: ";

  it("cost no call without --user, or for the user that it is already", () => {
    const before = tini([], exits(7));
    const asked = tini(["--user=app"], exits(7), { files: ACCOUNTS });
    expectAbsent(callsNamed("fchown", "statfs"), before, asked);
    expectAbsent(callsNamed("fchown", "statfs"), tini(["--groups=5"], exits(7)), asked);
    expectAbsent(callsNamed("fchown", "statfs"), tini(["--user=0"], exits(7)), asked);
    expect(CALLS(asked)).not.toEqual([]);
  });

  it("are the user's where they are pipes of the init's own user", () => {
    expect(owners({})).toEqual([0, USER, USER]);
    expect(owners({ stdin: new Pipe() })).toEqual([USER, USER, USER]);
    expect(owners({ stdout: null })).toEqual([0, undefined, USER]);
  });

  it("stay whose they are where they are files, sockets, devices or pipes with a name", () => {
    expect(owners({ stdin: new NamedPipe(), stdout: new RegularFile(), stderr: new Unused() })).toEqual([0, 0, 0]);
  });

  it("stay another user's, who could not open them any more, and -v says so once", () => {
    const world = () => ({ stdin: ownedBy(new Pipe(), 5), stdout: ownedBy(new Pipe(), 5) });
    expect(owners(world())).toEqual([5, 5, USER]);
    const life = tini(["-v", "--user=app"], exits(7), { ...world(), files: ACCOUNTS });
    expect(linesOf(life, "INFO").filter((line) => line.startsWith(INFO))).toEqual([`${INFO}operation not permitted`]);
  });

  it("are left as they are where they are the user's already", () => {
    const world = { stdout: ownedBy(new Pipe(), USER), stderr: ownedBy(new Pipe(), USER), files: ACCOUNTS };
    const life = tini(["--user=app"], exits(7), world);
    expect(callsNamed("fchown")(life)).toEqual([]);
    expect(linesOf(life, "INFO")).toEqual([]);
  });

  it("are a terminal of the user's where the init is PID 1 and leads its session", () => {
    expect(owners({ terminal: { of: "init" } })).toEqual([USER, USER, USER]);
    expect(owners({ terminal: { of: "init" } }, "--isolate=session")).toEqual([USER, USER, USER]);
    // What others use after us is not given away: a shell's terminal, or that of another session.
    expect(owners({ terminal: { of: "parent" } })).toEqual([0, 0, 0]);
    expect(owners({ terminal: { of: "stranger" } })).toEqual([0, 0, 0]);
    expect(owners({ terminal: { of: "init" }, isPid1: false })).toEqual([0, 0, 0]);
  });

  it("are not given without CAP_CHOWN, or by a kernel that refuses it: the program runs, and -v says so once", () => {
    const life = (world: Partial<World>) => tini(["-v", "--user=app"], exits(7), { ...world, files: ACCOUNTS });
    const said = (world: Partial<World>) => {
      const { code, stderr, ...rest } = life(world);
      expect({ code, worse: stderr.filter((line) => !/^\[(?:INFO|DEBUG|TRACE)/.test(line)) }).toEqual({
        code: 7,
        worse: [],
      });
      return linesOf({ code, stderr, ...rest }, "INFO").filter((line) => line.startsWith("--user"));
    };
    expect(said({ withoutCapabilities: [0] })).toEqual([`${INFO}operation not permitted`]);
    // A pipe from outside of the user namespace.
    expect(said({ fault: failing("fchown", EINVAL) })).toHaveLength(1);
    expect(said({ fault: failing("statx", ENOSYS) })).toHaveLength(1);
    // Without /proc nobody can open them again.
    expect(said({ proc: false })).toEqual([]);
    expect(said({})).toEqual([]);
  });
});

describe("P50: what did not take effect", () => {
  const words = ["--user=app", "--drop-capabilities=chown", "--keep-capabilities=kill", "--no-new-privs"];
  const CALLS = ["setgroups", "setresgid", "setresuid", "capget", "capset", "prctl", "ambient"];
  const CHECKS = ["getgroups", "getresgid", "getresuid"];

  /** The calls of a name that the child makes. */
  const made = (name: string) => {
    const life = tini(words, exits(7), { files: ACCOUNTS });
    return life.trace.calls(life.main.pid, name).length;
  };

  it.each([...CALLS, ...CHECKS])("is never run: %s fails with each errno, at each of its calls", (name) => {
    const count = made(name);
    expect(count).toBeGreaterThan(0);
    for (let nth = 1; nth <= count; nth++) {
      for (const errno of [EPERM, EINVAL, ENOSYS]) {
        let seen = 0;
        const fault: Fault = (call) => (call.name === name && call.process.pid !== 1 && ++seen === nth ? errno : 0);
        const life = tini(words, exits(7), { files: ACCOUNTS, fault });
        const { credentials } = life.started[0] ?? {};
        // A process that is another user already need not be checked before.
        const isRight = credentials?.uids[1] === 1000 && credentials.permitted === KILL && credentials.noNewPrivileges;
        const isExplained = life.code === 125 && life.started.length === 0 && life.stderr.length === 1;
        expect({ name, nth, errno, fine: isExplained || (life.code === 7 && isRight) }).toMatchObject({ fine: true });
      }
    }
  });

  it.each<[string, (process: Process) => void]>([
    ["setresuid", ({ credentials }) => (credentials.uids = [1000, 1000, 0])],
    ["setresgid", ({ credentials }) => (credentials.gids = [1001, 0, 1001])],
    ["setgroups", ({ credentials }) => (credentials.groups = [0, 29, 33, 50])],
    ["capset", ({ credentials }) => (credentials.permitted |= 1n)],
    ["ambient", ({ credentials }) => (credentials.ambient = 0n)],
  ])("is never run, and the message names the option: %s lies", (name, spoil) => {
    // The fault comes with the next call, behind the one that lies.
    let lies = false;
    const fault: Fault = (call) => {
      if (call.process.pid !== 1 && lies) {
        lies = false;
        spoil(call.process);
      }
      if (call.process.pid !== 1 && call.name === name) lies = true;
      return 0;
    };
    expect(refused(tini(words, exits(7), { files: ACCOUNTS, fault }))).toMatch(
      name.startsWith("set")
        ? /^--user: the program's (?:user|group|supplementary groups) did not take effect: it is not run$/
        : /^--keep-capabilities: the program's capabilities did not take effect: it is not run$/,
    );
  });
});

describe("P50: room", () => {
  it("for variables ends with a sentence", () => {
    const variables = Array.from({ length: 41 }, (_, index) => `--env=V${String(index)}=1`);
    expect(variablesOf(as(variables.slice(1)))).toHaveLength(41);
    expect(refused(tini(variables, exits(7)))).toBe("the environment has no room for another variable: V40=1");
  });

  it("for texts ends with a sentence, which names the option", () => {
    const long = `--env=A=${"x".repeat(4000)}`;
    expect(variablesOf(as([long, long]))).toHaveLength(2);
    expect(refused(tini([long, long, long], exits(7)), 1)).toBe(
      "too long: --env (argument 3): all options together keep at most 8192 bytes of text",
    );
  });
});
