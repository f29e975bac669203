/**
 * Finds our own control group: cgroups(7), /proc/self/cgroup and /proc/self/mountinfo (proc(5)). cgroup v2 has one hierarchy
 * for all controllers, v1 one for each controller, or for a few of them together; a machine can have both.
 */
import { O_CLOEXEC, O_RDONLY } from "./constants";
import { letGo } from "./descriptors";
import { ENAMETOOLONG, ENOENT } from "./errno";
import * as reader from "./reader";
import { WORD_BYTES } from "./reader";
import * as cgroup from "./cgroup";
import { content, DIRECTORY_BYTES, NONE, OWN_BYTES, parse, readNumber } from "./cgroup";
import * as host from "./host";
import { SYSINFO_BYTES, SYSINFO_TOTAL, SYSINFO_UNIT } from "./structs";
import { copy, find, indexIn, length, parseNumber, same, startsWith } from "../text/bytes";
import { decimal, NUMBER_BYTES } from "../text/number";
import { Buffer, Readable, Sayable, Text, UserBytes, Writable } from "../text/views";

/** The directory of our own group, as `locate` found it. */
export const own: UserBytes = zeroed(OWN_BYTES + 1);
/** The length of the mount point of its hierarchy, with which `own` begins. */
export let mountBytes: i32 = 0;
/** Whether v1 has the controllers that we need, even if v2 is mounted as well (a hybrid machine). */
export let isVersion1: bool = false;

const word: UserBytes = zeroed(WORD_BYTES);
const type: UserBytes = zeroed(WORD_BYTES);
/** A mount's mount point, and its ID. */
const point: UserBytes = zeroed(WORD_BYTES);
let mountId: i32 = 0;
/** Our group's path in its hierarchy; and the path in it that the mount has as its root. */
const path: UserBytes = zeroed(WORD_BYTES);
const root: UserBytes = zeroed(WORD_BYTES);

/** `own` is our group in cgroup v2. */
let isLocated: bool = false;

/** Whether a list separated by commas or spaces has one of `controllers`, which are separated by bars. */
export function has(list: Readable, controllers: Readable): bool {
  let start = list;
  while (true) {
    const character = <i32>load<u8>(list);
    if (character <= char(",")) {
      if (indexIn(start, list, controllers) >= 0) return true;
      if (character === 0) return false;
      start = list + 1;
    }
    list++;
  }
}

/** Opens a file, and makes it the subject of an error message. */
function open(file: Sayable): i32 {
  cgroup.name(file);
  return reader.open(cgroup.path);
}

/** Finds our path in the hierarchy of a v1 controller, or of v2 if it is 0. Returns 0 or a negated errno. */
function findPath(controller: Text): i32 {
  const result = open(message("/proc/self/cgroup"));
  if (result < 0) return result;
  let found = -ENOENT;
  while (found < 0 && reader.word(word, char(":")) >= 0) {
    reader.word(word, char(":"));
    reader.word(path, char("\n"));
    if (controller === 0 ? load<u8>(word) === 0 : has(word, controller)) found = 0;
    if (has(word, cString("memory|cpu|pids"))) isVersion1 = true;
  }
  reader.close();
  return found;
}

/** Undoes the kernel's octal escapes for space, tab, line feed and backslash in mountinfo: `\\040` is a space (proc(5)). */
function unescape(text: UserBytes): void {
  let to = text;
  for (; load<u8>(text) !== 0; text++) {
    let value = <i32>load<u8>(text);
    if (value === char("\\")) {
      let digits = 0;
      let number = 0;
      for (; digits < 3; digits++) {
        const digit = <i32>load<u8>(text + digits + 1) - char("0");
        if (digit < 0 || digit > 7) break;
        number = number * 8 + digit;
      }
      if (digits === 3 && number > 0 && number < 256) {
        value = number;
        text += 3;
      }
    }
    store<u8>(to++, <u8>value);
  }
  store<u8>(to, 0);
}

/** What ended the word that was read last: a space, a line feed or, below 0, the end of the file. */
let behind: i32 = 0;

/** Reads the next word of a line into a buffer of WORD_BYTES; an empty one if the line has ended. */
function nextField(to: Writable): void {
  store<u8>(to, 0);
  if (behind === char(" ")) behind = reader.word(to, char(" "));
}

/**
 * Reads the next mount: its ID into `mountId`, its root into `root`, its mount point into `point`, its type into `type`, and
 * the options of its file system into `word`. False at the end. What a broken line lacks is empty.
 */
function nextMount(): bool {
  // ID, parent and device, root, mount point, options, any number of optional fields, "-", type, source, options.
  behind = char(" ");
  nextField(word);
  if (behind < 0) return false;
  mountId = parseNumber(word);
  nextField(word);
  nextField(word);
  nextField(root);
  nextField(point);
  nextField(word);
  do {
    nextField(word);
  } while (load<u8>(word) !== 0 && !same(word, cString("-")));
  nextField(type);
  nextField(word);
  nextField(word);
  if (behind === char(" ")) reader.word(type, char("\n"));
  unescape(root);
  unescape(point);
  return true;
}

