/** The benchmark itself: that it measures what it says. What it finds is in figures.test.ts. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { median, percentile } from "./statistics.ts";
import { renderMarkdown, renderText } from "./table.ts";
import { lifeOf, parseTrace } from "./trace.ts";

const benchmark = join(import.meta.dirname, "benchmark.ts");
const hasFull = existsSync(join(import.meta.dirname, "../../dist/tini-ts-full"));
const inits = ["tini-ts", ...(hasFull ? ["tini-ts-full"] : []), "tini", "tini-static", "dumb-init", "catatonit"];

interface Report {
  machine: Record<string, unknown>;
  versions: Record<string, string>;
  figures: Record<string, Record<string, number>>;
}

/** What a figure of any init must be between, however busy the machine is. */
const sane: Record<string, [number, number]> = {
  // Ten starts on a busy machine may come out either way.
  start_us: [-1e7, 1e7],
  start_ratio: [-1e5, 1e5],
  config_ms: [-1e4, 1e4],
  idle_pss_kb: [4, 1e4],
  idle_private_kb: [4, 1e4],
  idle_rss_kb: [4, 1e4],
  idle_wake_ups: [0, 1e3],
  file_bytes: [1e3, 1e9],
  file_and_libraries_bytes: [1e3, 1e9],
  calls_to_program: [3, 200],
  calls: [5, 300],
  signal_p50_us: [0.5, 1e5],
  signal_p99_us: [0.5, 1e6],
  orphan_us: [0.05, 1e4],
  idle_calls: [0, 1e3],
};

describe("a quick run", () => {
  test("finds every figure of every init, and each is possible", () => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-benchmark-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "figures.json");
    const words = [benchmark, "--quick", "--idle-seconds", "2", "--json", file];
    const run = spawnSync(process.execPath, words, { encoding: "utf8" });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: "" });

    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    expect(Object.keys(report.figures)).toEqual(Object.keys(sane));
    for (const [id, [least, most]] of Object.entries(sane)) {
      const figures = report.figures[id] ?? {};
      expect(Object.keys(figures), id).toEqual(id === "config_ms" ? ["tini-ts"] : inits);
      for (const [init, figure] of Object.entries(figures)) {
        expect(figure, `${id} of ${init}`).toBeGreaterThanOrEqual(least);
        expect(figure, `${id} of ${init}`).toBeLessThanOrEqual(most);
      }
    }
    // What is known of the others: else it is not they that have been measured.
    expect(report.figures["start_ratio"]?.["tini"]).toBe(1);
    expect(report.figures["idle_wake_ups"]?.["tini"]).toBeGreaterThan(0);
    expect(report.figures["idle_calls"]?.["tini"]).toBeGreaterThan(0);
    expect(report.figures["idle_calls"]?.["dumb-init"]).toBe(0);
    expect(report.figures["file_bytes"]?.["tini-static"]).toBe(
      report.figures["file_and_libraries_bytes"]?.["tini-static"],
    );
    expect(report.figures["file_and_libraries_bytes"]?.["tini"]).toBeGreaterThan(1e6);
    expect(report.versions["tini"]).toMatch(/^tini version 0\./);
    for (const init of inits) expect(run.stdout).toContain(init);
  });

  test("says in one sentence what is missing, and measures nothing", () => {
    const run = spawnSync(process.execPath, [benchmark, "--quick"], {
      encoding: "utf8",
      env: { ...process.env, TINI_TS_BINARY: "/nowhere/tini-ts" },
    });
    expect(run).toMatchObject({
      status: 1,
      stdout: "",
      stderr: "benchmark: /nowhere/tini-ts is missing: npm run build\n",
    });
  });
});

describe("the statistics", () => {
  test("the median is the middle value, or the mean of the middle two", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 1, 4])).toBe(3);
    expect(median([])).toBeNaN();
  });

  test("a percentile is the value that so many do not exceed", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("the table", () => {
  const rows = [
    { id: "a", title: "long title", digits: 0, figures: { x: 1234567, y: 12 } },
    { id: "b", title: "b", digits: 2, figures: { x: 0.5 } },
  ];

  test("is aligned for a terminal, and shows what was not measured", () => {
    expect(renderText(rows, ["x", "y"]).split("\n")).toEqual([
      "                     x    y",
      "long title   1 234 567   12",
      "b                 0.50    -",
    ]);
  });

  test("is a table in Markdown too", () => {
    expect(renderMarkdown(rows, ["x", "y"]).split("\n")).toEqual([
      "|  | **x** | y |",
      "| --- | ---: | ---: |",
      "| long title | **1 234 567** | 12 |",
      "| b | **0.50** | - |",
    ]);
  });
});

test("the calls of a life are the init's, and its child's until that becomes the program", () => {
  const trace = `
7 1.000001 execve("/driver", ["/driver"], 0x1 /* 1 var */) = 0
7 1.000002 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 8
7 1.000003 wait4(8,  <unfinished ...>
8 1.000004 execve("/init", ["/init"], 0x1 /* 1 var */) = 0
8 1.000005 getpid() = 1
8 1.000006 clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD <unfinished ...>
9 1.000007 setpgid(0, 0) = 0
9 1.000008 execve("/true", ["/true"], 0x1 /* 1 var */ <unfinished ...>
8 1.000009 <... clone resumed>) = 2
9 1.000010 <... execve resumed>) = 0
8 1.000011 chdir("/") = 0
9 1.000012 exit_group(0) = ?
9 1.000013 +++ exited with 0 +++
8 1.000014 --- SIGCHLD {si_signo=SIGCHLD} ---
8 1.000015 exit_group(0) = ?
`;
  const life = lifeOf(parseTrace(trace), "/init", "/true");
  const names = (calls: { text: string }[]) => calls.map(({ text }) => text.slice(0, text.indexOf("(")));
  expect(names(life.toProgram)).toEqual(["getpid", "clone", "setpgid", "execve"]);
  expect(names(life.all)).toEqual(["getpid", "clone", "chdir", "exit_group", "setpgid", "execve"]);
});
