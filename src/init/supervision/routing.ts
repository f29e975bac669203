/** Decides whether a received signal is forwarded, without any system call. */
import { SI_KERNEL, SI_USER } from "../linux/constants";
import { isKey, SIGCANCEL, SIGCHLD, SIGSETXID, SIGTTIN, SIGTTOU } from "../linux/signals";

/** Whether the terminal sent a signal, for a key or a change of its size: then it is for the whole foreground process group. */
export function isFromKeyboard(signal: i32, code: i32): bool {
  return code === SI_KERNEL && isKey(signal);
}

/**
 * Whether a signal is meant for the program. `code` and `sender` are from its siginfo, `self` is our pid.
 */
export function isForwarded(signal: i32, code: i32, sender: i32, self: i32): bool {
  if (signal === SIGCHLD || signal === SIGCANCEL || signal === SIGSETXID) return false;
  const fromProcess = code <= SI_USER;
  // We caused it ourselves: SIGPIPE by a log line, SIGHUP and SIGCONT by giving up the terminal.
  if (fromProcess && sender === self) return false;
  // The kernel sends these to us for using the terminal in the background; they do not concern the program.
  return fromProcess || (signal !== SIGTTIN && signal !== SIGTTOU);
}
