/* --summary and --summary-file: what a run cost and why it ended, as its lines, and as the file that gets them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { EACCES, EIO, ELOOP, ENOSPC, ENOSYS, ENXIO, EROFS, SIGKILL, SIGTERM } from "../linux/abi.ts";
import { latin1, OpenFile, RegularFile } from "../linux/files.ts";
import type { Program } from "../linux/process.ts";
import { exits, failing, type Life, type World } from "./life.ts";
import { APP, callsNamed, leavesOrphans, sends, server, stubborn, tini } from "./scenario.ts";

const LOG = "/dev/termination-log";
const JSON_TO_STDERR = "--summary=json";

/** The object on the last line of stderr. */
const objectOf = ({ stderr }: Life): Readonly<Record<string, unknown>> =>
  JSON.parse(stderr.at(-1) ?? "") as Readonly<Record<string, unknown>>;

const summaryOf = (app: Program, args: readonly string[] = [], world: Partial<World> = {}) =>
  objectOf(tini([JSON_TO_STDERR, ...args], app, world));

/** What was written to a file. */
const textOf = (file: RegularFile): string => file.written.map(latin1).join("");

/** Uses some of everything, and ends with 3. */
const busy: Program = function* (process) {
  process.usage.userMicroseconds = 3_210_999;
  process.usage.systemMicroseconds = 456_000;
  process.usage.peakKilobytes = 65_000;
  process.fork(function* (child) {
    child.usage.userMicroseconds = 1_000_000;
    child.usage.peakKilobytes = 70_000;
    yield;
    return 0;
  });
  yield* process.waitFor();
  yield* process.sleep(1500);
  return 3;
};

/** A file that takes no more than its first bytes. */
class Full extends OpenFile {
  readonly #room: number;

  constructor(room: number) {
    super();
    this.#room = room;
  }

  override write(): number {
    return this.#room === 0 ? -ENOSPC : this.#room;
  }
}

describe("P61: the summary as JSON", () => {
  it("is one line with the names that the contract has, in its order", () => {
    const life = tini([JSON_TO_STDERR], busy);
    expect(life.code).toBe(3);
    expect(life.stderr).toHaveLength(1);
    expect(objectOf(life)).toMatchObject({
      ...{ event: "summary", wall_ms: 1500, user_ms: 4210, system_ms: 456, memory_peak_bytes: 70_000 * 1024 },
      ...{ reaped: 1, forwarded: 0, restarts: 0, throttled_ms: null, oom_kills: null, exit_code: 3 },
      ...{ signal: null, stop_signal: null, cause: "exited", memory_peak_of: "process", group: null },
    });
  });

  it("says which signal killed the program", () => {
    const dies: Program = function* (process) {
      process.kill(process.pid, 11);
      yield;
      return 0;
    };
    expect(summaryOf(dies)).toMatchObject({ exit_code: 139, signal: "SIGSEGV", cause: "signalled" });
  });

  it("has the exit code of --remap-exit, as the container has it", () => {
    expect(summaryOf(exits(3), ["-e", "3:4"])).toMatchObject({ exit_code: 4, cause: "exited" });
  });

  it("counts forwarded signals and the stop signal", () => {
    const stopped = summaryOf(server(0), [], { outside: sends(1, [5, 28], [9, SIGTERM]) });
    expect(stopped).toMatchObject({ forwarded: 2, stop_signal: "SIGTERM", cause: "exited", exit_code: 0 });
  });

  it("says that the program had to be killed, and that it was stopped by --timeout", () => {
    const killed = summaryOf(stubborn, ["--grace=1s"], { outside: sends(1, [5, SIGTERM]) });
    expect(killed).toMatchObject({ cause: "killed", signal: "SIGKILL", stop_signal: "SIGTERM", exit_code: 137 });
    const late = summaryOf(server(0), ["--timeout=1s"]);
    expect(late).toMatchObject({ cause: "timeout", exit_code: 124, stop_signal: null });
  });

  it("counts restarts and adds up what all lives used", () => {
    const once: Program = function* (process) {
      process.usage.userMicroseconds = 10_000;
      yield* process.sleep(1);
      return 1;
    };
    const run = summaryOf(once, ["--restart=on-failure:2", "--restart-delay=1ms"]);
    expect(run).toMatchObject({ restarts: 2, reaped: 3, user_ms: 30, cause: "exited", exit_code: 1 });
  });

  it("does without a clock and without getrusage", () => {
    const run = summaryOf(exits(0), [], {
      fault: ({ name }) => (name === "clock_gettime" || name === "getrusage" ? ENOSYS : 0),
    });
    expect(run).toMatchObject({ wall_ms: null, user_ms: null, system_ms: null, memory_peak_bytes: null, exit_code: 0 });
  });
});

