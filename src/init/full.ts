/**
 * The init of `dist/tini-ts-full`, whose file has the toolkit appended: it starts the toolkit if the first argument is one
 * of the toolkit's commands, and is the init otherwise. The kernel maps only the init, so the toolkit costs no memory.
 */
import { MFD_CLOEXEC, MFD_EXEC, O_CLOEXEC, O_RDONLY } from "./linux/constants";
import { EINVAL, ENOENT } from "./linux/errno";
import * as host from "./linux/host";
import { learnPid } from "./linux/ourselves";
import { start as startInit } from "./main";
import { Log, report, reportOne } from "./report/report";
import { indexIn } from "./text/bytes";
import { scratch } from "./text/scratch";
import { Text } from "./text/views";

export { child } from "./main";

/** The toolkit's commands, the same as in src/kit/toolkit.ts. `tini-ts -- lint` runs a program of such a name. */
const VERBS: Text = cString("lint|wrap|install|config|lsp");
/** One byte more than the longest of them. */
const VERB_BYTES: i32 = 8;

/** Where in our file scripts/build-full.ts puts the toolkit. */
const TOOLKIT_OFFSET: u64 = 65536;
/** The most that sendfile(2) copies in one call. */
const MOST: i32 = 0x7ffff000;

/** Our exit code if the toolkit cannot be started, the same as for a failed set-up of the init. */
const SETUP_FAILED: i32 = 125;

const offset: usize = zeroed(sizeof<u64>());

/** Whether the first argument is one of the toolkit's commands. */
function isVerb(): bool {
  const size = host.readArgument(1, 0, scratch, VERB_BYTES);
  return size > 0 && indexIn(scratch, scratch + size, VERBS) >= 0;
}

function failed(event: Log, errno: i32): i32 {
  reportOne(event, errno);
  return SETUP_FAILED;
}

/**
 * Becomes the toolkit: copies it into a file in memory, which can be executed even if the root is read-only, every mount
 * is noexec, or there is no /tmp. Returns only if that failed, with the code to exit with.
 */
function startToolkit(): i32 {
  learnPid();
  const own = host.open(cString("/proc/self/exe"), O_RDONLY | O_CLOEXEC);
  if (own < 0) return failed(Log.TOOLKIT_UNREADABLE, own);
  let image = host.memfd_create(cString("tini-ts"), MFD_CLOEXEC | MFD_EXEC);
  // Linux before 6.3 does not know MFD_EXEC: there, every memfd may be executed.
  if (image === -EINVAL) image = host.memfd_create(cString("tini-ts"), MFD_CLOEXEC);
  if (image < 0) return failed(Log.TOOLKIT_HAS_NO_FILE, image);
  store<u64>(offset, TOOLKIT_OFFSET);
  let copied = 0;
  do {
    copied = host.sendfile(image, own, offset, MOST);
    if (copied < 0) return failed(Log.TOOLKIT_NOT_COPIED, copied);
  } while (copied > 0);
  if (load<u64>(offset) === TOOLKIT_OFFSET) {
    report(Log.TOOLKIT_MISSING);
    return SETUP_FAILED;
  }
  const errno = -host.execveat(image, 0);
  // The file itself exists: what is missing is the interpreter named in its header.
  if (errno !== ENOENT) return failed(Log.TOOLKIT_NOT_EXECUTED, errno);
  report(Log.TOOLKIT_NEEDS_GLIBC);
  return SETUP_FAILED;
}

/** The whole life, of the init or of the toolkit. Returns the code to exit with. */
export function start(): i32 {
  return isVerb() ? startToolkit() : startInit();
}
