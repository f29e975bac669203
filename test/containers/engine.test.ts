import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually } from "./box.ts";
import { INIT, sibling, startEngine } from "./engine.ts";

/** Starts another engine in a process of its own, which prints where it is and waits. */
const STARTER = `
  const { startEngine } = await import(process.argv[1]);
  const { directory, guard, root } = await startEngine(process.argv[2]);
  console.log(JSON.stringify({ directory, guard, root }));
  setInterval(() => undefined, 1000);
`;

interface Started {
  directory: string;
  guard: number;
  root: number;
  /** What there is of the engine: directory, processes, control groups. */
  traces: () => string[];
  run: ChildProcess;
}

async function startElsewhere(): Promise<Started> {
  const run = spawn(process.execPath, ["--input-type=module", "-e", STARTER, sibling("engine.ts"), INIT], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(run.stdout, "data")) as [Buffer];
  const started = JSON.parse(line.toString()) as { directory: string; guard: number; root: number };
  const { directory, guard, root } = started;
  const groups = [`/sys/fs/cgroup/${basename(directory)}`, `/sys/fs/cgroup/*/${basename(directory)}`];
  const traces = () => [...[directory, `/proc/${guard}`, `/proc/${root}`].filter(existsSync), ...globSync(groups)];
  expect(traces().slice(0, 3)).toEqual([directory, `/proc/${guard}`, `/proc/${root}`]);
  return { ...started, traces, run };
}

describe("the tests' own engine", () => {
  it("leaves nothing behind, even when the test run is killed", async () => {
    const { run, traces } = await startElsewhere();
    run.kill("SIGKILL");
    await eventually(
      () => Promise.resolve(traces()),
      (left) => left.length === 0,
    );
  });

  it("ends with its guard, and the next one removes what it left", async () => {
    const { run, traces, directory, guard } = await startElsewhere();
    process.kill(guard, "SIGKILL");
    await eventually(
      () => Promise.resolve(traces()),
      (left) => !left.some((path) => path.startsWith("/proc")),
    );
    run.kill("SIGKILL");
    expect(traces()).toContain(directory);
    const next = await startEngine(INIT);
    const left = traces();
    await next.stop();
    expect(left).toEqual([]);
  });
});
