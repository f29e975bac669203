/**
 * A virtual machine with Debian's kernel and all of cgroup v2 (or v1, if a test asks for it), in which nothing else runs. It is
 * QEMU without KVM, because the tests may run in a virtual machine themselves. A boot takes about two seconds, a program in it a few milliseconds.
 *
 *   await using machine = await Machine.boot();
 *   const run = machine.start(["/bin/sh", "-c", "echo up; read line; exit $line"]);
 *   await run.says(/up/);
 *   run.write("7\n");
 *   expect((await run.end()).ending).toEqual({ code: 7 });
 *
 * `test/programs/agent.c` is its PID 1 and reports what the programs do. Nothing is left on the host when the machine or the test
 * run ends: the first file system is an unlinked file, and QEMU dies with its parent.
 */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { patience } from "../patience.ts";
import { buildPrograms, program } from "../processes/programs.ts";
import { Output, within } from "../processes/waiting.ts";
import { cpio, type Entry } from "./cpio.ts";
import { KERNEL } from "./kernel.ts";

/** How a process ended: its exit code, or the signal that killed it. */
export type Ending = { readonly code: number } | { readonly signal: string };

/** Output and ending of a finished program. */
export interface End {
  readonly ending: Ending;
  readonly stdout: string;
  readonly stderr: string;
  /** Its output on descriptor 3. */
  readonly reports: string;
  /** How many processes it left, which were then killed. */
  readonly leftover: number;
  /** When it ended, by the machine's CLOCK_MONOTONIC. */
  readonly microseconds: number;
}

/** The properties of a machine. */
export interface Hardware {
  /** Files in addition to busybox, the init under test and the programs of test/programs. */
  readonly files?: readonly Entry[];
  /** Paths of kernel modules, loaded in this order. */
  readonly modules?: readonly string[];
  /**
   * `instructions`: time passes by 16 ns an instruction, and not at all while everybody sleeps, however busy the host is. For
   * measuring times; nothing in such a machine can wait for the test, because its time would be over at once.
   */
  readonly clock?: "host" | "instructions";
  /**
   * Only version 2 (the default); or `hybrid`: a hierarchy of version 1 for each controller, beside a version 2 without
   * controllers.
   */
  readonly cgroups?: "version 2" | "hybrid";
  /** Default: 256. */
  readonly megabytes?: number;
  /** Further arguments for QEMU. */
  readonly options?: readonly string[];
}

/** How long the machine may take to boot before QEMU is killed; times are those of a quiet host. */
const BOOT_MILLISECONDS = 60_000;
/** How long a program may run in the machine by default. */
const RUN_MILLISECONDS = 30_000;
/** How long the agent may take to report the end of a program that was killed. */
const GRACE_MILLISECONDS = 15_000;

/** The init under test: its path on the host, which TINI_TS_BINARY may name. In the machine it is /tini-ts. */
const INIT = join(import.meta.dirname, "../..", process.env["TINI_TS_BINARY"] ?? "dist/tini-ts");

/** The path of a program of test/programs in the machine. */
export function inside(name: string): string {
  return `/programs/${name}`;
}

/** The files of every machine: busybox as /bin, the init as /tini-ts, what test/programs has as /programs, a user. */
function baseFiles(programs: readonly string[]): Entry[] {
  const { stdout: path } = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" });
  const { stdout: applets } = spawnSync(path.trim(), ["--list"], { encoding: "utf8" });
  return [
    ...["dev", "mnt", "modules", "proc", "run", "sys", "tmp"].map((name): Entry => ({ path: name, type: "directory" })),
    { path: "dev/console", type: "device", major: 5, minor: 1 },
    { path: "dev/null", type: "device", major: 1, minor: 3 },
    { path: "bin/busybox", type: "copy", from: path.trim(), mode: 0o755 },
    ...applets
      .split("\n")
      .filter((name) => name !== "" && name !== "busybox")
      .map((name): Entry => ({ path: `bin/${name}`, type: "link", target: "busybox" })),
    { path: "etc/passwd", type: "file", content: "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n" },
    { path: "etc/group", type: "file", content: "root:x:0:\nuser:x:1000:\n" },
    { path: "tini-ts", type: "copy", from: INIT, mode: 0o755 },
    ...programs.map((name): Entry => ({ path: inside(name), type: "copy", from: program(name), mode: 0o755 })),
  ];
}

