/**
 * The user, groups and capabilities of the program's process, set in the order of setpriv and gosu: groups, group, user,
 * capabilities, no_new_privs. In the kernel each task has its own, so the child does not change those of the init. All of it
 * is checked afterwards, and the program does not run if anything did not take effect.
 */
import { droppedCapabilities, get, Id, isSet as isOptionSet, keptCapabilities, nameOf } from "../config/config";
import {
  CAP_KILL,
  CAP_SETPCAP,
  CAPABILITY_NAMES,
  effective,
  inheritable,
  permitted,
  readCapabilities,
  writeCapabilities,
} from "../linux/capabilities";
import {
  PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_NO_NEW_PRIVS,
  PR_SET_KEEPCAPS,
  PR_SET_NO_NEW_PRIVS,
} from "../linux/constants";
import * as host from "../linux/host";
import { Log, reportOne, reportThree, reportTwo } from "../report/report";
import { wordAt } from "../text/bytes";
import { unpack } from "../text/packed";
import { scratch } from "../text/scratch";
import { Buffer, Message } from "../text/views";
import { groupCount, groups, isAmong, MOST_GROUPS } from "./accounts";

/** The ids that the program gets. */
@unmanaged
class Wanted {
  uid: u32 = 0;
  gid: u32 = 0;
  /** Whether its user and group are to be set, and whether its supplementary groups are. */
  hasUser: bool = false;
  hasGroups: bool = false;
}
export const wanted: Wanted = changetype<Wanted>(zeroed(Wanted));

/** The real, the effective and the saved id. */
const IDS: i32 = 3;
const ID_BYTES: i32 = sizeof<u32>();
const ids: Buffer = zeroedCold(IDS * ID_BYTES);

/** Whether the caller may signal processes of any user. */
export function mayKill(): bool {
  return readCapabilities() === 0 && has(effective, CAP_KILL);
}

function has(set: u64, capability: i32): bool {
  return ((set >> capability) & 1) !== 0;
}

/** Whether the three ids in `ids` are all `id`; `result` is that of the call that read them. */
function areAll(result: i32, id: u32): bool {
  return result === 0 && load<u32>(ids) === id && load<u32>(ids + 4) === id && load<u32>(ids + 8) === id;
}

export function isUser(id: u32): bool {
  return areAll(host.getresuid(ids), id);
}

/** The effective group of the caller. */
export function ownGroup(): u32 {
  host.getresgid(ids);
  return load<u32>(ids + 4);
}

/** Whether the supplementary groups are the wanted ones. Whether the primary group is among them makes no difference. */
function areGroupsRight(): bool {
  const count = host.getgroups(MOST_GROUPS, scratch);
  for (let i = 0; i < count; i++) {
    const group = load<u32>(scratch + ((<usize>i) << 2));
    if (group !== wanted.gid && !isAmong(group, groups, groupCount)) return false;
  }
  for (let i = 0; i < groupCount; i++) {
    const group = load<u32>(groups + ((<usize>i) << 2));
    if (group !== wanted.gid && !isAmong(group, scratch, count)) return false;
  }
  return count >= 0;
}

const USER: Message = message("user");
const GROUP: Message = message("group");
const GROUPS: Message = message("supplementary groups");
const CAPABILITY_SET: Message = message("capabilities");
const NO_NEW_PRIVS: Message = message("no_new_privs");

/** The name of the option that asks for it. */
function optionFor(what: Message): usize {
  if (what === NO_NEW_PRIVS) return nameOf(Id.NO_NEW_PRIVS);
  if (what === GROUPS && isOptionSet(Id.GROUPS)) return nameOf(Id.GROUPS);
  if (what === CAPABILITY_SET && keptCapabilities() !== 0) return nameOf(Id.KEEP_CAPABILITIES);
  return nameOf(what === CAPABILITY_SET && droppedCapabilities() !== 0 ? Id.DROP_CAPABILITIES : Id.USER);
}

/** Whether a call succeeded. Reports what could not be set otherwise. */
function isSet(what: Message, result: i32): bool {
  if (result < 0) reportThree(Log.IDENTITY_NOT_SET, optionFor(what), what, result);
  return result >= 0;
}

/** Whether something is in effect. Reports it otherwise. */
function isTrue(what: Message, holds: bool): bool {
  if (!holds) reportTwo(Log.IDENTITY_NOT_IN_EFFECT, optionFor(what), what);
  return holds;
}