/** Our group's path within the mount that was read; 0 if that is another hierarchy's, or does not show our group. */
function shown(controller: Text): usize {
  if (!same(type, controller === 0 ? cString("cgroup2") : cString("cgroup"))) return 0;
  if (controller !== 0 && !has(word, controller)) return 0;
  if (load<u8>(point) !== char("/")) return 0;
  // "/" is a path without a name.
  if (load<u8>(root + 1) === 0) store<u8>(root, 0);
  const below = path + length(root);
  const first = load<u8>(below);
  if (!startsWith(path, root) || (first !== 0 && first !== char("/"))) return 0;
  // A group outside our cgroup namespace.
  const isOutside =
    startsWith(below, cString("/..")) && (load<u8>(below + 3) === 0 || load<u8>(below + 3) === char("/"));
  return isOutside ? 0 : below;
}

const digits: Buffer = zeroedCold(NUMBER_BYTES);

/** Whether another mount covers the one that was read: then its mount point leads there (`mnt_id` in fdinfo, proc(5), Linux 3.15). */
function isCovered(): bool {
  const fd = host.open(point, O_RDONLY | O_CLOEXEC);
  // The next one to use it will get the error, and report it.
  if (fd < 0) return false;
  decimal(digits, fd);
  const seen = cgroup.read(cString("/proc/self/fdinfo"), <Text>digits) < 0 ? 0 : cgroup.keyed(cString("mnt_id:\t"));
  letGo(fd);
  return seen !== 0 && seen !== mountId;
}

/**
 * Finds the directory of our group (`own`) in the hierarchy of a v1 controller, or in v2 if `controller` is 0. Returns 0 or
 * a negated errno: ENOENT if there is no such hierarchy, it is not mounted, or the mount does not show our group.
 */
export function locate(controller: Text): i32 {
  // Only once: later we may be in a group that we created ourselves.
  if (controller === 0 && isLocated) return 0;
  let result = findPath(controller);
  if (result === 0) result = open(message("/proc/self/mountinfo"));
  if (result < 0) return result;
  result = -ENOENT;
  while (result === -ENOENT && nextMount()) {
    const below = shown(controller);
    if (below === 0 || isCovered()) continue;
    mountBytes = length(point);
    // A word that did not fit was cut off; and there must be room for the names of a group and a file after it.
    const fits = mountBytes + length(below) <= OWN_BYTES && length(path) <= OWN_BYTES;
    result = fits ? 0 : -ENAMETOOLONG;
    if (!fits) continue;
    const end = copy(own, endOf(own), point);
    if (load<u8>(below) !== 0 && load<u8>(below + 1) !== 0) copy(end, endOf(own), below);
  }
  reader.close();
  // If there is no such mount, the error message names the place where it should be.
  cgroup.name(message("/sys/fs/cgroup"));
  isLocated = result === 0 && !isVersion1;
  return result;
}

/** The group that `climb` has reached. */
const directory: UserBytes = zeroed(DIRECTORY_BYTES);

/** Goes up to the parent group. False at the hierarchy's root. */
function climb(): bool {
  let end = length(directory);
  while (end > mountBytes && load<u8>(directory + --end) !== char("/"));
  const isAbove = end >= mountBytes && load<u8>(directory + end) !== 0;
  store<u8>(directory + end, 0);
  return isAbove;
}

/** The smallest number in a file, from the group at `group` upwards; NONE if no group has a limit. */
export function least(group: Readable, file: Sayable): i64 {
  check(DIRECTORY_BYTES <= bytesOf(directory));
  check(length(group) < bytesOf(directory));
  let result = NONE;
  copy(directory, endOf(directory), group);
  do {
    result = min(result, readNumber(directory, file));
  } while (climb());
  return result;
}

/** The smallest CPU quota in whole CPUs, rounded up, from the group at `group` upwards; NONE without any quota. */
export function leastCpus(group: Readable): i64 {
  check(length(group) < bytesOf(directory));
  let result = NONE;
  copy(directory, endOf(directory), group);
  do {
    const quota = readNumber(directory, isVersion1 ? message("cpu.cfs_quota_us") : message("cpu.max"));
    if (quota === NONE) continue;
    const behind = find(content, char(" "));
    const period = isVersion1
      ? readNumber(directory, message("cpu.cfs_period_us"))
      : behind === 0
        ? NONE
        : parse(behind + 1);
    result = min(result, (quota + period - 1) / max<i64>(period, 1));
  } while (climb());
  return result;
}

const info: Buffer = zeroedCold(SYSINFO_BYTES);

/** The memory of the machine in bytes; NONE if the kernel does not say. */
export function machineMemory(): i64 {
  if (host.sysinfo(info) < 0) return NONE;
  return load<i64>(info + SYSINFO_TOTAL) * load<u32>(info + SYSINFO_UNIT);
}
