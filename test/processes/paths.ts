/** The paths of programs that tests run. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of a program; null if it is not installed. */
export function pathOf(name: string): string | null {
  if (name === "node") return process.execPath;
  // Not a version manager's wrapper.
  for (const folder of ["/usr/bin", "/usr/sbin", "/bin", ...(process.env["PATH"] ?? "").split(delimiter)]) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Try the next folder.
    }
  }
  return null;
}
