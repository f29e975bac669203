/**
 * The limit on queued signals (RLIMIT_SIGPENDING), which we lower while we forward real-time signals.
 *
 * The kernel counts the queued signals of all processes of a user together, and compares the count with the limit of the
 * receiver. A sender that fills our queue up to the limit, and again whenever we take a signal out, would leave no room to
 * forward that one, for ever. With our own limit lowered by one, there is always room for one signal to the program.
 */
import { RLIM_INFINITY, RLIMIT_SIGPENDING } from "./constants";
import * as host from "./host";
import { ResourceLimit } from "./structs";

/** Our limits as we inherited them; the soft one is 0 until it has been lowered. */
const limit: ResourceLimit = changetype<ResourceLimit>(zeroed(ResourceLimit));

/** Lowers our own limit, so that room is left for one signal to the program. */
export function leavePlaceInQueue(): void {
  if (host.prlimit64(0, RLIMIT_SIGPENDING, 0, changetype<usize>(limit)) < 0) return;
  if (limit.soft === RLIM_INFINITY || limit.soft < 2) return;
  limit.soft -= 1;
  host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
  limit.soft += 1;
}

/** Restores our own limit, which the program inherits. */
export function restoreQueueLimit(): void {
  if (limit.soft !== 0) host.prlimit64(0, RLIMIT_SIGPENDING, changetype<usize>(limit), 0);
}
