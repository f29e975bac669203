import { exited, RLIMIT_SIGPENDING, signalSet } from "./abi.ts";
import { CgroupFileSystem } from "./cgroupfs.ts";
import { type CgroupOptions, Cgroups } from "./cgroups.ts";
import { allThree, bitOf } from "./credentials.ts";
import { bytes, Disk, type FileSpec, latin1, type OpenFile, Pipe, RegularFile, TerminalFile, Unused } from "./files.ts";
import { type Fault, Kernel, type UserMemory } from "./kernel.ts";
import { Asleep, Linux, type LinuxOptions } from "./linux.ts";
import type { Process, Program } from "./process.ts";
import type { Listeners, Receiver } from "./sockets.ts";
import { Terminal } from "./terminal.ts";
import type { Trace } from "./trace.ts";

/** The pid of the init's parent if the init is not PID 1. */
export const PARENT = 10;
/** The pid of the init if it is not PID 1. */
export const NOT_PID_1 = 20;

/** The writable memory of the process that runs as the init. */
export const MEMORY_KILOBYTES = 128;

/** The world that an init starts in. The defaults are those of a plain container. */
export interface World extends LinuxOptions {
  /** The command line, argv[0] included. */
  readonly args: readonly (string | Uint8Array)[];
  readonly environment?: readonly (string | Uint8Array)[];
  /** False for an init that is an ordinary process: pid 20, its parent pid 10, and another PID 1 above. */
  readonly isPid1?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  /** Its supplementary groups. */
  readonly groups?: readonly number[];
  /** The disk: programs and other files by absolute path. */
  readonly files?: Readonly<Record<string, FileSpec>>;
  /** The kernel's control groups and the init's view of them (default: none). */
  readonly cgroups?: CgroupOptions;
  readonly fault?: Fault;
  /** Mount points with noexec, directories without search permission, and capabilities outside of the bounding set. */
  readonly noExec?: readonly string[];
  readonly closed?: readonly string[];
  readonly withoutCapabilities?: readonly number[];
  /** Whether the init may make a call that its filter does not allow, which ends it (default: that is an error). */
  readonly mayBeRefused?: boolean;
  /** Changes the content of a file of /proc or of a control group, as the init alone reads it. */
  readonly rewrite?: (path: string, content: Uint8Array) => Uint8Array;
  /**
   * The program of PID 1, if the init runs beside it without a parent in the PID namespace, as with `docker exec`. The init
   * then starts once all others sleep.
   */
  readonly reaper?: Program;
  /** How much /proc hides of other users' processes, proc(5). */
  readonly hidepid?: 0 | 1 | 2;
  /** The files that can be written to, by path; a number is the errno of opening one. */
  readonly outputs?: Readonly<Record<string, OpenFile | number>>;
  /** Listening sockets, and whether the kernel supports IPv6 (default: it does). */
  readonly listeners?: Listeners;
  readonly ipv6?: boolean;
  /** Who receives datagrams from the beginning on, by path. */
  readonly receivers?: Readonly<Record<string, Receiver>>;
  /** The program of the init's parent, if the init is not PID 1 (default: it waits for the init). */
  readonly parent?: Program;
  /** A process outside of the PID namespace, whose signals come with pid 0. */
  readonly outside?: Program;
  /** Other processes that run inside from the start, children of PID 1 (which may be the init), in its group and session. */
  readonly others?: readonly Program[];
  /** A terminal on descriptors 0, 1 and 2. */
  readonly terminal?: {
    /** Whose session it controls: the init's (`docker run -t`), its parent's (a shell), or another one's. */
    readonly of: "init" | "parent" | "stranger";
    /** Whether the init starts in the background. */
    readonly background?: boolean;
  };
  /** Whether the init is in its parent's process group, as after `sh -c` (default: it leads its own). */
  readonly inParentsGroup?: boolean;
  /** The standard descriptors; null is closed. */
  readonly stdin?: OpenFile | null;
  readonly stdout?: OpenFile | null;
  readonly stderr?: OpenFile | null;
  /** Further descriptors that the caller left open. */
  readonly descriptors?: readonly number[];
  /** The signals that the caller blocked, and those that it ignored. */
  readonly blocked?: readonly number[];
  readonly ignored?: readonly number[];
  /** RLIMIT_SIGPENDING of all, soft and hard: how many signals with their info may be pending for one user's processes. */
  readonly pendingLimit?: number;
  /** The working directory; null for a removed one. */
  readonly directory?: string | null;
  readonly proc?: boolean;
  readonly dev?: boolean;
  readonly dumpsCore?: boolean;
  /** Whether the life may end with a living init while every process sleeps. */
  readonly mayStay?: boolean;
}