describe.each([1, 2] as const)("P61: control groups of version %i", (version) => {
  const LIMIT = ["--memory-max=64M", "--cpu-max=1"];

  it("the program's own tell how much memory it had", () => {
    const program: Program = function* (process) {
      yield* process.allocate(1 << 24);
      return 0;
    };
    const run = summaryOf(program, LIMIT, { cgroups: { version } });
    expect(run).toMatchObject({ group: "program", memory_peak_of: "group", oom_kills: 0, cause: "exited" });
    expect(Number(run["memory_peak_bytes"])).toBeGreaterThanOrEqual(1 << 24);
  });

  it("an OOM kill is the cause", () => {
    const program: Program = function* (process) {
      yield* process.allocate(1 << 28);
      return 0;
    };
    const run = summaryOf(program, LIMIT, { cgroups: { version } });
    expect(run).toMatchObject({ cause: "oom", oom_kills: 1, signal: "SIGKILL", exit_code: 137 });
  });

  it("the container's tell it where there are no limits, to PID 1 alone", () => {
    expect(summaryOf(exits(0), [], { cgroups: { version } })).toMatchObject({ group: "own" });
    expect(summaryOf(exits(0), [], { cgroups: { version }, isPid1: false })).toMatchObject({ group: null });
  });

  it("groups are removed as without a summary", () => {
    const life = tini([JSON_TO_STDERR, ...LIMIT], exits(0), { cgroups: { version } });
    expect(life.groupsAfter).toEqual(life.groupsBefore);
  });
});

describe("P61: the summary for people", () => {
  it("is a few aligned lines", () => {
    expect(tini(["--summary=text"], busy).stderr).toEqual([
      "summary of the run",
      "  ended       exited, exit code 3",
      "  time        1.500 s, CPU time 4.210 s of its own and 0.456 s in the kernel",
      "  memory      peak 68.3 MiB, of the largest process",
      "  processes   reaped 1, signals forwarded 0, restarts 0",
    ]);
  });
});

