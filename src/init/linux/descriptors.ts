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

/** The descriptors that stay when the others are closed; 0 is a free place. */
const KEPT: i32 = 8;
const FD_BYTES: i32 = sizeof<i32>();
const kept: usize = zeroed(KEPT * FD_BYTES);

/** Has a descriptor, no standard one, stay when the others are closed. */
export function keep(fd: i32): void {
  for (let place = kept; place < endOf(kept); place += FD_BYTES) {
    if (load<i32>(place) !== 0) continue;
    store<i32>(place, fd);
    return;
  }
  // There are the terminal, a leaf, our own group and one group in each hierarchy.
  check(false);
}

/** The lowest descriptor from `first` on that stays; LAST + 1 where there is none. */
function nextKept(first: i32): i64 {
  let next: i64 = <i64>LAST + 1;
  for (let place = kept; place < endOf(kept); place += FD_BYTES) {
    const fd = load<i32>(place);
    if (fd >= first) next = min<i64>(next, fd);
  }
  return next;
}

/** How far is searched where close_range(2) is not to be had: farther than anybody opens who then starts an init. */
const SEARCHED: i32 = 4096;

/** Closes every descriptor from `first` on, but for those that stay. */
export function closeFrom(first: i32): void {
  for (let from = <i64>first; from <= LAST;) {
    const next = nextKept(<i32>from);
    if (next > from && host.close_range(<i32>from, <i32>(next - 1)) < 0) {
      // Linux before 5.9, or a seccomp filter of that time.
      for (let fd = <i32>from; fd < SEARCHED; fd++) if (nextKept(fd) !== fd) host.close(fd);
      return;
    }
    from = next + 1;
  }
}
