/**
 * Runs a binary as PID 1 of a PID namespace of its own, or as an ordinary process, and lets a test talk to it.
 *
 *   await using init = await launch({ binary, arguments: ["--", "/bin/sh", "-c", "echo up; exec sleep 1000"] });
 *   await init.stdout.match(/up/);
 *   init.signal("SIGTERM");
 *   expect(await init.end()).toEqual({ signal: "SIGKILL" });
 *
 * The binary is a parameter: tini, dumb-init and catatonit go through the same harness. Nothing here knows vitest.
 * `test/programs/launch.c` does what Node cannot: namespaces, odd inherited states, the exact wait status, holding the
 * binary at a system call. Its directives are those of `inherit`.
 */
import { execFile, spawn as spawnProcess } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { promisify } from "node:util";
import { spawn as spawnOnTerminal, type IPty } from "node-pty";
import { buildPrograms, program } from "./programs.ts";
import { Output, until, within } from "./waiting.ts";

/** What to start, and how. */
export interface Launch {
  /** The init: a path. */
  readonly binary: string;
  /** Its arguments, without its name. */
  readonly arguments?: readonly string[];
  /** argv[0] (default: the path). */
  readonly name?: string;
  /** `pid1` (the default): PID 1 of a new PID namespace. `process`: an ordinary process, whose orphans come to the launcher. */
  readonly as?: "pid1" | "process";
  /** Directives of `launch.c`, in order: the state that the binary inherits. */
  readonly inherit?: readonly string[];
  /** Its whole environment (default: only PATH). */
  readonly environment?: Readonly<Record<string, string>>;
  /** Run on a new terminal. By itself it is the controlling terminal of the launcher alone; see `own-terminal`. */
  readonly terminal?: boolean;
}

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = { readonly code: number } | { readonly signal: string };

/** A process as /proc shows it. Pids are those of its PID namespace. */
export interface Process {
  readonly pid: number;
  readonly name: string;
  /** R, S, D, T (stopped), t (traced), Z (zombie). */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground process group of its controlling terminal, or -1. */
  readonly foreground: number;
}

/** Output and ending of a finished run. */
export interface Result {
  readonly ending: Ending;
  readonly stdout: string;
  readonly stderr: string;
  /** How many processes had outlived the binary and had to be killed (0 in a PID namespace: the kernel does it). */
  readonly leftover: number;
}

/** The default environment of a binary. */
export const plainEnvironment: Readonly<Record<string, string>> = { PATH: "/usr/bin:/bin" };

/** The number of a signal given as name (`SIGTERM`) or number. `SIGRTMIN+n` is the kernel's 34 + n. */
export function signalNumber(signal: string | number): number {
  if (typeof signal === "number") return signal;
  const realTime = /^SIGRTMIN(?:\+(\d+))?$/.exec(signal);
  if (realTime) return 34 + Number(realTime[1] ?? 0);
  const number = (constants.signals as Record<string, number>)[signal];
  if (number === undefined) throw new Error(`no such signal: ${signal}`);
  return number;
}

/** The name of a signal, or its number as text if it has none. */
export function signalName(number: number): string {
  const aliases = new Set(["SIGIOT", "SIGPOLL", "SIGCLD", "SIGUNUSED"]);
  for (const [name, value] of Object.entries(constants.signals))
    if (value === number && !aliases.has(name)) return name;
  return String(number);
}

function parseStat(text: string): Process {
  // The name is in parentheses and may contain anything, also parentheses.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const rest = text.slice(close + 2).split(" ");
  return {
    pid: Number(text.slice(0, open - 1)),
    name: text.slice(open + 1, close),
    state: rest[0] ?? "?",
    parent: Number(rest[1]),
    group: Number(rest[2]),
    session: Number(rest[3]),
    foreground: Number(rest[5]),
  };
}

function readProcesses(proc: string): Process[] {
  const found: Process[] = [];
  for (const entry of readdirSync(proc)) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      found.push(parseStat(readFileSync(join(proc, entry, "stat"), "latin1")));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return found;
}

