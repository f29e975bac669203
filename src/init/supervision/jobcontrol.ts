/**
 * The program stops, and goes on.
 *
 * With a group of its own the program is a job inside the shell's job. When Ctrl-Z stops it, the shell sees nothing: it
 * waits for us. So we take the terminal back, stop as the program did, and the shell has its prompt; its `fg` continues
 * us, and we the program. Where there is no shell above us nobody could say `fg`, and the program goes on at once, as the
 * kernel would have it go on without us (it does not stop an orphaned group by Ctrl-Z).
 */
import * as host from "../linux/host";
import { bit, isTerminalStop, letThrough, SIGCONT, SIGSTOP, SIGTSTP } from "../linux/signals";
import { foreground, setForeground } from "../linux/terminal";
import { begin, end, INFO, signal as putSignal, WARN } from "../report/report";
import * as line from "../text/line";

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
  // It read or wrote as a background group, but the shell has meanwhile brought us to the foreground, without SIGCONT.
  if (underShell && inForeground && isTerminalStop(signal) && signal !== SIGTSTP) return OnStop.FOREGROUND;
  if (underShell) return OnStop.SUSPEND;
  return signal === SIGTSTP && !asked ? OnStop.CONTINUE : OnStop.WARN;
}

/** Stops us by `signal`, and for a terminal's stop signal all of our group, as the terminal would have. Comes back at SIGCONT. */
export function suspend(self: i32, signal: i32): void {
  if (signal === SIGSTOP) {
    host.kill(self, SIGSTOP);
  } else {
    host.kill(0, signal);
    letThrough(signal);
  }
}

const continued: usize = zeroed(8);
const noTime: usize = zeroed(16);

/** Takes a SIGCONT that is pending, if there is one. */
export function takeContinue(): void {
  store<u64>(continued, bit(SIGCONT));
  host.rt_sigtimedwait(continued, 0, noTime);
}

/** Lets the program, or its group -`target`, go on; in the foreground where `terminal` is ours and our group has it. */
export function resume(target: i32, terminal: i32, ownGroup: i32): void {
  if (terminal >= 0 && target < 0 && foreground(terminal) === ownGroup) setForeground(terminal, -target);
  host.kill(target, SIGCONT);
}

/** Says that the program stopped, and whether it goes on. */
export function sayStopped(child: i32, signal: i32, goesOn: bool): void {
  if (!begin(goesOn ? INFO : WARN, text("main child "))) return;
  line.number(child);
  line.put(text(" was stopped by "));
  putSignal(signal);
  line.put(goesOn ? text(" and goes on") : text("; it goes on at SIGCONT"));
  end();
}
