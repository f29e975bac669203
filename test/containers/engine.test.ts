import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually } from "./box.ts";
import { INIT, sibling, startEngine } from "./engine.ts";

const ENGINE = `(await import("${sibling("engine.ts")}")).startEngine("${INIT}")`;
const PODMAN = `(await import("${sibling("podman.ts")}")).Podman.start().then(({ enclosure }) => enclosure)`;

/** Starts another one in a process of its own, which prints where it is and waits. */
const starter = (start: string) => `
  const { directory, guard, root } = await ${start};
  console.log(JSON.stringify({ directory, guard, root }));
  setInterval(() => undefined, 1000);
`;

interface Started {
  directory: string;
  guard: number;
  root: number;
  /** What there is of it: directory, processes, control groups. */
  traces: () => string[];
  run: ChildProcess;
}

async function startElsewhere(start: string): Promise<Started> {
  const run = spawn(process.execPath, ["--input-type=module", "-e", starter(start)], {
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

describe("the tests' own", () => {
  it.each([
    ["Docker engine", ENGINE],
    ["podman", PODMAN],
  ])("%s leaves nothing behind, even when the test run is killed", async (_, start) => {
    const { run, traces } = await startElsewhere(start);
    run.kill("SIGKILL");
    await eventually(
      () => Promise.resolve(traces()),
      (left) => left.length === 0,
    );
  });

  it("Docker engine ends with its guard, and the next one removes what it left", async () => {
    const { run, traces, directory, guard } = await startElsewhere(ENGINE);
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
