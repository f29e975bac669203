/*
 * What the documents say of each option beyond its line in the usage, and of the kinds of values. Everything else comes
 * from the table: `checkProse` refuses a text for what is not there, and an option without a text.
 *
 * In these texts `code` is what a user writes or sees; there is no other markup.
 */
import type { Kind, Section, Table } from "./table.ts";

/** The headings. */
export const headings: Readonly<Record<Section, string>> = {
  STOPPING: "Stopping",
  SIGNALS: "Signals",
  PROCESSES: "Processes",
  LIMITS: "Limits",
  EXIT: "Exit code",
  REPORTS: "Reports",
};

/** Each option, by its name. */
export const prose: Readonly<Record<string, string>> = {
  "stop-signals":
    "The signals that start the stop sequence. A signal is matched as it comes in; `--rewrite` changes what the program gets.",
  delay:
    "How long a stop signal is held back before it is forwarded, so that load balancers can take the container out first. A second stop signal ends the delay at once.",
  grace:
    "How long the program may take to end after a stop signal was forwarded. After that everything that is ours gets SIGKILL. `forever` waits as long as it takes, as tini does.",
  linger:
    "What becomes of the other processes when the program has ended: they get SIGTERM, have so long to end, and then get SIGKILL. `off` does nothing, as tini does: where tini-ts is PID 1 the kernel kills them at once. The exit code stays the program's.",
  restart:
    "Whether the program is started again when it has ended: never, when its exit code is not 0 or a signal killed it, or always. With `:N` at most N times in a row, 1 to 999; a run of a minute or longer counts anew. A stop signal ends it.",
  "restart-delay": "How long to wait before a restart. It doubles with each restart in a row, up to a minute.",
  "forward-to":
    "Whom signals are forwarded to: the program alone, its process group, or all processes that descend from tini-ts, also those that made a session of their own. `group` needs a group: it contradicts `--isolate=none`.",
  "kill-process-group": "The same as `--forward-to=group`, as in tini.",
  rewrite:
    "The program gets signal B where A came in; with `A:0` it gets nothing. Each pair stands for itself, so two signals can be swapped: `--rewrite HUP:USR1,USR1:HUP`.",
  isolate:
    "What the program has of its own: a process group, which is in the foreground of the terminal if tini-ts was; a session with the terminal, as in dumb-init; or nothing, so that it shares tini-ts's group.",
  "single-child": "The same as `--isolate=none`, as in dumb-init.",
  subreaper:
    "Where tini-ts is not PID 1, it asks the kernel to hand it the orphans among its descendants, so that they are reaped.",
  "warn-on-reap": "Writes `Reaped zombie process with pid=N` for each process that is reaped, but not for the program.",
  "parent-death-signal":
    "When the process that started tini-ts dies, the stop sequence is started with this signal, as if it had come in.",
  tie: "Where tini-ts is not PID 1 and is itself killed, the kernel kills the program too. Nobody would supervise it.",
  pause:
    "Runs no program: tini-ts reaps orphans and ends with 0 on SIGTERM or SIGINT, as the first container of a pod does. It contradicts `--restart`.",
  "memory-max":
    "How much memory the program and all its children may use together. What does not fit is reclaimed, and where that does not help the kernel's OOM killer ends one of them (or all: `--memory-oom-group`).",
  "memory-high":
    "Beyond this much memory the program is slowed down and its memory reclaimed, but nothing is killed. On cgroup version 1 it is the soft limit.",
  "memory-swap-max":
    "How much swap space the program may use; `0` for none. There is no such limit on cgroup version 1.",
  "memory-oom-group":
    "Where the OOM killer ends one process of the program, it ends all of them, so that no half of it goes on. There is no such thing on cgroup version 1.",
  "cpu-max":
    "How much CPU time the program may use: `1.5` and `150%` are one and a half CPUs; `150000 100000` is the kernel's own way to say so, 150000 microseconds in each 100000.",
  "cpu-weight": "The program's share of CPUs that others want as well.",
  "cpuset-cpus": "The CPUs that the program may run on. It is for cgroup version 2.",
  "pids-max": "How many processes and threads the program may have. A fork beyond that fails.",
  "io-weight": "The program's share of disks that others want as well. It is for cgroup version 2.",
  "memory-signal":
    "When the program uses more than `--memory-high`, it gets this signal, at most once a second, so that it can give memory back before the OOM killer comes. Where no `--memory-high` is given, that is nine tenths of `--memory-max`, or of what there is. It is for cgroup version 2.",
  cgroup:
    "The name of the control group for the program, below the one that tini-ts is in. To name it is to make it, also without a limit: every process of the program is then known, however it hides.",
  limits:
    "What happens where a limit cannot be set: `strict` starts nothing and exits with 125; `best-effort` warns, and runs the program with those limits that can be set.",
  "runtime-hints":
    "Sets variables by which language runtimes fit themselves to the limits: those given here, or the container's own. A variable that the user has set is left alone; NODE_OPTIONS and JAVA_TOOL_OPTIONS get ours before the user's, which win.",
  "remap-exit":
    "Where the program's exit code is CODE, tini-ts exits with TO, or with 0. A program that signal N killed has the code 128+N: `-e 143` makes SIGTERM a success. tini-ts's own codes stay as they are.",
  verbose:
    "One level more for each `-v`. The environment's and the command line's `verbosity` win over it; it wins over the file's.",
  verbosity:
    "How much is told: 0 fatal errors alone, 1 also warnings, 2 what happens, 3 each signal, 4 everything. What is more than 4 counts as 4.",
  config:
    "The configuration file. Where none is named, `/etc/tini.yml` is read, or else `/.tini.yml`, if there is one. A file that is named must be there.",
  "print-config":
    "Prints what would hold, and where each value comes from, as a configuration file that says the same; starts nothing.",
  help: "Prints the usage.",
  version: "Prints the version, in the line that docker reads.",
  license: "Prints the license.",
};

