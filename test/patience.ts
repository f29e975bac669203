/**
 * How long the tests wait for what must happen. A test waits for an event and never for a time, so a limit only serves to end
 * what hangs; on a slow or busy machine, events may take many times as long as on a quiet one.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";

/** The variable that passes the measurement to the workers of the run. The init must not take its name for one of its own. */
const VARIABLE = "TEST_SLOWNESS";

/** The time to start a process that ends at once, on an idle machine of usual speed. */
const USUAL_SPAWN_MILLISECONDS = 3;
const SPAWNS = 20;

/** The upper bound. */
const MOST = 15;

/** Measures how many times slower than usual this machine starts processes: once, for this process and its children. */
export function measureSlowness(): void {
  const started = performance.now();
  for (let index = 0; index < SPAWNS; index++) spawnSync("/bin/true", { stdio: "ignore", env: {} });
  process.env[VARIABLE] = String((performance.now() - started) / (SPAWNS * USUAL_SPAWN_MILLISECONDS));
}

/** How many times slower than usual the machine is, by the measurement at the start or by its current load. */
export function slowness(): number {
  const [lastMinute = 0] = loadavg();
  const measured = Number(process.env[VARIABLE] ?? 1);
  return Math.min(Math.max(measured, lastMinute / availableParallelism(), 1), MOST);
}

/**
 * How long to wait, at this moment, for something that takes far less than `milliseconds` on a quiet machine. Ask again when
 * that time is over: the machine may have become busier meanwhile.
 */
export function patience(milliseconds: number): number {
  return Math.ceil(milliseconds * slowness());
}
