/* Who the program runs as, and with what: the options from --user to --oom-score-adj. */
import { describe, expect, it } from "vitest";
import { EACCES, EINVAL, ENOENT, EPERM, ENOSYS } from "../linux/abi.ts";
import { expectAbsent } from "../absence.ts";
import { exits, failing, type Life, simulate, type World } from "./life.ts";
import type { Process, Program } from "../linux/process.ts";
import { callsNamed, linesOf, tini, tiniWith } from "./scenario.ts";

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
    const fault: World["fault"] = ({ name, path }) =>
      name === "open" && path === "/proc/self/oom_score_adj" ? EACCES : 0;
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
