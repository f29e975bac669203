/** Our parent, and whose parent we are: its death, and the orphans that come to us. */
import { get, Id } from "../config/config";
import { PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, SI_USER } from "../linux/constants";
import * as host from "../linux/host";
import { isOrphan, learnParent, ourselves } from "../linux/ourselves";
import { SIGSETXID } from "../linux/signals";
import { SignalInfo } from "../linux/structs";
import { Log, report, reportOne } from "../report/report";

/** The private notice that our parent died: one of the libc's own two signals, which nobody sends in earnest. */
export const PARENT_DIED: i32 = SIGSETXID;

/** Asks the kernel to tell us when our parent dies; a parent that died meanwhile is noticed as well. */
export function watchParent(): void {
  learnParent();
  const result = host.prctl(PR_SET_PDEATHSIG, PARENT_DIED);
  if (result < 0) reportOne(Log.NO_PARENT_DEATH_SIGNAL, result);
  else if (isOrphan()) host.kill(ourselves.pid, PARENT_DIED);
}

/**
 * Whether our parent died, for the notice `about`. Where we know its pid, the kernel tells. One outside our PID namespace
 * has the pid 0, and so has the notice of its death (in its name, as by kill(2)); what a process of ours sends has another.
 */
export function isParentDead(about: SignalInfo): bool {
  return ourselves.parent !== 0 ? isOrphan() : about.code === SI_USER && about.pid === 0;
}

/** Makes orphans come to us where we are not PID 1. tini's words for where they do not: people and tools look for them. */
export function adoptOrphans(): void {
  const wanted = get(Id.SUBREAPER) !== 0;
  const result = wanted ? host.prctl(PR_SET_CHILD_SUBREAPER, 1) : 0;
  if (wanted && result === 0) return;
  if (result < 0) reportOne(Log.SUBREAPER_REFUSED, result);
  report(Log.NOT_SUBREAPER);
  report(Log.NO_ZOMBIES_REAPED);
  if (result === 0) report(Log.SUBREAPER_TURNED_OFF);
}
