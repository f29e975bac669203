/** Where the machine has the programs that tests run. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where a program is; null where the machine does not have it. */
export function pathOf(name: string): string | null {
  if (name === "node") return process.execPath;
  // Not what a version manager of the user's puts in front.
  for (const folder of ["/usr/bin", "/usr/sbin", "/bin", ...(process.env["PATH"] ?? "").split(delimiter)]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // The next one.
    }
  }
  return null;
}