/** Whether the process with this host pid runs: it exists and is no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1")).state !== "Z";
  } catch {
    return false;
  }
}

/** A process (host pid) and its descendants, without reading the rest of /proc. */
function readDescendants(pid: number): Process[] {
  try {
    const own = parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean);
    return [own, ...children.flatMap((child) => readDescendants(Number(child)))];
  } catch {
    return [];
  }
}

/** A binary that runs, or ran. */
export class Init {
  readonly stdout = new Output();
  readonly stderr = new Output();
  /** The launcher's reports, line by line: see `launch.c`. */
  readonly reports = new Output();
  /** Host pid of the binary. */
  pid = 0;
  /** Host pid of the parent of `middle-parent`. */
  parentPid = 0;
  private control: Socket | undefined;
  private readonly closed: Promise<unknown>;
  private readonly launch: Launch;
  private readonly stdin: Writable | undefined;
  private readonly pty: IPty | undefined;

  private constructor(launch: Launch, stdin: Writable | undefined, pty: IPty | undefined, closed: Promise<unknown>) {
    this.launch = launch;
    this.stdin = stdin;
    this.pty = pty;
    this.closed = closed;
  }

  /** Starts the binary. Throws if it could not be executed. */
  static async start(launch: Launch): Promise<Init> {
    const directives = [...((launch.as ?? "pid1") === "pid1" ? ["pid-namespace"] : []), ...(launch.inherit ?? [])];
    if (launch.name !== undefined) directives.push(`name=${launch.name}`);
    const words = [...directives, "--", launch.binary, ...(launch.arguments ?? [])];
    const environment = { ...(launch.environment ?? plainEnvironment) };
    const init = launch.terminal
      ? await Init.startOnTerminal(launch, words, environment)
      : Init.startOnPipes(launch, words, environment);
    const started = await init.reports.match(/^started (\d+)$|^error .*$/m, 0, () => init.describe());
    init.pid = Number(started[1] ?? 0);
    init.parentPid = Number(/^parent (\d+)$/m.exec(init.reports.text)?.[1] ?? 0);
    const executed = await init.reports.match(/^executed$|^error (.*)$/m, 0, () => init.describe());
    if (executed[1] !== undefined) {
      await init[Symbol.asyncDispose]();
      throw new Error(`cannot start ${launch.binary}: ${executed[1]}`);
    }
    return init;
  }

  private static startOnPipes(launch: Launch, words: readonly string[], env: Record<string, string>): Init {
    const child = spawnProcess(program("launch"), ["3", ...words], { stdio: ["pipe", "pipe", "pipe", "pipe"], env });
    const closed = new Promise((resolve) => child.once("close", resolve));
    const init = new Init(launch, child.stdin, undefined, closed);
    // A binary that ends without reading its input is not the test's concern.
    child.stdin.on("error", () => undefined);
    for (const [stream, output] of [
      [child.stdout, init.stdout],
      [child.stderr, init.stderr],
    ] as const)
      stream
        .setEncoding("utf8")
        .on("data", (text: string) => output.add(text))
        .on("end", () => output.close());
    init.listen(child.stdio[3] as Socket);
    return init;
  }

  /** node-pty passes no further descriptors, so the launcher connects to a socket instead. */
  private static async startOnTerminal(
    launch: Launch,
    words: readonly string[],
    env: Record<string, string>,
  ): Promise<Init> {
    const directory = mkdtempSync(join(tmpdir(), "tini-ts-test-"));
    const path = join(directory, "control");
    const server = createServer();
    try {
      await new Promise<void>((resolve) => server.listen(path, resolve));
      const connected = new Promise<Socket>((resolve) => server.once("connection", resolve));
      const pty = spawnOnTerminal(program("launch"), [path, ...words], {
        name: "dumb",
        cols: 200,
        rows: 50,
        cwd: "/",
        env,
      });
      const closed = new Promise((resolve) => pty.onExit(resolve));
      const init = new Init(launch, undefined, pty, closed);
      pty.onExit(() => init.stdout.close());
      pty.onData((text) => init.stdout.add(text.replaceAll("\r\n", "\n")));
      init.listen(await within("the launcher on its terminal", connected, () => init.stdout.text));
      return init;
    } finally {
      server.close();
      rmSync(directory, { recursive: true, force: true });
    }
  }

