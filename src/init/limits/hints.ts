/** Tells the program's runtime, by its environment, what it may use: --runtime-hints. */
import { groupName } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { NONE } from "../linux/cgroup";
import { findEntry } from "../linux/environment";
import { isVersion1, least, leastCpus, locate, machineMemory, own } from "../linux/hierarchy";
import * as host from "../linux/host";
import { BASE, far } from "../text/address";
import { find } from "../text/bytes";
import { decimal, digits } from "../text/number";
import { unpack } from "../text/packed";

/** What a variable says. */
enum Hint {
  /** The CPUs. */
  CPUS,
  /** The threads of a pool that waits more than it computes: at least libuv's own number. */
  POOL,
  /** The arenas of an allocator. */
  ARENAS,
  /** The memory that a runtime should keep below, in bytes. */
  MEMORY,
  /** What of it a heap may take: in MiB, and in bytes as a hexadecimal number. */
  HEAP,
  HEAP_HEXADECIMAL,
  /** The options of a Java virtual machine. */
  JAVA,
}

/** The variables, each with what stands before the number. NODE_OPTIONS and JAVA_TOOL_OPTIONS are extended, not replaced. */
// prettier-ignore
const variables: usize = memory.data<u16>([
  <u16>Hint.CPUS, <u16>(words("GOMAXPROCS=") - BASE),
  <u16>Hint.CPUS, <u16>(words("PYTHON_CPU_COUNT=") - BASE),
  <u16>Hint.CPUS, <u16>(words("OMP_NUM_THREADS=") - BASE),
  <u16>Hint.CPUS, <u16>(words("RAYON_NUM_THREADS=") - BASE),
  <u16>Hint.CPUS, <u16>(words("DOTNET_PROCESSOR_COUNT=") - BASE),
  <u16>Hint.POOL, <u16>(words("UV_THREADPOOL_SIZE=") - BASE),
  <u16>Hint.MEMORY, <u16>(words("GOMEMLIMIT=") - BASE),
  <u16>Hint.HEAP, <u16>(words("NODE_OPTIONS=--max-old-space-size=") - BASE),
  <u16>Hint.HEAP_HEXADECIMAL, <u16>(words("DOTNET_GCHeapHardLimit=") - BASE),
  <u16>Hint.ARENAS, <u16>(words("MALLOC_ARENA_MAX=") - BASE),
  <u16>Hint.JAVA, <u16>(words("JAVA_TOOL_OPTIONS=") - BASE),
]);
const VARIABLES: i32 = 11;

const POOL: i64 = 4;
const ARENAS: i64 = 2;
/** What a runtime takes besides its heap, where that is more than a quarter; of less than twice as much, half. */
const REST_BYTES: i64 = 32 << 20;
/** GOMEMLIMIT leaves a tenth for what Go does not count. */
const UNCOUNTED: i64 = 10;

/** The entries, one behind the other. */
const entries: usize = zeroed(4096);
const ENTRIES_BYTES: i32 = 4096;

const mask: usize = zeroed(128);

/** How many CPUs we may run on; NONE where the kernel does not tell. */
function allowedCpus(): i64 {
  const size = host.sched_getaffinity(0, 128, mask);
  if (size < 0) return NONE;
  let count = 0;
  for (let i = 0; i < size; i++) for (let bits = <i32>load<u8>(mask + i); bits !== 0; bits &= bits - 1) count++;
  return count;
}

/** The part of the memory that a heap may take. */
function heap(bytes: i64): i64 {
  return bytes - max(bytes / 4, min(bytes / 2, REST_BYTES));
}

/** Where the limits are told: our group for the program, which need not exist, and those above it. */
function start(controller: usize): i32 {
  const result = locate(isVersion1 ? controller : 0);
  cgroup.join(own, groupName);
  return result;
}

/** Writes what a variable says to `to`. Returns the end of it; 0 where there is nothing to say. */
function write(to: usize, hint: Hint, cpus: i64, bytes: i64): usize {
  if (hint === Hint.JAVA) {
    const before = to;
    if (cpus !== NONE) to = decimal(unpack(to, words("-XX:ActiveProcessorCount=")), cpus);
    if (cpus !== NONE && bytes !== NONE) store<u8>(to++, <u8>code(" "));
    if (bytes !== NONE) to = unpack(to, words("-XX:MaxRAMPercentage=75"));
    return to === before ? 0 : to;
  }
  if (hint === Hint.ARENAS) cpus = cpus === NONE ? ARENAS : max(cpus, ARENAS);
  if (hint === Hint.POOL) cpus = max(cpus, POOL);
  const isCpus = hint <= Hint.POOL;
  if ((isCpus ? cpus : bytes) === NONE) return 0;
  if (hint === Hint.HEAP_HEXADECIMAL) return digits(to, heap(bytes), 16);
  if (hint === Hint.MEMORY) return decimal(to, bytes - bytes / UNCOUNTED);
  return decimal(to, hint === Hint.HEAP ? heap(bytes) >> 20 : cpus);
}

/** Extends the environment. What the user says there is left alone, or stands behind and so wins. */
export function hint(): void {
  locate(0);
  let cpus = NONE;
  let bytes = NONE;
  if (start(text("cpu")) === 0) cpus = leastCpus(cgroup.path);
  if (cpus !== NONE) cpus = min(cpus, allowedCpus());
  if (start(text("memory")) === 0) {
    bytes = least(cgroup.path, isVersion1 ? words("memory.limit_in_bytes") : words("memory.max"));
    if (!isVersion1) bytes = min(bytes, least(cgroup.path, words("memory.high")));
    if (bytes !== NONE) bytes = min(bytes, machineMemory());
  }
  let count = 0;
  while (host.readEnvironment(count, 0, mask, 0) >= 0) count++;
  let at = entries;
  for (let row = variables; row < variables + VARIABLES * 4; row += 4) {
    const kind = <Hint>(<i32>load<u16>(row));
    const isExtended = kind === Hint.HEAP || kind === Hint.JAVA;
    const behind = unpack(at, far(load<u16>(row + 2)));
    const nameBytes = <i32>(find(at, code("=")) + 1 - at);
    const before = findEntry(at, nameBytes);
    if (before >= 0 && !isExtended) continue;
    let end = write(behind, kind, cpus, bytes);
    if (end === 0) continue;
    if (before >= 0) {
      store<u8>(end++, <u8>code(" "));
      const room = <i32>(entries + ENTRIES_BYTES - 256 - end);
      const size = host.readEnvironment(before, nameBytes, end, room);
      // One that is that long is left alone.
      if (size === room) continue;
      end += size;
    }
    store<u8>(end, 0);
    host.setEnvironment(before >= 0 ? before : count++, at);
    at = end + 1;
  }
}
