/** --summary and --summary-file on the real kernel: the figures are the kernel's own, and the file is what was asked for. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runs, temporaryDirectory } from "./subject.ts";

type Summary = Readonly<Record<string, number | string | null>>;

const parse = (text: string): Summary => JSON.parse(text) as Summary;

/** Uses two seconds of CPU time and 64 MiB, and prints what the kernel counted. */
const BUSY = `
import os, resource, time
memory = bytearray(64 << 20)
while time.process_time() < 1.8: pass
while time.process_time() < 2: os.stat("/")
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime * 1000, used.ru_stime * 1000, used.ru_maxrss * 1024, flush=True)
os._exit(3)
`;

/** Within 2 %. */
const near = (value: number, expected: number) => {
  expect(Math.abs(value - expected), `${value} is not ${expected}`).toBeLessThanOrEqual(expected * 0.02);
};

describe("the figures", () => {
  test("P61: times and memory are those of wait4, within 2 %", async () => {
    const begin = performance.now();
    const { stdout, stderr, ending } = await runs(["--summary=json", "--", "/usr/bin/python3", "-ISc", BUSY], {
      as: "process",
    });
    const outside = performance.now() - begin;
    expect(ending).toEqual({ code: 3 });
    const [user = NaN, system = NaN, memory = NaN] = stdout.trim().split(" ").map(Number);
    const summary = parse(stderr);
    expect(summary).toMatchObject({ event: "summary", cause: "exited", exit_code: 3, memory_peak_of: "process" });
    near(Number(summary["user_ms"]) + Number(summary["system_ms"]), user + system);
    near(Number(summary["memory_peak_bytes"]), memory);
    expect(Number(summary["wall_ms"])).toBeLessThanOrEqual(outside);
    expect(Number(summary["wall_ms"])).toBeGreaterThanOrEqual(1990);
  });

  test("P61: processes reaped, signals forwarded and the signal that stopped it are counted", async () => {
    const script = "trap 'exit 5' TERM; (true &); (true &); kill -TERM 1; while :; do sleep 0.05; done";
    const { stderr, ending } = await runs(["--summary=json", "--", "/bin/sh", "-c", script]);
    expect(ending).toEqual({ code: 5 });
    expect(parse(stderr)).toMatchObject({ forwarded: 1, stop_signal: "SIGTERM", signal: null, exit_code: 5 });
    expect(Number(parse(stderr)["reaped"])).toBeGreaterThanOrEqual(3);
  });

  test("P61: the text says the same in a few lines", async () => {
    const { stderr } = await runs(["--summary=text", "--", "/bin/sh", "-c", "kill -SEGV $$"], { as: "process" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines[0]).toBe("summary of the run");
    expect(lines[1]).toBe("  ended       killed by a signal (SIGSEGV), exit code 139");
    expect(lines.slice(2).every((line) => /^ {2}\w+ +\S/.test(line))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(8);
  });
});

describe("--summary-file", () => {
  const write = (path: string) => runs([`--summary-file=${path}`, "--", "/bin/sh", "-c", "exit 7"]);

  test("P61: it is created, and replaces what an earlier run left", async () => {
    const path = join(temporaryDirectory(), "termination-log");
    writeFileSync(path, "x".repeat(10_000));
    for (let round = 0; round < 2; round++) {
      expect(await write(path)).toMatchObject({ ending: { code: 7 }, stderr: "" });
      const text = readFileSync(path, "utf8");
      expect(text).toMatch(/^summary of the run\n {2}ended {7}exited, exit code 7\n/);
      expect(text.length).toBeLessThanOrEqual(4096);
    }
  });

  test("P61: what the program itself writes there stays", async () => {
    const path = join(temporaryDirectory(), "termination-log");
    await runs([`--summary-file=${path}`, "--", "/bin/sh", "-c", `echo no database >>${path}; exit 1`]);
    expect(readFileSync(path, "utf8")).toMatch(/^no database\nsummary of the run\n/);
  });

  const UNUSABLE: readonly (readonly [string, (directory: string) => string])[] = [
    [
      "a symbolic link",
      (directory) => {
        symlinkSync(join(directory, "target"), join(directory, "link"));
        return "link";
      },
    ],
    [
      "a FIFO that nobody reads",
      (directory) => {
        execFileSync("mkfifo", [join(directory, "fifo")]);
        return "fifo";
      },
    ],
    ["a directory", () => ""],
    ["a path below a directory that is missing", () => "missing/termination-log"],
  ];
  test.each(UNUSABLE)("P61: %s is one warning, and the program runs", async (_, make) => {
    const directory = temporaryDirectory();
    const { stderr, ending } = await write(join(directory, make(directory)));
    expect(ending).toEqual({ code: 7 });
    expect(stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] --summary-file: cannot write [^\n]+\n$/);
    expect(existsSync(join(directory, "target"))).toBe(false);
  });

  test("P61: a full device is one warning, and the exit code stays", async () => {
    const { stderr, ending } = await write("/dev/full");
    expect(ending).toEqual({ code: 7 });
    expect(stderr).toMatch(/^\[WARN {2}tini-ts \(1\)\] --summary-file: cannot write \/dev\/full [^\n]+\n$/);
  });
});
