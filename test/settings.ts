/** What this machine has set for every tini-ts, dumb-init and Node on it: not for those of the tests. */
import { existsSync } from "node:fs";

/** Variables that the init, its peers and Node listen to; not those of the tests themselves. */
const VARIABLES =
  /^(?:TINI_(?!TS_)|DUMB_INIT_|LISTEN_(?:PID|FDS|FDNAMES|PIDFDID)$|NOTIFY_SOCKET$|WATCHDOG_|NODE_OPTIONS$)/;

/** The default configuration files of the init. */
const FILES = ["/etc/tini.yml", "/.tini.yml"];

/**
 * Takes the variables out of the environment of this process, and of all that it starts.
 *
 * @throws Error where there is a file: nothing that runs on this root can be kept from it any more (scripts/suite.ts does that).
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
