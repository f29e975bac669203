/** The cost of a run as counted by the kernel: for its control group (Documentation/admin-guide/cgroup-v2.rst) and by getrusage(2). */
import * as cgroup from "../linux/cgroup";
import { content, NONE, parse } from "../linux/cgroup";
import { RUSAGE_CHILDREN } from "../linux/constants";
import { isVersion1, locate, own } from "../linux/hierarchy";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { RESOURCE_USAGE_BYTES, ResourceUsage } from "../linux/structs";
import { length, startsWith } from "../text/bytes";
import { Message, Readable, Text } from "../text/views";
import { supervisee } from "./supervisee";

/** The figures, in the order of `FIGURE_NAMES`. */
export enum Figure {
  WALL,
  USER,
  SYSTEM,
  PEAK,
  REAPED,
  FORWARDED,
  RESTARTS,
  PERIODS,
  THROTTLED_PERIODS,
  THROTTLED,
  HIGH_EVENTS,
  MAX_EVENTS,
  OOM_KILLS,
  CPU_STALL,
  MEMORY_STALL,
  IO_STALL,
  EXIT_CODE,
  COUNT,
}

/** Their names in JSON. */
export const FIGURE_NAMES: Message = message(
  "wall_ms|user_ms|system_ms|memory_peak_bytes|reaped|forwarded|restarts|periods|throttled_periods|throttled_ms|memory_high_events|memory_max_events|oom_kills|cpu_stall_ms|memory_stall_ms|io_stall_ms|exit_code",
);

const FIGURE_BYTES: i32 = Figure.COUNT * sizeof<i64>();
const figures: usize = zeroedCold(FIGURE_BYTES);

/** The control groups whose figures were read: made for the program, or our own. */
export enum Counted {
  NOWHERE,
  PROGRAM,
  OWN,
}
export let countedIn: i32 = 0;
/** Whether the peak of memory is that of the group; otherwise it is that of the largest process. */
export let isPeakOfGroup: bool = false;

const usage: ResourceUsage = changetype<ResourceUsage>(zeroedCold(RESOURCE_USAGE_BYTES));

/** A figure, or NONE if it is unknown. */
export function figure(which: Figure): i64 {
  return load<i64>(figures + ((<usize>which) << 3));
}

/** Sets a figure. */
export function setFigure(which: Figure, value: i64): void {
  check(which < Figure.COUNT);
  store<i64>(figures + ((<usize>which) << 3), value);
}

/** Sets a figure to the number after `key` in the file that was read, divided by `unit`; does nothing if there is none. */
function take(which: Figure, key: Text, unit: i64): void {
  for (let at = content; load<u8>(at) !== 0; at++) {
    if ((at !== content && load<u8>(at - 1) > char(" ")) || !startsWith(at, key)) continue;
    const value = parse(at + length(key));
    if (value !== NONE) setFigure(which, value / unit);
    return;
  }
}

/** Sets a figure to the time for which some tasks were stalled: the first line of the file (Documentation/accounting/psi.rst). */
function takeStall(which: Figure): void {
  take(which, cString("total="), 1000);
}

/** Sets the figures of a group. With version 1, each group has some of them. */
function takeGroup(directory: Readable): void {
  cgroup.read(directory, isVersion1 ? message("memory.max_usage_in_bytes") : message("memory.peak"));
  take(Figure.PEAK, cString(""), 1);
  cgroup.read(directory, isVersion1 ? message("memory.oom_control") : message("memory.events"));
  take(Figure.OOM_KILLS, cString("oom_kill "), 1);
  take(Figure.HIGH_EVENTS, cString("high "), 1);
  take(Figure.MAX_EVENTS, cString("max "), 1);
  cgroup.read(directory, message("cpu.stat"));
  take(Figure.PERIODS, cString("nr_periods "), 1);
  take(Figure.THROTTLED_PERIODS, cString("nr_throttled "), 1);
  if (isVersion1) {
    take(Figure.THROTTLED, cString("throttled_time "), 1_000_000);
    return;
  }
  take(Figure.THROTTLED, cString("throttled_usec "), 1000);
  cgroup.read(directory, message("cpu.pressure"));
  takeStall(Figure.CPU_STALL);
  cgroup.read(directory, message("memory.pressure"));
  takeStall(Figure.MEMORY_STALL);
  cgroup.read(directory, message("io.pressure"));
  takeStall(Figure.IO_STALL);
}

/** Sets the figures of our own group in the hierarchy of `controller`, for version 1; 0 for version 2. */
function takeOwn(controller: Text): void {
  if (locate(controller) < 0) return;
  countedIn = Counted.OWN;
  takeGroup(own);
}

/** Sets the figures of the groups that were made for the program, or else, as PID 1, those of our own: in a container, the container's. */
function takeGroups(): void {
  const groups = supervisee.cgroupPaths;
  if (groups !== 0) {
    countedIn = Counted.PROGRAM;
    for (let at = groups; load<u8>(at) !== 0; at += length(at) + 1) takeGroup(at);
  } else if (ourselves.pid === 1) {
    const isFound = locate(0) === 0;
    if (isVersion1) {
      takeOwn(cString("memory"));
      takeOwn(cString("cpu"));
    } else if (isFound) takeOwn(0);
  }
}

/** A time in milliseconds. */
function milliseconds(seconds: i64, microseconds: i64): i64 {
  return seconds * 1000 + microseconds / 1000;
}

/** Gathers the figures, while the program's groups are still there. */
export function gather(): void {
  check(bytesOf(figures) === FIGURE_BYTES);
  for (let which = 0; which < Figure.COUNT; which++) setFigure(which, NONE);
  takeGroups();
  isPeakOfGroup = figure(Figure.PEAK) !== NONE;
  setFigure(Figure.REAPED, supervisee.reaped);
  setFigure(Figure.FORWARDED, supervisee.forwarded);
  setFigure(Figure.RESTARTS, supervisee.restarts);
  if (host.getrusage(RUSAGE_CHILDREN, changetype<usize>(usage)) < 0) return;
  setFigure(Figure.USER, milliseconds(usage.userSeconds, usage.userMicroseconds));
  setFigure(Figure.SYSTEM, milliseconds(usage.systemSeconds, usage.systemMicroseconds));
  if (!isPeakOfGroup) setFigure(Figure.PEAK, usage.largestKilobytes * 1024);
}
