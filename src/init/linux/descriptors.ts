/** Closes inherited descriptors, so that no socket, pipe or mount stays busy because of us. */
import { LAST } from "./constants";
import * as host from "./host";

/** Whether closing a descriptor now is not worth a system call, because all will be closed at once soon, or by our exit. */
let isSoon: bool = true;

/** Sets whether all descriptors will be closed soon. */
export function expectEnd(soon: bool): void {
  isSoon = soon;
}

/** Closes a close-on-exec descriptor, now or together with all others. */
export function letGo(fd: i32): void {
  if (!isSoon && fd >= 0) host.close(fd);
}

/** The descriptors that stay open when the others are closed; 0 = a free place. */
const KEPT: i32 = 10;
const FD_BYTES: i32 = sizeof<i32>();
const kept: usize = zeroed(KEPT * FD_BYTES);

/** Makes a descriptor, other than the standard ones, stay open when the others are closed. */
export function keep(fd: i32): void {
  for (let place = kept; place < endOf(kept); place += FD_BYTES) {
    if (load<i32>(place) !== 0) continue;
    store<i32>(place, fd);
    return;
  }
  // At most these are kept: the log socket, the summary's file, the terminal, our leaf group, our own group, and one group in each hierarchy.
  check(false);
}

/** The lowest descriptor from `first` on that stays open; LAST + 1 if there is none. */
function nextKept(first: i32): i64 {
  let next: i64 = <i64>LAST + 1;
  for (let place = kept; place < endOf(kept); place += FD_BYTES) {
    const fd = load<i32>(place);
    if (fd >= first) next = min<i64>(next, fd);
  }
  return next;
}

/** The highest descriptor that is closed without close_range(2): more than anything that starts an init has open. */
const SEARCHED: i32 = 4096;

/** Closes every descriptor from `first` on, except those that stay open. */
export function closeFrom(first: i32): void {
  for (let from = <i64>first; from <= LAST;) {
    const next = nextKept(<i32>from);
    if (next > from && host.close_range(<i32>from, <i32>(next - 1)) < 0) {
      // Linux before 5.9, or a seccomp filter older than that.
      for (let fd = <i32>from; fd < SEARCHED; fd++) if (nextKept(fd) !== fd) host.close(fd);
      return;
    }
    from = next + 1;
  }
}
