/**
 * The program stops, and goes on; and who has the terminal's keys.
 *
 * With a group of its own the program is a job inside the shell's job. When Ctrl-Z stops it, the shell sees nothing: it
 * waits for us. So we take the terminal back, stop as the program did, and the shell has its prompt; its `fg` continues
 * us, and we the program. Where there is no shell above us nobody could say `fg`, and the program goes on at once, as the
 * kernel would have it go on without us (it does not stop an orphaned group by Ctrl-Z).
 *
 * The keys go to the group in the foreground. That is the program's, or ours where an option says more of them or others
 * in our group may want them (main.ts): then we pass them on, until the program reads the terminal or changes its modes.
 * The kernel stops it for that in the background; we put it in the foreground, and from then on the keys are its own.
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
  /** Stop as well, for the shell to see. */
  SUSPEND,
  /** Bring the program to the foreground and continue it: it is our job that is in the foreground. */
  FOREGROUND,
  /** Continue it: nobody else could. */
  CONTINUE,
  /** Leave it stopped, and say so. */
  WARN,
}

/**
 * Decides what to do when the program was stopped by `signal`.
 * `hasTerminal`: we have a controlling terminal. `underShell`: there is somebody above us who controls jobs.
 * `asked`: we passed the stop signal on ourselves. `inForeground`: our own group is in the terminal's foreground.
 */
export function onStop(signal: i32, hasTerminal: bool, underShell: bool, asked: bool, inForeground: bool): OnStop {
  if (!hasTerminal) return OnStop.WARN;
  // It wants the terminal, and our job has it: nobody has yet, or the shell brought us to the foreground without SIGCONT.
  if (inForeground && !asked && isTerminalStop(signal) && signal !== SIGTSTP) return OnStop.FOREGROUND;
  if (underShell) return OnStop.SUSPEND;
  return signal === SIGTSTP && !asked ? OnStop.CONTINUE : OnStop.WARN;
}

/** Stops us by `signal`, and for a terminal's stop signal all of our group, as the terminal would have. Comes back at SIGCONT. */
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

/** Takes a SIGCONT that is pending, if there is one. */
function takeContinue(): void {
  store<u64>(continued, bit(SIGCONT));
  host.rt_sigtimedwait(continued, 0, noTime);
}

/** Lets the program, or its group, go on; in the foreground where it belongs there and our group has it. */
export function resume(): void {
  const terminal = ourselves.terminal;
  if (supervisee.hasKeys && supervisee.leadsGroup && terminal >= 0 && foreground(terminal) === ourselves.processGroupId)
    setForeground(terminal, supervisee.child);
  host.kill(job(), SIGCONT);
}

/** Puts our own group back into the foreground where the child's has it, or one of which nobody is left. */
export function giveTerminalBack(): void {
  const terminal = ourselves.terminal;
  if (!supervisee.leadsGroup || terminal < 0 || ourselves.processGroupId === 0) return;
  const group = foreground(terminal);
  if (group === supervisee.child || (group > 0 && host.kill(-group, 0) === -ESRCH))
    setForeground(terminal, ourselves.processGroupId);
}

/** Whether the terminal's keys go to the program alone, and we never see them. */
export function keysAreItsOwn(): bool {
  if (supervisee.gaveTerminal) return true;
  return supervisee.leadsGroup && ourselves.terminal >= 0 && foreground(ourselves.terminal) === supervisee.child;
}

/** The main child is dead, and will be started again: meanwhile the keys come to us. */
export function regainKeys(): void {
  if (supervisee.gaveTerminal) takeTerminal();
  else giveTerminalBack();
}

/** The main child is stopped: suspends us for the shell, or continues it, or says so. */
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
        // Either we were stopped and the shell continued us; or our group is an orphaned one, which the kernel does not
        // stop by Ctrl-Z: then nobody is there to continue the program either. A SIGCONT is dealt with hereby, and must
        // not continue the program once more when it has stopped again.
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
