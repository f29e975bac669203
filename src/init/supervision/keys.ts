/** Decides who receives the terminal's keys at the start. */
import { concernsKeys, get, Id, Isolate, rewritesKeys } from "../config/config";
import { STDIN, STDOUT } from "../linux/constants";
import { giveUpOurs, leadsSession, learnTerminal, ourselves } from "../linux/ourselves";
import { isIgnored, SIGTTIN } from "../linux/signals";
import { foreground } from "../linux/terminal";
import { Log, report } from "../report/report";
import { supervisee } from "./supervisee";

/** Whether the program is to receive the keys; `supervisee.hasKeys` says whether it does in the current life. */
let areItsKeys: bool = false;

/**
 * Whether the program is to receive the terminal's keys from the start. Not if an option rewrites or drops them. Not as part of
 * a pipeline either: other processes in our group may read the terminal, and would be stopped. There are none beside a session
 * leader (docker run -t), nor, presumably, if both input and output are the terminal. If SIGTTIN is ignored, as in bash's
 * `$(...)`, a program in the background is never stopped for the terminal: it gets an error instead of its input.
 */
function isToHaveKeys(): bool {
  const terminal = ourselves.terminal;
  if (terminal < 0 || get(Id.ISOLATE) !== Isolate.GROUP || concernsKeys()) return false;
  if (leadsSession()) return true;
  return terminal === STDIN && (foreground(STDOUT) >= 0 || isIgnored(SIGTTIN));
}

/** Warns of options that do not apply to the terminal's keys, because the kernel sends them to the program and not to us. */
function warnOfKeys(): void {
  if (supervisee.gaveTerminal && concernsKeys()) {
    report(Log.KEYS_OF_SESSION);
  } else if (ourselves.terminal >= 0 && get(Id.ISOLATE) === Isolate.NONE && rewritesKeys()) {
    report(Log.KEYS_NOT_REWRITTEN);
  }
}

/**
 * Finds the terminal, and decides who uses it. Returns its descriptor if the program is to start in its foreground, or below 0.
 */
export function settleTerminal(): i32 {
  learnTerminal();
  if (ourselves.terminal >= 0 && get(Id.ISOLATE) === Isolate.SESSION && leadsSession()) {
    // Only a terminal without a session can become the controlling terminal of the child's.
    giveUpOurs();
    supervisee.gaveTerminal = true;
  }
  areItsKeys = isToHaveKeys();
  const terminal = ourselves.terminal;
  // Only a foreground job may put another group there: `program &` must not steal the terminal.
  const isOurs = areItsKeys && foreground(terminal) === ourselves.processGroupId;
  warnOfKeys();
  return isOurs ? terminal : -1;
}

/** Gives the program of a new life the keys, if it is to receive them. */
export function giveKeys(): void {
  supervisee.hasKeys = areItsKeys;
}
