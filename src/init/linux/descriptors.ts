/** Closes inherited descriptors, so that no socket, pipe or mount stays busy because of us. */
import { LAST, O_CLOEXEC, O_RDONLY } from "./constants";
import * as host from "./host";
import { at, DIRECTORY_ENTRY_NAME, DirectoryEntry } from "./structs";
import { parseNumber } from "../text/bytes";

/** How far is searched where neither close_range(2) nor /proc is to be had. */
const SEARCHED: i32 = 4096;

const ENTRIES_BYTES: i32 = 512;
const entries: usize = zeroed(512);

/** Closes what /proc/self/fd lists. False where there is no /proc. */
function closeListed(first: i32, kept: i32): bool {
  const directory = host.open(text("/proc/self/fd"), O_RDONLY | O_CLOEXEC);
  if (directory < 0) return false;
  while (true) {
    const size = host.getdents64(directory, entries, ENTRIES_BYTES);
    if (size <= 0) break;
    for (let offset = 0; offset < size;) {
      const entry = entries + offset;
      offset += at<DirectoryEntry>(entry).length;
      const fd = parseNumber(entry + DIRECTORY_ENTRY_NAME);
      if (fd >= first && fd !== kept && fd !== directory) host.close(fd);
    }
  }
  host.close(directory);
  return true;
}

/** Closes every descriptor from `first` on but `kept`. */
export function closeFrom(first: i32, kept: i32): void {
  if (kept < first) {
    if (host.close_range(first, LAST) === 0) return;
  } else if (host.close_range(kept + 1, LAST) === 0) {
    if (kept > first) host.close_range(first, kept - 1);
    return;
  }
  // Linux before 5.9, or a seccomp filter of that time.
  if (closeListed(first, kept)) return;
  for (let fd = first; fd < SEARCHED; fd++) if (fd !== kept) host.close(fd);
}
