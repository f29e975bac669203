import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The version, which the bundler defines (scripts/lib/toolkit.ts). */
declare const VERSION: string | undefined;

/** The toolkit's version: package.json's. */
export function version(): string {
  if (typeof VERSION !== "undefined") return VERSION;
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
