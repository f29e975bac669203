/** The measurements, one function each. Each measures all contenders in turn, so that they meet the same conditions. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ours, reference, type Contender } from "./contenders.ts";
import { bare, runDriver, withIdle } from "./driver.ts";
import type { NativePrograms } from "./native.ts";
import { median, percentile } from "./statistics.ts";
import { traceIdle, traceLife } from "./trace.ts";

/** How often each thing is done. */
export interface Rounds {
  /** Starts of each contender. */
  start: number;
  /** Configuration files read. */
  configurations: number;
  /** Blocks of signals to each contender; the contenders take turns after each. */
  signalBlocks: number;
  /** Signals in a block. */
  signalsPerBlock: number;
  /** How often each contender gets its orphans. */
  orphanTimes: number;
  /** Orphans at once. */
  orphans: number;
  /** Idle instances of each contender whose memory is read. */
  memorySamples: number;
  /** How long wake-ups are counted. */
  idleSeconds: number;
}

/** A figure of each contender, by the contender's name. */
export type Figures = Record<string, number>;

function figuresOf(contenders: readonly Contender[], figure: (contender: Contender) => number): Figures {
  return Object.fromEntries(contenders.map((each) => [each.name, figure(each)]));
}

/**
 * How much longer a start and an end take under each init than of the same program alone, in microseconds: the median
 * of the differences within each round. Not as PID 1, since making a PID namespace takes longer than all inits together.
 */
export function measureStart(programs: NativePrograms, contenders: readonly Contender[], rounds: number): Figures {
  const samples = runDriver(programs.driver, ["start", rounds, programs.true], contenders, (each) => each.asAnyPid);
  const alone = samples.of(bare);
  return figuresOf(contenders, (each) =>
    median(samples.of(each.name).map((ns, round) => (ns - (alone[round] ?? NaN)) / 1000)),
  );
}

/** The largest configuration file that is accepted: 64 KiB, all of it lists, comments and values that have to be read. */
export function largestConfiguration(): string {
  const limit = 65536;
  const head = "grace: 10s # seconds\nforward-to: 'group'\nremap-exit:\n";
  const item = '  - "143:0" # the program\'s answer to SIGTERM\n';
  const text = head + item.repeat(Math.floor((limit - head.length) / item.length));
  return text + "#".repeat(limit - text.length);
}

/**
 * The time to read the largest configuration file, in milliseconds: --print-config with it, over the same with an
 * empty one, the median of the differences within each round. Only this init has a configuration file.
 */
