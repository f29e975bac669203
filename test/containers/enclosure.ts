import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { patience } from "../patience.ts";
import { removeTraces } from "./traces.ts";

/** For unshare(1): an enclosure's own network, mounts and processes. */
export const NAMESPACES = ["--net", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child=SIGKILL"];

export const DEBIAN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const START_MILLISECONDS = 60_000;

/** A program (a Docker engine, say) in namespaces of its own, so that nothing on the host changes: see `enclose`. */
export interface Enclosure {
  /** Its data, sockets and log; removed by `stop`. */
  readonly directory: string;
  /** The guard's process id: once it has ended, nothing of the enclosure is left. */
  readonly guard: number;
  /** The process id of the enclosure's PID 1: /proc/ID/root is its view of the machine. */
  readonly root: number;
  /** Ends everything in it, and removes every trace. */
  stop(): Promise<void>;
}

/** A new directory for an enclosure, below the system's one for temporary files. */
export function makeDirectory(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix));
}

/** The control group above all of an enclosure's own has its directory's name. */
export function groupOf(directory: string): string {
  return basename(directory);
}

/**
 * Starts a command under a guard (guard.ts), which ends with this process at the latest and then removes everything that the
 * command made, including the directory. Resolves once `ready` does; rejects with the end of the command's output when it has ended
 * or takes too long.
 */
export async function enclose(
  directory: string,
  command: readonly string[],
  ready: () => Promise<boolean>,
): Promise<Enclosure> {
  const log = await open(join(directory, "log"), "w");
  const guard = spawn(
    process.execPath,
    [fileURLToPath(new URL("guard.ts", import.meta.url)), directory, groupOf(directory), ...command],
    {
      // Its own session: Ctrl-C in the terminal of the tests does not reach it, the end of its standard input does.
      detached: true,
      stdio: ["pipe", log.fd, log.fd],
      env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:${DEBIAN_PATH}` },
    },
  );
  guard.on("error", () => undefined);
  await log.close();
  if (guard.pid === undefined) throw new Error(`cannot start ${process.execPath}`);
  await writeFile(join(directory, "guard"), String(guard.pid));
  const start = Date.now();
  while (!(await ready())) {
    const ended = guard.exitCode !== null;
    if (ended || Date.now() - start > patience(START_MILLISECONDS)) {
      const log = await readFile(join(directory, "log"), "utf8").catch(() => "(its log is gone)");
      guard.stdin?.end();
      throw new Error(
        `${command.join(" ")} ${ended ? "ended" : "does not answer"}:\n${log.split("\n").slice(-15).join("\n")}`,
      );
    }
    await delay(50);
  }
  // The guard must not keep the test run alive should `stop` never be called.
  guard.unref();
  return {
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

/** The guard has one child, unshare (setpriv became it), and that one has one: PID 1 of the new namespace. */
async function onlyChild(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const child = Number(children.trim());
  if (!Number.isInteger(child) || child === 0) throw new Error(`process ${pid} has not one child but "${children}"`);
  return child;
}

/**
 * Removes the leftovers of an earlier run whose guard was killed before it could do so; `answers` decides whether something
 * in a directory is still alive although the guard is dead.
 */
export async function sweep(prefix: string, answers: (directory: string) => Promise<boolean>): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const directory = join(tmpdir(), name);
    const guard = await readFile(join(directory, "guard"), "utf8").catch(() => undefined);
    // Without the file one is just being started by another run, or this is too young to tell.
    if (guard === undefined) continue;
    const command = await readFile(`/proc/${guard}/cmdline`, "utf8").catch(() => "");
    const alive = command.split("\0").includes(directory) || (await answers(directory));
    if (!alive) await removeTraces(directory, groupOf(directory));
  }
}
