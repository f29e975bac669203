/** Releases what only the program needs while it runs. */
import { get, Id } from "../config/config";
import { FIRST_OTHER } from "../linux/constants";
import { closeFrom, expectEnd, keep } from "../linux/descriptors";
import * as host from "../linux/host";
import { ourselves } from "../linux/ourselves";
import { supervisee } from "./supervisee";

/**
 * Leaves the working directory and closes inherited descriptors, so that no socket and no mount stays busy because of us;
 * unless the program may be restarted, and needs them again. The standard descriptors stay open: programs write to
 * /proc/1/fd/1 and 2. So does the terminal, if a shell controls us as a job, or the program may still need it.
 */
export function letGo(): void {
  if (get(Id.RESTART) !== 0) return;
  host.chdir(cString("/"));
  const mayAsk = ourselves.pid !== 1 || !supervisee.hasKeys;
  if (mayAsk && ourselves.terminal > 0) keep(ourselves.terminal);
  closeFrom(FIRST_OTHER);
  expectEnd(false);
}
