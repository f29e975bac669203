/** Who the program runs as, and with what: the options from --user to --oom-score-adj. */
import { Id, idOfNumber, isNumber, isSet, keepText, textOf } from "../config/config";
import { setVariable } from "../linux/environment";
import { Log, reportOne } from "../report/report";
import { copy, find, length } from "../text/bytes";
import { decimal } from "../text/number";
import { scratch } from "../text/scratch";
import { Readable, Text, UserBytes } from "../text/views";
import { addGroup, addMemberships, findGroup, findUser, gid, home, name, shell, uid } from "./accounts";
import { isUser, mayKill, ownGroup, setCredentials, wanted } from "./credentials";
import { setLimitsAndPriorities, setMaskAndDirectory } from "./surroundings";

/** Whether no signal of ours reaches the program, which is another user's. */
export let isDeaf: bool = false;

/** Whether any of these options is set: they stand together in the table. */
export function isIdentitySet(): bool {
  for (let id: i32 = Id.USER; id <= Id.OOM_SCORE_ADJ; id++) if (isSet(id)) return true;
  return false;
}

/** Makes `entry` a variable of the program. False, said, where there is no room. */
function setOrSay(entry: UserBytes): bool {
  const result = setVariable(entry);
  if (result < 0) reportOne(Log.ENVIRONMENT_FULL, entry);
  return result === 0;
}

/** Makes NAME=VALUE a variable of the program, where `start` is the name with the `=`. False, said, where there is no room. */
function setText(start: Text, value: Readable): bool {
  const end = copy(copy(scratch, endOf(scratch), start), endOf(scratch), value);
  // Kept behind the text of --user, for good.
  let index = 0;
  while (textOf(Id.USER, index) !== 0) index++;
  if (keepText(Id.USER, scratch, end)) return setOrSay(textOf(Id.USER, index));
  reportOne(Log.ENVIRONMENT_FULL, scratch);
  return false;
}

/** Sets HOME, USER, LOGNAME and SHELL of the user that was found; or of one that only has a number, which stands in `name`. */
function setUserVariables(): bool {
  return (
    setText(cString("HOME="), load<u8>(home) === 0 ? cString("/") : home) &&
    setText(cString("USER="), name) &&
    setText(cString("LOGNAME="), name) &&
    setText(cString("SHELL="), load<u8>(shell) === 0 ? cString("/bin/sh") : shell)
  );
}

/** Learns who `user`, USER or USER:GROUP, is, and sets the variables. False, said, where nobody is that. */
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

/** Learns the groups of --groups. False, said, where one does not exist. */
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

/** Sets the variables of --env. False, said, where there is no room. */
function setVariables(): bool {
  let index = 0;
  while (true) {
    const text = textOf(Id.ENV, index++);
    if (text === 0) return true;
    if (!setOrSay(text)) return false;
  }
}

/** Learns, before anything is started, who the program is to be, and extends its environment. False, said, where that cannot be. */
export function settleIdentity(): bool {
  const user = textOf(Id.USER, 0);
  if (user !== 0 && !settleUser(user)) return false;
  if (isSet(Id.GROUPS) && !settleGroups()) return false;
  // kill(2): to signal a process of another user takes a capability.
  isDeaf = wanted.hasUser && !isUser(wanted.uid) && !mayKill();
  return setVariables();
}

/** Makes the caller, which is the child, who the program is to be. False, said, where any of it did not take effect. */
export function assumeIdentity(): bool {
  return setLimitsAndPriorities() && setCredentials() && setMaskAndDirectory();
}
