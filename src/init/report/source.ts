/** Where an option was set, as a number and as messages say it. */
import * as host from "../linux/host";
import { find } from "../text/bytes";
import * as line from "../text/line";
import { UserBytes } from "../text/views";

/** The configuration file's name. */
export const PATH_BYTES: i32 = 255;
export const path: UserBytes = zeroed(PATH_BYTES + 1);

/** Sources from here on are lines of the file; no command line has as many arguments. */
export const FILE: i32 = 1 << 24;

const NAME_BYTES: i32 = 63;
const name: UserBytes = zeroed(NAME_BYTES + 1);

/** Appends a source: `argument 2`, `variable TINI_REWRITE`, `/etc/tini.yml:3`; for FILE alone the file. */
export function source(from: i32): void {
  if (from >= FILE) {
    // Quoted, because the name is the user's: `put` would unpack it.
    line.quotedText(path);
    if (from === FILE) return;
    line.byte(char(":"));
    line.number(from - FILE);
  } else if (from > 0) {
    line.put(message("argument "));
    line.number(from);
  } else {
    line.put(message("variable "));
    const count = host.readEnvironment(-1 - from, 0, name, NAME_BYTES);
    store<u8>(name + count, 0);
    const equals = find(name, char("="));
    line.quoted(name, equals === 0 ? count : <i32>(equals - name));
  }
}