  private listen(control: Socket): void {
    this.control = control;
    control.on("error", () => undefined);
    control.setEncoding("utf8").on("data", (text: string) => this.reports.add(text));
    control.on("close", () => this.reports.close());
  }

  /** Everything known about it, for a test's failure. */
  describe(): string {
    const processes = this.pid && !this.ending ? this.processes() : [];
    return [
      `${this.launch.binary} ${JSON.stringify(this.launch.arguments ?? [])}, ${JSON.stringify(this.launch.inherit ?? [])}`,
      `launcher: ${JSON.stringify(this.reports.lines)}`,
      `stdout: ${this.stdout.text.slice(-2000)}`,
      `stderr: ${this.stderr.text.slice(-2000)}`,
      ...processes.slice(0, 20).map((one) => JSON.stringify(one)),
    ].join("\n");
  }

  /** Sends a command to the launcher (`launch.c`): `go`, `kill-parent`, `drain`, `finish`. */
  order(order: "go" | "kill-parent" | "drain" | "finish"): void {
    this.control?.write(`${order}\n`);
  }

  /** Writes to standard input, or types on the terminal. */
  write(text: string): void {
    if (this.pty) this.pty.write(text);
    else this.stdin?.write(text);
  }

  /** Closes standard input. */
  closeInput(): void {
    this.stdin?.end();
  }

  /** Closes the other end of the terminal: what happens when a connection breaks. */
  hangUp(): void {
    (this.pty as unknown as { destroy(): void } | undefined)?.destroy();
  }

  /** Gives the terminal another size. */
  resize(columns: number, rows: number): void {
    this.pty?.resize(columns, rows);
  }

  /** Sends a signal from outside the PID namespace: the binary sees 0 as the sender. */
  signal(signal: string | number): void {
    process.kill(this.pid, signalNumber(signal));
  }

  /** Sends `count` signals with the values `first`, `first` + 1 ... by sigqueue. */
  async queue(signal: string | number, first: number, count = 1, code = -1): Promise<void> {
    const words = [this.pid, signalNumber(signal), first, count, code].map(String);
    await promisify(execFile)(program("queue-signal"), words);
  }

  /** How it ended, or undefined while it runs. */
  get ending(): Ending | undefined {
    const found = /^ended (exited|signalled) (\d+)$/m.exec(this.reports.text);
    if (!found) return undefined;
    return found[1] === "exited" ? { code: Number(found[2]) } : { signal: signalName(Number(found[2])) };
  }

  /** Waits for its end. */
  async end(): Promise<Ending> {
    await this.reports.match(/^ended .*\n/m, 0, () => this.describe());
    return this.ending as Ending;
  }

  /** Waits for its end, kills what it left behind, and returns the results. */
  async finish(): Promise<Result> {
    const ending = await this.end();
    this.order("finish");
    const leftover = await this.reports.match(/^leftover (\d+)\n/m, 0, () => this.describe());
    await within("the end of the launcher", this.closed, () => this.describe());
    return { ending, stdout: this.stdout.text, stderr: this.stderr.text, leftover: Number(leftover[1]) };
  }

  /** Kills everything that is still there. Run at the end of the scope by `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.control?.end();
    await within("the end of the launcher", this.closed, () => this.describe());
    this.control?.destroy();
  }

  /** The lines of standard error. */
  get log(): string[] {
    return this.stderr.lines;
  }

  /** Waits until standard output matches. */
  async says(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return this.stdout.match(pattern, from, () => this.describe());
  }

