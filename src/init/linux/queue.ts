/**
 * The limit on queued signals, while we hand real-time signals on.
 *
 * The kernel counts the queued real-time signals of all processes of a user together, and compares the count with the
 * limit of the one that is sent to. A sender that fills our queue up to the limit, again whenever we take one out, would
 * leave no place to pass that one on, for ever. With our own limit lower by one there is always a place that nobody but
 * the program can get.
 */
import { RLIM_INFINITY, RLIMIT_SIGPENDING } from "./constants";
import * as host from "./host";
import { ResourceLimit } from "./structs";

/** Our own limits, as we inherited them; the soft one is 0 until it was lowered. */
const limit: ResourceLimit = changetype<ResourceLimit>(zeroed(ResourceLimit));

/** Lowers our own limit, so that one place is left for the program. */
export function leavePlaceInQueue(): void {
  if (host.prlimit64(0, RLIMIT_SIGPENDING, 0, changetype<usize>(limit)) < 0) return;
  if (limit.soft === RLIM_INFINITY || limit.soft < 2) return;
  limit.soft -= 1;
  host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
  limit.soft += 1;
}

/** Takes our own limit back to what the program inherits. */
export function restoreQueueLimit(): void {
  if (limit.soft !== 0) host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
}
