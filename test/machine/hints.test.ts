import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contain } from "./container.ts";
import { Machine } from "./machine.ts";
import { native, withLibraries } from "./native.ts";

const CPUS = 4;
const MEBIBYTE = 1 << 20;

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot({
    files: withLibraries([process.execPath]),
    megabytes: 1536,
    options: ["-smp", String(CPUS)],
  });
});
afterAll(() => machine[Symbol.asyncDispose]());

/** The environment of a program under these options, without PATH. */
async function environment(
  options: readonly string[],
  directives: readonly string[] = [],
): Promise<Record<string, string>> {
  const end = await contain(machine, directives, ["/tini-ts", ...options, "--", "/bin/env"]);
  expect({ init: end.init, stderr: end.stderr, changes: end.changes }).toEqual({
    init: { code: 0 },
    stderr: "",
    changes: [],
  });
  const pairs = end.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.filter(([name]) => name !== "PATH")) as Record<string, string>;
}

/** The hints for this number of CPUs. */
const cpuHints = (cpus: number) => ({
  GOMAXPROCS: String(cpus),
  PYTHON_CPU_COUNT: String(cpus),
  OMP_NUM_THREADS: String(cpus),
  RAYON_NUM_THREADS: String(cpus),
  DOTNET_PROCESSOR_COUNT: String(cpus),
  UV_THREADPOOL_SIZE: String(Math.max(4, cpus)),
});

/** The hints for this amount of memory, of which `heap` MiB are for a garbage-collected heap. */
const memoryHints = (bytes: number, heap: number) => ({
  GOMEMLIMIT: String(bytes - Math.floor(bytes / 10)),
  NODE_OPTIONS: `--max-old-space-size=${heap}`,
  // Hexadecimal, as .NET wants it.
  DOTNET_GCHeapHardLimit: (heap * MEBIBYTE).toString(16),
});

describe("--runtime-hints", () => {
  it("P44: sets nothing where nothing is limited", async () => {
    expect(await environment(["--runtime-hints"])).toEqual({});
  });

  it("P44: sets nothing without the option", async () => {
    expect(await environment(["--memory-max=64M", "--cpu-max=0.5"])).toEqual({});
  });

  it.each<[string, number]>([
    ["0.5", 1],
    ["1", 1],
    ["1.5", 2],
    ["3.7", 4],
    // No more than the machine has.
    ["6", CPUS],
  ])("P44: --cpu-max=%s is %i", async (quota, cpus) => {
    expect(await environment(["--runtime-hints", `--cpu-max=${quota}`])).toEqual({
      ...cpuHints(cpus),
      JAVA_TOOL_OPTIONS: `-XX:ActiveProcessorCount=${cpus}`,
    });
  });

  it.each<[string, number, number]>([
    ["64M", 64 * MEBIBYTE, 32],
    ["512M", 512 * MEBIBYTE, 384],
  ])("P44: --memory-max=%s", async (size, bytes, heap) => {
    expect(await environment(["--runtime-hints", `--memory-max=${size}`])).toEqual({
      ...memoryHints(bytes, heap),
      MALLOC_ARENA_MAX: "2",
      JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75",
    });
  });

  it("P44: --memory-max beyond the machine's memory is the machine's memory", async () => {
    const total = /MemTotal: +(\d+) kB/.exec(await machine.sh("cat /proc/meminfo"))?.[1];
    const bytes = Number(total) * 1024;
    const heap = Math.floor((bytes * 3) / 4);
    expect(await environment(["--runtime-hints", "--memory-max=10Gi"])).toEqual({
      ...memoryHints(bytes, Math.floor(heap / MEBIBYTE)),
      DOTNET_GCHeapHardLimit: heap.toString(16),
      MALLOC_ARENA_MAX: "2",
      JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=75",
    });
  });

  it("P44: the container's own limits count, the tightest on the way up", async () => {
    const hints = {
      ...cpuHints(1),
      ...memoryHints(256 * MEBIBYTE, 192),
      MALLOC_ARENA_MAX: "2",
      JAVA_TOOL_OPTIONS: "-XX:ActiveProcessorCount=1 -XX:MaxRAMPercentage=75",
    };
    const container = ["set=memory.max:256M", "set=cpu.max:50000 100000"];
    expect(await environment(["--runtime-hints"], container)).toEqual(hints);
    expect(await environment(["--runtime-hints"], [...container, "cgroup=ro"])).toEqual(hints);
    expect(await environment(["--runtime-hints", "--memory-max=512M", "--cpu-max=1.5"], container)).toEqual(hints);
    const wide = ["set=memory.max:512M", "set=cpu.max:200000 100000"];
    expect(await environment(["--runtime-hints", "--memory-max=256M", "--cpu-max=0.5"], wide)).toEqual(hints);
  });

  it("P44: what the user has set is left alone; NODE_OPTIONS and JAVA_TOOL_OPTIONS win by being last", async () => {
    const own = {
      GOMAXPROCS: "9",
      GOMEMLIMIT: "off",
      NODE_OPTIONS: "--no-warnings",
      JAVA_TOOL_OPTIONS: "-Xmx1g",
      UV_THREADPOOL_SIZE: "",
    };
    const directives = Object.entries(own).map(([name, value]) => `environment=${name}=${value}`);
    expect(await environment(["--runtime-hints", "--memory-max=512M", "--cpu-max=0.5"], directives)).toEqual({
      ...cpuHints(1),
      ...memoryHints(512 * MEBIBYTE, 384),
      MALLOC_ARENA_MAX: "2",
      ...own,
      NODE_OPTIONS: "--max-old-space-size=384 --no-warnings",
      JAVA_TOOL_OPTIONS: "-XX:ActiveProcessorCount=1 -XX:MaxRAMPercentage=75 -Xmx1g",
    });
  });
});

interface Figures {
  heapBytes: number;
  cpus: number;
  threads: string | null;
}

/** Node's own figures under these options. */
async function node(options: readonly string[]): Promise<Figures> {
  const script = `console.log(JSON.stringify({
    heapBytes: require("v8").getHeapStatistics().heap_size_limit,
    cpus: require("os").availableParallelism(),
    threads: process.env.UV_THREADPOOL_SIZE ?? null,
  }))`;
  const end = await contain(machine, [], ["/tini-ts", ...options, "--", native("node"), "-e", script], 50_000);
  expect({ init: end.init, stderr: end.stderr, changes: end.changes }).toEqual({
    init: { code: 0 },
    stderr: "",
    changes: [],
  });
  return JSON.parse(end.stdout) as Figures;
}

describe("Node", () => {
  it("P44: gets three quarters of its 512 MiB for its heap with --runtime-hints, half without", async () => {
    const limits = ["--memory-max=512M", "--cpu-max=0.5"];
    const without = await node(limits);
    const with_ = await node(["--runtime-hints", ...limits]);
    console.info(
      `Node in 512 MiB and half a CPU: ${JSON.stringify(without)}, with --runtime-hints ${JSON.stringify(with_)}`,
    );
    expect(without).toMatchObject({ cpus: 1, threads: null });
    expect(without.heapBytes).toBeLessThan(300 * MEBIBYTE);
    expect(with_).toMatchObject({ cpus: 1, threads: "4" });
    // V8 adds its young generation to what it is told.
    expect(with_.heapBytes).toBeGreaterThanOrEqual(384 * MEBIBYTE);
    expect(with_.heapBytes).toBeLessThan(450 * MEBIBYTE);
  });
});
