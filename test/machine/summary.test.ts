import { afterAll, beforeAll, expect, it } from "vitest";
import { contain } from "./container.ts";
import { Machine } from "./machine.ts";

let machine: Machine;
beforeAll(async () => {
  machine = await Machine.boot();
});
afterAll(() => machine[Symbol.asyncDispose]());

const GROUP = "/sys/fs/cgroup/workload";

/** Uses memory, then CPU time for three seconds under a limit; prints what the kernel counted, without another process. */
const BUSY = `
dd if=/dev/zero of=/dev/null bs=24M count=4 2>/dev/null
while :; do
  i=0
  while [ $i -lt 2000 ]; do i=$((i + 1)); done
  read name used <${GROUP}/cpu.stat
  [ $used -lt 3000000 ] || break
done
read peak <${GROUP}/memory.peak
echo "memory.peak $peak"
while read name value; do echo "$name $value"; done <${GROUP}/cpu.stat
exit 3
`;

it("P61: times, memory and throttling are those of the program's control group, within 2 %", async () => {
  const options = ["--summary=json", "--memory-max=64M", "--cpu-max=0.5"];
  const end = await contain(machine, [], ["/tini-ts", ...options, "--", "/bin/sh", "-c", BUSY]);
  expect(end.init).toEqual({ code: 3 });
  const kernel = Object.fromEntries(
    end.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name = "", value]) => [name, Number(value)]),
  );
  const summary = JSON.parse(end.stderr) as Readonly<Record<string, unknown>>;
  const figures: readonly (readonly [string, number, number])[] = [
    ["memory_peak_bytes", Number(summary["memory_peak_bytes"]), kernel["memory.peak"] ?? NaN],
    ["CPU time", Number(summary["user_ms"]) + Number(summary["system_ms"]), (kernel["usage_usec"] ?? NaN) / 1000],
    ["periods", Number(summary["periods"]), kernel["nr_periods"] ?? NaN],
    ["throttled_ms", Number(summary["throttled_ms"]), (kernel["throttled_usec"] ?? NaN) / 1000],
  ];
  for (const [name, value, expected] of figures) {
    expect(expected, name).toBeGreaterThan(0);
    expect(Math.abs(value - expected) / expected, `${name}: ${value} is not ${expected}`).toBeLessThanOrEqual(0.02);
  }
  expect(summary).toMatchObject({
    group: "program",
    memory_peak_of: "group",
    oom_kills: 0,
    cause: "exited",
    exit_code: 3,
  });
});

it("P61: an OOM kill is the cause, and the limit's events are counted", async () => {
  const options = ["--summary=json", "--memory-max=16M", "--memory-swap-max=1M"];
  const eat = "exec dd if=/dev/zero of=/dev/null bs=64M count=1";
  const end = await contain(machine, [], ["/tini-ts", ...options, "--", "/bin/sh", "-c", eat]);
  expect(end.init).toEqual({ code: 137 });
  const summary = JSON.parse(end.stderr.trim().split("\n").at(-1) ?? "") as Readonly<Record<string, unknown>>;
  expect(summary).toMatchObject({ cause: "oom", signal: "SIGKILL", oom_kills: 1, group: "program" });
  expect(summary["memory_max_events"]).toBeGreaterThan(0);
  expect(summary["memory_peak_bytes"]).toBe(16 << 20);
});
