/**
 * The life of the init on one page: block signals, configure, start the program, lock itself in, supervise it, pass its exit
 * code on. The C side calls `start`; and `child` in a new process, which runs it in our memory until it is the program.
 */
import {
  configure,
  exitCodeFor,
  get,
  Id,
  isPrinted,
  isSummarized,
  Outcome,
  program,
  settleSignals,
} from "./config/config";
import { checkHealth } from "./health/health";
import { apply, areWanted, describe, hint, made, open, release, renew } from "./limits/limits";
import { expectEnd } from "./linux/descriptors";
import * as host from "./linux/host";
import { learnPid, ourselves } from "./linux/ourselves";
import { blockAll, SIGCHLD } from "./linux/signals";
import { Log, reportOne } from "./report/report";
import {
  adoptOrphans,
  AGAIN,
  begin,
  expectIn,
  isGroupGone,
  lockDown,
  LOST,
  prepareSummary,
  settleTerminal,
  summarize,
  supervise,
  TIMED_OUT,
  watchParent,
} from "./supervision/supervision";
import { isIdentitySet, launch, leadsGroup, prepare, settleIdentity, SETUP_FAILED } from "./workload/workload";

export { child } from "./workload/workload";

/** Our exit code for wrong usage. */
const USAGE: i32 = 1;
/** Our exit code where the program of a run is not healthy: what Docker and Kubernetes ask for. */
const UNHEALTHY: i32 = 1;
/** Our exit code when --timeout has expired, as timeout(1)'s. */
const TIMEOUT: i32 = 124;

/** Reports that the set-up failed. Returns the code to exit with. */
function failed(event: Log, errno: i32): i32 {
  reportOne(event, errno);
  return SETUP_FAILED;
}

/** The code to exit with for what `supervise` returned. */
function result(exitCode: i32): i32 {
  if (exitCode === TIMED_OUT) return TIMEOUT;
  return exitCode === LOST ? SETUP_FAILED : exitCodeFor(exitCode);
}

/** Supervises what was begun with, locked in: nothing is started any more. Returns the code to exit with. */
function superviseAlone(): i32 {
  lockDown(areWanted());
  return result(supervise());
}

/** Starts the program and supervises it, again and again if it is to be restarted. Returns the code to exit with. */
function runProgram(): i32 {
  while (true) {
    const child = launch();
    if (child < 0) return -child;
    begin(child, leadsGroup());
    if (get(Id.RESTART) === 0) return superviseAlone();
    const exitCode = supervise();
    if (exitCode !== AGAIN) return result(exitCode);
    renew();
  }
}

/** The whole life. Returns the code to exit with. */
export function start(): i32 {
  const blocked = blockAll();
  learnPid();
  if (blocked < 0) return failed(Log.SIGNALS_NOT_BLOCKED, blocked);

  const outcome = configure();
  if (outcome === Outcome.CONFIG_PRINTED) describe();
  if (outcome === Outcome.REFUSED) return USAGE;
  if (outcome === Outcome.CHECK_HEALTH) return checkHealth() ? 0 : UNHEALTHY;
  if (outcome !== Outcome.RUN) return isPrinted() ? 0 : USAGE;

  // If SIGCHLD were ignored, the kernel would reap our children itself, and their exit codes would be lost.
  const ignored = host.rt_sigaction(SIGCHLD, 0);
  if (ignored < 0) return failed(Log.SIGCHLD_NOT_SET, ignored);
  settleSignals();
  if (get(Id.PARENT_DEATH_SIGNAL) !== 0) watchParent();
  if (ourselves.pid !== 1) adoptOrphans();
  if (get(Id.PAUSE) !== 0) {
    begin(0, false);
    return superviseAlone();
  }

  if (isIdentitySet() && !settleIdentity()) return SETUP_FAILED;
  const terminal = settleTerminal();
  const limited = areWanted();
  if (limited) {
    expectEnd(get(Id.RESTART) === 0);
    if (!apply()) return SETUP_FAILED;
  }
  if (get(Id.RUNTIME_HINTS) !== 0) hint();
  // Without limits they are not looked at: that would touch a page.
  const groups: usize = limited ? made() : 0;
  prepare(program, ignored === 1, terminal, groups, open());
  expectIn(groups);
  if (isSummarized()) prepareSummary();
  const code = runProgram();
  if (isSummarized()) summarize(code);
  if (limited) {
    expectEnd(true);
    release(isGroupGone());
  }
  return code;
}
