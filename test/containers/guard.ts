/**
 * The process that owns an enclosure: `node guard.ts DIRECTORY CGROUP COMMAND ARGS...`, started by enclosure.ts.
 *
 * It lives in its own session and reads its standard input. When that ends (the test run is over, failed, was
 * interrupted or killed: the kernel closes the pipe in each case), everything in the enclosure is removed: the
 * processes with their PID namespace, the mounts with the mount namespace, the bridge with the network namespace,
 * the control groups and the directory.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { NAMESPACES } from "./enclosure.ts";
import { removeTraces } from "./traces.ts";

const [directory, cgroup, ...command] = process.argv.slice(2);
if (directory === undefined || cgroup === undefined || command.length === 0) throw new Error("see the comment above");

// What dockerd, containerd and podman write outside their own directories (/etc/docker/key.json, /run/containerd, /run/docker,
// /run/libpod, /opt/containerd, /var/lib/containers) goes into a layer above the host's files and vanishes with the mount
// namespace.
// The shell stays as PID 1 because dockerd does not reap the shims that outlive their starters.
const SCRIPT = `
set -e
for path in /etc /run /opt /var/lib; do
  [ -d "$path" ] || continue
  mkdir -p "$0/above$path" "$0/work$path"
  mount -t overlay overlay -o "lowerdir=$path,upperdir=$0/above$path,workdir=$0/work$path" "$path"
done
ip link set lo up
"$@" &
wait $!
`;

process.on("SIGINT", end);
process.on("SIGTERM", end);
process.on("SIGHUP", end);
process.stdin.on("end", end).on("error", end).resume();

const engine = spawn(
  // Should this process be killed itself, setpriv and --kill-child still take the engine along.
  "setpriv",
  ["--pdeathsig", "KILL", "unshare", ...NAMESPACES, "sh", "-c", SCRIPT, directory, ...command],
  { stdio: ["ignore", "inherit", "inherit"] },
);
await once(engine, "exit");
await removeTraces(directory, cgroup);
process.exit(0);

/** Kills PID 1 of the engine's namespace; unshare ends when the kernel has taken down all that was in it. */
function end(): void {
  if (engine.pid === undefined) return;
  try {
    const children = readFileSync(`/proc/${engine.pid}/task/${engine.pid}/children`, "utf8").trim();
    process.kill(children === "" ? engine.pid : Number(children.split(" ")[0]), "SIGKILL");
  } catch {
    // It has ended meanwhile: the exit event will follow.
  }
}