/** What a value of each kind is, and what the documents call that; null where there is nothing to say. */
export const values: Readonly<Record<Kind, { readonly term: string; readonly text: string } | null>> = {
  ACTION: null,
  COUNT: null,
  FLAG: {
    term: "Flags",
    text: "A flag that is named is on, and off with `--no-` before its name. With a value it takes `yes`, `no`, `true`, `false`, `on`, `off`, `1` or `0`.",
  },
  PRESENCE: {
    term: "TINI_SUBREAPER, TINI_KILL_PROCESS_GROUP",
    text: "These two variables mean yes where they exist, whatever they say, as in tini.",
  },
  WORD: null,
  LEVEL: null,
  SIGNAL: {
    term: "SIG",
    text: "A signal: `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`, in capitals or not.",
  },
  DURATION: {
    term: "TIME",
    text: "`250ms`, `10s`, `2m` or `1h`; a bare number means seconds. There are no fractions.",
  },
  RESTART: null,
  SIZE: {
    term: "SIZE",
    text: "`512M`, `1.5Gi`, `64k`, in powers of 1024, at least 4096 bytes and less than 8 TiB; a bare number means bytes. `80%` is of what the container may use, or else of the machine's memory; `max` is no limit. It is rounded down to pages of 4096 bytes.",
  },
  CPUS: {
    term: "CPUS",
    text: "`1.5`, `150%`, `QUOTA PERIOD` in microseconds (the period 1000 to 1000000, 100000 where none is given; the quota at least 1000), or `max`. At least 0.01 CPUs.",
  },
  NUMBER: { term: "N", text: "A whole number from 1 to 10000; of `--pids-max` from 1 to 4194304, or `max`." },
  NUMBER_OR_MAX: null,
  CPU_LIST: { term: "LIST", text: "Numbers and ranges of CPUs with commas between: `0-3,5`, at most 127 characters." },
  NAME: {
    term: "NAME",
    text: "Letters, digits, `-`, `.` and `_`, at most 127; it begins with a letter or a digit, and is not `init`.",
  },
  FILE: null,
  SIGNALS: {
    term: "SIG,...",
    text: "A list of signals, with commas or said several times. KILL, STOP and CHLD never come in.",
  },
  REWRITE: {
    term: "A:B",
    text: "Two signals, or a signal and 0. A list: with commas or said several times. A is never KILL, STOP or CHLD.",
  },
  REMAP: {
    term: "CODE[:TO]",
    text: "Exit codes from 0 to 255. A list: with commas or said several times.",
  },
};

/** @throws Error where the texts and the table do not fit. */
export function checkProse(table: Table): void {
  const names = table.options.map(({ name }) => name);
  const missing = names.filter((name) => !(name in prose));
  const superfluous = Object.keys(prose).filter((name) => !names.includes(name));
  const wrong = [
    ...missing.map((name) => `--${name} has no text in scripts/lib/documents/prose.ts`),
    ...superfluous.map((name) => `scripts/lib/documents/prose.ts has a text for --${name}, which is no option`),
  ];
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}