/** The programs of test/programs that the machine needs. */
const PROGRAMS = ["agent", "bomb", "container", "family", "hog", "no-reap"];

/** Starts QEMU with this kernel command line. Its descriptor 3 is the console, 4 the second serial port. */
async function power(commandLine: string, hardware: Hardware): Promise<ChildProcess> {
  await buildPrograms();
  const modules = (hardware.modules ?? []).map((from, index): Entry => ({
    path: `modules/${String(index).padStart(2, "0")}.ko`,
    type: "copy",
    from,
  }));
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-machine-"));
  const files = openSync(join(directory, "files"), "w+");
  // Open, but in no directory: whatever happens, nothing is left.
  rmSync(directory, { recursive: true });
  try {
    for (const piece of cpio([...baseFiles(PROGRAMS), ...modules, ...(hardware.files ?? [])])) writeSync(files, piece);
    const line = hardware.cgroups === "hybrid" ? `cgroups=hybrid ${commandLine}` : commandLine;
    const words = [
      ...["-M", "pc", "-accel", "tcg", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
      ...["-m", String(hardware.megabytes ?? 256), "-kernel", KERNEL, "-initrd", "/proc/self/fd/5"],
      ...["-append", `console=ttyS0 quiet panic=-1 reboot=t random.trust_cpu=on tsc=reliable mitigations=off ${line}`],
      ...["-chardev", "socket,id=console,fd=3", "-serial", "chardev:console"],
      ...["-chardev", "socket,id=agent,fd=4", "-serial", "chardev:agent"],
      ...(hardware.clock === "instructions" ? ["-icount", "shift=4,sleep=off"] : []),
      ...(hardware.options ?? []),
    ];
    return spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...words], {
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe", files],
    });
  } finally {
    closeSync(files);
  }
}

/** Reads a stream into an output, to its end. */
function read(stream: unknown, output: Output): void {
  (stream as Socket)
    .setEncoding("utf8")
    .on("data", (text: string) => output.add(text.replaceAll("\r", "")))
    // QEMU's end may reset the connection.
    .on("error", () => undefined)
    .on("close", () => output.close());
}

/** The result of a program that was the kernel's own PID 1. */
export interface KernelEnd {
  /** How PID 1 ended, according to the kernel's panic; undefined if there was none. */
  readonly ending: Ending | undefined;
  /** The whole output of the kernel and the programs. */
  readonly console: string;
}

/**
 * Boots a machine whose PID 1 is the init under test, with these words; nothing is mounted. Resolves when the kernel has panicked
 * because its PID 1 ended.
 */
export async function runAsKernelInit(
  words: readonly string[],
  options: { readonly hardware?: Hardware; readonly init?: string } = {},
): Promise<KernelEnd> {
  // The kernel takes a word in double quotes as one; it knows no escapes, at most 32 words, and ends at a second `--`.
  const wrong = words.find((word) => word.includes('"') || word === "--");
  if (wrong !== undefined || words.length > 30)
    throw new Error(`the kernel cannot be given ${wrong ?? "so many words"}`);
  const quoted = words.map((word) => `"${word}"`).join(" ");
  const output = new Output();
  const errors = new Output();
  const qemu = await power(`rdinit=${options.init ?? "/tini-ts"} -- ${quoted}`, options.hardware ?? {});
  try {
    const exit = once(qemu, "exit");
    read(qemu.stdio[3], output);
    read(qemu.stdio[4], new Output());
    read(qemu.stderr, errors);
    await within("the end of the machine", exit, () => `${errors.text}\n${output.text}`, BOOT_MILLISECONDS);
  } finally {
    qemu.kill("SIGKILL");
  }
  // wait(2): the exit code in the second byte, the signal in the lowest seven bits.
  const status = /Attempted to kill init! exitcode=0x([0-9a-f]+)/.exec(output.text)?.[1];
  return { ending: status === undefined ? undefined : endingOf(parseInt(status, 16)), console: output.text };
}

