/**
 * Whether the program of a run is healthy, as HEALTHCHECK and exec probes ask: a process beside the run looks, perhaps as
 * another user, and learns what /proc and one connection tell. It starts nothing, and the init knows nothing of it.
 */
import { get, Healthcheck, Id, Wait } from "../config/config";
import { expectEnd } from "../linux/descriptors";
import { ESRCH } from "../linux/errno";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { field, nameOf, readStat, stat } from "../linux/processes";
import * as reader from "../linux/reader";
import { atLevel, Level, Log, report, reportOne } from "../report/report";
import { parseNumber } from "../text/bytes";
import { answers } from "./answer";
import { findChild, findInit, hidesChild, isInitHidden, word } from "./family";

/** Whether something must answer. */
function asks(): bool {
  return get(Id.HEALTHCHECK) !== Healthcheck.NONE;
}

/** Says what cannot be seen. Returns whether it may be healthy all the same: where the answer that is asked for decides. */
function cannotSee(event: Log): bool {
  report(asks() ? atLevel(event, Level.WARN) : event);
  return asks();
}

/** Says why it is not healthy. */
function unhealthy(event: Log, process: i32): bool {
  reportOne(event, process);
  return false;
}

/** Says that no init of ours is there, but another one as PID 1. */
function isOther(): bool {
  store<u8>(word, 0);
  if (reader.open(cString("/proc/1/comm")) === 0) reader.word(word, char("\n"));
  reportOne(Log.HEALTH_OTHER_INIT, word);
  return false;
}

/** Whether the program lives, as far as can be seen; says why not. */
function lives(): bool {
  // Numbers of another PID namespace would be strangers here.
  if (!readStat(cString("self")) || parseNumber(stat) !== ourselves.pid) return cannotSee(Log.HEALTH_UNKNOWN);
  const init = findInit();
  if (init === 0) return isOther();
  if (get(Id.PAUSE) !== 0) return true;
  const child = findChild(init, get(Id.WAIT) !== Wait.MAIN);
  if (child === 0 && (isInitHidden || hidesChild(init))) return cannotSee(Log.HEALTH_HIDDEN);
  if (child === 0 || !readStat(nameOf(child)) || host.kill(child, 0) === -ESRCH)
    return unhealthy(Log.HEALTH_NO_CHILD, 0);
  const state = load<u8>(field(3));
  // A process whose first thread has ended looks dead while others of its threads run.
  const isDead = (state === char("Z") || state === char("X")) && parseNumber(field(20)) < 2;
  if (isDead) return unhealthy(Log.HEALTH_ZOMBIE, child);
  if (state === char("T") || state === char("t")) return unhealthy(Log.HEALTH_STOPPED, child);
  if (isInitHidden) report(Log.HEALTH_INIT_HIDDEN);
  return true;
}

/** Whether the program lives and answers; says why not. */
export function checkHealth(): bool {
  expectEnd(false);
  return lives() && (!asks() || answers());
}
