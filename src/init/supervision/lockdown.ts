/**
 * We lock ourselves in once the program runs: whoever took us over could then do no more than we do. The program has none of
 * it, because it was started before; what is started later would inherit it, so nothing may be.
 *
 * Two things are left out because they would reach the program all the same. Where our permitted capabilities are fewer than its
 * own, or we are in a Landlock domain, the kernel refuses it PTRACE_TRACEME, since we would be its tracer (security/commoncap.c,
 * cap_ptrace_traceme; security/landlock/task.c): so only what is in effect is lowered, and the filter lets nobody raise
 * it again. And with PR_SET_DUMPABLE off nobody without CAP_SYS_PTRACE could open /proc/1/fd/1, which is where programs in
 * containers write their logs to.
 */
import { get, Id } from "../config/config";
import {
  CAP_DAC_OVERRIDE,
  CAP_KILL,
  effective,
  inheritable,
  permitted,
  readCapabilities,
  writeCapabilities,
} from "../linux/capabilities";
import { PR_SET_NO_NEW_PRIVS } from "../linux/constants";
import * as host from "../linux/host";
import { Log, reportTwo } from "../report/report";
import { Message } from "../text/views";

/** Has no capabilities in effect but those that the loop needs, also for groups if `hasGroups`. Returns 0 or a negated errno. */
function lowerCapabilities(hasGroups: bool): i32 {
  const result = readCapabilities();
  if (result < 0) return result;
  // To signal who changed its user; and to remove groups, and write to them, in a directory that is another user's.
  const needed: u64 = hasGroups ? (1 << CAP_KILL) | (1 << CAP_DAC_OVERRIDE) : 1 << CAP_KILL;
  if ((effective & ~needed) === 0) return 0;
  return writeCapabilities(effective & needed, permitted, inheritable);
}

/** Says that one of these was refused, where it was. */
function tell(what: Message, result: i32): void {
  if (result < 0) reportTwo(Log.NOT_LOCKED_IN, what, result);
}

/**
 * Locks us in, as far as the kernel has it and the container lets us; no failure is one of the run. `hasGroups` where groups
 * may have been made.
 */
export function lockDown(hasGroups: bool): void {
  if (get(Id.LOCKDOWN) === 0) return;
  tell(message("no_new_privs"), host.prctl(PR_SET_NO_NEW_PRIVS, 1));
  tell(message("capabilities"), lowerCapabilities(hasGroups));
  tell(message("seccomp"), host.filterCalls());
}
