/**
 * How long the tests wait for what must happen. A test waits for an event and never for a time, so the only use of a bound
 * is that what hangs ends; on a slow or busy machine it may take many times as long as on a quiet one.
 */
import { spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";

/** Where what was measured lies for each worker of the run. Its name is not one that the init would take for its own. */
const VARIABLE = "TEST_SLOWNESS";

/** What starting a process that ends at once takes on a machine of usual speed with nothing else to do. */
const USUAL_SPAWN_MILLISECONDS = 3;
const SPAWNS = 20;

/** Longer than anybody would wait. */
const MOST = 15;

/** Measures how many times slower than usual this machine starts processes: once, for all that this process starts. */
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
 * How long to wait, at this moment, for what takes far less than `milliseconds` on a quiet machine. To be asked again when
 * it is over: others may have begun to keep the machine busy meanwhile.
 */
export function patience(milliseconds: number): number {
  return Math.ceil(milliseconds * slowness());
}