/** The result of a life. */
export interface Life {
  /** The init's exit code; null if it was killed or still lives. */
  readonly code: number | null;
  /** The signal that killed the init; null if none did. */
  readonly signal: number | null;
  /** Whether the init still lives, and every process sleeps. */
  readonly stays: boolean;
  /** The invariant that the init broke, with its stack; null if it broke none. */
  readonly trap: string | null;
  readonly stdout: string;
  /** The lines written to stderr. */
  readonly stderr: readonly string[];
  readonly trace: Trace;
  /** How often the init made each system call. */
  readonly counts: ReadonlyMap<string, number>;
  readonly init: Process;
  /** The programs that the init's children became. */
  readonly started: readonly Process[];
  /** The first of them. Throws if nothing was started. */
  readonly main: Process;
  /** The other living processes when the init ended, without its ancestors. */
  readonly left: readonly Process[];
  /** The dead children that the init had not reaped when it ended. */
  readonly zombies: readonly Process[];
  /** Every process that ever existed. */
  readonly processes: readonly Process[];
  readonly linux: Linux;
  readonly terminal: Terminal | null;
  /** The control groups and their settings, before the life and after it. */
  readonly groupsBefore: readonly string[];
  readonly groupsAfter: readonly string[];
}

/** The init to run. */
export interface Init {
  /** The memory that the addresses in its system calls mean. */
  readonly memory: UserMemory;
  /** Its code, which makes the system calls; returns its exit code if it has not exited before. */
  readonly start: () => number;
  /** The damage to its memory at the end of its life, as sentences. */
  readonly damage?: () => readonly string[];
}

/** A fault that makes a system call fail with `errno`: at its given occurrences (from 1), or at every one. */
export function failing(name: string, errno: number, ...occurrences: number[]): Fault {
  return (call) => (call.name === name && (occurrences.length === 0 || occurrences.includes(call.nth)) ? errno : 0);
}

/** A program that does nothing and exits with `code`. */
export function exits(code: number): Program {
  return function* () {
    return code;
  };
}

function* waitsForInit(process: Process): Generator<(() => boolean) | undefined, number> {
  while (yield* process.waitFor()) continue;
  return 0;
}

/** Sets up a world, runs the init that `load` returns in it to its end, and returns what happened. */
export function live(world: World, load: (kernel: Kernel, init: Process) => Init): Life {
  const linux = new Linux(world);
  linux.dumpsCore = world.dumpsCore ?? false;
  linux.cgroups = world.cgroups ? new Cgroups(linux, world.cgroups) : null;
  const groups = linux.cgroups && new CgroupFileSystem(linux, linux.cgroups);
  const terminal = world.terminal ? new Terminal() : null;
  const init = makeInit(world, linux, terminal);
  const { parent } = init;
  const { stdout, stderr } = setDescriptors(world, init, terminal);
  for (const [path, receiver] of Object.entries(world.receivers ?? {})) linux.receivers.set(path, receiver);
  const kernel = new Kernel({
    linux,
    init,
    disk: new Disk({
      "/proc/": {},
      ...Object.fromEntries((groups?.mountPoints ?? []).map((point) => [`${point}/`, {}])),
      ...world.files,
    }),
    cgroups: groups,
    proc: world.proc ?? true,
    dev: world.dev ?? true,
    hidepid: world.hidepid ?? 0,
    outputs: world.outputs ?? {},
    listeners: world.listeners ?? {},
    ipv6: world.ipv6 ?? true,
    fault: world.fault ?? (() => 0),
    noExec: world.noExec ?? [],
    closed: world.closed ?? [],
    withoutCapabilities: world.withoutCapabilities ?? [],
    rewrite: world.rewrite ?? null,
  });
  const groupsBefore = linux.cgroups?.describe() ?? [];
  const others = (world.others ?? []).map((program) => {
    const process = linux.fork(linux.reaper ?? init, "other");
    if (world.cgroups?.others !== undefined) linux.cgroups?.admit(process, world.cgroups.others);
    linux.run(process, program);
    return process;
  });
  if (world.outside) linux.addOutside(world.outside);

  const { memory, start, damage } = load(kernel, init);
  let stays = false;
  try {
    kernel.run(memory, start);
    linux.settle();
  } catch (error) {
    if (!(error instanceof Asleep) || !world.mayStay) throw error;
    stays = true;
  }
  const damaged = damage?.() ?? [];
  if (damaged.length > 0)
    throw new Error(`the init used memory that is not its own:\n${damaged.join("\n")}\n${linux.trace.text()}`);
  const [refused] = linux.trace.of("refused");
  if (refused && world.mayBeRefused !== true)
    throw new Error(`the filter does not let ${refused.call} through:\n${linux.trace.text(30)}`);
  const status = init.alive ? null : init.status;
  const ancestors = new Set([init, linux.reaper, parent, ...others]);
  const { left, zombies } = linux.atEnd ?? {
    left: [...linux.processes.values()].filter(({ alive }) => alive),
    zombies: [...init.children].filter(({ state }) => state === "zombie"),
  };
  return {
    code: status !== null && (status & 0x7f) === 0 ? (status >> 8) & 0xff : null,
    signal: status !== null && (status & 0x7f) !== 0 ? status & 0x7f : null,
    stays,
    trap: kernel.trap,
    stdout: written(stdout),
    stderr: lines(written(stderr)),
    trace: linux.trace,
    counts: kernel.counts,
    init,
    started: kernel.started,
    get main() {
      const [main] = kernel.started;
      if (!main) throw new Error(`nothing was started:\n${linux.trace.text()}\n${written(stderr)}`);
      return main;
    },
    left: left.filter((process) => !ancestors.has(process)),
    zombies,
    processes: linux.history,
    linux,
    terminal,
    groupsBefore,
    groupsAfter: linux.cgroups?.describe() ?? [],
  };
}

