/**
 * Job control: stopping and continuing the program, and who receives the terminal's keys.
 *
 * With a process group of its own, the program is a job inside the shell's job. When Ctrl-Z stops it, the shell does not notice:
 * it waits for us. So we take the terminal back and stop as the program did, and the shell shows its prompt; its `fg` continues
 * us, and we continue the program. With no shell above us, nobody could run `fg`, and the program is continued at once, just as
 * the kernel does not stop an orphaned process group for Ctrl-Z.
 *
 * The keys go to the foreground process group. That is the program's, or ours if an option is about keys, or other processes in
 * our group may want them (keys.ts): then we pass them on, until the program reads the terminal or changes its modes. The kernel
 * stops it for that in the background; we put it in the foreground, and from then on it receives the keys itself.
 */
import * as host from "../linux/host";
import { leadsSession, ourselves } from "../linux/ourselves";
import { ESRCH } from "../linux/errno";
import { bit, isTerminalStop, letThrough, SIGCONT, SIGSTOP, SIGTSTP } from "../linux/signals";
import { SIGNAL_SET_BYTES, TimeSpec } from "../linux/structs";
import { foreground, setForeground, takeTerminal } from "../linux/terminal";
import { Log, reportTwo } from "../report/report";
import { job, supervisee } from "./supervisee";

/** What to do when the program has stopped. */
export enum OnStop {
  /** Stop ourselves as well, for the shell to see. */
  SUSPEND,
  /** Bring the program to the foreground and continue it: our job is in the foreground. */
  FOREGROUND,
  /** Continue the program: nobody else could. */
  CONTINUE,
  /** Leave the program stopped, and report that. */
  WARN,
}

/**
 * Decides what to do when the program was stopped by `signal`.
 * `hasTerminal`: we have a controlling terminal. `underShell`: our parent may be a shell with job control.
 * `asked`: we forwarded the stop signal ourselves. `inForeground`: our own group is the foreground process group.
 */
export function onStop(signal: i32, hasTerminal: bool, underShell: bool, asked: bool, inForeground: bool): OnStop {
  if (!hasTerminal) return OnStop.WARN;
  // The program wants the terminal, and our job has it: since the start, or the shell put us there without SIGCONT.
  if (inForeground && !asked && isTerminalStop(signal) && signal !== SIGTSTP) return OnStop.FOREGROUND;
  if (underShell) return OnStop.SUSPEND;
  return signal === SIGTSTP && !asked ? OnStop.CONTINUE : OnStop.WARN;
}

/** Stops us by `signal`; for a terminal's stop signal our whole group, as the terminal would. Returns at SIGCONT. */
function suspend(self: i32, signal: i32): void {
  if (signal === SIGSTOP) {
    host.kill(self, SIGSTOP);
  } else {
    host.kill(0, signal);
    letThrough(signal);
  }
}

const continued: usize = zeroed(SIGNAL_SET_BYTES);
const noTime: usize = zeroed(bytesOf(TimeSpec));

/** Takes a pending SIGCONT, if there is one. */
function takeContinue(): void {
  store<u64>(continued, bit(SIGCONT));
  host.rt_sigtimedwait(continued, 0, noTime);
}

/** Continues the program or its group; in the foreground if it belongs there and our group has it. */
export function resume(): void {
  const terminal = ourselves.terminal;
  if (supervisee.hasKeys && supervisee.leadsGroup && terminal >= 0 && foreground(terminal) === ourselves.processGroupId)
    setForeground(terminal, supervisee.child);
  host.kill(job(), SIGCONT);
}

/** Puts our own group back into the foreground if the child's has it, or one without any process left. */
export function giveTerminalBack(): void {
  const terminal = ourselves.terminal;
  if (!supervisee.leadsGroup || terminal < 0 || ourselves.processGroupId === 0) return;
  const group = foreground(terminal);
  if (group === supervisee.child || (group > 0 && host.kill(-group, 0) === -ESRCH))
    setForeground(terminal, ourselves.processGroupId);
}

/** Whether the terminal's keys go only to the program, so that we never see them. */
export function keysAreItsOwn(): bool {
  if (supervisee.gaveTerminal) return true;
  return supervisee.leadsGroup && ourselves.terminal >= 0 && foreground(ourselves.terminal) === supervisee.child;
}

/** The main child is dead, and others are waited for or it will be restarted: meanwhile, we receive the keys. */
export function regainKeys(): void {
  if (supervisee.gaveTerminal) takeTerminal();
  else giveTerminalBack();
}

/** The main child is stopped: suspends us for the shell, continues the child, or reports that it is stopped. */
export function mainChildStopped(signal: i32): void {
  const terminal = ourselves.terminal;
  const inForeground = supervisee.leadsGroup && terminal >= 0 && foreground(terminal) === ourselves.processGroupId;
  const underShell = ourselves.pid !== 1 && !leadsSession();
  const action = onStop(signal, terminal >= 0, underShell, supervisee.askedToStop, inForeground);
  if (isTerminalStop(signal) && signal !== SIGTSTP && !supervisee.askedToStop) supervisee.hasKeys = true;
  if (action === OnStop.FOREGROUND && setForeground(terminal, supervisee.child) === 0) {
    host.kill(job(), SIGCONT);
  } else if (action === OnStop.CONTINUE) {
    reportTwo(Log.CHILD_CONTINUED, supervisee.child, signal);
    host.kill(job(), SIGCONT);
  } else {
    supervisee.stopped = true;
    if (action === OnStop.SUSPEND) {
      giveTerminalBack();
      suspend(ourselves.pid, signal);
      if (signal === SIGTSTP) {
        // Either we were stopped and the shell continued us; or our group is an orphaned one, which the kernel does not stop
        // for Ctrl-Z: then nobody else would continue the program either. A pending SIGCONT is taken, because it must not
        // continue the program once more after it has stopped again.
        supervisee.stopped = false;
        supervisee.askedToStop = false;
        takeContinue();
        resume();
      }
    } else {
      reportTwo(Log.CHILD_STOPPED, supervisee.child, signal);
    }
  }
}
