/**
 * The init of `dist/tini-ts-full`, which has the toolkit behind it in the same file: it starts the toolkit where the first
 * argument is one of the toolkit's verbs, and is the init otherwise. The kernel maps the init alone, so what lies behind
 * costs it nothing.
 */
import { MFD_CLOEXEC, MFD_EXEC, O_CLOEXEC, O_RDONLY } from "./linux/constants";
import { EINVAL, ENOENT } from "./linux/errno";
import * as host from "./linux/host";
import { start as startInit } from "./main";
import { identify, Log, report, reportOne } from "./report/report";
import { indexIn } from "./text/bytes";
import { scratch } from "./text/scratch";
import { Text } from "./text/views";

export { child } from "./main";

/** The toolkit's verbs; src/kit/toolkit.ts knows the same. A program of such a name is run by `tini-ts -- lint`. */
const VERBS: Text = cString("lint|wrap|install|config|lsp");
/** One more than the longest verb has. */
const VERB_BYTES: i32 = 8;

/** Where in our file the toolkit begins; scripts/build-full.ts puts it there. */
const TOOLKIT_OFFSET: u64 = 65536;
/** How much is copied at a time: as much as sendfile(2) takes. */
const MOST: i32 = 0x7ffff000;

/** Our exit code where the toolkit cannot be started: as where the init cannot set the program up. */
const SETUP_FAILED: i32 = 125;

const offset: usize = zeroed(sizeof<u64>());

/** Whether the first argument is one of the toolkit's verbs. */
function isVerb(): bool {
  const size = host.readArgument(1, 0, scratch, VERB_BYTES);
  return size > 0 && indexIn(scratch, scratch + size, VERBS) >= 0;
}

function failed(event: Log, errno: i32): i32 {
  reportOne(event, errno);
  return SETUP_FAILED;
}

/**
 * Becomes the toolkit: a file in memory can be executed wherever the root is read-only, each mount is noexec, or there is
 * no /tmp. Comes back only where that failed, with the code to exit with.
 */
function startToolkit(): i32 {
  identify(host.getpid());
  const own = host.open(cString("/proc/self/exe"), O_RDONLY | O_CLOEXEC);
  if (own < 0) return failed(Log.TOOLKIT_UNREADABLE, own);
  let image = host.memfd_create(cString("tini-ts"), MFD_CLOEXEC | MFD_EXEC);
  // Linux before 6.3 knows no MFD_EXEC: there each such file may be executed.
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
  // The file is there: it is the interpreter that its header names.
  if (errno !== ENOENT) return failed(Log.TOOLKIT_NOT_EXECUTED, errno);
  report(Log.TOOLKIT_NEEDS_GLIBC);
  return SETUP_FAILED;
}

/** The whole life, of the init or of the toolkit. Returns the code to exit with. */
export function start(): i32 {
  return isVerb() ? startToolkit() : startInit();
}
