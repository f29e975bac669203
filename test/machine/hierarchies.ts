/** Programs under cgroup version 1, in a machine that has a hierarchy for each controller. */
import { type End, type Machine, type Run } from "./machine.ts";

/**
 * Where a program runs: in the root group of each hierarchy, in a group of its own, or in a container, where it is PID 1 and
 * sees only its own group, as Docker arranges it without a cgroup namespace.
 */
export type Place = "root" | "group" | "container";

/** A program's surroundings. */
export interface Surroundings {
  readonly place: Place;
  /** Limits of its own group, not in "root": the path of a file without the group, `memory/memory.limit_in_bytes`, and its value. */
  readonly limits?: Readonly<Record<string, string>>;
  /** Shell commands before the program. `$own` is its group's name in each hierarchy, with a slash before it, or nothing. */
  readonly before?: string;
  /** Shell commands in a container before the program, where everything is mounted. */
  readonly inside?: string;
}

/** Its result. */
export interface HierarchiesEnd extends End {
  /** The changes that the run left in the groups of all version 1 hierarchies; should be none. */
  readonly changes: readonly string[];
}

/** The hierarchies in which programs get a group. The init sets nothing in the others. */
const HIERARCHIES = ["memory", "cpu,cpuacct", "pids"];

const each = (command: string) => `for hierarchy in ${HIERARCHIES.join(" ")}; do ${command}; done`;

/** Prints every group of version 1 but the roots, with the number of its processes. */
const LIST = `
  for hierarchy in /sys/fs/cgroup/*/; do
    [ $hierarchy = /sys/fs/cgroup/unified/ ] || find $hierarchy -mindepth 1 -type d
  done | sort | while read -r group; do echo $group: $(wc -l < $group/cgroup.procs); done`;

const lines = (text: string) => text.split("\n").slice(0, -1);

/** Prepares the mounts of a container, whose group has been entered, and runs its program. */
const CONTAINER = `
  mkdir -p /tmp/cgroup
  mount -t tmpfs tmpfs /tmp/cgroup
  ${each("mkdir /tmp/cgroup/$hierarchy; mount --bind /sys/fs/cgroup/$hierarchy$own /tmp/cgroup/$hierarchy")}
  umount -l /sys/fs/cgroup
  mount --move /tmp/cgroup /sys/fs/cgroup`;

let count = 0;

/** A program that runs under version 1. */
export class Tenant {
  readonly run: Run;
  /** Its own group's name in each hierarchy, with a slash before it; nothing in "root". */
  readonly own: string;
  readonly #machine: Machine;
  readonly #before: readonly string[];
  readonly #place: Place;

  private constructor(machine: Machine, run: Run, place: Place, own: string, before: readonly string[]) {
    this.#machine = machine;
    this.run = run;
    this.#place = place;
    this.own = own;
    this.#before = before;
  }

  /** Starts a program. */
  static async start(
    machine: Machine,
    around: Surroundings,
    words: readonly string[],
    milliseconds?: number,
  ): Promise<Tenant> {
    const { place, limits = {}, before = "", inside = "" } = around;
    const own = place === "root" ? "" : `/own-${++count}`;
    const settings = Object.entries(limits).map(([file, value]) => {
      const [hierarchy = "", name = ""] = file.split("/");
      return `echo ${value} > /sys/fs/cgroup/${hierarchy}${own}/${name}`;
    });
    const make = own === "" ? "" : each(`mkdir /sys/fs/cgroup/$hierarchy${own}`);
    const list = lines(await machine.sh([make, ...settings, LIST].join("\n")));
    const script = `
      own=${own}
      ${before}
      ${each("echo 0 > /sys/fs/cgroup/$hierarchy$own/cgroup.procs")}
      echo pid $$ >&3
      export own
      exec ${place === "container" ? `unshare -m -p -f --mount-proc /bin/sh -ec '${CONTAINER}\n${inside}\nunset own\nexec "$@"' sh` : "env -u own"} "$@"`;
    const run = machine.start(["/bin/sh", "-ec", script, "sh", ...words], milliseconds);
    return new Tenant(machine, run, place, own, list);
  }

  /** Sends it a signal, once it has started. */
  async signal(signal: Parameters<Machine["kill"]>[1]): Promise<void> {
    const [, first = ""] = await this.run.tells(/^pid (\d+)$/m);
    const pid =
      this.#place === "container" ? await this.#machine.sh(`cat /proc/${first}/task/${first}/children`) : first;
    this.#machine.kill(Number(pid), signal);
  }

  /** Waits for its end, and removes its own group. */
  async end(): Promise<HierarchiesEnd> {
    const end = await this.run.end();
    const remove =
      this.own === "" ? "" : each(`find /sys/fs/cgroup/$hierarchy${this.own} -depth -type d -exec rmdir {} ";"`);
    const after = lines(await this.#machine.sh(`${LIST}\n${remove}`));
    return {
      ...end,
      changes: [
        ...this.#before.filter((group) => !after.includes(group)).map((group) => `gone: ${group}`),
        ...after.filter((group) => !this.#before.includes(group)).map((group) => `new: ${group}`),
      ],
    };
  }
}

/** Runs a program to its end. */
export async function runUnder(
  machine: Machine,
  around: Surroundings,
  words: readonly string[],
): Promise<HierarchiesEnd> {
  const tenant = await Tenant.start(machine, around, words);
  tenant.run.closeInput();
  return tenant.end();
}

/** Kills and removes what a failed test left in the groups of version 1. */
export async function clear(machine: Machine): Promise<void> {
  await machine.sh(`
    for hierarchy in /sys/fs/cgroup/*/; do
      [ $hierarchy = /sys/fs/cgroup/unified/ ] || find $hierarchy -mindepth 1 -depth -type d
    done | while read -r group; do
      until rmdir $group 2>/dev/null; do kill -KILL $(cat $group/cgroup.procs) 2>/dev/null || true; done
    done`);
}
