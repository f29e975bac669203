/**
 * Where our own control group is: cgroups(7), /proc/self/cgroup and /proc/self/mountinfo of proc(5). In version 2 there is
 * one hierarchy for all controllers, in version 1 one for each, or for a few of them; a machine can have both.
 */
import { ENAMETOOLONG, ENOENT } from "./errno";
import * as reader from "./reader";
import * as cgroup from "./cgroup";
import { content, NONE, parse, readNumber } from "./cgroup";
import * as host from "./host";
import { SYSINFO_TOTAL, SYSINFO_UNIT } from "./structs";
import { copy, find, indexIn, length, same, startsWith } from "../text/bytes";

/** The directory of our own group, as `locate` found it. */
export const own: usize = zeroed(1024);
const OWN_BYTES: i32 = 800;
/** Where its hierarchy is mounted: the first bytes of `own`. */
export let mountBytes: i32 = 0;
/** Whether version 1 has the controllers that matter, however much of version 2 is there. */
export let isVersion1: bool = false;

const word: usize = zeroed(1024);
const type: usize = zeroed(1024);
/** Our group's path in its hierarchy; and the path that the mount shows as its root. */
const path: usize = zeroed(1024);
const root: usize = zeroed(1024);

/** `own` is what it is for version 2. */
let isLocated: bool = false;

/** Whether a list with commas or blanks has one of `controllers`, which have bars between them. */
export function has(list: usize, controllers: usize): bool {
  let start = list;
  while (true) {
    const character = <i32>load<u8>(list);
    if (character <= code(",")) {
      if (indexIn(start, list, controllers) >= 0) return true;
      if (character === 0) return false;
      start = list + 1;
    }
    list++;
  }
}

/** Opens a file, which is then what a failure is about. */
function open(file: usize): i32 {
  cgroup.name(file);
  return reader.open(cgroup.path);
}

/** Finds our path in the hierarchy of a controller, or of version 2 where it is 0. Returns 0 or a negated errno. */
function findPath(controller: usize): i32 {
  const result = open(words("/proc/self/cgroup"));
  if (result < 0) return result;
  let found = -ENOENT;
  while (found < 0 && reader.word(word, code(":")) >= 0) {
    reader.word(word, code(":"));
    reader.word(path, code("\n"));
    if (controller === 0 ? load<u8>(word) === 0 : has(word, controller)) found = 0;
    if (has(word, text("memory|cpu|pids"))) isVersion1 = true;
  }
  reader.close();
  return found;
}

/** Reads the next mount: its root to `root`, its directory to `own`, its type to `type`, and its own options to `word`. */
function nextMount(): bool {
  // ID, parent and device, root, directory, options, any number of others, "-", type, source, options.
  for (let i = 0; i < 5; i++) if (reader.word(i < 3 ? word : i === 3 ? root : own, code(" ")) < 0) return false;
  while (reader.word(word, code(" ")) === code(" ") && !same(word, text("-")));
  reader.word(type, code(" "));
  reader.word(word, code(" "));
  reader.word(word, code("\n"));
  return true;
}

/**
 * Finds the directory of our group: `own`, in the hierarchy of a controller of version 1, or of version 2 where
 * `controller` is 0. Returns 0 or a negated errno: ENOENT where there is no such hierarchy, or it is not mounted, or
 * the mount does not show our group.
 */
export function locate(controller: usize): i32 {
  // Once is enough, and must be: later on we may be in a group of our own making.
  if (controller === 0 && isLocated) return 0;
  let result = findPath(controller);
  if (result === 0) result = open(words("/proc/self/mountinfo"));
  if (result < 0) return result;
  result = -ENOENT;
  // Where there is no such mount, this is where there should be one.
  cgroup.name(words("/sys/fs/cgroup"));
  while (result === -ENOENT && nextMount()) {
    if (!same(type, controller === 0 ? text("cgroup2") : text("cgroup"))) continue;
    if (controller !== 0 && !has(word, controller)) continue;
    // "/" is a path without a name.
    if (load<u8>(root + 1) === 0) store<u8>(root, 0);
    const below = path + length(root);
    const first = load<u8>(below);
    if (!startsWith(path, root) || (first !== 0 && first !== code("/")) || startsWith(below, text("/.."))) continue;
    mountBytes = length(own);
    // What did not fit was cut off; there must be room for the names of a group and a file behind it.
    result = mountBytes + length(below) < OWN_BYTES && length(path) < OWN_BYTES ? 0 : -ENAMETOOLONG;
    if (result === 0 && first !== 0 && load<u8>(below + 1) !== 0) copy(own + mountBytes, below);
  }
  reader.close();
  isLocated = result === 0 && !isVersion1;
  return result;
}

/** The directory that `climb` has reached. */
const directory: usize = zeroed(1024);

/** Goes on to the group above. False at the hierarchy's root. */
function climb(): bool {
  let end = length(directory);
  if (end <= mountBytes) return false;
  while (load<u8>(directory + --end) !== code("/"));
  store<u8>(directory + end, 0);
  return true;
}

/** The least number that a file says, from the group at `group` up; NONE where no group limits it. */
export function least(group: usize, file: usize): i64 {
  let result = NONE;
  copy(directory, group);
  do {
    result = min(result, readNumber(directory, file));
  } while (climb());
  return result;
}

/** The least number of CPUs that a group's quota is worth, rounded up, from the group at `group` up; NONE without any quota. */
export function leastCpus(group: usize): i64 {
  let result = NONE;
  copy(directory, group);
  do {
    const quota = readNumber(directory, isVersion1 ? words("cpu.cfs_quota_us") : words("cpu.max"));
    if (quota === NONE) continue;
    const behind = find(content, code(" "));
    const period = isVersion1
      ? readNumber(directory, words("cpu.cfs_period_us"))
      : behind === 0
        ? NONE
        : parse(behind + 1);
    result = min(result, (quota + period - 1) / max<i64>(period, 1));
  } while (climb());
  return result;
}

const info: usize = zeroed(112);

/** The memory of the machine in bytes, NONE where the kernel does not tell. */
export function machineMemory(): i64 {
  if (host.sysinfo(info) < 0) return NONE;
  return load<i64>(info + SYSINFO_TOTAL) * load<u32>(info + SYSINFO_UNIT);
}
