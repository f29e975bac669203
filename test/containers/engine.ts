import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { patience } from "../patience.ts";
import { DEBIAN_PATH, enclose, type Enclosure, groupOf, makeDirectory, NAMESPACES, sweep } from "./enclosure.ts";

/** A Docker engine of our own, apart from the host's: see `startEngine`. */
export interface Engine extends Enclosure {
  /** For DOCKER_HOST. */
  readonly host: string;
}

const PREFIX = "tini-ts-engine-";
/** Any private network will do: the bridge lives in a network namespace of its own. */
const BRIDGE = "10.213.8.1/24";

/** The programs that the tests need: engines with their tools, and interpreters for images. */
const PROGRAMS = [
  ...["dockerd", "containerd", "runc", "podman", "docker-compose", "unshare", "nsenter", "setpriv", "ip"],
  ...["busybox", "java", "python3"],
];

/** Why no engine can be started here, in one line; undefined if one can. */
export function obstacle(): string | undefined {
  if (process.platform !== "linux") return `needs Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return "needs root (to start a Docker engine of its own)";
  const missing = PROGRAMS.filter((program) => find(program) === undefined);
  if (missing.length > 0) return `needs ${missing.join(", ")} (scripts/test installs it on Debian)`;
  const { status, stderr } = spawnSync("unshare", [...NAMESPACES, "true"], { encoding: "utf8" });
  if (status !== 0) return `needs namespaces of its own: ${stderr.trim()}`;
  return undefined;
}

/** The path of a program in PATH or in Debian's folders for the administrator's programs. */
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
  await sweep(PREFIX, (directory) => ping(join(directory, "docker.sock")));
  const directory = await makeDirectory(PREFIX);
  const socket = join(directory, "docker.sock");
  // A daemon.json of the host must not mix with these options: dockerd refuses what is given twice.
  await writeFile(join(directory, "daemon.json"), "{}");
  const command = [
    find("dockerd") ?? "dockerd",
    `--config-file=${join(directory, "daemon.json")}`,
    `--host=unix://${socket}`,
    `--data-root=${join(directory, "data")}`,
    `--exec-root=${join(directory, "exec")}`,
    `--pidfile=${join(directory, "pid")}`,
    `--cgroup-parent=/${groupOf(directory)}`,
    // It would ask systemd over D-Bus, which does not know these namespaces.
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--init-path=${init}`,
    `--bip=${BRIDGE}`,
    "--iptables=false",
    "--ip6tables=false",
    "--ip-forward=false",
    "--ip-masq=false",
    "--storage-driver=overlay2",
  ];
  const enclosure = await enclose(directory, command, () => ping(socket));
  return { ...enclosure, host: `unix://${socket}` };
}

function ping(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: "/_ping", timeout: patience(5000) }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on("error", () => resolve(false));
    ping.on("timeout", () => ping.destroy());
    ping.end();
  });
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
