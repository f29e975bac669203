import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, existsSync } from "node:fs";
import { mkdtemp, open, readFile, readdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { removeTraces } from "./traces.ts";

/** A Docker engine of our own, apart from the host's: see `startEngine`. */
export interface Engine {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Data, sockets and log of this engine; gone after `stop`. */
  readonly directory: string;
  /** The guard's process id: when it ends, nothing of the engine is left. */
  readonly guard: number;
  /** The process id of the engine's PID 1: /proc/ID/root is the engine's view of the machine. */
  readonly root: number;
  /** Ends the engine with all its containers, and removes every trace. */
  stop(): Promise<void>;
}

/** For unshare(1): the engine's own network, mounts and processes. */
export const NAMESPACES = ["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child=SIGKILL"];

const PREFIX = "tini-ts-engine-";
const START_MILLISECONDS = 60_000;
/** Any private network will do: the bridge lives in a network namespace of its own. */
const BRIDGE = "10.213.8.1/24";
const DEBIAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Why no engine can be started here, in one line; undefined where one can. */
export function obstacle(): string | undefined {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "needs root (to start a Docker engine of its own)";
  for (const program of ["dockerd", "containerd", "runc", "unshare", "nsenter", "setpriv", "ip", "busybox"]) {
    if (find(program) === undefined) return `needs ${program} (Debian: apt install docker.io iproute2 busybox-static)`;
  }
  const { status, stderr } = spawnSync("unshare", [...NAMESPACES, "true"], { encoding: "utf8" });
  if (status !== 0) return `needs namespaces of its own: ${stderr.trim()}`;
  return undefined;
}

/** The path of a program in PATH or where Debian keeps the administrator's programs. */
export function find(program: string): string | undefined {
  return findAll(program)[0];
}

/** All programs of that name, in the order of the search. */
export function findAll(program: string): string[] {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), ...DEBIAN_PATH.split(":")];
  const paths = new Set(
    directories.filter((directory) => directory !== "").map((directory) => join(directory, program)),
  );
  return [...paths].filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Starts dockerd with its own data root, exec root and socket, in its own PID, mount and network namespaces, so that
 * nothing on the host changes; `init` is what `docker run --init` uses. Resolves once the API answers.
 */
export async function startEngine(init: string): Promise<Engine> {
  await sweep();
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  // The control group above all of its containers has the directory's name.
  const cgroup = basename(directory);
  const socket = join(directory, "docker.sock");
  // A daemon.json of the host must not mix with these options: dockerd refuses what is given twice.
  await writeFile(join(directory, "daemon.json"), "{}");
  const log = await open(join(directory, "log"), "w");
  const command = [
    find("dockerd") ?? "dockerd",
    `--config-file=${join(directory, "daemon.json")}`,
    `--host=unix://${socket}`,
    `--data-root=${join(directory, "data")}`,
    `--exec-root=${join(directory, "exec")}`,
    `--pidfile=${join(directory, "pid")}`,
    `--cgroup-parent=/${cgroup}`,
    // systemd would be asked over D-Bus, which does not know these namespaces.
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--init-path=${init}`,
    `--bip=${BRIDGE}`,
    "--iptables=false",
    "--ip6tables=false",
    "--ip-forward=false",
    "--ip-masq=false",
    "--storage-driver=overlay2",
  ];
  const guard = spawn(process.execPath, [sibling("guard.ts"), directory, cgroup, ...command], {
    // Its own session: Ctrl-C in the terminal of the tests does not reach it, the end of its standard input does.
    detached: true,
    stdio: ["pipe", log.fd, log.fd],
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:${DEBIAN_PATH}` },
  });
  guard.on("error", () => undefined);
  await log.close();
  if (guard.pid === undefined) throw new Error(`cannot start ${process.execPath}`);
  await writeFile(join(directory, "guard"), String(guard.pid));
  await answering(socket, guard, directory);
  // The guard must not keep the test run alive should `stop` never be called.
  guard.unref();
  return {
    host: `unix://${socket}`,
    directory,
    guard: guard.pid,
    root: await onlyChild(await onlyChild(guard.pid)),
    stop: async () => {
      const ended = guard.exitCode !== null || guard.signalCode !== null ? undefined : once(guard, "exit");
      guard.ref();
      guard.stdin?.end();
      await ended;
    },
  };
}

/** Resolves when the engine answers a ping; rejects with the end of its log when it has ended or takes too long. */
async function answering(socket: string, guard: ChildProcess, directory: string): Promise<void> {
  const deadline = Date.now() + START_MILLISECONDS;
  while (!(await ping(socket))) {
    const ended = guard.exitCode !== null;
    if (ended || Date.now() > deadline) {
      const log = await readFile(join(directory, "log"), "utf8").catch(() => "(its log is gone)");
      guard.stdin?.end();
      throw new Error(`dockerd ${ended ? "ended" : "does not answer"}:\n${log.split("\n").slice(-15).join("\n")}`);
    }
    await delay(50);
  }
}

/** The guard has one child, unshare (setpriv became it), and that one has one: PID 1 of the new namespace. */
async function onlyChild(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const child = Number(children.trim());
  if (!Number.isInteger(child) || child === 0) throw new Error(`process ${pid} has not one child but "${children}"`);
  return child;
}

function ping(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on("error", () => resolve(false));
    ping.on("timeout", () => ping.destroy());
    ping.end();
  });
}

/** Removes what an earlier run left whose guard was killed before it could do so. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(tmpdir(), name);
    const guard = await readFile(join(directory, "guard"), "utf8").catch(() => undefined);
    // Without the file an engine is just being started by another run, or this is too young to tell.
    if (guard === undefined) continue;
    const command = await readFile(`/proc/${guard}/cmdline`, "utf8").catch(() => "");
    const alive = command.split("\0").includes(directory) || (await ping(join(directory, "docker.sock")));
    if (!alive) await removeTraces(directory, name);
  }
}

/** The path of a file beside this one. */
export function sibling(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** The project's directory. */
export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** The init under test. */
export const INIT = join(PROJECT, "dist/tini-ts");

/** Whether the init has been built. */
export function initIsBuilt(): boolean {
  return existsSync(INIT);
}
