import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** The CPUs that an init is built for, by Node's names. */
export const ARCHITECTURES = ["x64", "arm64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The folders with the init for each CPU: beside the bundle, or in the project where it was built. */
const FOLDERS = [".", "../../../dist"];

/** Whether a file is there and may be run. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of the init for a CPU that came with the toolkit; null where none did. It is called `tini-ts-ARCH`, and
 * `tini-ts` where it was built for this machine.
 */
export function initBinary(arch: string): string | null {
  const names = [`tini-ts-${arch}`, ...(arch === process.arch ? ["tini-ts"] : [])];
  const paths = FOLDERS.flatMap((folder) => names.map((name) => join(import.meta.dirname, folder, name)));
  return paths.find(isExecutable) ?? null;
}
