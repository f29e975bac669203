/** What we let go of while the program runs. */
import { get, Id } from "../config/config";
import { FIRST_OTHER } from "../linux/constants";
import { closeFrom, expectEnd, keep } from "../linux/descriptors";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { supervisee } from "./supervisee";

/**
 * Lets go of what only the program needs, so that no socket and no mount stays busy because of us; unless it may be
 * started again, and needs them again. The standard descriptors stay: programs write to /proc/1/fd/1 and 2. So does the
 * terminal where a shell controls us as a job, or the program may still ask for it.
 */
export function letGo(): void {
  if (get(Id.RESTART) !== 0) return;
  host.chdir(cString("/"));
  const mayAsk = ourselves.pid !== 1 || !supervisee.hasKeys;
  if (mayAsk && ourselves.terminal > 0) keep(ourselves.terminal);
  closeFrom(FIRST_OTHER);
  expectEnd(false);
}
