/** The system calls of an init's life, by strace. */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { stop } from "./driver.ts";
import type { NativePrograms } from "./native.ts";

/** One system call. */
export interface Call {
  pid: number;
  /** When it began, in seconds. */
  time: number;
  /** As strace writes it. */
  text: string;
}

/**
 * The system calls in what `strace -f -ttt -o` wrote, in the order in which they began. A call that strace wrote in two
 * parts counts once; deaths and signals are no calls.
 */
export function parseTrace(text: string): Call[] {
  return [...text.matchAll(/^(\d+) +(\d+\.\d+) (\w+\(.*)$/gm)].map(([, pid, time, call = ""]) => ({
    pid: Number(pid),
    time: Number(time),
    text: call,
  }));
}

/** The calls of one life of an init. */
export interface Life {
  /** From the init's first to the one that starts the program, those of the child before that included. */
  toProgram: Call[];
  /** The same, and all later calls of the init. */
  all: Call[];
}

const becomes = (call: Call, file: string) => call.text.startsWith(`execve("${file}"`);

/** Picks the calls of the init at `path`, and of its child until that becomes `program`. */
export function lifeOf(calls: readonly Call[], path: string, program: string): Life {
  const start = calls.find((call) => becomes(call, path));
  const exec = calls.find((call) => becomes(call, program) && call.pid !== start?.pid);
  if (!start || !exec) throw new Error(`${path} did not start ${program} under strace`);
  const init = calls.slice(calls.indexOf(start) + 1).filter((call) => call.pid === start.pid);
  const child = calls.slice(0, calls.indexOf(exec) + 1).filter((call) => call.pid === exec.pid);
  const fork = init.findIndex((call) => /^(clone3?|v?fork)\(/.test(call.text));
  return { toProgram: [...init.slice(0, fork + 1), ...child], all: [...init, ...child] };
}

function strace(traceFile: string, programs: NativePrograms, contender: Contender, program: string[]): string[] {
  const command = [programs.driver, "namespace", contender.path, ...contender.asPidOne, ...program];
  return ["-f", "-ttt", "-qq", "-o", traceFile, "--", ...command];
}

/** Traces one life of the contender as PID 1, with a program that ends at once. */
export function traceLife(programs: NativePrograms, contender: Contender): Life {
  return withTraceFile((file) => {
    execFileSync("strace", strace(file, programs, contender, [programs.true]), {
      stdio: ["ignore", "ignore", "inherit"],
    });
    return lifeOf(parseTrace(readFileSync(file, "utf8")), contender.path, programs.true);
  });
}

/** The system calls that the contender makes as PID 1 in `seconds` in which nothing happens. */
export async function traceIdle(programs: NativePrograms, contender: Contender, seconds: number): Promise<Call[]> {
  return withTraceFile(async (file) => {
    const words = strace(file, programs, contender, [programs.workload, "idle", "1"]);
    const running = spawn("strace", words, { stdio: ["pipe", "pipe", "inherit"] });
    try {
      await once(running.stdout, "data");
      // The init may not be idle yet when its program reports that it runs: the first second does not count.
      const from = Date.now() / 1000 + 1;
      await sleep((seconds + 1) * 1000);
      const calls = parseTrace(readFileSync(file, "utf8"));
      const init = calls.find((call) => becomes(call, contender.path));
      return calls.filter((call) => call.pid === init?.pid && call.time >= from);
    } finally {
      await stop(running);
    }
  });
}

function withTraceFile<T>(body: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-trace-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const result = body(join(folder, "trace"));
    if (result instanceof Promise) return result.finally(remove) as T;
    remove();
    return result;
  } catch (error) {
    remove();
    throw error;
  }
}
