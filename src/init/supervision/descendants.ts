/**
 * Finds all our processes: our descendants, whatever group or session they are in, and the other members of the program's
 * control group. Descendants are found in one pass through /proc: from each process, its ancestors are followed up to one
 * of which it is known already whether it is ours.
 */
import * as cgroup from "../linux/cgroup";
import { beginList, endList, nextPid, parentOf, readStat, stat } from "../linux/processes";
import * as reader from "../linux/reader";
import { parseNumber, zero } from "../text/bytes";

/** The longest chain of ancestors: a bound, in case the chain changes while it is followed. */
const GENERATIONS: i32 = 65_536;

/** What is known of a process during a pass. */
const UNKNOWN: i32 = 0;
const OURS: i32 = 1;
const STRANGER: i32 = 2;

/**
 * What is known, two bits a process, in blocks for the pids that occur. Usually these are close together; for pids in more
 * blocks than there are here, the ancestors are followed anew each time.
 */
const BLOCKS: i32 = 24;
const BLOCK_BYTES: i32 = 128;
const BLOCK_PIDS: i32 = BLOCK_BYTES * 4;
const knowledge: usize = zeroed(BLOCKS * BLOCK_BYTES);
/** Which pids each block is for: pid / BLOCK_PIDS as a u16. No pid is above 2^22 (proc_sys_kernel(5), pid_max). */
const blocks: usize = zeroedCold(BLOCKS * sizeof<u16>());
let blockCount: i32 = 0;

let ancestor: i32 = 0;
/** The control group whose members follow the descendants, 0 for none; and whether they have begun. */
let group: usize = 0;
let inGroup: bool = false;

/** The byte with the two bits of `pid`, which are four pids' from the lowest bits up; 0 if there is no room. */
function placeOf(pid: i32): usize {
  const wanted = pid / BLOCK_PIDS;
  let block = 0;
  while (block < blockCount && load<u16>(blocks + (block << 1)) !== wanted) block++;
  if (block === BLOCKS) return 0;
  check(block < BLOCKS);
  if (block === blockCount) store<u16>(blocks + (blockCount++ << 1), <u16>wanted);
  return knowledge + block * BLOCK_BYTES + ((pid % BLOCK_PIDS) >> 2);
}

/** What is known of `pid`. */
function known(pid: i32): i32 {
  const place = placeOf(pid);
  return place === 0 ? UNKNOWN : (load<u8>(place) >> ((<u8>(pid & 3)) << 1)) & 3;
}

/** Remembers what `pid` is. */
function remember(pid: i32, what: i32): void {
  const place = placeOf(pid);
  if (place !== 0) store<u8>(place, load<u8>(place) | (<u8>(what << ((pid & 3) << 1))));
}

/** Forgets what was known: in another pass, the pids may be those of other processes. */
function forget(): void {
  checkRoom(knowledge, endOf(knowledge));
  checkRoom(blocks, endOf(blocks));
  zero(knowledge, blockCount * BLOCK_BYTES);
  blockCount = 0;
}

/** What a process is whose parent is `above`, as far as that is known. */
function judge(above: i32): i32 {
  if (above === ancestor) return OURS;
  return above <= 1 ? STRANGER : known(above);
}

/** Whether `pid` has us among its ancestors. */
function isOurs(pid: i32): bool {
  const first = parentOf(pid);
  if (first < 0) return false;
  let what = known(pid);
  let above = first;
  for (let i = 0; what === UNKNOWN && i < GENERATIONS; i++) {
    what = judge(above);
    if (what !== UNKNOWN) break;
    above = parentOf(above);
    // An ancestor is gone, and its children have another parent.
    if (above < 0) above = parentOf(pid);
    if (above < 0) return false;
  }
  if (what === UNKNOWN) return false;
  // The same chain again, to remember all of it.
  remember(pid, what);
  above = first;
  for (let i = 0; judge(above) === UNKNOWN && i < GENERATIONS; i++) {
    remember(above, what);
    above = parentOf(above);
    if (above < 0) break;
  }
  return what === OURS;
}

/** Begins with /proc. Returns false if there is none, or it is that of another PID namespace, where pids mean other processes. */
function openProcesses(): bool {
  if (!readStat(cString("self")) || parseNumber(stat) !== ancestor) return false;
  return beginList();
}

/** Begins with the members of the control group. Returns false if there is none. */
function openGroup(): bool {
  if (group === 0) return false;
  cgroup.join(group, message("cgroup.procs"));
  inGroup = reader.open(cgroup.path) === 0;
  return inGroup;
}

/**
 * Begins a walk through the descendants of `self` and the members of their control group (0 for none): each process once.
 * Returns false if neither can be read.
 */
export function open(self: i32, controlGroup: usize): bool {
  ancestor = self;
  group = controlGroup;
  inGroup = false;
  forget();
  return openProcesses() || openGroup();
}

/** Ends a walk early. */
export function close(): void {
  if (inGroup) reader.close();
  else endList();
}

/**
 * The next member of the control group that is not a descendant, or 0 at the end. The list has a 0 for each process
 * outside our PID namespace.
 */
function nextInGroup(): i32 {
  while (reader.word(cgroup.path, char("\n")) >= 0) {
    const pid = parseNumber(cgroup.path);
    if (pid > 0 && known(pid) !== OURS) return pid;
  }
  return 0;
}

/** The next descendant in /proc, or 0 at the end. */
function nextProcess(): i32 {
  while (true) {
    const pid = nextPid();
    if (pid === 0 || (pid !== ancestor && isOurs(pid))) return pid;
  }
}

/** The next process's pid, or 0 at the end, when everything is closed again. */
export function next(): i32 {
  if (!inGroup) {
    const found = nextProcess();
    if (found !== 0) return found;
    endList();
    if (!openGroup()) return 0;
  }
  const found = nextInGroup();
  if (found === 0) reader.close();
  return found;
}
