/** Who has the terminal's keys from the start. */
import { concernsKeys, get, Id, Isolate, rewritesKeys } from "../config/config";
import { STDIN, STDOUT } from "../linux/constants";
import { giveUpOurs, leadsSession, learnTerminal, ourselves } from "../linux/ourselves";
import { isIgnored, SIGTTIN } from "../linux/signals";
import { foreground } from "../linux/terminal";
import { Log, report } from "../report/report";
import { supervisee } from "./supervisee";

/** Whether the program is to have the keys; `supervisee.hasKeys` is whether it has them, in the life that runs. */
let areItsKeys: bool = false;

/**
 * Whether the program has the terminal's keys from the start. Not where an option says what becomes of them. Not as one of
 * a pipeline either: who else is in our group may read the terminal, and would be stopped. Nobody is beside a session's
 * leader (docker run -t), nor, as far as one can see, where both input and output are the terminal. Where SIGTTIN is ignored,
 * as in bash's `$(...)`, a program in the background never asks for the terminal: it gets an error instead of its input.
 */
function isToHaveKeys(): bool {
  const terminal = ourselves.terminal;
  if (terminal < 0 || get(Id.ISOLATE) !== Isolate.GROUP || concernsKeys()) return false;
  if (leadsSession()) return true;
  return terminal === STDIN && (foreground(STDOUT) >= 0 || isIgnored(SIGTTIN));
}

/** Says which options do not apply to the terminal's keys, because the kernel gives them to the program and not to us. */
function warnOfKeys(): void {
  if (supervisee.gaveTerminal && concernsKeys()) {
    report(Log.KEYS_OF_SESSION);
  } else if (ourselves.terminal >= 0 && get(Id.ISOLATE) === Isolate.NONE && rewritesKeys()) {
    report(Log.KEYS_NOT_REWRITTEN);
  }
}

/**
 * Finds the terminal, and decides what becomes of it. Returns the one in whose foreground the program is from the start, a
 * descriptor, or below 0.
 */
export function settleTerminal(): i32 {
  learnTerminal();
  if (ourselves.terminal >= 0 && get(Id.ISOLATE) === Isolate.SESSION && leadsSession()) {
    // Only a free terminal can become the controlling one of the child's session.
    giveUpOurs();
    supervisee.gaveTerminal = true;
  }
  areItsKeys = isToHaveKeys();
  const terminal = ourselves.terminal;
  // Only who is in the foreground may put somebody else there: `program &` must not steal it.
  const isOurs = areItsKeys && foreground(terminal) === ourselves.processGroupId;
  warnOfKeys();
  return isOurs ? terminal : -1;
}

/** Gives the program of a new life the keys that it is to have. */
export function giveKeys(): void {
  supervisee.hasKeys = areItsKeys;
}
