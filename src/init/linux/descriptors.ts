/** Closes inherited descriptors, so that no socket, pipe or mount stays busy because of us. */
import { LAST } from "./constants";
import * as host from "./host";

/** Whether a descriptor of ours is not worth a system call: all will be closed soon, at once or by the end. */
let isSoon: bool = true;

/** Says that there will be no such moment soon, or again that there will. */
export function expectEnd(soon: bool): void {
  isSoon = soon;
}

/** Closes a descriptor of ours that the program does not inherit; perhaps later. */
export function letGo(fd: i32): void {
  if (!isSoon && fd >= 0) host.close(fd);
}

/** How far is searched where close_range(2) is not to be had: farther than anybody opens who then starts an init. */
const SEARCHED: i32 = 4096;

/** Closes every descriptor from `first` on but `kept`. */
export function closeFrom(first: i32, kept: i32): void {
  if (kept < first) {
    if (host.close_range(first, LAST) === 0) return;
  } else if (host.close_range(kept + 1, LAST) === 0) {
    if (kept > first) host.close_range(first, kept - 1);
    return;
  }
  // Linux before 5.9, or a seccomp filter of that time.
  for (let fd = first; fd < SEARCHED; fd++) if (fd !== kept) host.close(fd);
}