function endingOf(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { code: status >> 8 } : { signal: signalName(signal) };
}

/** The name of a signal, or its number as text if it has none. */
export function signalName(number: number): string {
  const aliases = ["SIGIOT", "SIGPOLL", "SIGUNUSED"];
  const names = Object.entries(constants.signals).filter(([name]) => !aliases.includes(name));
  return names.find(([, value]) => value === number)?.[0] ?? String(number);
}

/** Words for the agent: everything but printable ASCII, and blanks and `%`, as %HH. */
function encode(word: string): string {
  const bytes = [...Buffer.from(word)];
  return bytes
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
}

function decode(word: string): string {
  const text = word.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  return Buffer.from(text, "latin1").toString();
}

/** A program that runs in the machine, or ran. */
export class Run {
  readonly stdout = new Output();
  readonly stderr = new Output();
  /** What it writes to its descriptor 3. */
  readonly reports = new Output();
  readonly #machine: Machine;
  readonly #id: string;
  readonly #words: readonly string[];
  readonly #ended = Promise.withResolvers<End>();
  readonly #settled: Promise<End>;

  constructor(machine: Machine, id: string, words: readonly string[], milliseconds: number) {
    this.#machine = machine;
    this.#id = id;
    this.#words = words;
    machine.send("start", id, String(patience(milliseconds)), ...words);
    const limit = milliseconds + GRACE_MILLISECONDS;
    this.#settled = within("the end of a program in the machine", this.#ended.promise, () => this.describe(), limit);
    // A test that does not wait for the end does not care about a failure either.
    this.#settled.catch(() => undefined);
  }

  /** Takes a line of the agent's that begins with this program's id. */
  hear(what: string, words: readonly string[]): void {
    const text = decode(words[0] ?? "");
    if (what === "out") this.stdout.add(text);
    else if (what === "err") this.stderr.add(text);
    else if (what === "say") this.reports.add(text);
    else if (what === "late") this.#fail("it took too long and was killed");
    else if (what === "failed") this.#fail(text);
    else {
      const [how, number, left, microseconds] = words;
      this.#ended.resolve({
        ending: how === "exited" ? { code: Number(number) } : { signal: signalName(Number(number)) },
        stdout: this.stdout.text,
        stderr: this.stderr.text,
        reports: this.reports.text,
        leftover: Number(left),
        microseconds: Number(microseconds),
      });
      this.#close();
    }
  }

  #fail(why: string): void {
    this.#ended.reject(new Error(`${why}\n${this.describe()}`));
    this.#close();
  }

  #close(): void {
    for (const output of [this.stdout, this.stderr, this.reports]) output.close();
  }

  /** Called when the machine is gone. */
  lose(why: string): void {
    this.#fail(why);
  }

  /** Everything known about it, for a test's failure. */
  describe(): string {
    return [
      JSON.stringify(this.#words),
      `stdout: ${this.stdout.text.slice(-2000)}`,
      `stderr: ${this.stderr.text.slice(-2000)}`,
      `said: ${this.reports.text.slice(-2000)}`,
      `console: ${this.#machine.console.text.slice(-2000)}`,
    ].join("\n");
  }

  /** Waits until its standard output matches. */
  async says(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return this.stdout.match(pattern, from, () => this.describe());
  }

  /** Waits until its standard error matches. */
  async logs(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return this.stderr.match(pattern, from, () => this.describe());
  }

  /** Waits until its output on descriptor 3 matches. */
  async tells(pattern: RegExp): Promise<RegExpMatchArray> {
    return this.reports.match(pattern, 0, () => this.describe());
  }

  /** Writes to its standard input. */
  write(text: string): void {
    this.#machine.send("input", this.#id, text);
  }

  /** Closes its standard input. */
  closeInput(): void {
    this.#machine.send("close", this.#id);
  }

  /** Waits until it has ended and nothing of it is left. */
  end(): Promise<End> {
    return this.#settled;
  }
}

