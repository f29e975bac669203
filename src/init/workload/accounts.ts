/** Users and groups, looked up in /etc/passwd and /etc/group as getpwnam(3) and initgroups(3) do. A line that is malformed is none. */
import { idOfNumber, isNumber } from "../config/config";
import { ENOENT } from "../linux/errno";
import * as reader from "../linux/reader";
import { WORD_BYTES } from "../linux/reader";
import { Log, reportOne, reportThree, reportTwo } from "../report/report";
import { length, same } from "../text/bytes";
import { Readable, Text, UserBytes } from "../text/views";

const PASSWD: Text = cString("/etc/passwd");
const GROUP: Text = cString("/etc/group");

/** How many groups a program can have here; the kernel has room for 65536. */
export const MOST_GROUPS: i32 = 1024;
const GROUP_BYTES: i32 = sizeof<u32>();
/** The groups. */
export const groups: usize = zeroedCold(MOST_GROUPS * GROUP_BYTES);
export let groupCount: i32 = 0;

/** Fields of the line that was read last, and one of no interest. */
export const name: UserBytes = zeroedCold(WORD_BYTES);
export const home: UserBytes = zeroedCold(WORD_BYTES);
export const shell: UserBytes = zeroedCold(WORD_BYTES);
const number: UserBytes = zeroedCold(WORD_BYTES);
const other: UserBytes = zeroedCold(WORD_BYTES);

/** The ids of the user that was found last. */
export let uid: i64 = 0;
export let gid: i64 = 0;

/** A field that was not read is empty; one that may have been cut is nobody's. */
function isWhole(field: UserBytes): bool {
  return length(field) < WORD_BYTES - 1;
}

/** The id in `number`, -1 where that is none. */
function id(): i64 {
  return idOfNumber(number, number + length(number));
}

/** Reads `NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL`. False at the end of the file. */
function readUser(): bool {
  let separator = reader.word(name, char(":"));
  if (separator < 0 && load<u8>(name) === 0) return false;
  uid = -1;
  gid = -1;
  store<u8>(home, 0);
  store<u8>(shell, 0);
  for (let field = 1; separator === char(":"); field++) {
    const isId = field === 2 || field === 3;
    const to: UserBytes = isId ? number : field === 5 ? home : field === 6 ? shell : other;
    separator = reader.word(to, char(":"));
    if (field === 2) uid = id();
    if (field === 3) gid = id();
  }
  return true;
}

/** Opens a file of accounts, for `wanted`. Returns 1; 0 where there is none and that is no fault; below 0, said, where it is one. */
function open(path: Text, wanted: Readable): i32 {
  const result = reader.open(path);
  if (result === 0) return 1;
  if (result === -ENOENT && wanted === 0) return 0;
  return failed(path, wanted, result);
}

/** Says why `wanted` cannot be looked up; 0 is any user, of whom the groups are to be found. */
function failed(path: Text, wanted: Readable, errno: i32): i32 {
  reportThree(Log.ACCOUNTS_UNREADABLE, wanted === 0 ? cString("the user") : wanted, path, errno);
  return -1;
}

/**
 * Finds the user of a name, or where `wanted` is 0 of an id, and sets `uid`, `gid`, `name`, `home` and `shell`.
 * Returns 1; 0 where no user has that id; below 0, said, where it fails.
 */
export function findUser(wanted: Readable, wantedId: i64): i32 {
  if (wanted === 0) {
    // An id needs no file; whatever keeps us from it.
    if (reader.open(PASSWD) < 0) return 0;
  } else if (open(PASSWD, wanted) < 0) return -1;
  let found: bool = false;
  while (!found && readUser()) {
    const is = wanted === 0 ? uid === wantedId : same(name, wanted);
    found = is && uid >= 0 && gid >= 0 && isWhole(name) && isWhole(home) && isWhole(shell);
  }
  const failure = reader.failure;
  reader.close();
  if (found || wanted === 0) return found ? 1 : 0;
  if (failure < 0) return failed(PASSWD, wanted, failure);
  reportTwo(Log.ACCOUNT_UNKNOWN, PASSWD, wanted);
  return -1;
}

/** Reads `NAME:PASSWORD:GID`, before the members; sets `gid`. Returns what stands behind; below 0 at the end of the file. */
function readGroup(): i32 {
  let separator = reader.word(name, char(":"));
  if (separator < 0 && load<u8>(name) === 0) return -1;
  gid = -1;
  if (separator === char(":")) separator = reader.word(other, char(":"));
  if (separator === char(":")) {
    separator = reader.word(number, char(":"));
    gid = id();
  }
  return separator < 0 ? char("\n") : separator;
}

/** The id of the group of a name, or number, which ends before `end`; below 0, said, where there is none. */
export function findGroup(wanted: UserBytes): i64 {
  const end = wanted + length(wanted);
  if (isNumber(wanted, end)) return idOfNumber(wanted, end);
  if (open(GROUP, wanted) < 0) return -1;
  let found: bool = false;
  while (!found) {
    let separator = readGroup();
    if (separator < 0) break;
    found = same(name, wanted) && gid >= 0 && isWhole(name);
    while (separator !== char("\n") && separator >= 0) separator = reader.word(other, char("\n"));
  }
  const failure = reader.failure;
  reader.close();
  if (found) return gid;
  if (failure < 0) return failed(GROUP, wanted, failure);
  reportTwo(Log.ACCOUNT_UNKNOWN, GROUP, wanted);
  return -1;
}

/** Whether `group` is among so many groups at `list`. */
export function isAmong(group: u32, list: usize, count: i32): bool {
  for (let at = list; at < list + ((<usize>count) << 2); at += GROUP_BYTES) if (load<u32>(at) === group) return true;
  return false;
}

/** Adds a group, once. False, said, where there is no room. */
export function addGroup(group: u32): bool {
  if (isAmong(group, groups, groupCount)) return true;
  if (groupCount === MOST_GROUPS) {
    reportOne(Log.TOO_MANY_GROUPS, MOST_GROUPS);
    return false;
  }
  store<u32>(groups + ((<usize>groupCount) << 2), group);
  groupCount++;
  return true;
}

/** Adds the groups that list `user` as a member; none where there is no /etc/group. False, said, where it fails. */
export function addMemberships(user: Readable): bool {
  const opened = open(GROUP, 0);
  if (opened <= 0) return opened === 0;
  let right: bool = true;
  while (right) {
    let separator = readGroup();
    if (separator < 0) break;
    while (separator !== char("\n") && separator >= 0) {
      separator = reader.word(other, char(","));
      if (gid >= 0 && same(other, user)) right = right && addGroup(<u32>gid);
    }
  }
  const failure = reader.failure;
  reader.close();
  if (failure < 0) failed(GROUP, 0, failure);
  return right && failure >= 0;
}
