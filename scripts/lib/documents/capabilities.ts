/* The capabilities in the order of their numbers: src/init/linux/capabilities.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const source = readFileSync(join(import.meta.dirname, "../../../src/init/linux/capabilities.ts"), "utf8");

/** Their names, without CAP_. */
export const capabilities: readonly string[] = Array.from(
  source.matchAll(/^ *"([A-Z_|]+)"/gm),
  ([, names = ""]) => names,
)
  .join("")
  .split("|");
