import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** The CPUs that the toolkit has an init for, by Node's names. */
export const ARCHITECTURES = ["x64", "arm64"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The folders in which the inits are: beside the bundle, or in the project. */
const FOLDERS = [".", "../../../dist"];

/** Whether a file exists and is executable. */
function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of the toolkit's init for a CPU; null if it has none. The file is `tini-ts-ARCH`, or `tini-ts` if it was built for
 * this machine.
 */
export function initBinary(arch: string): string | null {
  const names = [`tini-ts-${arch}`, ...(arch === process.arch ? ["tini-ts"] : [])];
  const paths = FOLDERS.flatMap((folder) => names.map((name) => join(import.meta.dirname, folder, name)));
  return paths.find(isExecutable) ?? null;
}
