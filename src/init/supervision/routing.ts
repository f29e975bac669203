/** What becomes of a signal that came in: the decision alone, without any system call. */
import { SI_KERNEL, SI_USER } from "../linux/constants";
import { isKey, SIGCANCEL, SIGCHLD, SIGSETXID, SIGTTIN, SIGTTOU } from "../linux/signals";

/** Whether the terminal sent a signal, for a key or a new size: such a signal is for a whole foreground group. */
export function isFromKeyboard(signal: i32, code: i32): bool {
  return code === SI_KERNEL && isKey(signal);
}

/**
 * Whether a signal concerns the program at all. `code` and `sender` are its siginfo's, `self` our pid.
 */
export function isForwarded(signal: i32, code: i32, sender: i32, self: i32): bool {
  if (signal === SIGCHLD || signal === SIGCANCEL || signal === SIGSETXID) return false;
  const fromProcess = code <= SI_USER;
  // What we do to ourselves is nobody's wish: SIGPIPE of a log line, SIGHUP and SIGCONT of a terminal given up.
  if (fromProcess && sender === self) return false;
  // The terminal tells us that we touched it from the background; that is not the program's business.
  return fromProcess || (signal !== SIGTTIN && signal !== SIGTTOU);
}
