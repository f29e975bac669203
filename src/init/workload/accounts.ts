/** Looks users and groups up in /etc/passwd and /etc/group, as getpwnam(3) and initgroups(3) do. Malformed lines are skipped. */
import { idOfNumber, isNumber } from "../config/config";
import { ENOENT } from "../linux/errno";
import * as reader from "../linux/reader";
import { WORD_BYTES } from "../linux/reader";
import { Log, reportOne, reportThree, reportTwo } from "../report/report";
import { length, same } from "../text/bytes";
import { Readable, Text, UserBytes } from "../text/views";

const PASSWD: Text = cString("/etc/passwd");
const GROUP: Text = cString("/etc/group");

/** How many groups a program can have; the kernel's limit is 65536. */
export const MOST_GROUPS: i32 = 1024;
const GROUP_BYTES: i32 = sizeof<u32>();
/** The supplementary groups that the program gets. */
export const groups: usize = zeroedCold(MOST_GROUPS * GROUP_BYTES);
export let groupCount: i32 = 0;

/** The fields of the line that was read last; `other` takes those that are not needed. */
export const name: UserBytes = zeroedCold(WORD_BYTES);
export const home: UserBytes = zeroedCold(WORD_BYTES);
export const shell: UserBytes = zeroedCold(WORD_BYTES);
const number: UserBytes = zeroedCold(WORD_BYTES);
const other: UserBytes = zeroedCold(WORD_BYTES);

/** The ids in the line that was read last, -1 if it has none. */
export let uid: i64 = 0;
export let gid: i64 = 0;

/** Whether a field is complete: a longer one would have been cut to this length. */
function isWhole(field: UserBytes): bool {
  return length(field) < WORD_BYTES - 1;
}

/** The id in `number`, or -1 if it is not one. */
function id(): i64 {
  return idOfNumber(number, number + length(number));
}

/** Reads a line `NAME:PASSWORD:UID:GID:COMMENT:HOME:SHELL`. Returns false at the end of the file. */
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

/** Opens a file of accounts to look up `wanted`, 0 for anybody. Returns 1; 0 if it does not exist and need not; below 0, after a message, if it fails. */
function open(path: Text, wanted: Readable): i32 {
  const result = reader.open(path);
  if (result === 0) return 1;
  if (result === -ENOENT && wanted === 0) return 0;
  return failed(path, wanted, result);
}

/** Reports why `wanted` cannot be looked up, or if that is 0, the groups of the user. Returns -1. */
function failed(path: Text, wanted: Readable, errno: i32): i32 {
  reportThree(Log.ACCOUNTS_UNREADABLE, wanted === 0 ? cString("the user") : wanted, path, errno);
  return -1;
}

/**
 * Finds a user by name or, if `wanted` is 0, by id, and sets `uid`, `gid`, `name`, `home` and `shell`.
 * Returns 1; 0 if no user has the id; below 0, after a message, if it fails.
 */
export function findUser(wanted: Readable, wantedId: i64): i32 {
  if (wanted === 0) {
    // An id needs no file, so it does not matter why there is none to read.
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

/** Reads `NAME:PASSWORD:GID`, before the members; sets `name` and `gid`. Returns the separator that follows, or below 0 at the end of the file. */
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

/** The id of a group, given as a name or a number; below 0, after a message, if there is no such group. */
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

/** Whether `group` is among the `count` groups at `list`. */
export function isAmong(group: u32, list: usize, count: i32): bool {
  for (let at = list; at < list + ((<usize>count) << 2); at += GROUP_BYTES) if (load<u32>(at) === group) return true;
  return false;
}

/** Adds a group, unless it is there already. Returns false, after a message, if there is no room. */
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

/** Adds the groups that have `user` as a member, none if there is no /etc/group. Returns false, after a message, if it fails. */
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
