import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { EAGAIN, ENOSPC, EOPNOTSUPP, SIGTERM } from "../linux/abi.ts";
import { Pipe, RegularFile } from "../linux/files.ts";
import { exits, failing, type Life, NOT_PID_1 } from "./life.ts";
import type { Program } from "../linux/process.ts";
import { appIsReady, callsNamed, leavesOrphans, linesOf, records, tini, tiniWith } from "./scenario.ts";
import { parseSyslog } from "./syslog.ts";

const LINE = /^\[(FATAL|WARN {0,1}|INFO {0,1}|DEBUG|TRACE) tini-ts \(\d+\)\] [^\0-\x1f\x7f]+$/;

describe("P60: log lines", () => {
  it("go to stderr alone, one line each, in tini's form", () => {
    const life = tini(["-vvvv", "-w"], function* (process) {
      yield* leavesOrphans(process, 3);
      return 7;
    });
    expect(life.stdout).toBe("");
    for (const line of life.stderr) expect(line).toMatch(LINE);
    expect(life.stderr).toContain("[INFO  tini-ts (1)] Spawned child process '/bin/app' with pid '2'");
    expect(life.stderr).toContain("[INFO  tini-ts (1)] Main child exited normally (with status '7')");
    expect(life.stderr).toContain("[DEBUG tini-ts (1)] Received SIGCHLD");
  });

  it("show the init's pid where that is not 1, and which signal is forwarded", () => {
    const life = tini(["-vvv"], records(1), {
      isPid1: false,
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        parent.kill(NOT_PID_1, SIGTERM);
        yield* parent.waitFor();
        return 0;
      },
    });
    expect(life.stderr).toContain("[DEBUG tini-ts (20)] Passing signal: 'SIGTERM'");
  });

  it("are not written if all goes well", () => {
    expect(tini([], exits(1)).stderr).toEqual([]);
    expect(tini([], exits(1), { isPid1: false }).stderr).toEqual([]);
  });
});

/** A program that fills stderr and then leaves orphans, whose reaping -w reports; `freed` tells when it is read again. */
function withFullPipe(pipe: Pipe, freed: (orphan: number) => boolean, words: readonly string[] = []): Life {
  pipe.drained = false;
  while (pipe.write(new Uint8Array(4096)) > 0) continue;
  pipe.written.length = 0;
  const leaves: Program = function* (process) {
    for (let i = 0; i < 30; i++) {
      if (freed(i)) pipe.drain();
      yield* leavesOrphans(process, 1);
    }
    return 3;
  };
  return tini(["-w", ...words], leaves, { stderr: pipe });
}

