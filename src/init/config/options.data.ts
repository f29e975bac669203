/*
 * The option table, the only list of options: everything else is made from it. The init's parser, environment names,
 * configuration file, `-h` and `--print-config` use it; `npm run documents` writes the man page, the schema,
 * docs/options.md and the usage in the README from it; the toolkit imports it.
 *
 * An option has one name: `--forward-to` is TINI_FORWARD_TO in the environment and `forward-to` in a file.
 *
 * To Node this is a list of plain objects. In place of this file, the AssemblyScript compiler gets the table that the build
 * makes of it (scripts/lib/options.ts), which is declared at the end.
 */

/** What an option takes, in the order that options.ts relies on. */
export const kinds = [
  /** Prints something and exits; has no environment variable (many Dockerfiles use TINI_VERSION for the tini that they download). */
  "ACTION",
  /** Checks the health of a run and ends; has no environment form either. Its value, if any, stands behind a `=`: `settings.ts`, probe. */
  "PROBE",
  /** Adds one each time; has no environment variable. */
  "COUNT",
  /** Yes or no: `--name`, `--no-name`, `--name=no`; yes, no, true, false, on, off, 1 or 0. */
  "FLAG",
  /** A flag that is on if its variable exists, whatever the value: tini's rule for its two. */
  "PRESENCE",
  /** One of the words in its row. */
  "WORD",
  /** A verbosity, 0 to 4. */
  "LEVEL",
  "SIGNAL",
  /** A time in milliseconds, or its row's word for none. */
  "DURATION",
  /** `no`, `on-failure` or `always`, with `:N`: its index, and N in the bits from 8 up. */
  "RESTART",
  /** A size of memory, in units of SIZE_UNIT bytes; -1 for `max`, -1 - N for N percent of the available memory. */
  "SIZE",
  /** CPUs: the quota in microseconds for each `cpuPeriod` of settings.ts; -1 for `max`. */
  "CPUS",
  /** A number from 1 to 10000. */
  "NUMBER",
  /** A number from 1 to 4194304, or -1 for `max`. */
  "NUMBER_OR_MAX",
  /** A list of CPUs in the kernel's form, kept as a text: `cpus` of settings.ts. */
  "CPU_LIST",
  /** The name of a control group: `groupName` of settings.ts. */
  "NAME",
  /** An octal number from 0 to 777. */
  "OCTAL",
  /** A whole number in the range that its row's `value` names. */
  "INTEGER",
  /** A path: `textOf` of texts.ts. */
  "PATH",
  /** The absolute path of a socket: `textOf` of texts.ts. */
  "SOCKET",
  /** A user with or without a group, each a name or a number: `textOf` of texts.ts. */
  "USER",
  /** A word that marks log lines: a text in settings.ts. */
  "MARK",
  /** The configuration file. */
  "FILE",
  /** From here on: lists, separated by commas, or given several times. */
  "SIGNALS",
  "REWRITE",
  "REMAP",
  /** Exit codes. */
  "CODES",
  /** Resource limits, `NAME=SOFT[:HARD]`: rlimits.ts. */
  "RLIMITS",
  /** Groups, each a name or a number: `textOf` of texts.ts. */
  "GROUPS",
  /** Capabilities: capabilities.ts. */
  "CAPABILITIES",
  /** A variable, NAME=VALUE, in which commas do not separate: `textOf` of texts.ts. */
  "VARIABLE",
] as const;

/** The groups of options, in the order of the usage. */
export const sections = ["STOPPING", "SIGNALS", "PROCESSES", "IDENTITY", "LIMITS", "EXIT", "REPORTS"] as const;

/** What each row has. */
interface Common {
  /** The long name, without dashes. */
  readonly name: string;
  /** The short name, without its dash. */
  readonly letter?: string;
  readonly section: (typeof sections)[number];
  /** The default, as a user would write it; a flag without one is off. */
  readonly default?: string;
  /** What the option does, for `-h`: one line, which the default follows. */
  readonly help: string;
  /** Its text in the documents; `code` marks what a user writes or sees. */
  readonly manual: string;
  /** The first version that has it. */
  readonly since: string;
}