function makeInit(world: World, linux: Linux, terminal: Terminal | null): Process {
  let init: Process;
  if (world.isPid1 ?? true) {
    init = linux.add("init", null, 1);
    linux.reaper = init;
  } else {
    const reaper = linux.add("PID 1", null, 1);
    linux.reaper = reaper;
    if (world.reaper) {
      linux.cgroups?.admit(reaper);
      linux.run(reaper, world.reaper);
      while (linux.step());
    } else {
      reaper.ignore(17);
      linux.run(reaper, function* () {
        yield () => false;
        return 0;
      });
    }
    const parent = world.reaper ? null : linux.add("parent", reaper, PARENT);
    if (parent && terminal && world.terminal?.of === "parent") linux.takeTerminal(parent, terminal);
    init = linux.add("init", parent, NOT_PID_1);
    if (parent) {
      init.session = parent.session;
      init.terminal = parent.terminal;
      if (world.inParentsGroup) init.group = parent.group;
      linux.run(parent, world.parent ?? waitsForInit);
    }
  }
  linux.watched = init;
  const isTogether = world.cgroups?.withParent ?? false;
  for (const process of linux.history) {
    if (process.groups.size > 0) continue;
    linux.cgroups?.admit(process, process === init || isTogether ? undefined : "/init.scope");
  }
  const limit = BigInt(world.pendingLimit ?? 1000);
  init.limits.set(RLIMIT_SIGPENDING, { soft: limit, hard: limit });
  if (terminal && world.terminal?.of === "init") {
    init.session = init.pid;
    linux.takeTerminal(init, terminal);
  } else if (terminal && world.terminal?.of === "stranger") {
    const stranger = linux.add("stranger", linux.reaper);
    linux.takeTerminal(stranger, terminal);
  }
  if (terminal && world.terminal?.of === "parent" && !world.terminal.background) terminal.foreground = init.group;
  for (const capability of world.withoutCapabilities ?? []) init.credentials.bounding &= ~bitOf(capability);
  init.credentials.groups = world.groups ?? [];
  init.credentials.gids = allThree(world.gid ?? 0);
  init.uid = world.uid ?? 0;
  init.writableKilobytes = MEMORY_KILOBYTES;
  init.args = world.args.map(bytes);
  init.environment = (world.environment ?? ["PATH=/bin"]).map(bytes);
  init.directory = world.directory === undefined ? "/" : world.directory;
  init.blocked = signalSet(world.blocked ?? []);
  init.ignore(...(world.ignored ?? []));
  return init;
}

function setDescriptors(
  world: World,
  init: Process,
  terminal: Terminal | null,
): { stdout: OpenFile | null; stderr: OpenFile | null } {
  const ofTerminal = terminal && new TerminalFile(terminal);
  const given = [world.stdin, world.stdout, world.stderr];
  const usual = [ofTerminal ?? new RegularFile(), ofTerminal ?? new Pipe(), ofTerminal ?? new Pipe()];
  const standard = usual.map((file, number) => (given[number] === undefined ? file : (given[number] ?? null)));
  for (const [number, file] of standard.entries()) {
    if (file) init.descriptors.set(number, { file, closeOnExec: false });
  }
  for (const number of world.descriptors ?? [])
    init.descriptors.set(number, { file: new Unused(), closeOnExec: false });
  return { stdout: standard[1] ?? null, stderr: standard[2] ?? null };
}

function written(file: OpenFile | null): string {
  if (file instanceof Pipe || file instanceof RegularFile || file instanceof TerminalFile) {
    return file.written.map(latin1).join("");
  }
  return "";
}

function lines(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** The wait status of an exit code, for tests of programs that wait. */
export const exitStatus = exited;
