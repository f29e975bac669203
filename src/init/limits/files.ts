/** The kernel's files behind our limit options, and the values written to them. */
import { cpuPeriod, cpus, get, Id, SIZE_UNIT } from "../config/config";
import { isVersion1, least, machineMemory, own } from "../linux/hierarchy";
import { atOffset, BASE } from "../text/address";
import { copy } from "../text/bytes";
import { decimal, NUMBER_BYTES } from "../text/number";
import { Buffer, Message } from "../text/views";

/** The first and the last of the limit options, which follow one another in the option table. */
export const FIRST: i32 = Id.MEMORY_MAX;
export const LAST: i32 = Id.IO_WEIGHT;
// prettier-ignore
/** A row for each of them: its file in cgroup v2 and in v1, as an offset; 0 if there is no such file. */
const names: usize = memory.data<u16>([
  <u16>(message("memory.max") - BASE), <u16>(message("memory.limit_in_bytes") - BASE),
  <u16>(message("memory.high") - BASE), <u16>(message("memory.soft_limit_in_bytes") - BASE),
  <u16>(message("memory.swap.max") - BASE), 0,
  <u16>(message("memory.oom.group") - BASE), 0,
  <u16>(message("cpu.max") - BASE), <u16>(message("cpu.cfs_quota_us") - BASE),
  <u16>(message("cpu.weight") - BASE), <u16>(message("cpu.shares") - BASE),
  <u16>(message("cpuset.cpus") - BASE), 0,
  <u16>(message("pids.max") - BASE), <u16>(message("pids.max") - BASE),
  <u16>(message("io.weight") - BASE), 0,
]);
const ROW_BYTES: i32 = 2 * sizeof<u16>();

/** The file of a limit, packed, in the cgroup version that is in use; 0 if there is none. */
export function file(id: i32): Message {
  check(id >= FIRST && id <= LAST);
  check(bytesOf(names) === (LAST - FIRST + 1) * ROW_BYTES);
  return atOffset(load<u16>(names + (id - FIRST) * ROW_BYTES + (isVersion1 ? 2 : 0)));
}

/** cpu.shares (v1) that corresponds to cpu.weight 100 (v2); both are the kernel's defaults. */
const SHARES: i32 = 1024;

/** `percents` percent of `bytes`, without overflow. */
function percent(bytes: i64, percents: i32): i64 {
  return (bytes / 100) * percents + ((bytes % 100) * percents) / 100;
}

/** The digits of the largest quota, an i32. In cpu.max, the period follows after a space. */
const QUOTA_DIGITS: i32 = 10;
/** The last text that `value` made. */
const written: Buffer = zeroedCold(QUOTA_DIGITS + 1 + NUMBER_BYTES);

/** The text to write to a limit's file. The next call overwrites it. */
export function value(id: i32): usize {
  const number = get(id);
  if (id === Id.CPUSET_CPUS) return cpus;
  let amount: i64 = number;
  if (id <= Id.MEMORY_SWAP_MAX) {
    amount *= SIZE_UNIT;
    if (number < -1) amount = percent(min(least(own, file(Id.MEMORY_MAX)), machineMemory()), -1 - number);
  } else if (id === Id.CPU_WEIGHT && isVersion1) amount = max((number * SHARES) / 100, 2);
  let end = written;
  if (number !== -1) end = decimal(end, amount);
  else end = copy(end, endOf(written), isVersion1 && id !== Id.PIDS_MAX ? cString("-1") : cString("max"));
  if (id === Id.CPU_MAX && !isVersion1) {
    store<u8>(end, <u8>char(" "));
    decimal(end + 1, cpuPeriod);
  }
  return written;
}
