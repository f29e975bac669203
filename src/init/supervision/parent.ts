/** Our parent's death, and the orphans that we adopt. */
import { get, Id } from "../config/config";
import { PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, SI_USER } from "../linux/constants";
import * as host from "../linux/host";
import { isOrphan, learnParent, ourselves } from "../linux/ourselves";
import { SIGSETXID } from "../linux/signals";
import { SignalInfo } from "../linux/structs";
import { Log, report, reportOne } from "../report/report";

/** Our private signal for the death of our parent: one of the two that every libc reserves, which no program sends. */
export const PARENT_DIED: i32 = SIGSETXID;

/** Asks the kernel to send us PARENT_DIED when our parent dies; a death just before that is noticed as well. */
export function watchParent(): void {
  learnParent();
  const result = host.prctl(PR_SET_PDEATHSIG, PARENT_DIED);
  if (result < 0) reportOne(Log.NO_PARENT_DEATH_SIGNAL, result);
  else if (isOrphan()) host.kill(ourselves.pid, PARENT_DIED);
}

/**
 * Whether a PARENT_DIED with the siginfo `about` is genuine. If we know our parent's pid, getppid(2) tells. A parent outside our
 * PID namespace has the pid 0, and so has the signal's sender (as if the parent had called kill(2)); any process in our namespace
 * has another pid.
 */
export function isParentDead(about: SignalInfo): bool {
  return ourselves.parent !== 0 ? isOrphan() : about.code === SI_USER && about.pid === 0;
}

/** Becomes the subreaper of orphans, as we are not PID 1. The warnings are worded as tini's: people and tools look for them. */
export function adoptOrphans(): void {
  const wanted = get(Id.SUBREAPER) !== 0;
  const result = wanted ? host.prctl(PR_SET_CHILD_SUBREAPER, 1) : 0;
  if (wanted && result === 0) return;
  if (result < 0) reportOne(Log.SUBREAPER_REFUSED, result);
  report(Log.NOT_SUBREAPER);
  report(Log.NO_ZOMBIES_REAPED);
  if (result === 0) report(Log.SUBREAPER_TURNED_OFF);
}
