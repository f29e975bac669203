/** cgroup v1: a hierarchy for each controller, or for a few of them together. */
import { cpuPeriod, Id } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { locate } from "../linux/hierarchy";
import { decimal, NUMBER_BYTES } from "../text/number";
import { group, makeGroup } from "./groups";

const period: usize = zeroedCold(NUMBER_BYTES);

/** The controller of a limit. */
function controller(id: i32): usize {
  return id < Id.CPU_MAX ? cString("memory") : id === Id.PIDS_MAX ? cString("pids") : cString("cpu");
}

/** Finds our own group in the hierarchy of a limit. Returns 0 or a negated errno. */
export function find(id: i32): i32 {
  return locate(controller(id));
}

/** Creates the group that a limit is set in. Returns 0 or a negated errno. */
export function place(id: i32): i32 {
  let result = find(id);
  if (result === 0) result = makeGroup();
  if (result < 0 || id !== Id.CPU_MAX) return result;
  // The period of the quota has a file of its own.
  decimal(period, cpuPeriod);
  return cgroup.write(group, message("cpu.cfs_period_us"), period);
}
