import { existsSync } from "node:fs";
import { join } from "node:path";
import { find } from "../containers/engine.ts";

/** The folder in which `fetch_kernel` of scripts/lib/debian.sh puts Debian's kernel. */
const directory = join(import.meta.dirname, "../../build/kernel");

/** The kernel that the machine boots. */
export const KERNEL: string = join(directory, "vmlinuz");

/** The path of a kernel module, by its name without `.ko`. */
export function kernelModule(name: string): string {
  return join(directory, `${name}.ko`);
}

/** Why the machine cannot be booted, or null. */
export function obstacle(): string | null {
  if (process.arch !== "x64") return `needs an x86_64 machine, this is ${process.arch}`;
  const programs = ["qemu-system-x86_64", "setpriv", "busybox", "runc", "crun", "dockerd", "containerd"];
  const missing = programs.filter((name) => find(name) === undefined);
  if (missing.length > 0) return `${missing.join(", ")} not installed`;
  return existsSync(KERNEL) ? null : "Debian's kernel is not there: scripts/test fetches it";
}
