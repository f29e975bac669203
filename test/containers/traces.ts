import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const CGROUP_ROOT = "/sys/fs/cgroup";

/**
 * Removes what an engine leaves behind once its processes are dead: the control groups below `cgroup` (in each hierarchy
 * that has one) and its directory.
 */
export async function removeTraces(directory: string, cgroup: string): Promise<void> {
  const hierarchies = await readdir(CGROUP_ROOT, { withFileTypes: true }).catch(() => []);
  const roots = [
    CGROUP_ROOT,
    ...hierarchies.filter((entry) => entry.isDirectory()).map((e) => join(CGROUP_ROOT, e.name)),
  ];
  for (const root of roots) await removeGroup(join(root, cgroup));
  await rm(directory, { recursive: true, force: true });
}

async function removeGroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(path, entry.name));
  // A group is busy for a moment after its last process was reaped (cgroup v1 frees it asynchronously).
  for (let attempt = 0; ; attempt++) {
    try {
      await rmdir(path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      if ((error as NodeJS.ErrnoException).code !== "EBUSY" || attempt === 100) throw error;
      await delay(20);
    }
  }
}
