/** A program as a container engine runs it with cgroup v2: `test/programs/container.c` in the machine. */
import { type End, type Ending, inside, type Machine, type Run, signalName } from "./machine.ts";

/** A control group: its path below /sys/fs/cgroup, the controllers turned on for the groups below it, how many processes it has. */
export interface Group {
  readonly path: string;
  readonly controllers: string;
  readonly processes: number;
}

/** The results of a container that has ended. */
export interface ContainerEnd extends End {
  /** How its PID 1 ended. */
  readonly init: Ending;
  /** The changes that its run left in the control groups of the whole machine; should be none. */
  readonly changes: readonly string[];
  /** The files of its group that `count=FILE` asked for, at the end; lines are separated by semicolons. */
  readonly counted: Readonly<Record<string, string>>;
}

/** A container that runs. */
export class Container {
  readonly run: Run;
  /** The pid of its PID 1, outside. */
  readonly pid: number;
  readonly #machine: Machine;

  private constructor(machine: Machine, run: Run, pid: number) {
    this.#machine = machine;
    this.run = run;
    this.pid = pid;
  }

  /** Starts a program, with directives of `container.c`. */
  static async start(
    machine: Machine,
    directives: readonly string[],
    words: readonly string[],
    milliseconds?: number,
  ): Promise<Container> {
    const run = machine.start([inside("container"), ...directives, "--", ...words], milliseconds);
    const [, pid] = await run.tells(/^init (\d+)$/m);
    return new Container(machine, run, Number(pid));
  }

  /** Sends a signal to its PID 1, as an engine does. */
  signal(signal: Parameters<Machine["kill"]>[1]): void {
    this.#machine.kill(this.pid, signal);
  }

  /** Waits for its end. */
  async end(): Promise<ContainerEnd> {
    const end = await this.run.end();
    const ended = /^ended (exited|signalled) (\d+)$/m.exec(end.reports);
    if (ended === null) throw new Error(`the container did not come to its end\n${this.run.describe()}`);
    const counted = [...end.reports.matchAll(/^counted (\S+) (.*)$/gm)];
    return {
      ...end,
      init: ended[1] === "exited" ? { code: Number(ended[2]) } : { signal: signalName(Number(ended[2])) },
      changes: changes(groups(end.reports, "before"), groups(end.reports, "after")),
      counted: Object.fromEntries(counted.map(([, file = "", text = ""]) => [file, text])),
    };
  }
}

/** Runs a program in a container to its end. */
export async function contain(
  machine: Machine,
  directives: readonly string[],
  words: readonly string[],
  milliseconds?: number,
): Promise<ContainerEnd> {
  const container = await Container.start(machine, directives, words, milliseconds);
  container.run.closeInput();
  return container.end();
}

function groups(reports: string, when: string): Group[] {
  const list = new RegExp(`^${when} (.*)$`, "m").exec(reports)?.[1];
  if (list === undefined) throw new Error(`no list of the control groups ${when} the program\n${reports}`);
  return list.split(" ").map((entry) => {
    const [path = "", controllers = "", processes = ""] = entry.split(":");
    return { path, controllers, processes: Number(processes) };
  });
}

function changes(before: readonly Group[], after: readonly Group[]): string[] {
  const describe = ({ path, controllers, processes }: Group) => `${path}: [${controllers}], ${processes} processes`;
  // Before it, the program waits in its group; then it is gone.
  const expected = before.map((group) =>
    describe(group.path.endsWith("/box") ? { ...group, processes: group.processes - 1 } : group),
  );
  const found = after.map(describe);
  return [
    ...expected.filter((group) => !found.includes(group)).map((group) => `gone: ${group}`),
    ...found.filter((group) => !expected.includes(group)).map((group) => `new: ${group}`),
  ];
}