/** One option: what each row has, and what its kind needs. */
export type Row = Common &
  (
    | { readonly kind: "ACTION" | "COUNT" }
    | {
        readonly kind: "PROBE";
        /** What it can be asked for, each with what stands behind a colon. */
        readonly words: readonly string[];
      }
    | {
        readonly kind: "FLAG" | "PRESENCE";
        /** The option of kind WORD of which it is an alias for one word, for users of tini and dumb-init. */
        readonly means?: { readonly option: string; readonly word: string };
      }
    | { readonly kind: "WORD" | "RESTART"; readonly words: readonly string[] }
    | {
        readonly kind: "DURATION";
        /** The word for no time at all. */
        readonly none?: string;
      }
    | {
        readonly kind:
          | ("LEVEL" | "SIGNAL" | "SIZE" | "CPUS" | "NUMBER" | "NUMBER_OR_MAX" | "CPU_LIST" | "NAME" | "FILE")
          | ("OCTAL" | "INTEGER" | "PATH" | "SOCKET" | "USER" | "MARK" | "GROUPS" | "CAPABILITIES" | "VARIABLE")
          | ("SIGNALS" | "REWRITE" | "REMAP" | "CODES" | "RLIMITS");
        /** What the usage calls its value. */
        readonly value: string;
      }
  );

