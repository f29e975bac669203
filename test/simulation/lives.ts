/*
 * Lives in which the init uses all of its memory: the longest words, paths, names and numbers, and as many of everything
 * as it keeps. Each fault in its use of memory changes one of them.
 */
import { EAGAIN, EIO, ENOSYS, SIGCONT, SIGKILL, SIGRTMIN, SIGTERM, SIGTTOU, SIGUSR1, WUNTRACED } from "../linux/abi.ts";
import { bytes, elf, latin1, Unused } from "../linux/files.ts";
import { Receiver } from "../linux/sockets.ts";
import { MEMORY_KILOBYTES } from "../linux/life.ts";
import { exits, failing, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import { APP, appIsReady, leavesDaemons, records, sends, server, sleeps, slow, stubborn } from "./scenario.ts";
import type { Program } from "../linux/process.ts";

/** A world without the module. */
type Given = Partial<World> & { readonly words: readonly string[] };

const LONG_NUMBER = "9".repeat(20);
/** The longest path of our group that the init copies (OWN_BYTES of linux/hierarchy.ts). */
const DEEP_GROUP = `/${"g".repeat(200)}/${"h".repeat(200)}/${"i".repeat(200)}/${"j".repeat(170)}`;
const LIMITS = ["--memory-max=64M", "--cpu-max=1.5", "--pids-max=100"];
const EVERY_LIMIT = [
  ...["--memory-max=64M", "--memory-high=32M", "--memory-swap-max=0", "--memory-oom-group", "--cpu-weight=100"],
  ...["--cpu-max=2147483647 1000000", `--cpuset-cpus=${"0,".repeat(63)}0`, "--pids-max=4194304", "--io-weight=10000"],
  ...[`--cgroup=${"n".repeat(127)}`],
];

/** Ends at SIGTERM and leaves daemons, whose parents are anywhere. */
const leaves: Program = function* (process) {
  yield* leavesDaemons(process, 3, server(0));
  return yield* server(4)(process, process.linux);
};

const config = (text: string): Pick<World, "files"> => ({
  files: { [APP]: exits(3), "/etc/tini.yml": { content: text } },
});

/** What is asked about its health: an init like the one that asks, with its program, and all that /proc says of both is too long. */
const asked: Omit<Given, "words"> = {
  isPid1: false,
  cgroups: {},
  reaper: function* (process) {
    process.writableKilobytes = MEMORY_KILOBYTES;
    process.fork(sleeps, "/bin/app");
    return yield* sleeps();
  },
  rewrite: (path, content) => {
    const text = latin1(content);
    if (path.endsWith("/status")) return bytes(`${"x".repeat(2000)}:\n${text}VmData:${"y".repeat(2000)}\n`);
    return bytes(path.endsWith("/stat") ? `${text.trim()}${" 0".repeat(300)}\n` : text + "0::/z\n".repeat(400));
  },
};

/** The lives by name. */
export const LIVES: Readonly<Record<string, Given>> = {
  "a plain run": { words: ["--", APP] },
  "signals of all kinds": {
    words: ["-vvvv", "--", APP],
    files: { [APP]: records(4) },
    others: [
      function* (sender, linux) {
        const program = yield* appIsReady(linux);
        for (const signal of [SIGUSR1, SIGRTMIN, 64, SIGTERM]) {
          const before = program.received.length;
          sender.queue(1, signal, 7);
          yield () => program.received.length > before;
        }
        return 0;
      },
    ],
  },
  "a full queue of real-time signals": {
    words: ["--grace=1s", "--", APP],
    pendingLimit: 3,
    files: { [APP]: stubborn },
    others: [
      function* (sender, linux) {
        yield* appIsReady(linux);
        for (let i = 0; i < 8; i++) sender.queue(1, SIGRTMIN, i);
        sender.kill(1, SIGTERM);
        return 0;
      },
    ],
  },
  "a full queue and a stop signal that is held back": {
    words: ["--delay=1s", "--grace=1s", "--", APP],
    fault: failing("rt_sigqueueinfo", EAGAIN),
    files: { [APP]: stubborn },
    others: [
      function* (sender, linux) {
        const program = yield* appIsReady(linux);
        for (const signal of [SIGRTMIN, SIGTERM, SIGUSR1]) {
          sender.queue(1, signal, 0);
          yield* sender.sleep(1);
        }
        yield () => program.signals.includes(SIGUSR1);
        return 0;
      },
    ],
  },
  "the usage": { words: ["--help"] },
  "the license": { words: ["-l"] },
  "the version": { words: ["--version"] },
  "the configuration": {
    words: ["--print-config", "--remap-exit=255:0,0:255", "--restart-except=255", "--rewrite=64:1"],
  },
  "an unknown letter": { words: ["-X", "--", APP] },
  "options that contradict each other": { words: ["--pause", "--restart=always"] },
  "a word as long as can be": { words: [`--grace=${"1".repeat(4088)}`, "--", APP] },
  "a word that is too long": { words: [`--${"x".repeat(4095)}`, "--", APP] },
  "a value of its own as long as can be": { words: ["--grace", "1".repeat(4096), "--", APP] },
  "a variable as long as can be": { words: ["--", APP], environment: [`TINI_GRACE=${"1".repeat(4085)}`] },
  "a variable with a long name": { words: ["--", APP], environment: [`TINI_${"X".repeat(200)}=1`, "TINI_GRACEE=1"] },
  "a variable that is refused, with a long name": {
    words: ["-vvvv", "--", APP],
    environment: ["TINI_RESTART_LEAVES=nothing at all", `TINI_RESTART_LEAVESX${"X".repeat(50)}=1`],
  },
  "a file as it should be": { words: ["--print-config"], ...config("grace: 10s\nrewrite:\n  - TERM:INT\n") },
  "a file with a line as long as can be": { words: ["--", APP], ...config(`grace: ${"1".repeat(4089)}\n`) },
  "a file with a line that is too long": { words: ["--", APP], ...config(`grace: ${"1".repeat(4200)}\n`) },
  "a file with a long path": { words: ["--print-config"], environment: [`TINI_CONFIG=/${"p".repeat(254)}`] },
  "a file with a path that is too long": {
    words: ["--print-config"],
    environment: [`TINI_CONFIG=/${"p".repeat(255)}`],
  },
  "a user of long names, and as many groups and texts as can be": {
    words: [
      ...[
        "--user=u",
        `--groups=${Array.from({ length: 1024 }, (_, gid) => gid + 5)
          .slice(0, 250)
          .join(",")}`,
      ],
      ...["--drop-capabilities=all", "--keep-capabilities=kill", "--", APP],
    ],
    files: {
      [APP]: exits(3),
      "/etc/passwd": {
        content: `${["x".repeat(2000), "y".repeat(2000), "z".repeat(2000), "c", "h".repeat(2000), "s".repeat(2000)].join(":")}\nu:x:1:4294967294::/:`,
      },
    },
  },
  "as many groups as can be": {
    words: ["--user=u", "--", APP],
    files: {
      [APP]: exits(3),
      "/etc/passwd": { content: "u:x:1:5:c" },
      "/etc/group": {
        content: Array.from(
          { length: 1024 },
          (_, gid) => `${gid === 0 ? "g".repeat(2000) : "g"}:x:${gid + 5}:u\n`,
        ).join(""),
      },
    },
  },
  "more groups than can be": {
    words: ["--user=u", "--", APP],
    files: {
      "/etc/passwd": { content: "u:x:1:5:c" },
      "/etc/group": { content: Array.from({ length: 1025 }, (_, gid) => `g:x:${gid + 5}:u\n`).join("") },
    },
  },
  "a user of a number alone": { words: ["--user=4294967294", "--", APP] },
  "a user whose home is as long as can be": {
    words: ["--user=u", "--", APP],
    files: { [APP]: exits(3), "/etc/passwd": { content: `u:x:1:5:c:/${"h".repeat(1021)}:/bin/sh` } },
  },
  "a capability that the container lacks": {
    words: ["--keep-capabilities=checkpoint_restore", "--", APP],
    withoutCapabilities: [40],
  },
  "texts as long as can be": {
    words: ["--env", `A=${"x".repeat(4092)}`, "--env", `B=${"x".repeat(4092)}`, "--", APP],
  },
  "texts that are a byte too long": {
    words: ["--env", `A=${"x".repeat(4092)}`, "--env", `B=${"x".repeat(4093)}`, "--", APP],
  },
  "a directory as long as can be, and every limit": {
    words: ["--chdir", "d".repeat(4096), "--rlimit=rttime=0,cpu=1:unlimited", "--oom-score-adj=-1000", "--", APP],
  },
  "a restart": { words: ["--restart=always:2", "--restart-delay=1s", "--", APP] },
  "a program of a long name": { words: ["--", `/${"p".repeat(4093)}`] },
  "a program of a name that is too long": { words: ["--", "p".repeat(4096)] },
  "a misspelt program as long as can be": { words: ["--", ` ${"p".repeat(4095)}`] },
  "a misspelt program that is longer": { words: ["--", ` ${"p".repeat(4200)}`] },
  "a program in a long PATH": { words: ["--", "app"], environment: [`PATH=/${"d".repeat(4090)}:/bin`] },
  "a script whose interpreter is missing": {
    words: ["--", APP],
    files: { [APP]: { content: `#!/${"i".repeat(252)}\n` } },
  },
  "a script of a script": {
    words: ["--", APP],
    files: { [APP]: { content: "#!/bin/other\n" }, "/bin/other": { content: `#!${"i".repeat(253)}\n` } },
  },
  "a program without its loader": {
    words: ["--", APP],
    files: { [APP]: { content: elf(undefined, `/${"l".repeat(600)}`) } },
  },
  "a program for another CPU": { words: ["--", APP], files: { [APP]: { content: elf(183) } } },
  "a program on a mount with noexec": {
    words: ["--", "/mnt/app"],
    files: { "/mnt/app": { program: exits(0) } },
    noExec: ["/mnt"],
  },
  "a program with capabilities": {
    words: ["--", APP],
    files: { [APP]: { program: exits(0), capabilities: [12, 40] } },
    withoutCapabilities: [40],
  },
  "variables that name a process": {
    words: ["--", APP],
    environment: [
      ...["LISTEN_PID=1", "WATCHDOG_PID=1", "SYSTEMD_EXEC_PID=1", `LISTEN_PIDFDID=${LONG_NUMBER}`, "LISTEN_FDS=1"],
      ...["PATH=/bin"],
    ],
  },
  "variables that are longer than any": {
    words: ["--", APP],
    environment: [
      ...[`LISTEN_PID=1${"0".repeat(50)}`, `WATCHDOG_PID=1${"0".repeat(50)}`, `SYSTEMD_EXEC_PID=1${"0".repeat(50)}`],
      ...[`LISTEN_PIDFDID=${"1".repeat(60)}`, "PATH=/bin"],
    ],
  },
  "descriptors as many as are kept": { words: [...LIMITS, "--", APP], cgroups: { version: 1 }, descriptors: [3, 5, 9] },
  "a list of CPUs that is too long": { words: [`--cpuset-cpus=${"0,".repeat(64)}`, "--", APP], cgroups: {} },
  limits: { words: [...LIMITS, "--", APP], cgroups: {} },
  "every limit": { words: [...EVERY_LIMIT, "--", APP], cgroups: {} },
  "every limit, best effort, version 1": {
    words: [...EVERY_LIMIT, "--limits=best-effort", "--", APP],
    cgroups: { version: 1 },
  },
  "limits that are printed": { words: [...EVERY_LIMIT, "--print-config"], cgroups: {} },
  "limits in a deep group": { words: [...LIMITS, "--", APP], cgroups: { group: DEEP_GROUP, namespaced: false } },
  "limits in a deeper group": {
    words: [...LIMITS, "--", APP],
    cgroups: { group: `${DEEP_GROUP}/${"k".repeat(200)}/${"l".repeat(200)}`, namespaced: false },
  },
  "limits in deep groups of version 1": {
    words: [...LIMITS, "--", APP],
    cgroups: { version: 1, group: DEEP_GROUP, namespaced: false },
  },
  "limits below a mount with long names": {
    words: [...LIMITS, "--", APP],
    cgroups: {
      otherMounts: [
        `21 1 0:19 /${"r".repeat(1100)} /${"p".repeat(1100)} ${"o".repeat(1100)} - ${"t".repeat(1100)} s ${"u".repeat(1100)}`,
      ],
    },
  },
  "limits that need CPUs and memory in percent": { words: ["--memory-max=50%", "--", APP], cgroups: {} },
  "the group with daemons": {
    words: [...LIMITS, "--forward-to=all", "--grace=20ms", "--", APP],
    cgroups: {},
    files: { [APP]: leaves },
    outside: sends(1, [5, SIGTERM]),
  },
  "a program that leaves groups of its own": {
    words: [...LIMITS, "--", APP],
    cgroups: {},
    files: {
      [APP]: function* (process) {
        yield* process.sleep(1);
        const { cgroups } = process.linux;
        const own = cgroups?.groupOf(process, "memory");
        for (const name of ["a", "b".repeat(200), "c"]) if (own) cgroups?.make(own, name, process);
        const inner = own?.children.get("a");
        for (let i = 0; i < 40; i++) if (inner) cgroups?.make(inner, `${"d".repeat(110)}${i}`, process);
        return 0;
      },
    },
  },
  daemons: {
    words: ["--forward-to=all", "--wait=all", "--grace=20ms", "--", APP],
    files: { [APP]: leaves },
    outside: sends(1, [5, SIGUSR1], [9, SIGTERM]),
  },
  "daemons that cannot be read of": {
    words: ["--forward-to=all", "--", APP],
    files: { [APP]: server(0) },
    fault: failing("read", EIO),
    outside: sends(1, [5, SIGTERM]),
  },
  "many processes": {
    words: ["--forward-to=all", "--grace=20ms", "--", APP],
    files: {
      [APP]: function* (process) {
        for (let i = 0; i < 300; i++) process.fork(slow(1));
        return yield* server(4)(process, process.linux);
      },
    },
    outside: sends(1, [5, SIGTERM]),
  },
  "a memory signal": { words: ["--memory-max=64M", "--memory-signal=USR1", "--", APP], cgroups: {} },
  "a kill for memory": {
    words: ["--memory-max=64M", "--", APP],
    cgroups: {},
    files: {
      [APP]: function* (process) {
        yield* process.allocate(1 << 28);
        return 0;
      },
    },
  },
  hints: {
    words: ["--runtime-hints", ...LIMITS, "--", APP],
    cgroups: {},
    environment: ["PATH=/bin", `NODE_OPTIONS=${"o".repeat(3500)}`, "JAVA_TOOL_OPTIONS=-Xss1m", "UV_THREADPOOL_SIZE=2"],
  },
  "hints for options that are too long": {
    words: ["--runtime-hints", ...LIMITS, "--", APP],
    cgroups: {},
    environment: ["PATH=/bin", `NODE_OPTIONS=${"o".repeat(5000)}`, `JAVA_TOOL_OPTIONS=${"j".repeat(3000)}`],
  },
  "hints without a memory of the machine": {
    words: ["--runtime-hints", "--", APP],
    cgroups: { set: { "/box/memory.max": "64M", "/box/cpu.max": "100000 100000" } },
  },
  "a terminal": {
    words: ["-vv", "--", APP],
    isPid1: false,
    terminal: { of: "parent" },
    files: { [APP]: server(2) },
    outside: sends(NOT_PID_1, [5, SIGTERM]),
  },
  "a program that its shell stops": {
    words: ["--", APP],
    isPid1: false,
    terminal: { of: "parent" },
    files: {
      [APP]: function* (process) {
        process.handle([SIGCONT]);
        yield () => process.received.length > 0;
        return 5;
      },
    },
    parent: function* (shell, linux) {
      const { terminal } = yield* appIsReady(linux);
      shell.block(SIGTTOU);
      if (terminal) linux.typeKey(terminal, "Ctrl-Z");
      yield* shell.waitFor(WUNTRACED, NOT_PID_1);
      shell.kill(-NOT_PID_1, SIGCONT);
      yield* shell.waitFor(0, NOT_PID_1);
      return 0;
    },
  },
  "a time-out that is a real-time signal": {
    words: ["--timeout=1s", "--rewrite=TERM:RTMIN", "--", APP],
    files: { [APP]: records(1) },
  },
  "limits beside an init that locks the group": {
    words: [...LIMITS, "--", APP],
    cgroups: {},
    fault: failing("flock", EAGAIN, 1, 2),
  },
  "a check of a socket with a path as long as can be": { words: [`--healthcheck=unix:/${"s".repeat(106)}`], ...asked },
  "a check by HTTP of a path as long as can be": { words: [`--healthcheck=http:80/${"h".repeat(792)}`], ...asked },
  "the longest line of JSON": {
    words: ["--log-format=json", "--", `/bin/${"\x01".repeat(180)}`],
    files: { [`/bin/${"\x01".repeat(180)}`]: { content: `#!/${"\x01".repeat(100)}${"i".repeat(152)}\n` } },
  },
  "lines of RFC 5424": {
    words: ["-vvvv", "--log-format=rfc5424", `--log-tag=${"t".repeat(48)}`, "--isolate=none", "--forward-to=group"],
  },
  "a trace": { words: ["--log-format=json", `--trace-id=${"i".repeat(48)}`, "--", "/bin/none"] },
  "a trace of the environment": {
    words: ["-v", "--log-format=json", "--", APP],
    environment: ["TRACEPARENT=01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"],
  },
  "a log socket": {
    words: ["-vvvv", `--log-socket=/${"s".repeat(106)}`, `--log-tag=${"t".repeat(48)}`, "--", APP],
    receivers: { [`/${"s".repeat(106)}`]: new Receiver() },
  },
  "a log socket for JSON": {
    words: ["-vvvv", "--log-socket=/dev/log", "--log-format=json", `--log-tag=${"t".repeat(48)}`, "--", APP],
    receivers: { "/dev/log": new Receiver() },
  },
  "a summary": { words: ["--summary=text", "--", APP] },
  "a summary as JSON": {
    words: ["--summary=json", `--log-tag=${"t".repeat(48)}`, "--memory-max=64M", "--cpu-max=1", "--", APP],
    cgroups: {},
  },
  "a long line": { words: ["-vv", "--", `/${"é".repeat(900)}`] },
  "a full stderr": { words: ["-vvvv", "--", APP], stderr: new Unused() },
  "a kernel without close_range": { words: ["--", APP], descriptors: [3, 4], fault: failing("close_range", ENOSYS) },
  "a program that is killed": {
    words: ["-v", "--", APP],
    files: { [APP]: stubborn },
    outside: function* (sender, linux) {
      const { pid } = yield* appIsReady(linux);
      sender.kill(pid, SIGKILL);
      return 0;
    },
  },
};

/** The life with that name. @throws Error if there is none. */
export function given(name: string): Given {
  const found = LIVES[name];
  if (!found) throw new Error(`there is no life ${name}`);
  return found;
}

/** Runs one of them with a build of the init. */
export function live({ words, ...world }: Given, module?: WebAssembly.Module): Life {
  return simulate({
    args: ["tini-ts", ...words],
    ...world,
    files: { [APP]: exits(3), ...world.files },
    ...(module && { module }),
  });
}

/** What is visible of a life from outside; the error's message if it ended by one. */
export function seen(given: Given, module?: WebAssembly.Module): string {
  try {
    const { code, signal, stdout, stderr, trap, started } = live(given, module);
    const became = started.map(({ args, environment }) =>
      [...args, "", ...environment].map((word) => bytes(word).join()),
    );
    return JSON.stringify({ code, signal, stdout, stderr, trap, became });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