  /** Waits until at least `count` lines of standard output match. */
  async repeats(pattern: RegExp, count: number): Promise<void> {
    await this.stdout.count(pattern, count, () => this.describe());
  }

  /** Waits until standard error matches. */
  async logs(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return this.stderr.match(pattern, from, () => this.describe());
  }

  /** The processes of its PID namespace; as an ordinary process: it and its descendants. */
  processes(): Process[] {
    try {
      if ((this.launch.as ?? "pid1") === "pid1") return readProcesses(`/proc/${this.pid}/root/proc`);
    } catch {
      return [];
    }
    return readDescendants(this.pid);
  }

  /** The zombies among `processes()`. */
  zombies(): Process[] {
    return this.processes().filter((one) => one.state === "Z");
  }

  /** The main child: the init's oldest child. In a PID namespace that is pid 2. */
  mainChild(): Process | undefined {
    const own = (this.launch.as ?? "pid1") === "pid1" ? 1 : this.pid;
    return this.processes()
      .filter((one) => one.parent === own)
      .sort((a, b) => a.pid - b.pid)[0];
  }

  /** Waits until `wanted` accepts its processes, and returns them. */
  async sees(what: string, wanted: (processes: Process[]) => boolean): Promise<Process[]> {
    return until(
      what,
      () => {
        const processes = this.processes();
        return wanted(processes) && processes;
      },
      () => this.describe(),
    );
  }

  /**
   * Waits until the init has started its child. Before that, a signal may come too early: until its first instruction has
   * blocked them, the kernel discards PID 1's signals.
   */
  async isUp(): Promise<void> {
    await this.sees("the init has a child that is a program of its own", () => {
      const child = this.mainChild();
      return child !== undefined && child.name !== this.file("comm").trim();
    });
  }

  /** Waits until the init itself is in one of these states (letters of `Process.state`). */
  async becomes(states: string): Promise<void> {
    await until(
      `the init is in state ${states}`,
      () => states.includes(this.status("State")?.[0] ?? "?"),
      () => this.describe(),
    );
  }

  /** A field of /proc/PID/status of the init, or undefined. */
  status(field: string): string | undefined {
    return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(this.file("status"))?.[1];
  }

  /** A file of /proc/PID of the init; empty if it is gone. */
  file(name: string): string {
    try {
      return readFileSync(`/proc/${this.pid}/${name}`, "latin1");
    } catch {
      return "";
    }
  }

  /** How often the scheduler has switched away from the init: constant while it sleeps. */
  contextSwitches(): number {
    return Number(this.status("voluntary_ctxt_switches")) + Number(this.status("nonvoluntary_ctxt_switches"));
  }

  /** Waits until it sleeps with nothing left to do: twice the same count of switches, asleep, no signal pending. */
  async settles(): Promise<void> {
    let before = -1;
    await until(
      "the init has settled",
      () => {
        const now = this.contextSwitches();
        const quiet = this.status("State")?.startsWith("S") && /^0+$/.test(this.status("ShdPnd") ?? "");
        const settled = quiet === true && now === before;
        before = now;
        return settled;
      },
      () => this.describe(),
    );
  }

  /** Its private memory in bytes (`smaps_rollup`): its cost beyond shared file pages. */
  privateBytes(): number {
    const rollup = this.file("smaps_rollup");
    const sum = [...rollup.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm)].reduce(
      (all, one) => all + Number(one[1]),
      0,
    );
    return sum * 1024;
  }
}

let built: Promise<void> | undefined;

/** Starts a binary; see `Launch`. Use `await using`: the end of the scope kills everything. */
export async function launch(options: Launch): Promise<Init> {
  built ??= buildPrograms();
  await built;
  return await Init.start(options);
}

/** Starts a binary, waits for its end and returns its output. `input` goes to its standard input, which is then closed. */
export async function run(options: Launch & { readonly input?: string }): Promise<Result> {
  await using init = await launch(options);
  if (options.input !== undefined) init.write(options.input);
  if (!options.terminal) init.closeInput();
  return await init.finish();
}
