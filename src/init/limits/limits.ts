/** Hard limits: the program's own control groups, with every limit set before it starts. */
import { get, groupName, Id, isSet, Limits, nameOf, print, RestartLeaves } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { W_OK } from "../linux/constants";
import { EADDRINUSE, EINVAL, ERANGE } from "../linux/errno";
import { isVersion1, locate, own } from "../linux/hierarchy";
import * as host from "../linux/host";
import {
  appendOne,
  appendThree,
  appendTwo,
  atLevel,
  Level,
  Log,
  report,
  reportOne,
  reportThree,
  reportTwo,
  setMore,
} from "../report/report";
import * as line from "../text/line";
import { file, FIRST, LAST, value } from "./files";
import { emptyGroups, firstFd, group, removeGroups, groups } from "./groups";
import * as version1 from "./version1";
import * as version2 from "./version2";

export { hint } from "./hints";

/** The level at which a limit that cannot be set is reported: FATAL, and the program is not started, or WARN. */
let level: Level = 0;
let advised: bool = false;

/** Whether the user has set an option, and to something other than "off" if it is a flag. */
function isWanted(id: i32): bool {
  return isSet(id) && (id !== Id.MEMORY_OOM_GROUP || get(id) !== 0);
}

/** Whether the user wants a control group: for a limit, or by its name (--cgroup). */
export function areWanted(): bool {
  for (let id = FIRST; id <= Id.CGROUP; id++) if (isWanted(id)) return true;
  return false;
}

/** Reports that the last operation for an option failed; and, the first time, what the user can do about it. */
function refuse(id: i32, errno: i32): void {
  if (cgroup.tried === 0) {
    reportThree(atLevel(Log.GROUP_UNUSABLE, level), nameOf(id), cgroup.path, errno);
  } else {
    setMore(errno, 0);
    reportThree(atLevel(Log.LIMIT_NOT_WRITTEN, level), nameOf(id), cgroup.tried, cgroup.path);
  }
  if (advised || errno === EINVAL || errno === ERANGE || errno === EADDRINUSE) return;
  advised = true;
  report(atLevel(Log.NO_WRITABLE_GROUP, level));
}

/** Applies one option. Returns whether that worked. */
function set(id: i32): bool {
  const name = id <= LAST ? file(id) : 0;
  if (isVersion1 && name === 0) {
    if (id === Id.CGROUP) return true;
    reportOne(atLevel(Log.NO_SUCH_LIMIT, level), nameOf(id));
    return false;
  }
  if (id === Id.MEMORY_SIGNAL) return true;
  let result = isVersion1 ? version1.place(id) : version2.place(name);
  if (result === 0 && name !== 0) result = cgroup.write(group, name, value(id));
  if (result < 0) refuse(id, -result);
  return result === 0;
}

/**
 * Sets all limits. Returns whether the program may be started: with --limits=best-effort it always may. If not, the reason
 * has been reported, and everything has been undone.
 */
export function apply(): bool {
  level = get(Id.LIMITS) === Limits.STRICT ? Level.FATAL : Level.WARN;
  const found = locate(0);
  for (let id = FIRST; id <= Id.CGROUP; id++) {
    if (!isWanted(id)) continue;
    const isFound = found === 0 || isVersion1;
    if (!isFound) refuse(id, -found);
    if (isFound && set(id)) continue;
    if (level === Level.WARN) continue;
    release(false);
    return false;
  }
  return true;
}

/** The directories of the created groups, one after another, ended by an empty text; 0 if there are none. */
export function made(): usize {
  return load<u8>(groups) === 0 ? 0 : groups;
}

/** A descriptor of the program's group in cgroup v2, for it to be started in; or below 0. */
export function open(): i32 {
  return isVersion1 ? -1 : firstFd;
}

/** Prepares the program's groups for its next life. With --restart-leaves=others, the groups in them are left alone. */
export function renew(): void {
  if (made() === 0) return;
  if (get(Id.RESTART_LEAVES) !== RestartLeaves.OTHERS) emptyGroups();
  if (!isVersion1) version2.takeBack(group);
}

/** Reports that a group could not be removed, if `result` says so. */
function reportLeft(result: i32): void {
  if (result < 0) reportTwo(Log.GROUP_LEFT, cgroup.path, result);
}

/** Removes the created groups; `isGone` if the program's first group is gone already. */
export function release(isGone: bool): void {
  reportLeft(removeGroups(isGone));
  reportLeft(version2.restore());
}

/** Prints our own group and the values that would be written, as comments after the configuration (--print-config). */
export function describe(): void {
  let errno = -locate(0);
  line.clear();
  appendOne(message("# cgroup version {number}"), isVersion1 ? 1 : 2);
  if (!isVersion1) {
    if (errno === 0) {
      cgroup.join(own, message("cgroup.procs"));
      errno = -host.access(cgroup.path, W_OK);
    }
    if (errno === 0) appendOne(message(" {path}: writable"), cgroup.path);
    else appendTwo(message(" {path}: {errno}"), cgroup.path, errno);
  }
  print();
  for (let id = FIRST; id <= LAST; id++) {
    const name = file(id);
    if (!isWanted(id) || name === 0 || (isVersion1 && version1.find(id) < 0)) continue;
    // `value` may read files of our own group, and uses `cgroup.path` for that: so it comes first.
    const text = value(id);
    cgroup.join(own, groupName);
    appendThree(message("# {path}/{text}: {text}"), cgroup.path, name, text);
    print();
  }
}
