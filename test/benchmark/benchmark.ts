/**
 * Measures this init beside the common ones, all in one run, and prints one table.
 *
 *   npm run benchmark -- [--quick] [--markdown] [--json FILE] [--idle-seconds N]
 *
 * --quick           few rounds: shows that it works, the figures mean nothing
 * --markdown        prints the table as Markdown
 * --json FILE       writes everything to FILE as well
 * --idle-seconds N  also watches N idle seconds under strace, and fails if this init makes a single system call
 */

import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { parseArgs } from "node:util";
import { ours, prepareContenders, removeContenders, type Contender } from "./contenders.ts";
import {
  measureCalls,
  measureConfiguration,
  measureIdleCalls,
  measureMemory,
  measureOrphans,
  measureSignals,
  measureSize,
  measureStart,
  measureWakeUps,
  relativeStart,
  type Rounds,
} from "./measurements.ts";
import { buildNativePrograms } from "./native.ts";
import { renderMarkdown, renderText, type Row } from "./table.ts";

const full: Rounds = {
  start: 3000,
  configurations: 200,
  signalBlocks: 40,
  signalsPerBlock: 125,
  orphanTimes: 5,
  orphans: 20_000,
  memorySamples: 5,
  idleSeconds: 3,
};

const quick: Rounds = {
  start: 10,
  configurations: 5,
  signalBlocks: 2,
  signalsPerBlock: 10,
  orphanTimes: 1,
  orphans: 100,
  memorySamples: 1,
  idleSeconds: 3,
};

/** What is made of the figures. */
interface Output {
  markdown: boolean;
  json?: string | undefined;
}

async function main(): Promise<void> {
  const options = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      json: { type: "string" },
      "idle-seconds": { type: "string" },
    },
  }).values;
  const rounds = options.quick ? quick : full;
  const watchedSeconds = Number(options["idle-seconds"] ?? 0);
  const contenders = prepareContenders();
  try {
    await measure(contenders, options, rounds, watchedSeconds);
  } finally {
    removeContenders(contenders);
  }
}

async function measure(
  contenders: Contender[],
  options: Output,
  rounds: Rounds,
  watchedSeconds: number,
): Promise<void> {
  const programs = buildNativePrograms();
  const size = measureSize(contenders);
  const calls = measureCalls(programs, contenders);
  const memory = await measureMemory(programs, contenders, rounds.memorySamples);
  const start = measureStart(programs, contenders, rounds.start);
  const configuration = measureConfiguration(contenders, rounds.configurations);
  const signals = measureSignals(programs, contenders, rounds);
  const orphans = measureOrphans(programs, contenders, rounds);
  const wakeUps = await measureWakeUps(programs, contenders, rounds.idleSeconds);

  const rows: Row[] = [
    { id: "start_us", title: "start and end, over the bare program (µs, median)", digits: 0, figures: start },
    { id: "start_ratio", title: "the same, tini being 1", digits: 2, figures: relativeStart(start) },
    {
      id: "config_ms",
      title: "reading a configuration file of 64 KiB (ms, median)",
      digits: 2,
      figures: configuration,
    },
    { id: "idle_pss_kb", title: "idle: memory, PSS (kB)", digits: 0, figures: memory.pss },
    { id: "idle_private_kb", title: "idle: private memory (kB)", digits: 0, figures: memory.private },
    { id: "idle_rss_kb", title: "idle: resident memory, RSS (kB)", digits: 0, figures: memory.rss },
    { id: "idle_wake_ups", title: `idle: wake-ups in ${rounds.idleSeconds} s`, digits: 0, figures: wakeUps },
    { id: "file_bytes", title: "file (bytes)", digits: 0, figures: size.file },
    { id: "file_and_libraries_bytes", title: "file and its libraries (bytes)", digits: 0, figures: size.withLibraries },
    {
      id: "calls_to_program",
      title: "system calls until the program runs",
      digits: 0,
      figures: calls.toProgram,
    },
    { id: "calls", title: "system calls of a whole life", digits: 0, figures: calls.all },
    {
      id: "signal_p50_us",
      title: "signal to the program and its answer (µs, median)",
      digits: 1,
      figures: signals.p50,
    },
    { id: "signal_p99_us", title: "the same, 99th percentile (µs)", digits: 1, figures: signals.p99 },
    { id: "orphan_us", title: "CPU time for each orphan (µs, least)", digits: 2, figures: orphans },
  ];
  if (watchedSeconds > 0) {
    const figures = await measureIdleCalls(programs, contenders, watchedSeconds);
    rows.push({ id: "idle_calls", title: `idle: system calls in ${watchedSeconds} s`, digits: 0, figures });
  }

  const machine = { kernel: release(), cpu: cpus()[0]?.model ?? "unknown", cpus: cpus().length, node: process.version };
  const names = contenders.map((each) => each.name);
  if (options.markdown) {
    console.log(renderMarkdown(rows, names));
  } else {
    console.log(`Linux ${machine.kernel}, ${machine.cpus} x ${machine.cpu}, Node ${machine.node}`);
    console.log(contenders.map((each) => `${each.name}: ${each.version}`).join("\n"));
    console.log(describe(rounds) + "\n");
    console.log(renderText(rows, names));
  }
  if (options.json !== undefined) {
    const versions = Object.fromEntries(contenders.map((each) => [each.name, each.version]));
    const figures = Object.fromEntries(rows.map((row) => [row.id, row.figures]));
    writeFileSync(options.json, JSON.stringify({ machine, versions, rounds, figures }, null, 2) + "\n");
  }
  const idleCalls = rows.find((row) => row.id === "idle_calls")?.figures[ours];
  if (idleCalls) throw new Error(`${ours} made ${idleCalls} system calls while it was idle`);
}

function describe(rounds: Rounds): string {
  return (
    `${rounds.start} starts, ${rounds.signalBlocks * rounds.signalsPerBlock} signals, ` +
    `${rounds.orphanTimes} times ${rounds.orphans} orphans, ${rounds.memorySamples} memory samples of each`
  );
}

try {
  await main();
} catch (error) {
  console.error(`benchmark: ${(error as Error).message}`);
  process.exitCode = 1;
}