/** A running machine. */
export class Machine {
  /** The kernel's messages. */
  readonly console = new Output();
  readonly #errors = new Output();
  readonly #runs = new Map<string, Run>();
  readonly #qemu: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #agent: Socket;
  readonly #ready = Promise.withResolvers<undefined>();
  #rest = "";
  #count = 0;

  private constructor(qemu: ChildProcess) {
    this.#qemu = qemu;
    this.#exit = once(qemu, "exit").catch(() => undefined);
    this.#agent = qemu.stdio[4] as Socket;
    read(qemu.stdio[3], this.console);
    read(qemu.stderr, this.#errors);
    this.#agent
      .setEncoding("latin1")
      .on("data", (text: string) => this.#listen(text))
      .on("error", () => undefined)
      .on("close", () => this.#lose());
  }

  /** Boots a machine. @throws Error with the kernel's messages if that fails. */
  static async boot(hardware: Hardware = {}): Promise<Machine> {
    const machine = new Machine(await power(`rdinit=${inside("agent")}`, hardware));
    try {
      const context = () => machine.#describe();
      await within("the machine's agent", machine.#ready.promise, context, BOOT_MILLISECONDS);
      return machine;
    } catch (error) {
      await machine[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The process id of its QEMU. */
  get pid(): number {
    return this.#qemu.pid ?? 0;
  }

  #describe(): string {
    return `QEMU: ${this.#errors.text}\nconsole: ${this.console.text.slice(-4000)}`;
  }

  #listen(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const [what = "", id = "", ...words] = line.trim().split(" ");
      if (what === "ready") this.#ready.resolve(undefined);
      const run = this.#runs.get(id);
      run?.hear(what, words);
      if (what === "end" || what === "failed") this.#runs.delete(id);
    }
  }

  #lose(): void {
    const why = `the machine ended\n${this.#describe()}`;
    this.#ready.reject(new Error(why));
    for (const run of this.#runs.values()) run.lose(why);
  }

  /** Gives an order to the agent: see `agent.c`. */
  send(...words: readonly string[]): void {
    this.#agent.write(`${words.map(encode).join(" ")}\n`);
  }

  /** Starts a program; it is killed when it exceeds its time. */
  start(words: readonly string[], milliseconds = RUN_MILLISECONDS): Run {
    const id = `run-${++this.#count}`;
    const run = new Run(this, id, words, milliseconds);
    this.#runs.set(id, run);
    return run;
  }

  /** Runs a program to its end. */
  async run(words: readonly string[], milliseconds = RUN_MILLISECONDS): Promise<End> {
    const run = this.start(words, milliseconds);
    run.closeInput();
    return run.end();
  }

  /** Runs a shell script to its end. Returns its output. Throws if it fails. */
  async sh(script: string, milliseconds = RUN_MILLISECONDS): Promise<string> {
    const { ending, stdout, stderr } = await this.run(["/bin/sh", "-ec", script], milliseconds);
    if (!("code" in ending) || ending.code !== 0)
      throw new Error(`${script}: ${JSON.stringify(ending)}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Sends a signal to a process of the machine. */
  kill(pid: number, signal: keyof typeof constants.signals): void {
    this.send("kill", String(pid), String(constants.signals[signal]));
  }

  /** Switches it off. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#qemu.kill("SIGKILL");
    await this.#exit;
  }
}
