/** --runtime-hints: tells the program's runtime, through environment variables, which resources it may use. */
import { groupName } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { NONE } from "../linux/cgroup";
import { findEntry } from "../linux/environment";
import { isVersion1, least, leastCpus, locate, machineMemory, own } from "../linux/hierarchy";
import * as host from "../linux/host";
import { atOffset, BASE } from "../text/address";
import { find } from "../text/bytes";
import { digits } from "../text/number";
import { unpack } from "../text/packed";
import { madeInOwn } from "./groups";

/** The values that the variables pass on. */
enum Number {
  /** The CPU quota, rounded up to whole CPUs. */
  CPUS,
  /** The threads of a pool that mostly waits: at least libuv's own default. */
  POOL,
  /** The arenas of malloc: one for each CPU, at least 2. */
  ARENAS,
  /** The memory that a runtime should stay below, in bytes: nine tenths of the limit. */
  MEMORY,
  /** How much of it the heap may take: in MiB, and in bytes as a hexadecimal number. */
  HEAP,
  HEAP_HEXADECIMAL,
  /** The same as a percentage. */
  PERCENTAGE,
}
const NUMBER_BYTES: i32 = sizeof<i64>();
/** The values by `Number`; 0 = unlimited. */
const numbers: usize = zeroedCold((Number.PERCENTAGE + 1) * NUMBER_BYTES);

/**
 * The variables, each with the text before its value. If that is more than the name, the variable is a list of options: it is
 * extended if the user has set it, and has a row here for each option.
 */
// prettier-ignore
const variables: usize = memory.data<u16>([
  <u16>Number.CPUS, <u16>(message("GOMAXPROCS=") - BASE),
  <u16>Number.CPUS, <u16>(message("PYTHON_CPU_COUNT=") - BASE),
  <u16>Number.CPUS, <u16>(message("OMP_NUM_THREADS=") - BASE),
  <u16>Number.CPUS, <u16>(message("RAYON_NUM_THREADS=") - BASE),
  <u16>Number.CPUS, <u16>(message("DOTNET_PROCESSOR_COUNT=") - BASE),
  <u16>Number.POOL, <u16>(message("UV_THREADPOOL_SIZE=") - BASE),
  <u16>Number.ARENAS, <u16>(message("MALLOC_ARENA_MAX=") - BASE),
  <u16>Number.MEMORY, <u16>(message("GOMEMLIMIT=") - BASE),
  <u16>Number.HEAP, <u16>(message("NODE_OPTIONS=--max-old-space-size=") - BASE),
  <u16>Number.HEAP_HEXADECIMAL, <u16>(message("DOTNET_GCHeapHardLimit=") - BASE),
  <u16>Number.PERCENTAGE, <u16>(message("JAVA_TOOL_OPTIONS=-XX:MaxRAMPercentage=") - BASE),
  <u16>Number.CPUS, <u16>(message("JAVA_TOOL_OPTIONS=-XX:ActiveProcessorCount=") - BASE),
]);
const ROW_BYTES: i32 = 2 * sizeof<u16>();

const POOL: i64 = 4;
const ARENAS: i64 = 2;
const PERCENTAGE: i64 = 75;
/** What a runtime needs besides its heap, if that is more than a quarter of its memory; but never more than half of it. */
const REST_BYTES: i64 = 32 << 20;

/** The entries, one after another; SHORT_BYTES stay free for the short ones when a long one is extended. */
const ENTRIES_BYTES: i32 = 4096;
const entries: usize = zeroed(ENTRIES_BYTES);
const SHORT_BYTES: i32 = 512;
/** The longest entry that does not extend another. */
const LONGEST_BYTES: i32 = 72;

/** A bit for each of 1024 CPUs. */
const MASK_BYTES: i32 = 128;
const mask: usize = zeroedCold(MASK_BYTES);

function set(number: Number, value: i64): void {
  check(number <= Number.PERCENTAGE);
  store<i64>(numbers + number * NUMBER_BYTES, value);
}

/** How many CPUs we may run on; NONE if the kernel does not say. */
function allowedCpus(): i64 {
  const size = host.sched_getaffinity(0, MASK_BYTES, mask);
  let count: i64 = size < 0 ? NONE : 0;
  for (let i = 0; i < size; i++) for (let bits = <i32>load<u8>(mask + i); bits !== 0; bits &= bits - 1) count++;
  return count;
}

/** The group at which to start looking for limits: the program's, which need not exist. 0 if there is no hierarchy. */
function start(controller: usize): usize {
  if (locate(isVersion1 ? controller : 0) < 0) return 0;
  const made = madeInOwn();
  if (load<u8>(made) !== 0) return made;
  cgroup.join(own, groupName);
  return cgroup.path;
}

/** Finds out the values. */
function measure(): void {
  locate(0);
  let group = start(cString("cpu"));
  const quota = group === 0 ? NONE : leastCpus(group);
  const cpus = min(quota, allowedCpus());
  if (quota !== NONE) {
    set(Number.CPUS, cpus);
    set(Number.POOL, max(cpus, POOL));
  }
  group = start(cString("memory"));
  if (group === 0) return;
  let bytes = least(group, isVersion1 ? message("memory.limit_in_bytes") : message("memory.max"));
  if (!isVersion1) bytes = min(bytes, least(start(0), message("memory.high")));
  if (bytes === NONE) return;
  bytes = min(bytes, machineMemory());
  const heap = bytes - max(bytes / 4, min(bytes / 2, REST_BYTES));
  set(Number.ARENAS, quota === NONE ? ARENAS : max(cpus, ARENAS));
  set(Number.MEMORY, bytes - bytes / 10);
  set(Number.HEAP, heap >> 20);
  set(Number.HEAP_HEXADECIMAL, heap);
  set(Number.PERCENTAGE, PERCENTAGE);
}

/** Extends the environment. What the user has set is left alone, or comes after the hint and so overrides it. */
export function hint(): void {
  measure();
  let count = 0;
  while (host.readEnvironment(count, 0, mask, 0) >= 0) count++;
  let at = entries;
  for (let row = variables; row < endOf(variables) && at <= endOf(entries) - LONGEST_BYTES; row += ROW_BYTES) {
    const number = <i32>load<u16>(row);
    const value = load<i64>(numbers + number * NUMBER_BYTES);
    let end = unpack(at, endOf(entries), atOffset(load<u16>(row + 2)));
    const behindName = find(at, char("=")) + 1;
    const nameBytes = <i32>(behindName - at);
    const before = findEntry(at, nameBytes);
    if (value === 0 || (before >= 0 && end === behindName)) continue;
    end = digits(end, value, number === Number.HEAP_HEXADECIMAL ? 16 : 10);
    if (before >= 0) {
      store<u8>(end++, <u8>char(" "));
      const room = <i32>(endOf(entries) - SHORT_BYTES - end);
      const size = host.readEnvironment(before, nameBytes, end, room);
      // A value that long is left alone.
      if (size >= room) continue;
      end += size;
      store<u8>(end, 0);
    }
    // Where there is no room, hints are what can be left out.
    if (host.setEnvironment(before >= 0 ? before : count++, at) < 0) return;
    at = end + 1;
  }
}