describe("P61: --summary-file", () => {
  const written = (file: OpenFile | number, args: readonly string[] = [], world: Partial<World> = {}): Life =>
    tini([`--summary-file=${LOG}`, ...args], exits(3), { outputs: { [LOG]: file }, ...world });

  it("gets the text, and stderr nothing", () => {
    const file = new RegularFile();
    const life = written(file);
    expect([life.code, life.stderr]).toEqual([3, []]);
    expect(textOf(file)).toMatch(/^summary of the run\n {2}ended {7}exited, exit code 3\n/);
  });

  it("gets what --summary says, which stderr gets as well", () => {
    const file = new RegularFile();
    const life = written(file, [JSON_TO_STDERR]);
    expect(`${life.stderr.join("\n")}\n`).toBe(textOf(file));
  });

  it.each(["text", "json"])("gets it as %s also after standard error was full", (format) => {
    const stderr = new RegularFile();
    const file = new RegularFile();
    let isFull = true;
    stderr.write = function (data) {
      return isFull ? -ENOSPC : RegularFile.prototype.write.call(this, data);
    };
    const drops: Program = function* (process) {
      yield* leavesOrphans(process, 2);
      isFull = false;
      return 3;
    };
    const life = tini(["-w", `--summary=${format}`, `--summary-file=${LOG}`], drops, {
      stderr,
      outputs: { [LOG]: file },
    });
    expect(life.code).toBe(3);
    expect(life.stderr.at(-1)).toMatch(/2 log lines before this one were dropped/);
    expect(textOf(file)).toBe(`${life.stderr.slice(0, -1).join("\n")}\n`);
  });

  it.each([
    ["is a symbolic link", ELOOP],
    ["is a FIFO that nobody reads", ENXIO],
    ["is on a read-only file system", EROFS],
    ["is not ours to write", EACCES],
  ])("that %s is one warning, and the run goes on", (_, errno) => {
    const life = written(errno);
    expect(life.code).toBe(3);
    expect(life.stderr).toHaveLength(1);
    expect(life.stderr[0]).toContain(`--summary-file: cannot write ${LOG} `);
  });

  it.each([0, 10])("that takes %i bytes is one warning, and the exit code stays", (room) => {
    const life = written(new Full(room));
    expect([life.code, life.stderr.length]).toEqual([3, 1]);
    expect(life.stderr[0]).toContain("no space left");
  });

  it("whose file system dies is one warning, and the exit code stays", () => {
    const life = written(new RegularFile(), [], { fault: failing("write", EIO) });
    expect([life.code, life.stderr.length]).toEqual([3, 1]);
  });

  it("is none of the standard descriptors, which may be closed", () => {
    const file = new RegularFile();
    const life = written(file, ["-vv"], { stdin: null, stdout: null, stderr: null });
    expect(life.code).toBe(3);
    expect(textOf(file)).toMatch(/^summary of the run\n[^[]*$/);
  });

  it("is not open in the program", () => {
    const file = new RegularFile();
    const openIn = (world: Partial<World>, ...args: readonly string[]): readonly unknown[] => {
      let files: readonly unknown[] = [];
      const looks: Program = function* (process) {
        files = [...process.descriptors.values()].map((descriptor) => descriptor.file);
        yield;
        return 0;
      };
      tini(args, looks, world);
      return files.filter((each) => each === file);
    };
    const withFile = openIn({ outputs: { [LOG]: file } }, `--summary-file=${LOG}`);
    expectAbsent((files) => files, withFile, openIn({ stdout: file }));
  });
});

describe("P61: what is not asked for costs nothing", () => {
  it("no system call", () => {
    const plain = tini([], exits(0));
    expectAbsent(
      callsNamed("getrusage", "create", "clock_gettime"),
      plain,
      tini([JSON_TO_STDERR, `--summary-file=${LOG}`], exits(0)),
    );
  });

  it("no summary where nothing was ever run", () => {
    const life = tini([JSON_TO_STDERR], exits(0), { files: { [APP]: { content: "", executable: false } } });
    expect(life.code).toBe(126);
    expectAbsent("summary", life.stderr.join("\n"), tini([JSON_TO_STDERR], exits(0)).stderr.join("\n"));
  });
});

describe("P61: every system call of a summary may fail", () => {
  const args = [JSON_TO_STDERR, `--summary-file=${LOG}`];
  const world = (): Partial<World> => ({ outputs: { [LOG]: new RegularFile() }, cgroups: {} });
  const calls = [...tini(args, exits(3), world()).counts].filter(([name]) =>
    ["create", "getrusage", "read", "write", "close", "clock_gettime", "fcntl"].includes(name),
  );
  it.each(calls)("%s, each of %i times: the program is run, and its exit code stays", (name, count) => {
    for (let nth = 1; nth <= count; nth++) {
      for (const errno of [EACCES, EIO, ENOSPC]) {
        const life = tini(args, exits(3), { ...world(), fault: failing(name, errno, nth) });
        expect([life.trap, life.code]).toEqual([null, 3]);
      }
    }
  });
});

/** For a process that is killed from outside: the cause is no OOM kill. */
describe("P61: SIGKILL from somebody else", () => {
  it("is a signal, not the OOM killer", () => {
    const killer: Program = function* (process) {
      process.kill(process.pid, SIGKILL);
      yield;
      return 0;
    };
    expect(summaryOf(killer, ["--memory-max=64M"], { cgroups: {} })).toMatchObject({
      cause: "signalled",
      oom_kills: 0,
    });
  });
});

describe("P61: the object is one of the log", () => {
  const once: Program = function* (process) {
    yield* process.sleep(1);
    process.kill(process.pid, SIGKILL);
    yield;
    return 0;
  };

  it("has the fields that every line has", () => {
    const trace = ["--log-tag=web", "--trace-id=0af7651916cd43dd8448eb211c80319c"];
    expect(summaryOf(exits(0), trace)).toMatchObject({
      ...{ level: "info", event: "summary", pid: 1, tag: "web", message: "summary of the run" },
      trace_id: "0af7651916cd43dd8448eb211c80319c",
    });
    expect(summaryOf(exits(0))["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("has no field that docs/summary.md and docs/events.md do not describe", () => {
    const page = (name: string) => readFileSync(join(import.meta.dirname, "../../docs", name), "utf8");
    const documented = page("summary.md") + page("events.md");
    for (const name of Object.keys(summaryOf(exits(0)))) expect(documented).toContain(`\`${name}\``);
  });

  it("has the trace id of the environment, also if log lines are text", () => {
    const environment = ["TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"];
    expect(summaryOf(exits(0), [], { environment })["trace_id"]).toBe("0af7651916cd43dd8448eb211c80319c");
  });

  it("says that the program could not be started again, and nothing of its last life", () => {
    const life = tini([JSON_TO_STDERR, "--restart=always", "--restart-delay=1ms"], once, {
      fault: failing("vfork", EACCES, 2),
    });
    expect(objectOf(life)).toMatchObject({ cause: "not-started", signal: null, exit_code: 125 });
  });
});
