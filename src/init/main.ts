/**
 * The life of the init on one page: block signals, configure, start the program, supervise it, pass its exit code on.
 * `start` is where the C side begins; `child` is what a new process runs on our memory until it is the program.
 */
import {
  concernsKeys,
  configure,
  exitCodeFor,
  get,
  Id,
  Isolate,
  isPrinted,
  Limits,
  Outcome,
  program,
  rewritesKeys,
  settleSignals,
} from "./config/config";
import { FIRST_OTHER, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, STDIN, STDOUT } from "./linux/constants";
import { apply, areWanted, describe, groups, hint, open, release, renew } from "./limits/limits";
import { closeFrom, expectEnd, keep } from "./linux/descriptors";
import * as host from "./linux/host";
import { blockAll, isIgnored, SIGCHLD, SIGTTIN } from "./linux/signals";
import { findTerminal, foreground, giveUp, giveUpTaken, setForeground } from "./linux/terminal";
import { identify, Log, report, reportOne } from "./report/report";
import { AGAIN, LOST, PARENT_DIED, supervise, supervisee, TIMED_OUT } from "./supervision/supervision";
import { launch, plan, SETUP_FAILED } from "./workload/workload";

export { child } from "./workload/workload";

/** Our exit code where the user asked for something wrong. */
const USAGE: i32 = 1;
/** Our exit code where --timeout was over: timeout(1)'s. */
const TIMEOUT: i32 = 124;

/** The set-up failed: says so. Returns the code to exit with. */
function failed(event: Log, errno: i32): i32 {
  reportOne(event, errno);
  return SETUP_FAILED;
}

/** Asks the kernel to tell us when our parent dies; a parent that died meanwhile is noticed as well. */
function watchParent(self: i32): void {
  const parent = host.getppid();
  supervisee.parent = parent;
  const result = host.prctl(PR_SET_PDEATHSIG, PARENT_DIED);
  if (result < 0) reportOne(Log.NO_PARENT_DEATH_SIGNAL, result);
  else if (host.getppid() !== parent) host.kill(self, PARENT_DIED);
}

/** Makes orphans come to us where we are not PID 1. tini's words for where they do not: people and tools look for them. */
function adoptOrphans(): void {
  const wanted = get(Id.SUBREAPER) !== 0;
  const result = wanted ? host.prctl(PR_SET_CHILD_SUBREAPER, 1) : 0;
  if (wanted && result === 0) return;
  if (result < 0) reportOne(Log.SUBREAPER_REFUSED, result);
  report(Log.NOT_SUBREAPER);
  report(Log.NO_ZOMBIES_REAPED);
  if (result === 0) report(Log.SUBREAPER_TURNED_OFF);
}

/**
 * Whether the program has the terminal's keys from the start. Not where an option says what becomes of them. Not as one of
 * a pipeline either: who else is in our group may read the terminal, and would be stopped. Nobody is beside a session's
 * leader (docker run -t), nor, as far as one can see, where both input and output are the terminal. Where SIGTTIN is ignored,
 * as in bash's `$(...)`, a program in the background never asks for the terminal: it gets an error instead of its input.
 */
function hasKeys(terminal: i32): bool {
  if (terminal < 0 || !plan.ownGroup || concernsKeys()) return false;
  if (supervisee.session === supervisee.self) return true;
  return terminal === STDIN && (foreground(STDOUT) >= 0 || isIgnored(SIGTTIN));
}

/** Says which options do not apply to the terminal's keys, because the kernel gives them to the program and not to us. */
function warnOfKeys(): void {
  if (supervisee.gaveTerminal && concernsKeys()) {
    report(Log.KEYS_OF_SESSION);
  } else if (supervisee.terminal >= 0 && get(Id.ISOLATE) === Isolate.NONE && rewritesKeys()) {
    report(Log.KEYS_NOT_REWRITTEN);
  }
}

/** Finds the terminal, and decides what becomes of it. */
function settleTerminal(): void {
  let terminal = findTerminal();
  if (terminal >= 0) {
    supervisee.ownGroup = host.getpgid(0);
    supervisee.session = host.getsid(0);
  }
  // A session of its own is an orphaned group, which no terminal stops.
  plan.stoppable = terminal >= 0 && !plan.ownSession;
  if (terminal >= 0 && get(Id.ISOLATE) === Isolate.SESSION && supervisee.session === supervisee.self) {
    // Only a free terminal can become the controlling one of the child's session.
    giveUp(terminal);
    supervisee.gaveTerminal = true;
    terminal = -1;
  }
  supervisee.terminal = terminal;
  supervisee.hasKeys = hasKeys(terminal);
  // Only who is in the foreground may put somebody else there: `program &` must not steal it.
  const ours = supervisee.hasKeys && foreground(terminal) === supervisee.ownGroup;
  plan.terminal = ours ? terminal : -1;
  warnOfKeys();
}

