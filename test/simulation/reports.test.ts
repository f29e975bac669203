import { describe, expect, it } from "vitest";
import { EAGAIN, EOPNOTSUPP, SIGTERM } from "../linux/abi.ts";
import { Pipe, RegularFile } from "../linux/files.ts";
import { exits, failing, type Life, NOT_PID_1 } from "./life.ts";
import type { Program } from "../linux/process.ts";
import { appIsReady, leavesOrphans, linesOf, records, tini } from "./scenario.ts";

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
function withFullPipe(pipe: Pipe, freed: (orphan: number) => boolean): Life {
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
  return tini(["-w"], leaves, { stderr: pipe });
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
