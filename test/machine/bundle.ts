/** OCI bundles: what an engine gives runc or crun to run (opencontainers/runtime-spec, config.md). */
import { find } from "../containers/engine.ts";
import type { Entry } from "./cpio.ts";
import type { Run, Machine } from "./machine.ts";
import { native, withLibraries } from "./native.ts";

/** The runtimes, by their names. */
export const runtimes = ["runc", "crun"] as const;
export type Runtime = (typeof runtimes)[number];

/** The files and modules that a machine needs to run bundles. */
export function runtimeFiles(): Entry[] {
  return withLibraries(runtimes.map((runtime) => find(runtime) ?? runtime));
}

/** Options of a container. */
export interface BundleOptions {
  /** How /sys/fs/cgroup is mounted: engines use `ro`, and `rw` on request. */
  readonly cgroup?: "ro" | "rw";
  readonly environment?: readonly string[];
  readonly user?: number;
}

const CAPABILITIES = ["CAP_KILL", "CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"];

/** `config.json` as Docker and containerd write it, in short; `@GROUP@` stands for the path of its control group. */
function configuration(words: readonly string[], options: BundleOptions): string {
  const bind = (path: string) => ({ destination: path, type: "bind", source: path, options: ["rbind", "ro"] });
  const [bounding, effective, permitted] = [CAPABILITIES, CAPABILITIES, CAPABILITIES];
  return JSON.stringify({
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid: options.user ?? 0, gid: options.user ?? 0 },
      args: words,
      env: ["PATH=/bin", ...(options.environment ?? [])],
      cwd: "/",
      capabilities: { bounding, effective, permitted },
    },
    root: { path: "rootfs", readonly: false },
    hostname: "bundle",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
      {
        destination: "/sys/fs/cgroup",
        type: "cgroup",
        source: "cgroup",
        options: ["nosuid", "noexec", "nodev", "relatime", options.cgroup ?? "ro"],
      },
      bind("/bin"),
      bind("/programs"),
      bind("/tini-ts"),
    ],
    linux: {
      namespaces: ["pid", "mount", "ipc", "uts", "network", "cgroup"].map((type) => ({ type })),
      cgroupsPath: "@GROUP@",
    },
  });
}

/** Starts a bundle under a name, as a program of the machine whose exit code is the container's. */
export function startBundle(
  machine: Machine,
  runtime: Runtime,
  name: string,
  words: readonly string[],
  options: BundleOptions = {},
): Run {
  const script = `
    set -e
    group=$(cut -d: -f3 /proc/self/cgroup)
    mkdir -p /tmp/${name}/rootfs
    cd /tmp/${name}
    printf %s "$1" | sed "s#@GROUP@#\${group%/seat}/box#" > config.json
    exec ${native(runtime)} run ${name}`;
  return machine.start(["/bin/sh", "-c", script, "sh", configuration(words, options)]);
}

/** What an engine passes to the runtime to stop the container. */
export async function killBundle(machine: Machine, runtime: Runtime, name: string, signal: string): Promise<void> {
  await machine.sh(`${native(runtime)} kill ${name} ${signal}`);
}