describe("P60: a full stderr never blocks the init", () => {
  it("a pipe without a reader: everything goes on, the lines are dropped", () => {
    const life = withFullPipe(new Pipe(), () => false);
    expect(life.code).toBe(3);
    expect(life.stderr).toEqual([]);
  });

  it("what was dropped is counted, and reported with the next line that fits", () => {
    const life = withFullPipe(new Pipe(), (orphan) => orphan === 20);
    expect(life.code).toBe(3);
    const reaped = life.stderr.filter((line) => line.includes("Reaped zombie process with pid="));
    const counts = life.stderr.flatMap((line) => /\] (\d+) log lines/.exec(line)?.[1] ?? []).map(Number);
    expect(counts).toHaveLength(1);
    expect(reaped.length + (counts[0] ?? 0)).toBe(30);
    for (const line of life.stderr) expect(line).toMatch(LINE);
  });

  it("what a full disk does not take is counted too", () => {
    const file = new RegularFile();
    let isFull = true;
    file.write = function (data) {
      return isFull ? -ENOSPC : RegularFile.prototype.write.call(this, data);
    };
    const leaves: Program = function* (process) {
      yield* leavesOrphans(process, 3);
      isFull = false;
      yield* leavesOrphans(process, 1);
      return 5;
    };
    const life = tini(["-w"], leaves, { stderr: file });
    expect(life.code).toBe(5);
    expect(life.stderr.map((line) => /pid=|\d+ log lines/.exec(line)?.[0])).toEqual(["pid=", "3 log lines"]);
  });

  it("where pipes do not support RWF_NOWAIT the pipe is polled first", () => {
    for (const free of [20, 99]) {
      const pipe = new Pipe();
      pipe.noWait = false;
      const life = withFullPipe(pipe, (orphan) => orphan === free);
      expect(life.code).toBe(3);
      expect(life.stderr.length > 0).toBe(free === 20);
    }
  });

  it.each([38, 1, 22, EOPNOTSUPP])("where the call is not available (errno %i)", (errno) => {
    const life = tini(["-v"], exits(2), { fault: failing("writeNoWait", errno) });
    expect(life.code).toBe(2);
    expect(life.stderr).toHaveLength(2);
  });

  it("a regular file that cannot promise not to block loses nothing", () => {
    for (const errno of [EAGAIN, EOPNOTSUPP]) {
      const life = tini(["-v"], exits(2), { stderr: new RegularFile(), fault: failing("writeNoWait", errno) });
      expect(life.stderr).toHaveLength(2);
    }
  });

  it("a terminal whose output is held (Ctrl-S) does not block either", () => {
    let held = 0;
    const life = tini(
      ["-w"],
      function* (process, linux) {
        const { terminal } = linux.watched ?? {};
        if (!terminal) throw new Error("no terminal");
        terminal.held = true;
        yield* leavesOrphans(process, 10);
        held = 1;
        return 4;
      },
      { terminal: { of: "init" } },
    );
    expect(held).toBe(1);
    expect(life.code).toBe(4);
  });

  it("a broken pipe and a closed stderr are not errors", () => {
    const broken = new Pipe();
    broken.readers = 0;
    for (const stderr of [broken, null]) {
      for (const isPid1 of [true, false]) expect(tini(["-vvv"], exits(6), { stderr, isPid1 }).code).toBe(6);
    }
  });

  it("a fatal sentence is not lost in a pipe that is nearly full", () => {
    const pipe = new Pipe(1);
    pipe.drained = false;
    pipe.write(new Uint8Array(3000));
    pipe.written.length = 0;
    const life = tini(["--foo"], exits(0), { stderr: pipe });
    expect(life.code).toBe(1);
    expect(linesOf(life, "FATAL")).toHaveLength(1);
  });
});

/** The lines of JSON that an init writes. */
const objects = (life: Life): Record<string, unknown>[] =>
  life.stderr.map((line) => JSON.parse(line) as Record<string, unknown>);
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