/** The options in the order of the usage, those of a section together. */
export const options = [
  {
    name: "stop-signals",
    kind: "SIGNALS",
    section: "STOPPING",
    value: "SIG,...",
    default: "TERM,INT",
    help: "signals that stop",
    manual:
      "The signals that start the stop sequence. A signal is matched as it arrives; `--rewrite` changes what the program gets. By default QUIT is not among them, because a JVM answers it with a dump of its threads and goes on; for programs that it stops, like nginx and PHP-FPM (`STOPSIGNAL SIGQUIT`), add it: `TERM,INT,QUIT`.",
    since: "0.1.0",
  },
  {
    name: "delay",
    kind: "DURATION",
    section: "STOPPING",
    default: "0s",
    help: "hold back stop signals",
    manual:
      "How long a stop signal is held back before it is forwarded, so that load balancers can remove the container first. A second stop signal ends the delay at once.",
    since: "0.1.0",
  },
  {
    name: "grace",
    kind: "DURATION",
    section: "STOPPING",
    none: "forever",
    default: "forever",
    help: "send SIGKILL after TIME",
    manual:
      "How long the program may take to end after a stop signal has been forwarded. After that, it and all other processes of ours get SIGKILL. `forever` waits as long as it takes, as tini does.",
    since: "0.1.0",
  },
  {
    name: "linger",
    kind: "DURATION",
    section: "STOPPING",
    none: "off",
    default: "off",
    help: "let other processes end",
    manual:
      "How long the other processes may take to end after the program has ended: they get SIGTERM, and after this time SIGKILL. Processes that `--forward-to` has already sent SIGTERM do not get another, because programs take a second one as a request to abort. `off` does nothing, as tini does: if tini-ts is PID 1, the kernel kills them at once, otherwise they go on running; a warning says how many there are. The exit code is still the program's.",
    since: "0.1.0",
  },
  {
    name: "restart",
    kind: "RESTART",
    section: "STOPPING",
    words: ["no", "on-failure", "always"],
    default: "no",
    help: "restart, :N at most N times",
    manual:
      "When the program is started again after it has ended: never, if its exit code is not 0 or a signal killed it, or always. With `:N`, at most N times in a row, 1 to 999; after a run of a minute or longer the count begins anew. Before a restart, the processes that it left behind are ended, unless `--restart-leaves=others`: they get SIGTERM, have the time of `--linger` to end (none if that is `off`), and then get SIGKILL. A stop signal ends the restarts, and so does a code of `--restart-except`.",
    since: "0.1.0",
  },
  {
    name: "restart-delay",
    kind: "DURATION",
    section: "STOPPING",
    default: "1s",
    help: "doubles up to a minute",
    manual:
      "How long to wait between the end of the program and a restart. It doubles with each restart in a row, up to a minute.",
    since: "0.1.0",
  },
  {
    name: "restart-except",
    kind: "CODES",
    section: "STOPPING",
    value: "CODE,...",
    help: "not after these exit codes",
    manual:
      "The exit codes after which the program is not restarted, whatever `--restart` is: tini-ts exits with that code. They are the program's own codes, before `--remap-exit`; a program that signal N killed has the code 128+N.",
    since: "0.1.0",
  },
  {
    name: "restart-leaves",
    kind: "WORD",
    section: "STOPPING",
    words: ["nothing", "others"],
    default: "nothing",
    help: "what is left running",
    manual:
      "Whether processes that the program left behind are ended before a restart (`nothing`), or go on running beside the restarted program (`others`). With `--wait=all` and `--wait=last` there are none.",
    since: "0.1.0",
  },
  {
    name: "wait",
    kind: "WORD",
    section: "STOPPING",
    words: ["main", "all", "last"],
    default: "main",
    help: "whose end is the end",
    manual:
      "What tini-ts waits for: the program (`main`), or also every process that it left behind (`all`, `last`), for daemons and programs that replace themselves. The exit code is the program's or, with `last`, that of the process that was reaped last. With `all` and `last`, a stop signal goes to all processes, whatever `--forward-to` is, `--grace` applies to all of them, and a restart comes after the last of them has ended.",
    since: "0.1.0",
  },
  {
    name: "timeout",
    kind: "DURATION",
    section: "STOPPING",
    none: "off",
    default: "off",
    help: "the longest run; exit 124",
    manual:
      "How long the whole run may take, including restarts and the waits between them; `0` is `off`. After that, the stop sequence starts as if SIGTERM had arrived, with `--delay`, `--rewrite` and `--grace`, and tini-ts exits with 124, as timeout(1) does; `--remap-exit` does not change that. The time-out no longer applies once the stop sequence has begun or the program has ended.",
    since: "0.1.0",
  },
  {
    name: "forward-to",
    kind: "WORD",
    section: "SIGNALS",
    words: ["child", "group", "all"],
    default: "child",
    help: "who receives signals",
    manual:
      "Which processes signals are forwarded to: the program alone, its process group, or all descendants of tini-ts, even those in sessions of their own. The program gets a queued or real-time signal exactly as it was sent; the other processes get it without its value and count if their queues are full. `group` needs a group: with `--isolate=none` from the same source it is refused, otherwise the higher source wins.",
    since: "0.1.0",
  },
  {
    name: "kill-process-group",
    letter: "g",
    kind: "PRESENCE",
    section: "SIGNALS",
    means: { option: "forward-to", word: "group" },
    help: "the same as --forward-to=group",
    manual: "The same as `--forward-to=group`, as in tini.",
    since: "0.1.0",
  },
  {
    name: "rewrite",
    letter: "r",
    kind: "REWRITE",
    section: "SIGNALS",
    value: "A:B",
    help: "forward signal B for signal A; 0 drops it",
    manual:
      "When signal A arrives, the program gets B; with `A:0` it gets nothing. Pairs are independent of each other, so two signals can be swapped: `--rewrite HUP:USR1,USR1:HUP`.",
    since: "0.1.0",
  },
  {
    name: "isolate",
    kind: "WORD",
    section: "PROCESSES",
    words: ["group", "session", "none"],
    default: "group",
    help: "give it a group or session",
    manual:
      "What the program gets of its own: a process group, which is put in the terminal's foreground if tini-ts is there (at the start; or, if an option is about keys or others of a pipeline may read the terminal, when the program reads it); a session with the terminal, as in dumb-init; or neither, so that it shares tini-ts's group.",
    since: "0.1.0",
  },
  {
    name: "single-child",
    letter: "c",
    kind: "FLAG",
    section: "PROCESSES",
    means: { option: "isolate", word: "none" },
    help: "the same as --isolate=none",
    manual: "The same as `--isolate=none`, as in dumb-init.",
    since: "0.1.0",
  },
  {
    name: "subreaper",
    letter: "s",
    kind: "PRESENCE",
    section: "PROCESSES",
    default: "yes",
    help: "adopt orphans if not PID 1",
    manual:
      "If tini-ts is not PID 1, it becomes a subreaper: orphaned descendants become its children, and it reaps them.",
    since: "0.1.0",
  },
  {
    name: "warn-on-reap",
    letter: "w",
    kind: "FLAG",
    section: "PROCESSES",
    help: "report each reaped zombie",
    manual: "Reports `Reaped zombie process with pid=N` for each process that is reaped, except the program.",
    since: "0.1.0",
  },
  {
    name: "parent-death-signal",
    letter: "p",
    kind: "SIGNAL",
    section: "PROCESSES",
    value: "SIG",
    help: "stop with SIG when our parent dies",
    manual:
      "When the process that started tini-ts dies, the stop sequence starts with this signal, as if it had arrived.",
    since: "0.1.0",
  },
  {
    name: "tie",
    kind: "FLAG",
    section: "PROCESSES",
    default: "yes",
    help: "if we die, kill the program",
    manual:
      "If tini-ts is not PID 1 and is killed itself, the kernel kills the program too, which nobody would supervise any more. A program that changes its user or gains capabilities when it starts (`su`, `sudo`, a file with the setuid bit) is no longer tied: the kernel then resets its parent-death signal.",
    since: "0.1.0",
  },
  {
    name: "lockdown",
    kind: "FLAG",
    section: "PROCESSES",
    default: "yes",
    help: "lock itself in while it runs",
    manual:
      "When the program has been started, tini-ts locks itself in: it gains no privileges any more (`no_new_privs`), it makes use of no capability but CAP_KILL, and CAP_DAC_OVERRIDE where it made control groups, and the kernel ends it with SIGSYS at any system call that its loop does not make (`seccomp`). The program gets nothing of it: it has been started before. A process that is started later would, so with `--restart` this is off. What the kernel or the container refuses is left out, which is said at the level of info.",
    since: "0.1.0",
  },
  {
    name: "pause",
    letter: "P",
    kind: "FLAG",
    section: "PROCESSES",
    help: "run no program: reap until TERM or INT",
    manual:
      "Runs no program, as `catatonit -P` does in the first container of a pod: tini-ts reaps orphans and exits with 0 on SIGTERM or SIGINT, or on the signals of `--stop-signals`; other signals do nothing. With a program or `--restart` from the same source it is refused, otherwise the higher source wins.",
    since: "0.1.0",
  },
  {
    name: "user",
    kind: "USER",
    section: "IDENTITY",
    value: "USER[:GROUP]",
    help: "run it as this user",
    manual:
      "The user that the program runs as, and its group, each a name in `/etc/passwd` or `/etc/group`, or a number. A number needs neither file; an unknown name is an error. Without a group, the program gets the user's primary group and all groups that `/etc/group` lists the user in, as with `setpriv --init-groups` and `gosu`; with one, only that group. A number that is not in `/etc/passwd` keeps the group of tini-ts. HOME, USER, LOGNAME and SHELL are set to the user's; for such a number to `/`, the number and `/bin/sh`. Only the capabilities of `--keep-capabilities` are left. tini-ts itself does not change its user, and needs CAP_KILL to signal another user's program. Standard input, output and error that are pipes of the user that tini-ts runs as, or the terminal of the container, become the user's, so that the program can open `/dev/stdout` and `/dev/stderr` again; that needs CAP_CHOWN, and `-v` reports where it is refused. Files, sockets and devices stay whose they are.",
    since: "0.1.0",
  },
  {
    name: "groups",
    kind: "GROUPS",
    section: "IDENTITY",
    value: "GROUP,...",
    help: "its supplementary groups",
    manual: "The program's supplementary groups, names or numbers, instead of those of `--user`.",
    since: "0.1.0",
  },
  {
    name: "drop-capabilities",
    kind: "CAPABILITIES",
    section: "IDENTITY",
    value: "NAME,...",
    help: "take capabilities away, or all",
    manual:
      "Capabilities that the program and its children can never have; `all` means all of them. They are dropped from each of its sets including the bounding set, which needs CAP_SETPCAP. `--keep-capabilities` makes exceptions from `all`.",
    since: "0.1.0",
  },
  {
    name: "keep-capabilities",
    kind: "CAPABILITIES",
    section: "IDENTITY",
    value: "NAME,...",
    help: "capabilities that another user keeps",
    manual:
      "Capabilities that the program keeps even as an ordinary user, as ambient capabilities: with `net_bind_service` it may bind port 80. A capability that the container lacks is an error. Each is named: `all` is refused.",
    since: "0.1.0",
  },
  {
    name: "no-new-privs",
    kind: "FLAG",
    section: "IDENTITY",
    help: "no more privileges by execve",
    manual:
      "Neither the program nor its children can gain privileges from files with a setuid bit or capabilities, as with `docker run --security-opt no-new-privileges`.",
    since: "0.1.0",
  },
  {
    name: "env",
    kind: "VARIABLE",
    section: "IDENTITY",
    value: "NAME=VALUE",
    help: "set a variable",
    manual:
      "A variable of the program's environment; it overrides the caller's and those that `--user` sets. The option can be given several times; its environment variable takes one, in which a comma is an ordinary character. There is room for about 30 new variables.",
    since: "0.1.0",
  },
  {
    name: "chdir",
    kind: "PATH",
    section: "IDENTITY",
    value: "DIR",
    help: "working directory",
    manual:
      "The program's working directory, which its user must be allowed to enter. A relative path of the program, and relative directories in `PATH`, start from there, as with `env -C` and `docker run -w`.",
    since: "0.1.0",
  },
  {
    name: "umask",
    kind: "OCTAL",
    section: "IDENTITY",
    value: "OCTAL",
    help: "file mode creation mask: 022, 0077",
    manual: "The program's umask(2): the permissions that files which it creates do not get.",
    since: "0.1.0",
  },
  {
    name: "rlimit",
    kind: "RLIMITS",
    section: "IDENTITY",
    value: "NAME=SOFT[:HARD]",
    help: "limit each process",
    manual:
      "A resource limit (setrlimit(2)) for each of the program's processes, by its name in lower case: `as`, `core`, `cpu`, `data`, `fsize`, `locks`, `memlock`, `msgqueue`, `nice`, `nofile`, `nproc`, `rss`, `rtprio`, `rttime`, `sigpending` and `stack`. The values are the kernel's numbers, for sizes bytes, or `unlimited`. Without a hard limit, it is the same as the soft one, as with `docker run --ulimit`. The limits of tini-ts itself do not change.",
    since: "0.1.0",
  },
  {
    name: "nice",
    kind: "INTEGER",
    section: "IDENTITY",
    value: "-20..19",
    help: "niceness, 19 is the nicest",
    manual: "The program's nice value, not an increment. A lower one than now needs CAP_SYS_NICE.",
    since: "0.1.0",
  },
  {
    name: "oom-score-adj",
    kind: "INTEGER",
    section: "IDENTITY",
    value: "-1000..1000",
    help: "1000: the OOM killer's first choice",
    manual:
      "How likely the kernel's OOM killer chooses the program (proc(5)): `-1000` never, `1000` first. A lower value than now needs CAP_SYS_RESOURCE.",
    since: "0.1.0",
  },
  {
    name: "memory-max",
    kind: "SIZE",
    section: "LIMITS",
    value: "SIZE",
    help: "memory: 512M, or 80% of what is available",
    manual:
      "How much memory the program and all its children may use together. At the limit the kernel reclaims memory, and if that does not help, its OOM killer kills one of the processes (or all: `--memory-oom-group`).",
    since: "0.1.0",
  },
  {
    name: "memory-high",
    kind: "SIZE",
    section: "LIMITS",
    value: "SIZE",
    help: "memory above which it is throttled",
    manual:
      "Above this much memory, the program is throttled and its memory reclaimed, but nothing is killed. On cgroup version 1 it is the soft limit.",
    since: "0.1.0",
  },
  {
    name: "memory-swap-max",
    kind: "SIZE",
    section: "LIMITS",
    value: "SIZE",
    help: "swap limit",
    manual: "How much swap the program may use; `0` for none. Cgroup version 1 has no such limit.",
    since: "0.1.0",
  },
  {
    name: "memory-oom-group",
    kind: "FLAG",
    section: "LIMITS",
    help: "an OOM kill ends the whole group",
    manual:
      "If the OOM killer kills one process of the program, it kills all of them, so that the rest does not go on incomplete. Cgroup version 1 has no such setting.",
    since: "0.1.0",
  },
  {
    name: "cpu-max",
    kind: "CPUS",
    section: "LIMITS",
    value: "CPUS",
    help: "CPU time: 1.5, 150%, or QUOTA PERIOD",
    manual:
      "How much CPU time the program may use: `1.5` and `150%` are one and a half CPUs; `150000 100000` is the kernel's form, 150000 microseconds in each 100000.",
    since: "0.1.0",
  },
  {
    name: "cpu-weight",
    kind: "NUMBER",
    section: "LIMITS",
    value: "N",
    help: "share of busy CPUs (kernel default: 100)",
    manual: "The program's share of CPUs when others compete for them.",
    since: "0.1.0",
  },
  {
    name: "cpuset-cpus",
    kind: "CPU_LIST",
    section: "LIMITS",
    value: "LIST",
    help: "CPUs that it may use: 0-3,5",
    manual: "The CPUs that the program may run on. Only on cgroup version 2.",
    since: "0.1.0",
  },
  {
    name: "pids-max",
    kind: "NUMBER_OR_MAX",
    section: "LIMITS",
    value: "N",
    help: "limit on processes and threads",
    manual: "How many processes and threads the program may have. Beyond that, fork(2) fails.",
    since: "0.1.0",
  },
  {
    name: "io-weight",
    kind: "NUMBER",
    section: "LIMITS",
    value: "N",
    help: "share of busy disks (kernel default: 100)",
    manual: "The program's share of disks when others compete for them. Only on cgroup version 2.",
    since: "0.1.0",
  },
  {
    name: "memory-signal",
    kind: "SIGNAL",
    section: "LIMITS",
    value: "SIG",
    help: "send SIG above --memory-high, or 90%",
    manual:
      "When the program uses more than `--memory-high`, it gets this signal, at most once a second, so that it can give memory back before the OOM killer comes. Without `--memory-high`, that is set to nine tenths of `--memory-max` or, without that, of the available memory. Only on cgroup version 2.",
    since: "0.1.0",
  },
  {
    name: "cgroup",
    kind: "NAME",
    section: "LIMITS",
    value: "NAME",
    default: "workload",
    help: "control group's name",
    manual:
      "The name of the program's control group, below the one that tini-ts is in. With this option it is created even without a limit: then tini-ts finds every process of the program, whatever its parent, group or session.",
    since: "0.1.0",
  },
  {
    name: "limits",
    kind: "WORD",
    section: "LIMITS",
    words: ["strict", "best-effort"],
    default: "strict",
    help: "if a limit cannot be set",
    manual:
      "What happens if a limit cannot be set: `strict` starts nothing and exits with 125; `best-effort` warns, and runs the program with the limits that can be set.",
    since: "0.1.0",
  },
  {
    name: "runtime-hints",
    kind: "FLAG",
    section: "LIMITS",
    help: "tell runtimes the limits: GOMAXPROCS...",
    manual:
      "Sets environment variables that adapt language runtimes to the limits: those given here, or the container's. A variable that the user has set is left alone; NODE_OPTIONS and JAVA_TOOL_OPTIONS get ours before the user's, which win.",
    since: "0.1.0",
  },
  {
    name: "remap-exit",
    letter: "e",
    kind: "REMAP",
    section: "EXIT",
    value: "CODE[:TO]",
    help: "exit with TO, or 0, instead of CODE",
    manual:
      "If the program's exit code is CODE, tini-ts exits with TO, or with 0. A program that signal N killed has the code 128+N: `-e 143` makes SIGTERM a success. tini-ts's own codes do not change.",
    since: "0.1.0",
  },
  {
    name: "verbose",
    letter: "v",
    kind: "COUNT",
    section: "REPORTS",
    help: "be more verbose, up to -vvv",
    manual:
      "One level more for each `-v`. `verbosity` on the command line or in the environment overrides it; it overrides the file's.",
    since: "0.1.0",
  },
  {
    name: "verbosity",
    kind: "LEVEL",
    section: "REPORTS",
    value: "0..4",
    default: "1",
    help: "0 is errors only, 3 is all",
    manual:
      "How much is reported: 0 only fatal errors, 1 also warnings, 2 also events, 3 also each signal and each process that is reaped. 4 (tini's `-vvv`) and more are accepted, and report no more than 3.",
    since: "0.1.0",
  },
  {
    name: "healthcheck",
    kind: "PROBE",
    section: "REPORTS",
    words: ["none", "tcp", "unix", "http"],
    help: "is the program alive? exit 0 or 1",
    manual:
      "Starts nothing and says whether the program that tini-ts runs in this container is alive: for `HEALTHCHECK CMD` and exec probes in images without a shell. The exit code is 0 where the main child lives and is not stopped; else it is 1, and one line on stderr says why. With `--healthcheck=tcp:PORT`, `--healthcheck=unix:PATH` or `--healthcheck=http:PORT/PATH` the program must answer as well: take a connection on the loopback address or on the socket, or answer GET with a status from 200 to 399.",
    since: "0.1.0",
  },
  {
    name: "healthcheck-timeout",
    kind: "DURATION",
    section: "REPORTS",
    default: "1s",
    help: "time for its answer",
    manual: "How long the answer of `--healthcheck=tcp:...`, `unix:...` or `http:...` may take in total.",
    since: "0.1.0",
  },
  {
    name: "log-format",
    kind: "WORD",
    section: "REPORTS",
    words: ["text", "json", "rfc5424"],
    default: "text",
    help: "format of log lines",
    manual:
      "The format of log lines: text in the form of tini, a JSON object, or a syslog line according to RFC 5424. `docs/events.md` of the project lists the events, their fields and how they are escaped. Errors in the configuration are reported in the format that the command line or the environment names.",
    since: "0.1.0",
  },
  {
    name: "log-tag",
    kind: "MARK",
    section: "REPORTS",
    value: "TAG",
    help: "name in log lines instead of tini-ts",
    manual:
      "The name that log lines have in place of `tini-ts`: before the pid in text, `tag` in JSON, APP-NAME in RFC 5424.",
    since: "0.1.0",
  },
  {
    name: "log-socket",
    kind: "SOCKET",
    section: "REPORTS",
    value: "PATH",
    help: "also send log lines to a syslog socket",
    manual:
      "Sends each log line to a syslog socket as well: `/dev/log`, or `/run/systemd/journal/dev-log`. Each datagram has the form of syslog(3), `<30>TAG[PID]: ` and the sentence, or the JSON object if the format is `json`. Lines that the socket does not accept, because it is full or does not exist, are dropped; the next line that it accepts is followed by their number.",
    since: "0.1.0",
  },
  {
    name: "trace-id",
    kind: "MARK",
    section: "REPORTS",
    value: "ID",
    help: "trace id of log lines (or from TRACEPARENT)",
    manual:
      "The trace that log lines belong to: `trace_id` in JSON and in RFC 5424. Without this option, it is the trace id of the variable TRACEPARENT, if that is valid (W3C Trace Context).",
    since: "0.1.0",
  },
  {
    name: "summary",
    kind: "WORD",
    section: "REPORTS",
    words: ["none", "text", "json"],
    default: "none",
    help: "report at the run's end",
    manual:
      "Writes to standard error what the run cost and why it ended: wall-clock and CPU time, peak of memory, OOM kills, throttling, time stalled for CPUs, memory and disks, processes reaped, signals forwarded, restarts, exit code and cause. `text` is a few lines for people, `json` one line with an object. The figures of control groups are those of the groups made for `--memory-max` and other limits, or else, as PID 1, those of the group that tini-ts runs in. Figures that the kernel does not provide are left out, in JSON they are null.",
    since: "0.1.0",
  },
  {
    name: "summary-file",
    kind: "PATH",
    section: "REPORTS",
    value: "PATH",
    help: "write it to PATH: /dev/termination-log",
    manual:
      "Writes the summary to this file, in the format of `--summary`, or as text without that option: at most 4096 bytes, the limit of the termination message of a Kubernetes pod. The file is created or emptied before the program starts; the summary is appended to what the program itself writes to it. Symbolic links are refused. If the file cannot be written, a warning is reported and the run goes on.",
    since: "0.1.0",
  },
  {
    name: "config",
    kind: "FILE",
    section: "REPORTS",
    value: "FILE",
    help: "default: /etc/tini.yml, then /.tini.yml",
    manual:
      "The configuration file. Without this option, `/etc/tini.yml` is read or, if that does not exist, `/.tini.yml`. A file named here must exist.",
    since: "0.1.0",
  },
  {
    name: "print-config",
    kind: "ACTION",
    section: "REPORTS",
    help: "print the effective configuration and exit",
    manual:
      "Prints the effective configuration in the form of a configuration file, with the source of each value in a comment; starts nothing.",
    since: "0.1.0",
  },
  {
    name: "help",
    letter: "h",
    kind: "ACTION",
    section: "REPORTS",
    help: "print this help and exit",
    manual: "Prints the usage.",
    since: "0.1.0",
  },
  {
    name: "version",
    letter: "V",
    kind: "ACTION",
    section: "REPORTS",
    help: "print the version and exit",
    manual: "Prints the version, in the line that docker reads.",
    since: "0.1.0",
  },
  {
    name: "license",
    letter: "l",
    kind: "ACTION",
    section: "REPORTS",
    help: "print the license and exit",
    manual: "Prints the license.",
    since: "0.1.0",
  },
] as const satisfies readonly Row[];

