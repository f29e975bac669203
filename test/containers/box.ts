import { readdir, readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { inject, onTestFinished } from "vitest";
import { patience } from "../patience.ts";
import { connect, type Container, type CreateOptions, type HostConfig, type Info, type State } from "./docker.ts";
import { BUSYBOX } from "./images.ts";

/** The container to start; defaults are those of `docker run`. */
export interface Options {
  /** Default: BUSYBOX. */
  image?: string;
  /** `--entrypoint` (default: the image's own). */
  entrypoint?: string[];
  /** The words after the image's name. */
  command?: string[];
  /** `--env`. */
  environment?: Record<string, string>;
  /** Options of `docker run` in HostConfig: `--init` is `{ Init: true }`. */
  host?: HostConfig;
  /** Options of `docker run` in the container's configuration. */
  create?: CreateOptions;
}

/** How a container ended. */
export interface End {
  code: number;
  stdout: string;
  stderr: string;
  state: State;
}

/** Collects a program's output, and lets a test wait for text in it. */
export class Output {
  readonly #parts: Buffer[] = [];
  readonly #waiting = new Set<() => void>();
  #isEnded = false;
  /** Resolves when the output has ended. */
  readonly ended: Promise<void>;
  readonly #resolveEnded: () => void;

  constructor() {
    const ended = Promise.withResolvers<undefined>();
    this.ended = ended.promise;
    this.#resolveEnded = () => ended.resolve(undefined);
  }

  /** All of it so far. */
  get text(): string {
    return Buffer.concat(this.#parts).toString();
  }

  add(part: Buffer): void {
    this.#parts.push(part);
    for (const look of this.#waiting) look();
  }

  end(): void {
    this.#isEnded = true;
    this.#resolveEnded();
    for (const look of this.#waiting) look();
  }

  /** Resolves with the first match; rejects with what was written instead when the program ends, or time runs out. */
  until(pattern: RegExp, seconds = 20): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (late = false): void => {
        const match = pattern.exec(this.text);
        if (match === null && !this.#isEnded && !late) return;
        this.#waiting.delete(look);
        clearTimeout(timer);
        const why = late ? `after ${seconds} s` : "at its end";
        if (match === null) reject(new Error(`no ${pattern} in the output, which was ${why}:\n${this.text}`));
        else resolve(match);
      };
      const timer = setTimeout(look, patience(seconds * 1000), true);
      this.#waiting.add(look);
      look();
    });
  }
}

/** A container that runs; it is removed when its test is over. */
export class Box {
  readonly container: Container;
  readonly stdout = new Output();
  readonly stderr = new Output();
  readonly #stream: NodeJS.ReadWriteStream;
  #exit: Promise<unknown> | undefined;

  constructor(container: Container, stream: NodeJS.ReadWriteStream, tty: boolean) {
    this.container = container;
    this.#stream = stream;
    split(container, stream, tty, this.stdout, this.stderr);
  }

  async start(): Promise<void> {
    await this.container.start();
    this.#exit = this.container.wait();
    // If the container is removed by force, this wait fails, which does not matter.
    this.#exit.catch(() => undefined);
  }

  /** Types into the container's terminal. */
  type(text: string): void {
    this.#stream.write(text);
  }

  /** `docker kill -s`, by number or name. */
  async kill(signal: number | string): Promise<void> {
    await this.container.kill({ signal: String(signal) });
  }

  /** `docker stop -t`, resolves with how it ended. */
  async stop(seconds = 30): Promise<End> {
    await this.container.stop({ t: seconds });
    return this.end();
  }

  /** Resolves when the container has ended, with all that it wrote. */
  async end(): Promise<End> {
    await this.#exit;
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    const { State: state } = await this.container.inspect();
    return { code: state.ExitCode, stdout: this.stdout.text, stderr: this.stderr.text, state };
  }

  /** Resolves with what `docker inspect` says once it is so and the container does not run, nor is about to. */
  settled(so: (info: Info) => boolean): Promise<Info> {
    const inspect = (): Promise<Info> => this.container.inspect();
    return eventually(inspect, (info) => !info.State.Running && !info.State.Restarting && so(info));
  }

  /** Resolves when there is a process with that name and state. */
  async process(name: string, state: string): Promise<void> {
    await eventually(
      () => this.processes(),
      (all) => all.some((process) => process.name === name && process.state === state),
    );
  }

  /** `docker exec`: runs a program in the container and resolves with what it wrote. */
  async exec(
    command: string[],
    options: { User?: string } = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const exec = await this.container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true, ...options });
    const stream = await exec.start({ hijack: true, stdin: false });
    const [stdout, stderr] = [new Output(), new Output()];
    split(this.container, stream, false, stdout, stderr);
    await Promise.all([stdout.ended, stderr.ended]);
    const { ExitCode: code } = await exec.inspect();
    return { code: code ?? -1, stdout: stdout.text, stderr: stderr.text };
  }

  /**
   * The processes of the container's PID namespace, as its own /proc shows them, zombies too. It is read from outside:
   * the image needs no program for that. (`docker top` shows no zombies: the kernel does not list them in cgroup.procs.)
   */
  async processes(): Promise<Process[]> {
    const { State: container } = await this.container.inspect();
    const proc = `/proc/${inject("containersRoot")}/root/proc/${container.Pid}/root/proc`;
    const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
    const all = await Promise.all(
      pids.map(async (pid): Promise<Process | undefined> => {
        // A process may end between the two calls: ESRCH or ENOENT.
        const line = await readFile(`${proc}/${pid}/stat`, "utf8").catch(() => undefined);
        // proc_pid_stat(5): the name stands in parentheses and may itself hold some.
        const [, name, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/s.exec(line ?? "") ?? [];
        if (name === undefined) return undefined;
        return { pid: Number(pid), parent: Number(parent), state: state ?? "", name };
      }),
    );
    return all.filter((process) => process !== undefined);
  }
}

/** One process, with ids as the container sees them. */
export interface Process {
  pid: number;
  parent: number;
  /** As in proc_pid_stat(5): S sleeps, T is stopped, Z is a zombie. */
  state: string;
  name: string;
}

/** Creates a container, attaches to it and starts it: not a byte of its output is missed. */
export async function start(options: Options): Promise<Box> {
  const docker = await connect();
  const container = await docker.createContainer({
    Image: options.image ?? BUSYBOX,
    AttachStdout: true,
    AttachStderr: true,
    ...(options.entrypoint === undefined ? {} : { Entrypoint: options.entrypoint }),
    ...(options.command === undefined ? {} : { Cmd: options.command }),
    Env: Object.entries(options.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    ...options.create,
    HostConfig: { NetworkMode: "none", ...options.host },
  });
  onTestFinished(async () => {
    await container.remove({ force: true, v: true });
  });
  const tty = options.create?.Tty === true;
  const stream = await container.attach({ stream: true, stdin: tty, stdout: true, stderr: true, hijack: tty });
  const box = new Box(container, stream, tty);
  await box.start();
  return box;
}

/** Starts a container and resolves when it has ended. */
export async function run(options: Options): Promise<End> {
  return (await start(options)).end();
}

/** Polls until the answer is right, and fails with the last wrong one: for states that no event announces. */
export async function eventually<T>(look: () => Promise<T>, right: (value: T) => boolean, seconds = 20): Promise<T> {
  const start = Date.now();
  for (;;) {
    const value = await look();
    if (right(value)) return value;
    await delay(10);
    if (Date.now() - start > patience(seconds * 1000))
      throw new Error(`still so after ${seconds} s: ${JSON.stringify(value)}`);
  }
}

/** Docker sends both outputs through one stream, in frames; with a terminal there is one output and no frames. */
function split(
  container: Container,
  stream: NodeJS.ReadableStream,
  tty: boolean,
  stdout: Output,
  stderr: Output,
): void {
  const [out, err] = [new PassThrough(), new PassThrough()];
  out.on("data", (part: Buffer) => stdout.add(part)).on("end", () => stdout.end());
  err.on("data", (part: Buffer) => stderr.add(part)).on("end", () => stderr.end());
  if (tty) stream.on("data", (part: Buffer) => out.write(part));
  else (container as unknown as { modem: Modem }).modem.demuxStream(stream, out, err);
  const close = (): void => {
    out.end();
    err.end();
  };
  stream.on("end", close).on("close", close).on("error", close);
}

interface Modem {
  demuxStream(stream: NodeJS.ReadableStream, stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): void;
}