export function measureConfiguration(contenders: readonly Contender[], rounds: number): Figures {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-configuration-"));
  try {
    const [empty, largest] = [join(folder, "empty.yml"), join(folder, "largest.yml")];
    writeFileSync(empty, "");
    writeFileSync(largest, largestConfiguration());
    const time = (path: string, config: string) => {
      const begin = process.hrtime.bigint();
      const { status, stderr } = spawnSync(path, ["--config", config, "--print-config"], { encoding: "utf8" });
      if (status !== 0) throw new Error(`${config}: ${stderr.trim()}`);
      return Number(process.hrtime.bigint() - begin) / 1e6;
    };
    const own = contenders.filter((each) => each.name === ours);
    return figuresOf(own, ({ path }) =>
      median(Array.from({ length: rounds }, () => time(path, largest) - time(path, empty))),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each contender's start relative to the reference's. */
export function relativeStart(start: Figures): Figures {
  return Object.fromEntries(Object.entries(start).map(([name, us]) => [name, us / (start[reference] ?? NaN)]));
}

/**
 * The time from a signal to an init until its program has answered, in microseconds. All run on one CPU, to measure the
 * init's work and not the wake-up of an idle CPU.
 */
export function measureSignals(programs: NativePrograms, contenders: readonly Contender[], rounds: Rounds) {
  const words = ["signals", rounds.signalBlocks, rounds.signalsPerBlock, programs.workload];
  const samples = runDriver(programs.driver, words, contenders, (each) => each.asPidOne);
  return {
    p50: figuresOf(contenders, (each) => percentile(samples.of(each.name), 0.5) / 1000),
    p99: figuresOf(contenders, (each) => percentile(samples.of(each.name), 0.99) / 1000),
  };
}

/**
 * The init's own CPU time per orphan when many die at once, in microseconds; the minimum, because other load on the
 * machine only adds to it.
 */
export function measureOrphans(programs: NativePrograms, contenders: readonly Contender[], rounds: Rounds): Figures {
  const words = ["orphans", rounds.orphanTimes, rounds.orphans, programs.workload];
  const samples = runDriver(programs.driver, words, contenders, (each) => each.asPidOne);
  return figuresOf(contenders, (each) => Math.min(...samples.of(each.name)) / 1000 / rounds.orphans);
}

/** The value of a field in a file of /proc/PID. Throws if there is none. */
function readField(pid: number, file: string, field: string): number {
  const value = new RegExp(`^${field}:\\s*(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))?.[1];
  if (value === undefined) throw new Error(`/proc/${pid}/${file} has no ${field}`);
  return Number(value);
}

/** The memory of a process in kB. */
export interface Memory {
  /** Proportional set size: what is shared counts by its share. */
  pss: Figures;
  /** The memory that would be freed if the process ended: Private_Clean + Private_Dirty. */
  private: Figures;
  /** Resident set size. */
  rss: Figures;
}

/** The memory of each contender while it waits as PID 1: of each field the largest value of all samples. */
export async function measureMemory(
  programs: NativePrograms,
  contenders: readonly Contender[],
  samples: number,
): Promise<Memory> {
  const seen: Memory[] = [];
  for (let sample = 0; sample < samples; sample++) {
    const memory = await withIdle(programs, contenders, (pidOf) => {
      const read = (...fields: string[]) =>
        figuresOf(contenders, ({ name }) =>
          fields.reduce((sum, field) => sum + readField(pidOf(name), "smaps_rollup", field), 0),
        );
      return { pss: read("Pss"), private: read("Private_Clean", "Private_Dirty"), rss: read("Rss") };
    });
    seen.push(memory);
  }
  const largest = (field: keyof Memory) =>
    figuresOf(contenders, ({ name }) => Math.max(...seen.map((memory) => memory[field][name] ?? NaN)));
  return { pss: largest("pss"), private: largest("private"), rss: largest("rss") };
}

/**
 * How often each contender wakes up and sleeps again while nothing happens, as PID 1: voluntary context switches.
 * Counting those leaves the processes alone, unlike a tracer.
 */
export async function measureWakeUps(
  programs: NativePrograms,
  contenders: readonly Contender[],
  seconds: number,
): Promise<Figures> {
  return withIdle(programs, contenders, async (pidOf) => {
    const count = () =>
      figuresOf(contenders, ({ name }) => readField(pidOf(name), "status", "voluntary_ctxt_switches"));
    const before = count();
    await sleep(seconds * 1000);
    const after = count();
    return figuresOf(contenders, ({ name }) => (after[name] ?? NaN) - (before[name] ?? NaN));
  });
}

/** The bytes of each contender's file, and of it with the shared libraries that it needs. */
export function measureSize(contenders: readonly Contender[]) {
  const sum = (files: string[]) => files.reduce((bytes, file) => bytes + statSync(file).size, 0);
  return {
    file: figuresOf(contenders, (each) => sum([each.path])),
    withLibraries: figuresOf(contenders, (each) => sum([each.path, ...librariesOf(each.path)])),
  };
}

function librariesOf(path: string): string[] {
  // ldd fails for a static executable, and prints nothing that looks like a library.
  const { stdout } = spawnSync("ldd", [path], { encoding: "utf8" });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library = ""]) => realpathSync(library));
}

/** The number of system calls until the program runs, and in a whole life, under strace. */
export function measureCalls(programs: NativePrograms, contenders: readonly Contender[]) {
  const lives = new Map(contenders.map((each) => [each.name, traceLife(programs, each)]));
  return {
    toProgram: figuresOf(contenders, ({ name }) => lives.get(name)?.toProgram.length ?? NaN),
    all: figuresOf(contenders, ({ name }) => lives.get(name)?.all.length ?? NaN),
  };
}

/** The number of system calls in `seconds` in which nothing happens, under strace. */
export async function measureIdleCalls(
  programs: NativePrograms,
  contenders: readonly Contender[],
  seconds: number,
): Promise<Figures> {
  const counts = contenders.map(
    async (each) => [each.name, (await traceIdle(programs, each, seconds)).length] as const,
  );
  return Object.fromEntries(await Promise.all(counts));
}
