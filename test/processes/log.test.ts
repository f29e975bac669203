/** The log: its lines, where they go, and that writing them never blocks the init. */
import { expectAbsent } from "../absence.ts";
import { countsEach } from "./family.ts";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { program, runs, runsScript, start, temporaryDirectory } from "./subject.ts";

const TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(join(import.meta.dirname, "../../docs/tini-ts-events.schema.json"), "utf8")) as object,
);

interface Head {
  readonly time: string;
  readonly pid: number;
  readonly tag: string;
  readonly trace: string;
}

/** The fields of a line of JSON, which is what the schema says. */
function readJson(line: string): Head {
  const { trace_id: trace, ...head } = JSON.parse(line) as Head & { trace_id: string };
  expect(validate(JSON.parse(line)), JSON.stringify(validate.errors)).toBe(true);
  return { ...head, trace };
}

/** The fields of a line of RFC 5424. */
function readSyslog(line: string): Head {
  const [, time = "", tag = "", pid, trace = ""] =
    /^<3[01]>1 (\S+) - (\S+) (\d+) [a-z-]+ \[tini-ts@32473 trace_id="(\w+)".*?\] /.exec(line) ?? [];
  return { time, tag, pid: Number(pid), trace };
}

describe("log lines", () => {
  test("P60: at the default verbosity a successful run logs nothing", async () => {
    expect(await runsScript("exit 7")).toMatchObject({ ending: { code: 7 }, stdout: "", stderr: "" });
  });

  test("P60: text lines keep tini's form and words, on standard error alone", async () => {
    const { stdout, stderr } = await runs(["-vvvv", "--", "/bin/sh", "-c", "echo out; exit 7"]);
    expect(stdout).toBe("out\n");
    for (const line of stderr.trimEnd().split("\n"))
      expect(line).toMatch(/^\[(?:WARN |INFO |DEBUG|TRACE) tini-ts \(1\)\] \S/);
    expect(stderr).toContain("[INFO  tini-ts (1)] Spawned child process '/bin/sh' with pid '2'\n");
    expect(stderr).toContain("[DEBUG tini-ts (1)] Received SIGCHLD\n");
    expect(stderr).toContain("[INFO  tini-ts (1)] Main child exited normally (with status '7')\n");
  });

  test.each(["json", "rfc5424"])(
    "P60: %s lines are whole on a real clock, and text stays in the program",
    async (format) => {
      const before = Date.now();
      const words = ["-vvv", `--log-format=${format}`, "--log-tag=web", "--", "/bin/sh", "-c", "echo out; exit 7"];
      const { stdout, stderr, ending } = await runs(words, { environment: { PATH: "/bin", TRACEPARENT } });
      const after = Date.now();
      expect([ending, stdout]).toEqual([{ code: 7 }, "out\n"]);
      const lines = stderr.trimEnd().split("\n");
      expect(lines.length).toBeGreaterThanOrEqual(3);
      for (const line of lines) {
        const { time, pid, tag, trace } = format === "json" ? readJson(line) : readSyslog(line);
        expect({ pid, tag, trace }).toEqual({ pid: 1, tag: "web", trace: "4bf92f3577b34da6a3ce929d0e0e4736" });
        expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
        expect(Date.parse(time)).toBeLessThanOrEqual(after);
      }
      expect(stderr).toMatch(/child-exited.*exit_code"?[:=]"?7\b/);
    },
  );

  test("P60: -vvv names the signals that are passed on, and death by one", async () => {
    await using init = await start(["-vvv", "--", "/bin/sleep", "1000"]);
    await init.isUp();
    init.signal("SIGTERM");
    const { stderr, ending } = await init.finish();
    expect(ending).toEqual({ code: 143 });
    expect(stderr).toContain("[DEBUG tini-ts (1)] Passing signal: 'SIGTERM'\n");
    expect(stderr).toContain("[INFO  tini-ts (1)] Main child exited with signal (with signal 'SIGTERM')\n");
  });

  test("P60: the pid in the brackets is our own", async () => {
    await using init = await start(["-vv", "--", "/bin/true"], { as: "process" });
    const { stderr } = await init.finish();
    expect(stderr).toContain(`[INFO  tini-ts (${init.pid})] Main child exited normally`);
  });

  test("P60: control characters of the program's name do not reach the log", async () => {
    const name = "./\x1b[2J\nname";
    const { stderr } = await runs(["-vv", "-w", "--", name], {});
    expectAbsent(/[^\n\x20-\x7e]/, stderr, name);
    for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^\[[A-Z ]{5} tini-ts \(1\)\] /);
  });

  test("P60: a full pipe behind standard error does not stop the init: it forwards, reaps and ends", async () => {
    await using init = await start(["-vvvv", "-w", "--", program("count-signals"), "--each"], {
      inherit: ["full-pipe=2"],
    });
    await init.says(/^ready$/m);
    for (let index = 1; index <= 50; index++) {
      init.signal("SIGUSR1");
      await init.repeats(/^signal 10 /, index);
    }
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P60: what a full pipe has swallowed is counted, and reported with the next line that fits", async () => {
    await using init = await start(["-vvv", "--", program("count-signals"), "--each"], { inherit: ["full-pipe=2"] });
    await init.says(/^ready$/m);
    for (let index = 1; index <= 5; index++) {
      init.signal("SIGUSR1");
      await init.repeats(/^signal 10 /, index);
    }
    await init.settles();
    init.order("drain");
    await init.logs(/#{4096}/);
    init.signal("SIGUSR2");
    const match = await init.logs(/\[WARN {2}tini-ts \(1\)\] (\d+) log lines[^\n]* were dropped[^\n]*\n/);
    // One for the start, and one or more for each of the five signals.
    expect(Number(match[1])).toBeGreaterThanOrEqual(6);
    init.write("quit 0\n");
    expect(await init.end()).toEqual({ code: 0 });
  });

  test("P60: a pipe behind standard error without a reader is no reason to end, and its SIGPIPE is not the program's", async () => {
    await using init = await start(["-vvvv", "--", program("count-signals"), "--each"], { inherit: ["closed-pipe=2"] });
    await init.says(/^ready$/m);
    init.signal("SIGUSR1");
    await init.says(/^signal 10 /m);
    await init.settles();
    expectAbsent(/^signal 13 /m, init.stdout.text, await countsEach("SIGPIPE"));
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P60: a full disk behind standard error is no reason to end", async () => {
    const { ending } = await runs(["-vvvv", "--", "/bin/sh", "-c", "exit 7"], { inherit: ["open=2:/dev/full"] });
    expect(ending).toEqual({ code: 7 });
  });

  test("P60: a limit of the file size behind standard error is no reason to end, and its SIGXFSZ is not the program's", async () => {
    const file = join(temporaryDirectory(), "log");
    await using init = await start(["-vvvv", "--", program("count-signals"), "--each"], {
      inherit: [`open=2:${file}`, "limit=FSIZE:10"],
    });
    await init.says(/^ready$/m);
    init.signal("SIGUSR1");
    await init.says(/^signal 10 /m);
    await init.settles();
    expectAbsent(/^signal 25 /m, init.stdout.text, await countsEach("SIGXFSZ"));
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P60: in a file the lines come one after the other, also behind what is there already", async () => {
    const file = join(temporaryDirectory(), "log");
    closeSync(openSync(file, "w"));
    // Standard output and standard error are the same open file: both have to move on together.
    const { ending } = await runs(["-v", "--", "/bin/sh", "-c", "echo first; echo second >&2; exit 7"], {
      inherit: [`open=1:${file}`, "duplicate=2:1"],
    });
    expect(ending).toEqual({ code: 7 });
    const lines = readFileSync(file, "utf8").split("\n");
    // The program may speak before the init says that it has started it.
    expect(lines.toSorted()).toEqual([
      "",
      "[INFO  tini-ts (1)] Main child exited normally (with status '7')",
      "[INFO  tini-ts (1)] Spawned child process '/bin/sh' with pid '2'",
      "first",
      "second",
    ]);
    expect(lines.indexOf("first")).toBeLessThan(lines.indexOf("second"));
    expect(lines[3]).toContain("Main child exited");
  });

  test("P60: where pwritev2 is taken away the lines come all the same, and a full pipe still does not stop the init", async () => {
    const { stderr } = await runs(["-vv", "--", "/bin/true"], { inherit: ["seccomp=ENOSYS:pwritev2"] });
    expect(stderr).toContain("Main child exited normally");
    await using init = await start(["-vvvv", "--", program("count-signals"), "--each"], {
      inherit: ["full-pipe=2", "seccomp=ENOSYS:pwritev2"],
    });
    await init.says(/^ready$/m);
    for (let index = 1; index <= 20; index++) {
      init.signal("SIGUSR1");
      await init.repeats(/^signal 10 /, index);
    }
    init.write("quit 7\n");
    expect(await init.end()).toEqual({ code: 7 });
  });

  test("P60: a long program name does not break its line", async () => {
    const { stderr, ending } = await runs(["-vv", "--", `/${"long/".repeat(900)}x`]);
    expect("code" in ending && [126, 127].includes(ending.code)).toBe(true);
    for (const line of stderr.trimEnd().split("\n")) expect(line).toMatch(/^\[[A-Z ]{5} tini-ts \(1\)\] /);
  });

  test("P60: usage and version into a closed pipe or a full disk end, with the code of a failure or not, but never hang", async () => {
    for (const option of ["--version", "-h", "-l"]) {
      for (const state of ["closed-pipe=1", "open=1:/dev/full", "close=1"]) {
        const { ending } = await runs([option], { inherit: [state] });
        expect(ending).toHaveProperty("code");
      }
    }
  });

  test("P60: usage and version into a slow pipe come out whole", async () => {
    const { stdout } = await runs(["-h"]);
    await using init = await start(["-h"], { inherit: ["full-pipe=2", "duplicate=1:2"] });
    await init.becomes("S");
    init.order("drain");
    await init.end();
    await init.logs(/#{4096}[^]*\n$/);
    expect((await init.finish()).stderr.replace(/^#+/, "")).toBe(stdout);
  });
});
