/**
 * The life of the init on one page: block signals, configure, start the program, supervise it, pass its exit code on.
 * `start` is where the C side begins; `child` is what a new process runs on our memory until it is the program.
 */
import { config, configure, exitCodeFor, ForwardTo, Isolate, Outcome, settleSignals } from "./config/config";
import { FIRST_OTHER, PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG } from "./linux/constants";
import { closeFrom } from "./linux/descriptors";
import * as host from "./linux/host";
import { blockAll, SIGCHLD } from "./linux/signals";
import { findTerminal, foreground, giveUp, setForeground } from "./linux/terminal";
import { FATAL, failure, identify, say, WARN } from "./report/report";
import { charge, LOST, PARENT_DIED, supervise } from "./supervision/supervision";
import { launch, plan, SETUP_FAILED } from "./workload/workload";

export { child } from "./workload/workload";

/** Our exit code where the user asked for something wrong. */
const USAGE: i32 = 1;

/** Asks the kernel to tell us when our parent dies; a parent that died meanwhile is noticed as well. */
function watchParent(self: i32): void {
  const parent = host.getppid();
  charge.parent = parent;
  charge.parentDeathSignal = config.parentDeathSignal;
  const result = host.prctl(PR_SET_PDEATHSIG, PARENT_DIED);
  if (result < 0) failure(WARN, text("--parent-death-signal has no effect"), -result);
  else if (host.getppid() !== parent) host.kill(self, PARENT_DIED);
}

/** Makes orphans come to us where we are not PID 1. tini's words for where they do not: people and tools look for them. */
function adoptOrphans(): void {
  const result = config.subreaper ? host.prctl(PR_SET_CHILD_SUBREAPER, 1) : 0;
  if (config.subreaper && result === 0) return;
  if (result < 0) failure(WARN, text("cannot register as child subreaper"), -result);
  say(WARN, text("Tini is not running as PID 1 and isn't registered as a child subreaper."));
  say(WARN, text("Zombie processes will not be re-parented to Tini, so zombie reaping won't work."));
  if (result === 0) say(WARN, text("To fix the problem, leave --no-subreaper out, or run Tini as PID 1."));
}

/** Finds the terminal, and decides what becomes of it. */
function settleTerminal(): void {
  let terminal = findTerminal();
  if (terminal >= 0) {
    charge.ownGroup = host.getpgid(0);
    charge.session = host.getsid(0);
  }
  if (terminal >= 0 && config.isolate === Isolate.SESSION && charge.session === charge.self) {
    // Only a free terminal can become the controlling one of the child's session.
    giveUp(terminal);
    terminal = -1;
  }
  charge.terminal = terminal;
  // Only who is in the foreground may put somebody else there: `program &` must not steal it.
  const ours = terminal >= 0 && plan.ownGroup && foreground(terminal) === charge.ownGroup;
  plan.terminal = ours ? terminal : -1;
}

/**
 * Lets go of what only the program needs, so that no socket and no mount stays busy because of us. The standard
 * descriptors stay: programs write to /proc/1/fd/1 and 2. So does the terminal where a shell controls us as a job.
 */
function letGo(): void {
  host.chdir(text("/"));
  closeFrom(FIRST_OTHER, charge.self === 1 ? -1 : charge.terminal);
}

/** The whole life. Returns the code to exit with. */
export function start(): i32 {
  const blocked = blockAll();
  const self = host.getpid();
  identify(self);
  if (blocked < 0) {
    failure(FATAL, text("cannot block signals"), -blocked);
    return SETUP_FAILED;
  }

  const outcome = configure();
  if (outcome !== Outcome.RUN) return outcome === Outcome.PRINTED ? 0 : USAGE;

  // With SIGCHLD ignored the kernel would reap our children itself, and their exit codes would be lost.
  const ignored = host.rt_sigaction(SIGCHLD, 0);
  if (ignored < 0) {
    failure(FATAL, text("cannot set SIGCHLD up"), -ignored);
    return SETUP_FAILED;
  }

  plan.program = config.program;
  plan.self = self;
  plan.ownGroup = config.isolate === Isolate.GROUP;
  plan.ownSession = config.isolate === Isolate.SESSION;
  plan.ignoresChild = ignored === 1;
  plan.tied = config.tie && self !== 1;
  charge.self = self;
  if (config.parentDeathSignal !== 0) watchParent(self);
  if (self !== 1) adoptOrphans();
  settleTerminal();

  const program = launch();
  if (program < 0) {
    if (plan.terminal >= 0 && self !== 1) setForeground(plan.terminal, charge.ownGroup);
    return -program;
  }
  charge.child = program;
  charge.childGroup = plan.ownGroup || plan.ownSession;
  charge.toGroup = config.forwardTo === ForwardTo.GROUP && charge.childGroup;
  charge.toAll = config.forwardTo === ForwardTo.ALL;
  charge.warnOnReap = config.warnOnReap;
  charge.outgoing = settleSignals();
  letGo();

  const exitCode = supervise();
  return exitCode === LOST ? SETUP_FAILED : exitCodeFor(exitCode);
}
