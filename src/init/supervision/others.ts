/** Those beside the main child that are ours: tells them to end, kills them, and says who is left. */
import { ForwardTo, get, Id } from "../config/config";
import * as cgroup from "../linux/cgroup";
import { EPERM } from "../linux/errno";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { SIGKILL, SIGSTOP, SIGTERM } from "../linux/signals";
import { at, SignalInfo } from "../linux/structs";
import { isLogged, Level, Log, reportOne } from "../report/report";
import { isDying } from "./death";
import { EVERYTHING, NOBODY, sendToAll } from "./delivery";
import * as descendants from "./descendants";
import { reapDead } from "./reaping";
import { ownInfo } from "./siginfos";
import { job, lives, supervisee } from "./supervisee";

/** No process remains that a signal could reach. */
export let unreachable: bool = false;

/** Forgets who could not be reached: another life begins. */
export function forgetOthers(): void {
  unreachable = false;
}

/**
 * Everything that is ours gets a signal of our own, however it hides. Without /proc that is the program's group, whose
 * number is nobody else's as long as it has a member; where it has none, or there is no such group, nobody is left
 * that could be found. At the end, PID 1 means all of its namespace by that; between two lives of the program only its own
 * descendants, because a health check or a shell that the container's engine started is not what the program left.
 */
export function signalEverything(signal: i32, isBetweenLives: bool): void {
  if (ourselves.pid === 1 && !isBetweenLives) {
    host.kill(EVERYTHING, signal);
    return;
  }
  const known = supervisee.ended && !supervisee.leadsGroup ? 0 : job();
  const group = supervisee.cgroupPaths;
  let isGroupKilled = false;
  if (signal === SIGKILL) {
    if (group !== 0) {
      isGroupKilled = cgroup.write(group, message("cgroup.kill"), cString("1")) === 0;
      // Linux before 5.14.
      if (!isGroupKilled) cgroup.write(group, message("cgroup.freeze"), cString("1"));
    }
    // What is stopped does not fork while the others are found.
    sendToAll(ourselves.pid, 0, known, NOBODY, SIGSTOP, at<SignalInfo>(ownInfo));
  }
  // The group has those as well that are no children of ours any more, and a descendant of ours may have left it.
  const members: usize = isGroupKilled ? 0 : group;
  unreachable = sendToAll(ourselves.pid, members, known, NOBODY, signal, at<SignalInfo>(ownInfo)) < 0;
  if (group !== 0 && signal === SIGKILL && !isGroupKilled) cgroup.write(group, message("cgroup.freeze"), cString("0"));
}

/**
 * Asks what is left to end by SIGTERM; but not who was told already (`wasTold`), which many programs take for a wish to abort: the
 * program's group with --forward-to=group, everybody with all. Whatever those have started since then is theirs to end, and
 * is killed when its time is up. Another stop signal does not count: what a shell starts in the background ignores INT and QUIT.
 */
export function terminateOthers(wasTold: bool, isBetweenLives: bool): void {
  const receivers = get(Id.FORWARD_TO);
  if (!wasTold || receivers === ForwardTo.CHILD) {
    signalEverything(SIGTERM, isBetweenLives);
    return;
  }
  const group = receivers === ForwardTo.GROUP ? supervisee.child : 0;
  if (descendants.open(ourselves.pid, supervisee.cgroupPaths)) {
    for (let pid = descendants.next(); pid !== 0; pid = descendants.next())
      if (group !== 0 && host.getpgid(pid) !== group) host.kill(pid, SIGTERM);
  } else if (ourselves.pid === 1) {
    // Without /proc nobody can tell who is in the group; those who are not in it have to be asked.
    if (group !== 0) signalEverything(SIGTERM, isBetweenLives);
  } else if (group !== 0) {
    // Nobody but the group can be found.
    unreachable = host.kill(-group, 0) < 0;
  } else {
    // Only the program itself was found.
    signalEverything(SIGTERM, isBetweenLives);
  }
}

/**
 * Whether we lack the permission to kill who is left: whoever changed its user, where we have no CAP_KILL. For PID 1 one
 * such process is enough, because the kernel kills it when we end; else others may be killed yet.
 */
export function isPowerless(): bool {
  if (!descendants.open(ourselves.pid, 0)) return lives() && host.kill(job(), 0) === -EPERM;
  let refused = false;
  let others = false;
  while (true) {
    const pid = descendants.next();
    if (pid === 0) return refused && (ourselves.pid === 1 || !others);
    const result = host.kill(pid, 0);
    if (result === -EPERM) refused = true;
    else if (result === 0) others = true;
  }
}

/** Says how many run on as we end; not who is being killed already, by the signal that ended the program perhaps. */
export function sayWhoIsLeft(): void {
  if (!isLogged(Level.WARN) || !descendants.open(ourselves.pid, 0)) return;
  let count = 0;
  for (let pid = descendants.next(); pid !== 0; pid = descendants.next()) if (!isDying(pid)) count++;
  // Meanwhile more may have died.
  reapDead();
  if (count > 0) reportOne(Log.PROCESSES_LEFT, count);
}