/** Sets the user and the groups. `keeps`: permitted capabilities stay permitted. Returns false, after a message, if something fails. */
function setAccounts(keeps: bool): bool {
  if (wanted.hasGroups) {
    // Without the right to set them, they may already be the right ones.
    const result = host.setgroups(groupCount, groups);
    if (!areGroupsRight() && !isSet(GROUPS, result)) return false;
  }
  if (!wanted.hasUser) return true;
  if (!isSet(GROUP, host.setresgid(wanted.gid))) return false;
  if (keeps && !isSet(CAPABILITY_SET, host.prctl(PR_SET_KEEPCAPS, 1))) return false;
  return isSet(USER, host.setresuid(wanted.uid));
}

/** Drops capabilities from the bounding set. Returns false, after a message, if that fails. */
function narrowBounds(dropped: u64): bool {
  for (let capability = 0; capability < 64; capability++) {
    if (!has(dropped, capability)) continue;
    const bound = host.prctl(PR_CAPBSET_READ, capability);
    // EINVAL: this kernel knows no capability from this number on.
    if (bound < 0) break;
    if (bound === 1 && !isSet(CAPABILITY_SET, host.prctl(PR_CAPBSET_DROP, capability))) return false;
  }
  return true;
}

/** Reports the first of the capabilities to keep that we lack. */
function missing(lacking: u64): bool {
  let capability = 0;
  while (!has(lacking, capability)) capability++;
  unpack(scratch, endOf(scratch), CAPABILITY_NAMES);
  reportOne(Log.CAPABILITY_MISSING, wordAt(scratch, capability));
  return false;
}

/** Whether the sets that were read last are these. */
function areSets(effectiveOnes: u64, permittedOnes: u64, inheritableOnes: u64): bool {
  return effective === effectiveOnes && permitted === permittedOnes && inheritable === inheritableOnes;
}

/** Sets the capabilities. `isAnother`: the caller has become another user, not root, who has only those that are kept. Returns false, after a message, if something fails. */
function setCapabilities(isAnother: bool): bool {
  const kept = keptCapabilities();
  const dropped = droppedCapabilities();
  if (!isSet(CAPABILITY_SET, readCapabilities())) return false;
  if ((kept & ~permitted) !== 0) return missing(kept & ~permitted);
  const newPermitted = isAnother ? kept : permitted & ~dropped;
  const newEffective = isAnother ? kept : (effective & ~dropped) | kept;
  const newInheritable = (inheritable & ~dropped) | kept;
  if (dropped !== 0 && !has(effective, CAP_SETPCAP) && has(permitted, CAP_SETPCAP)) {
    if (!isSet(CAPABILITY_SET, writeCapabilities(permitted, permitted, inheritable))) return false;
  }
  if (!narrowBounds(dropped)) return false;
  const isOld = areSets(newEffective, newPermitted, newInheritable);
  if (!isOld && !isSet(CAPABILITY_SET, writeCapabilities(newEffective, newPermitted, newInheritable))) return false;
  let right = true;
  for (let capability = 0; capability < 64; capability++) {
    if (has(kept, capability)) {
      if (!isSet(CAPABILITY_SET, host.ambient(PR_CAP_AMBIENT_RAISE, capability))) return false;
      right = right && host.ambient(PR_CAP_AMBIENT_IS_SET, capability) === 1;
    }
    if (has(dropped, capability)) right = right && host.prctl(PR_CAPBSET_READ, capability) !== 1;
  }
  const areAsWanted: bool = right && readCapabilities() === 0 && areSets(newEffective, newPermitted, newInheritable);
  return isTrue(CAPABILITY_SET, areAsWanted);
}

/** Applies all of it to the calling process. Returns false, after a message, if anything did not take effect. */
export function setCredentials(): bool {
  const concernsCapabilities = (keptCapabilities() | droppedCapabilities()) !== 0;
  const changes = wanted.hasUser && !isUser(wanted.uid);
  if (!setAccounts(changes && concernsCapabilities)) return false;
  if ((concernsCapabilities || wanted.hasUser) && !setCapabilities(changes && wanted.uid !== 0)) return false;
  if (get(Id.NO_NEW_PRIVS) !== 0) {
    if (!isSet(NO_NEW_PRIVS, host.prctl(PR_SET_NO_NEW_PRIVS, 1))) return false;
    if (!isTrue(NO_NEW_PRIVS, host.prctl(PR_GET_NO_NEW_PRIVS, 0) === 1)) return false;
  }
  if (wanted.hasGroups && !isTrue(GROUPS, areGroupsRight())) return false;
  if (!wanted.hasUser) return true;
  return isTrue(GROUP, areAll(host.getresgid(ids), wanted.gid)) && isTrue(USER, isUser(wanted.uid));
}