/**
 * Lets go of what only the program needs, so that no socket and no mount stays busy because of us; unless it may be
 * started again, and needs them again. The standard descriptors stay: programs write to /proc/1/fd/1 and 2. So does the
 * terminal where a shell controls us as a job, or the program may still ask for it.
 */
function letGo(): void {
  if (get(Id.RESTART) !== 0) return;
  host.chdir(cString("/"));
  const mayAsk = supervisee.self !== 1 || !supervisee.hasKeys;
  if (mayAsk && supervisee.terminal > 0) keep(supervisee.terminal);
  closeFrom(FIRST_OTHER);
  expectEnd(false);
}

/** Sets the limits, and hands over what is to become of the groups. False, said, where the program must not run. */
function limit(): bool {
  expectEnd(get(Id.RESTART) === 0);
  if (!apply()) return false;
  plan.group = open();
  if (load<u8>(groups) === 0) return true;
  plan.groups = groups;
  plan.runsAnyway = get(Id.LIMITS) === Limits.BEST_EFFORT;
  supervisee.cgroupPaths = groups;
  return true;
}

/** The code to exit with, for what supervise returned. */
function result(exitCode: i32): i32 {
  if (exitCode === TIMED_OUT) return TIMEOUT;
  return exitCode === LOST ? SETUP_FAILED : exitCodeFor(exitCode);
}

/** Starts the program and supervises it; again, as long as it is to be started again. Returns the code to exit with. */
function runProgram(): i32 {
  const hadKeys = supervisee.hasKeys;
  while (true) {
    const child = launch();
    if (child < 0) {
      if (plan.terminal >= 0 && supervisee.self !== 1) setForeground(plan.terminal, supervisee.ownGroup);
      return -child;
    }
    supervisee.child = child;
    supervisee.leadsGroup = plan.ownGroup || plan.ownSession;
    letGo();
    const exitCode = supervise();
    if (exitCode !== AGAIN) return result(exitCode);
    supervisee.hasKeys = hadKeys;
    if (supervisee.gaveTerminal) giveUpTaken();
    if (plan.groups !== 0) renew();
  }
}

/** The whole life. Returns the code to exit with. */
export function start(): i32 {
  const blocked = blockAll();
  const self = host.getpid();
  identify(self);
  if (blocked < 0) return failed(Log.SIGNALS_NOT_BLOCKED, blocked);

  const outcome = configure();
  if (outcome === Outcome.CONFIG_PRINTED) describe();
  if (outcome === Outcome.REFUSED) return USAGE;
  if (outcome !== Outcome.RUN) return isPrinted() ? 0 : USAGE;

  // With SIGCHLD ignored the kernel would reap our children itself, and their exit codes would be lost.
  const ignored = host.rt_sigaction(SIGCHLD, 0);
  if (ignored < 0) return failed(Log.SIGCHLD_NOT_SET, ignored);

  plan.program = program;
  plan.self = self;
  plan.ownGroup = get(Id.ISOLATE) === Isolate.GROUP;
  plan.ownSession = get(Id.ISOLATE) === Isolate.SESSION;
  plan.ignoresChild = ignored === 1;
  plan.tied = get(Id.TIE) !== 0 && self !== 1;
  supervisee.self = self;
  settleSignals();
  if (get(Id.PARENT_DEATH_SIGNAL) !== 0) watchParent(self);
  if (self !== 1) adoptOrphans();
  if (get(Id.PAUSE) !== 0) {
    supervisee.terminal = -1;
    letGo();
    return result(supervise());
  }
  settleTerminal();
  plan.group = -1;
  const limited = areWanted();
  if (limited && !limit()) return SETUP_FAILED;
  if (get(Id.RUNTIME_HINTS) !== 0) hint();
  const code = runProgram();
  if (limited) {
    expectEnd(true);
    release(supervisee.cgroupPaths === 0);
  }
  return code;
}
