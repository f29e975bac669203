/** Our processes other than the main child: asks them to end, kills them, and reports what is left. */
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

/** Resets `unreachable`: another life begins. */
export function forgetOthers(): void {
  unreachable = false;
}

/**
 * Sends a signal to all our processes, in whatever group or session. Without /proc, that is the program's process group, whose
 * number is not reused while it has a member; if it has none, or there is no such group, no process can be found. At the end, for
 * PID 1, it is the whole PID namespace; between two lives of the program, only our descendants, because a health check or a shell
 * that the container engine started does not belong to the program.
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
    // A stopped process does not fork while the others are being found.
    sendToAll(ourselves.pid, 0, known, NOBODY, SIGSTOP, at<SignalInfo>(ownInfo));
  }
  // The control group may have processes that are not our descendants, and a descendant of ours may have left it.
  const members: usize = isGroupKilled ? 0 : group;
  unreachable = sendToAll(ourselves.pid, members, known, NOBODY, signal, at<SignalInfo>(ownInfo)) < 0;
  if (group !== 0 && signal === SIGKILL && !isGroupKilled) cgroup.write(group, message("cgroup.freeze"), cString("0"));
}

/**
 * Sends SIGTERM to the remaining processes; but not to those that have had it (`wasTold`), as many programs take a second one for
 * a request to abort: the program's group with --forward-to=group, everything with all. Whatever those have started since then
 * is theirs to end, and is killed when its time is up. Another stop signal does not count: background processes of a shell ignore
 * INT and QUIT.
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
    // Without /proc, the group's members are unknown; all have to be asked, to reach those outside it.
    if (group !== 0) signalEverything(SIGTERM, isBetweenLives);
  } else if (group !== 0) {
    // Only the group can be reached.
    unreachable = host.kill(-group, 0) < 0;
  } else {
    // Only the program itself was reached.
    signalEverything(SIGTERM, isBetweenLives);
  }
}

/**
 * Whether we lack the permission to kill what is left: processes that changed their user, if we have no CAP_KILL. For PID 1, one
 * such process is enough, because the kernel kills it when we end; otherwise, the remaining ones may still be killed.
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

/** Reports how many processes are left running as we end; not those that are being killed, perhaps by the program's last signal. */
export function reportLeft(): void {
  if (!isLogged(Level.WARN) || !descendants.open(ourselves.pid, 0)) return;
  let count = 0;
  for (let pid = descendants.next(); pid !== 0; pid = descendants.next()) if (!isDying(pid)) count++;
  // More may have died meanwhile.
  reapDead();
  if (count > 0) reportOne(Log.PROCESSES_LEFT, count);
}