describe("P60: --log-format", () => {
  it("json is an object a line, with the event, its fields, and the same sentence", () => {
    const life = tini(["-vvv", "-w", "--log-format=json"], function* (process) {
      yield* leavesOrphans(process, 1);
      return 7;
    });
    const lines = objects(life);
    expect(lines[0]).toEqual({
      ...{ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string, level: "info" },
      ...{ event: "child-spawned", pid: 1, tag: "tini-ts", program: "/bin/app", process: 2 },
      message: "Spawned child process '/bin/app' with pid '2'",
    });
    expect(lines.at(-1)).toMatchObject({ event: "child-exited", exit_code: 7 });
    expect(lines).toContainEqual(expect.objectContaining({ event: "zombie-reaped", level: "warn", process: 4 }));
  });

  it("rfc5424 is a line of RFC 5424, from the tag of --log-tag", () => {
    const life = tini(["-v", "--log-format=rfc5424", "--log-tag=web-1"], exits(7));
    const [first, second] = life.stderr.map(parseSyslog);
    expect(first).toMatchObject({ severity: 6, appName: "web-1", processId: "1", messageId: "child-spawned" });
    expect(first?.data).toEqual({ program: "/bin/app", process: "2" });
    expect(second).toMatchObject({ data: { exit_code: "7" } });
    expect(second?.message).toBe("Main child exited normally (with status '7')");
  });

  it("text has the tag of --log-tag in place of tini-ts", () => {
    expect(tini(["-v", "--log-tag=web"], exits(0)).stderr[0]).toMatch(/^\[INFO {2}web \(1\)\] Spawned/);
  });

  it("the child says in it as well why the program cannot be run, with names of any bytes", () => {
    const name = Buffer.from('/bin/\x1b[2J"\\\n\xff', "latin1");
    const life = tiniWith(["--log-format=json", "--", name]);
    expect(life.code).toBe(127);
    expect(life.stderr).toHaveLength(1);
    expect(objects(life)[0]).toMatchObject({ event: "program-not-run", program: '/bin/\x1b[2J"\\\n\\xff' });
  });

  it.each([
    ["the command line, behind what is wrong", ["--grace=x", "--log-format=json"], {}, true],
    ["the command line, over the environment", ["--log-format=text", "--foo"], { TINI_LOG_FORMAT: "json" }, false],
    ["the environment", ["--foo"], { TINI_LOG_FORMAT: "json" }, true],
    ["the environment, of a file", [], { TINI_LOG_FORMAT: "json", TINI_CONFIG: "/none.yml" }, true],
    ["nobody right", ["--foo"], { TINI_LOG_FORMAT: "jsn" }, false],
  ])("what is wrong is said in the format of %s", (_who, words, environment, isJson) => {
    const life = tiniWith([...words, "--", "/bin/app"], {
      environment: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    });
    expect(life.code).toBe(1);
    expect(life.stderr).toHaveLength(1);
    expect(life.stderr[0]?.startsWith("{")).toBe(isJson);
    if (isJson) expect(objects(life)[0]).toMatchObject({ level: "fatal" });
  });

  it("a configuration file's format is that of the run", () => {
    const files = { "/etc/tini.yml": { content: "log-format: json\nverbosity: 2\n" } };
    expect(objects(tini([], exits(0), { files }))).toHaveLength(2);
    expect(tini(["--log-format=text"], exits(0), { files }).stderr[0]).toMatch(LINE);
  });

  it("what was dropped is an event with its number", () => {
    const pipe = new Pipe();
    const life = withFullPipe(pipe, (orphan) => orphan === 20, ["--log-format=json"]);
    const lines = objects(life);
    const [dropped] = lines.filter(({ event }) => event === "lines-dropped");
    expect(dropped).toMatchObject({ level: "warn", dropped: expect.any(Number) as number });
    expect(lines.filter(({ event }) => event === "zombie-reaped").length + Number(dropped?.["dropped"])).toBe(30);
  });

  it("text asks no clock", () => {
    const json = tini(["-vvvv", "--log-format=json"], exits(0));
    expectAbsent(callsNamed("clock_gettime"), tini(["-vvvv", "--trace-id=1"], exits(0)), json);
  });
});

describe("P60: --trace-id", () => {
  const traceOf = (words: readonly string[], environment: readonly string[]): unknown =>
    objects(tini(["-v", "--log-format=json", ...words], exits(0), { environment }))[0]?.["trace_id"];

  it("is in each line, and wins over TRACEPARENT", () => {
    expect(traceOf(["--trace-id=abc.1"], [`TRACEPARENT=${PARENT}`])).toBe("abc.1");
    expect(traceOf([], ["TINI_TRACE_ID=abc"])).toBe("abc");
    const syslog = tini(["-v", "--log-format=rfc5424", "--trace-id=abc"], exits(0)).stderr.map(parseSyslog);
    expect(syslog[0]?.data["trace_id"]).toBe("abc");
  });

  it("is that of a right TRACEPARENT", () => {
    expect(traceOf([], ["A=1", `TRACEPARENT=${PARENT}`])).toBe(TRACE);
    // A later version may have more, and begins the same.
    expect(traceOf([], [`TRACEPARENT=cc${PARENT.slice(2)}`])).toBe(TRACE);
    expect(traceOf([], [`TRACEPARENT=cc${PARENT.slice(2)}-and-more`])).toBe(TRACE);
  });

  it.each([
    ["", "00", PARENT.slice(0, -1), `${PARENT}-`, `${PARENT}0`, `ff${PARENT.slice(2)}`, `cc${PARENT.slice(2)}0`],
    [PARENT.toUpperCase(), PARENT.replace("4", "g"), PARENT.replaceAll("-", "_"), `0${PARENT.slice(0, -1)}`],
    [`00-${"0".repeat(32)}-00f067aa0ba902b7-01`, `00-${TRACE}-${"0".repeat(16)}-01`, ` ${PARENT}`],
  ])("is none of a wrong TRACEPARENT", (...wrong) => {
    for (const value of wrong) expect(traceOf([], [`TRACEPARENT=${value}`])).toBeUndefined();
  });
});