/*
 * What the compiler of the init sees instead (scripts/lib/options.ts), declared for editors and tsc.
 */

/** `forward-to` as a member of an enum: FORWARD_TO. */
type Member<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Uppercase<First>}_${Member<Rest>}`
  : Uppercase<Name>;

/** The rows of the table, in its order. */
export declare const Id: { readonly [Name in (typeof options)[number]["name"] as Member<Name>]: number };
export type Id = number;
/** What an option takes. */
export declare const Kind: { readonly [Name in (typeof kinds)[number]]: number };
export type Kind = number;
export declare const Section: { readonly [Name in (typeof sections)[number]]: number };
export type Section = number;
/** The words of an option that takes one of several, as members of an enum: `best-effort` is BEST_EFFORT. */
type WordOf<Any, Name> = Any extends {
  readonly kind: "WORD" | "RESTART" | "PROBE";
  readonly name: Name;
  readonly words: readonly (infer Word)[];
}
  ? Word
  : never;
type WordsOf<Name> = { readonly [Word in WordOf<(typeof options)[number], Name> & string as Member<Word>]: number };
/** Whether the program is started again. */
export declare const Restart: WordsOf<"restart">;
/** What the program leaves to its next life. */
export declare const RestartLeaves: WordsOf<"restart-leaves">;
/** Whose end is the end of the run; with LAST, the exit code is that of who was reaped last. */
export declare const Wait: WordsOf<"wait">;
/** Whom a signal is forwarded to. */
export declare const ForwardTo: WordsOf<"forward-to">;
/** What the program has of its own: GROUP, in the terminal's foreground; SESSION, with the terminal; NONE, it shares our group. */
export declare const Isolate: WordsOf<"isolate">;
/** What happens where a limit cannot be set. */
export declare const Limits: WordsOf<"limits">;
/** What else a health check asks for. */
export declare const Healthcheck: WordsOf<"healthcheck">;
/** The formats of log lines. */
export declare const LogFormat: WordsOf<"log-format">;
/** Which form the summary has. */
export declare const Summary: WordsOf<"summary">;
/** How many options there are. */
export declare const OPTIONS: number;
/** The long names, without dashes, in the order of the rows, with bars between; packed. */
export declare const NAMES: number;
/** How many bytes they have unpacked, with a NUL behind. */
export declare const NAMES_BYTES: number;
/** The rows, as `Option` of options.ts has them. */
export declare const ROWS: number;
