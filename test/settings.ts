/** The machine's settings for tini-ts, dumb-init and Node, which must not affect the tests. */
import { existsSync } from "node:fs";

/** Variables that the init, its peers and Node read, except the tests' own. */
const VARIABLES =
  /^(?:TINI_(?!TS_)|DUMB_INIT_|LISTEN_(?:PID|FDS|FDNAMES|PIDFDID)$|NOTIFY_SOCKET$|WATCHDOG_|NODE_OPTIONS$)/;

/** The default configuration files of the init. */
const FILES = ["/etc/tini.yml", "/.tini.yml"];

/**
 * Removes these variables from the environment of this process and its children.
 *
 * @throws Error if such a file exists: it cannot be hidden from here any more (scripts/suite.ts does that).
 */
export function forgetMachine(): void {
  for (const name of Object.keys(process.env)) if (VARIABLES.test(name)) Reflect.deleteProperty(process.env, name);
  const file = FILES.find((path) => existsSync(path));
  if (file !== undefined) {
    throw new Error(
      `${file} configures every tini-ts of this machine, those of the tests too: npm test hides /etc/tini.yml from them, vitest alone does not`,
    );
  }
}
