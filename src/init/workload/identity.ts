/** The identity of the program: the options from --user to --oom-score-adj. */
import { Id, idOfNumber, isNumber, isSet, keepText, textOf } from "../config/config";
import { setVariable } from "../linux/environment";
import { Log, reportOne } from "../report/report";
import { copy, find, length } from "../text/bytes";
import { decimal } from "../text/number";
import { scratch } from "../text/scratch";
import { Readable, Text, UserBytes } from "../text/views";
import { addGroup, addMemberships, findGroup, findUser, gid, home, name, shell, uid } from "./accounts";
import { isUser, mayKill, ownGroup, setCredentials, wanted } from "./credentials";
import { giveStandardDescriptors } from "./stdio";
import { setLimitsAndPriorities, setMaskAndDirectory } from "./surroundings";

/** Whether the program is another user's and we may not signal it. */
export let isDeaf: bool = false;

/** Whether any of these options is set: they are consecutive in the table. */
export function isIdentitySet(): bool {
  for (let id: i32 = Id.USER; id <= Id.OOM_SCORE_ADJ; id++) if (isSet(id)) return true;
  return false;
}

/** Makes `entry` a variable of the program. Returns false, after a message, if there is no room. */
function setOrSay(entry: UserBytes): bool {
  const result = setVariable(entry);
  if (result < 0) reportOne(Log.ENVIRONMENT_FULL, entry);
  return result === 0;
}

/** Sets a variable of the program; `start` is its name with the `=`. Returns false, after a message, if there is no room. */
function setText(start: Text, value: Readable): bool {
  const end = copy(copy(scratch, endOf(scratch), start), endOf(scratch), value);
  // Stored as further texts of --user: the program's environment points to them.
  let index = 0;
  while (textOf(Id.USER, index) !== 0) index++;
  if (keepText(Id.USER, scratch, end)) return setOrSay(textOf(Id.USER, index));
  reportOne(Log.ENVIRONMENT_FULL, scratch);
  return false;
}

/** Sets HOME, USER, LOGNAME and SHELL of the user that was found, or of one that is only a number, which is in `name`. */
function setUserVariables(): bool {
  return (
    setText(cString("HOME="), load<u8>(home) === 0 ? cString("/") : home) &&
    setText(cString("USER="), name) &&
    setText(cString("LOGNAME="), name) &&
    setText(cString("SHELL="), load<u8>(shell) === 0 ? cString("/bin/sh") : shell)
  );
}

/** Looks up `user`, which is USER or USER:GROUP, and sets the variables. Returns false, after a message, if there is no such user or group. */
function settleUser(user: UserBytes): bool {
  const colon = find(user, char(":"));
  if (colon !== 0) store<u8>(colon, 0);
  const end = user + length(user);
  const number = isNumber(user, end) ? idOfNumber(user, end) : -1;
  const found = findUser(number < 0 ? user : 0, number);
  if (found < 0) return false;
  if (found === 0) {
    decimal(name, number);
    store<u8>(home, 0);
    store<u8>(shell, 0);
  }
  wanted.hasUser = true;
  wanted.uid = <u32>(found > 0 ? uid : number);
  wanted.gid = found > 0 ? <u32>gid : ownGroup();
  if (!setUserVariables()) return false;
  const isAlone = colon !== 0 || found === 0 || isSet(Id.GROUPS);
  if (colon !== 0) {
    const group = findGroup(colon + 1);
    if (group < 0) return false;
    wanted.gid = <u32>group;
  }
  wanted.hasGroups = true;
  if (isSet(Id.GROUPS)) return true;
  return addGroup(wanted.gid) && (isAlone || addMemberships(textOf(Id.USER, 2) + bytesOf(cString("USER=")) - 1));
}

/** Looks up the groups of --groups. Returns false, after a message, if one does not exist. */
function settleGroups(): bool {
  if (!wanted.hasUser) wanted.gid = ownGroup();
  wanted.hasGroups = true;
  let index = 0;
  while (true) {
    const text = textOf(Id.GROUPS, index++);
    if (text === 0) return true;
    const group = findGroup(text);
    if (group < 0 || !addGroup(<u32>group)) return false;
  }
}

/** Sets the variables of --env. Returns false, after a message, if there is no room. */
function setVariables(): bool {
  let index = 0;
  while (true) {
    const text = textOf(Id.ENV, index++);
    if (text === 0) return true;
    if (!setOrSay(text)) return false;
  }
}

/** Looks up the user and the groups and extends the environment, before anything is started. Returns false, after a message, if that fails. */
export function settleIdentity(): bool {
  const user = textOf(Id.USER, 0);
  if (user !== 0 && !settleUser(user)) return false;
  if (isSet(Id.GROUPS) && !settleGroups()) return false;
  if (!setVariables()) return false;
  if (!wanted.hasUser || isUser(wanted.uid)) return true;
  // Signalling another user's process needs CAP_KILL (kill(2)).
  isDeaf = !mayKill();
  giveStandardDescriptors(wanted.uid);
  return true;
}

/** Applies the identity to the calling process, the child. Returns false, after a message, if any of it did not take effect. */
export function assumeIdentity(): bool {
  return setLimitsAndPriorities() && setCredentials() && setMaskAndDirectory();
}
