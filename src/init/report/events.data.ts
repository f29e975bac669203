/*
 * The only list of the events that the init reports: its log lines and their list in the documents are made from it.
 *
 * To Node this is a list of plain objects. In place of this file, the AssemblyScript compiler gets what the build makes of
 * it (scripts/lib/events.ts), which is declared at the end.
 */

/** The levels, the most severe first: tini's, in the order of its numbers for TINI_VERBOSITY. */
export const levels = ["FATAL", "WARN", "INFO", "DEBUG", "TRACE"] as const;

/** The kinds of values in sentences, in the order that sentence.ts and format.ts rely on. */
export const kinds = [
  /** A decimal number. */
  "NUMBER",
  /** Memory in units of 4096 bytes, printed in bytes, or as `max` if it is below 0. */
  "PAGES",
  /** An errno, negated or not, printed as its meaning in words. */
  "ERRNO",
  /** A signal's number, printed as its name. */
  "SIGNAL",
  /** The address of a text that is not ours: control characters are replaced. */
  "QUOTED",
  /** The same, but only its beginning. */
  "BEGINNING",
  /** The same in quotes after a blank; nothing if it is 0. */
  "VALUE",
  /** The address of a text of ours, packed or not; nothing if it is 0. */
  "TEXT",
  /** The same, but only a part of the sentence: no field of its own in the log formats. */
  "PART",
  /** The address of a word that a bar ends. */
  "WORD",
  /** Where something was set: `argument 2`. */
  "SOURCE",
  /** The same in parentheses after a blank. */
  "BRACKETS",
] as const;

/** A field: a value that a sentence can have in braces. */
interface Field {
  readonly kind: (typeof kinds)[number];
  /** Its description in the documents. */
  readonly meaning: string;
}

/** The placeholders that a sentence can have in braces. The log formats have the same names. */
export const fields = {
  errno: { kind: "ERRNO", meaning: "the errno that the kernel returned; `error` is its meaning" },
  signal: { kind: "SIGNAL", meaning: "a signal: `SIGTERM`, `SIGRTMIN+3`" },
  exit_code: { kind: "NUMBER", meaning: "the program's exit code" },
  process: { kind: "NUMBER", meaning: "the pid of the process that the event is about" },
  target: { kind: "NUMBER", meaning: "the intended receiver of the signal: a pid; below 0 a process group" },
  processes: { kind: "NUMBER", meaning: "a number of processes" },
  dropped: { kind: "NUMBER", meaning: "a number of lines" },
  most_groups: { kind: "NUMBER", meaning: "the maximum number of groups" },
  most_bytes: { kind: "NUMBER", meaning: "the maximum number of bytes" },
  delay_ms: { kind: "NUMBER", meaning: "a duration in milliseconds" },
  memory_max_bytes: {
    kind: "PAGES",
    meaning: "the memory limit in bytes; null (rfc5424: `max`) if there is none",
  },
  memory_peak_bytes: { kind: "PAGES", meaning: "the peak of memory in bytes" },
  oom_kills: { kind: "NUMBER", meaning: "the number of processes that the OOM killer has killed so far" },
  path: { kind: "QUOTED", meaning: "a file or directory" },
  program: { kind: "BEGINNING", meaning: "the program as given, or the file that it was found as" },
  directory: { kind: "BEGINNING", meaning: "a directory, as given" },
  account: {
    kind: "BEGINNING",
    meaning: "the user or group that was looked up; `the user` if only its number is known",
  },
  variable: { kind: "BEGINNING", meaning: "a variable of the program's environment with its value" },
  init: { kind: "QUOTED", meaning: "the name of PID 1" },
  address: { kind: "QUOTED", meaning: "the target of a health check: `tcp:80`, `unix:/run/app.socket`" },
  http_status: { kind: "NUMBER", meaning: "the status of the HTTP response" },
  word: { kind: "BEGINNING", meaning: "a word of the command line, as given" },
  suggestion: { kind: "QUOTED", meaning: "what was probably meant" },
  option: { kind: "WORD", meaning: "the name of an option, without dashes" },
  value: { kind: "VALUE", meaning: "the value that was given" },
  source: { kind: "BRACKETS", meaning: "where it was set: `argument 2`, `variable TINI_GRACE`, `/etc/tini.yml:3`" },
  place: { kind: "SOURCE", meaning: "the same, for what the event begins with or compares with" },
  rlimit: { kind: "WORD", meaning: "the name of a limit of `--rlimit`" },
  capability: { kind: "WORD", meaning: "a capability, without `CAP_`" },
  other_option: { kind: "WORD", meaning: "the option that it contradicts" },
  other_source: { kind: "BRACKETS", meaning: "where that option or the program was given" },
  problem: { kind: "TEXT", meaning: "the error in the configuration file" },
  attribute: {
    kind: "TEXT",
    meaning:
      "the part of the program's identity: `user`, `group`, `supplementary groups`, `capabilities` or `no_new_privs`",
  },
  written: { kind: "TEXT", meaning: "the value that could not be written" },
  receiver: { kind: "TEXT", meaning: "what did not accept the lines: `standard error` or `the log socket`" },
  mechanism: {
    kind: "TEXT",
    meaning: "what the lockdown could not use: `no_new_privs`, `seccomp` or `capabilities`",
  },
  // No event has one of these two as a field of its own.
  number: { kind: "NUMBER", meaning: "" },
  text: { kind: "PART", meaning: "" },
} as const satisfies { readonly [name: string]: Field };

/** What each row has. */
export interface Row {
  /** The name; in the init it is written LIKE_THIS. */
  readonly name: string;
  readonly level: (typeof levels)[number];
  /** The sentence, or its beginning. `{signal}` is a placeholder; the first one gets the first value. */
  readonly message: string;
  /** Further fields of the line, if known: appended to the sentence. */
  readonly more?: readonly (keyof typeof fields)[];
  /** Only the executable with the toolkit reports it. */
  readonly isOfFull?: true;
}

/** The events. */
export const events = [
  { name: "signals-not-blocked", level: "FATAL", message: "cannot block signals: {errno}" },
  { name: "sigchld-not-set", level: "FATAL", message: "cannot set SIGCHLD up: {errno}" },
  { name: "no-parent-death-signal", level: "WARN", message: "--parent-death-signal has no effect: {errno}" },
  // In tini's wording, which people and tools look for.
  { name: "subreaper-refused", level: "WARN", message: "cannot register as child subreaper: {errno}" },
  {
    name: "not-subreaper",
    level: "WARN",
    message: "Tini is not running as PID 1 and isn't registered as a child subreaper.",
  },
  {
    name: "no-zombies-reaped",
    level: "WARN",
    message: "Zombie processes will not be re-parented to Tini, so zombie reaping won't work.",
  },
  { name: "subreaper-turned-off", level: "WARN", message: "To fix the problem, leave --no-subreaper out." },
  {
    name: "keys-of-session",
    level: "WARN",
    message:
      "with --isolate=session the terminal's keys go to the program alone, whatever other options say; --isolate=group lets them count",
  },
  {
    name: "keys-not-rewritten",
    level: "WARN",
    message:
      "with --isolate=none the program gets the terminal's keys itself, so --rewrite does not change them; --isolate=group lets it",
  },

  {
    name: "toolkit-unreadable",
    level: "FATAL",
    message: "cannot read the toolkit from /proc/self/exe: {errno}",
    isOfFull: true,
  },
  {
    name: "toolkit-has-no-file",
    level: "FATAL",
    message: "cannot create a memory file for the toolkit: {errno}",
    isOfFull: true,
  },
  { name: "toolkit-not-copied", level: "FATAL", message: "cannot copy the toolkit to memory: {errno}", isOfFull: true },
  {
    name: "toolkit-missing",
    level: "FATAL",
    message: "this file lacks the toolkit: copy the whole file",
    isOfFull: true,
  },
  {
    name: "toolkit-not-executed",
    level: "FATAL",
    message: "cannot execute the toolkit from memory: {errno}",
    isOfFull: true,
  },
  {
    name: "toolkit-needs-glibc",
    level: "FATAL",
    message: "the toolkit needs glibc, which this system lacks; the npm package needs only Node.js",
    isOfFull: true,
  },

  { name: "option-unknown", level: "FATAL", message: "unknown option {word}{source}; tini-ts -h lists the options" },
  { name: "value-missing", level: "FATAL", message: "--{option}{source} needs a value" },
  { name: "value-wrong", level: "FATAL", message: "--{option}{value}{source} is not " },
  {
    name: "option-twice",
    level: "FATAL",
    message: "--{option}{source} is given twice, or another that sets the same: see {place}",
  },
  { name: "option-too-long", level: "FATAL", message: "too long{source}: an option has at most {most_bytes} bytes" },
  {
    name: "texts-too-long",
    level: "FATAL",
    message: "too long: --{option}{source}: all options together keep at most {most_bytes} bytes of text",
  },
  { name: "configuration-malformed", level: "FATAL", message: "{place}: {problem}" },
  { name: "configuration-unreadable", level: "FATAL", message: "{place}: {errno}" },
  { name: "configuration-name-wrong", level: "FATAL", message: "--config: {errno}" },
  {
    name: "options-contradict",
    level: "FATAL",
    message: "--{option}{source} contradicts --{other_option}{other_source}{text}",
  },
  {
    name: "program-contradicts",
    level: "FATAL",
    message: "--{option}{source} contradicts the program{other_source}{text}",
  },
  { name: "variable-misspelt", level: "WARN", message: "{place} is none of ours; is {suggestion} meant?" },
  { name: "not-printed", level: "FATAL", message: "cannot write to standard output: {errno}" },
  { name: "no-program", level: "FATAL", message: "no program is given" },

  {
    name: "health-unknown",
    level: "FATAL",
    message: "cannot see whether the program lives: /proc is not mounted",
  },
  {
    name: "health-hidden",
    level: "FATAL",
    message:
      "cannot see whether the program lives: /proc hides the processes of other users (hidepid); run the check as the program's user",
  },
  {
    name: "health-init-hidden",
    level: "WARN",
    message: "/proc hides PID 1 (hidepid): it is taken for tini-ts",
  },
  { name: "health-other-init", level: "FATAL", message: "unhealthy: no tini-ts runs here; PID 1 is {init}" },
  {
    name: "health-no-child",
    level: "FATAL",
    message: "unhealthy: the program has ended",
  },
  { name: "health-zombie", level: "FATAL", message: "unhealthy: main child {process} is dead" },
  { name: "health-stopped", level: "FATAL", message: "unhealthy: main child {process} is stopped" },
  { name: "health-no-answer", level: "FATAL", message: "unhealthy: {address}: {errno}" },
  {
    name: "health-late",
    level: "FATAL",
    message: "unhealthy: {address} does not answer within --healthcheck-timeout",
  },
  { name: "health-not-http", level: "FATAL", message: "unhealthy: {address} does not answer in HTTP" },
  { name: "health-status", level: "FATAL", message: "unhealthy: {address} answers with status {http_status}" },

  { name: "group-unusable", level: "FATAL", message: "--{option}: cannot use {path}: {errno}" },
  { name: "limit-not-written", level: "FATAL", message: '--{option}: cannot write "{written}" to {path}: {errno}' },
  { name: "no-such-limit", level: "FATAL", message: "--{option}: cgroup version 1 has no such limit" },
  {
    name: "no-writable-group",
    level: "FATAL",
    message:
      "limits need a control group that we may write to: as root, or its owner; docker run --security-opt writable-cgroups=true, " +
      "podman run --security-opt unmask=/sys/fs/cgroup, containerd and Kubernetes cgroup_writable = true, systemd Delegate=yes; " +
      "or --limits=best-effort",
  },
  { name: "group-left", level: "WARN", message: "this control group is left: {path}: {errno}" },

  { name: "group-not-entered", level: "FATAL", message: "the program cannot be moved to its control group: {errno}" },
  {
    name: "rlimit-not-set",
    level: "FATAL",
    message:
      "--rlimit {rlimit}: {errno}; a hard limit that is above the present one takes CAP_SYS_RESOURCE (or docker run --ulimit)",
  },
  {
    name: "nice-not-set",
    level: "FATAL",
    message: "--nice: {errno}; more than the present priority takes CAP_SYS_NICE (docker run --cap-add SYS_NICE)",
  },
  {
    name: "oom-score-not-set",
    level: "FATAL",
    message:
      "--oom-score-adj: {errno}; it takes /proc, and a lower value CAP_SYS_RESOURCE (or docker run --oom-score-adj)",
  },
  { name: "directory-not-entered", level: "FATAL", message: "--chdir {directory}: {errno}" },
  { name: "account-unknown", level: "FATAL", message: "{path} has no {account}; a number needs no entry there" },
  { name: "accounts-unreadable", level: "FATAL", message: "cannot look {account} up in {path}: {errno}" },
  { name: "too-many-groups", level: "FATAL", message: "more than {most_groups} groups" },
  { name: "environment-full", level: "FATAL", message: "the environment has no room for another variable: {variable}" },
  {
    name: "identity-not-set",
    level: "FATAL",
    message:
      "--{option}: cannot set the program's {attribute}: {errno} (it takes root's capabilities SETUID, SETGID and SETPCAP)",
  },
  {
    name: "identity-not-in-effect",
    level: "FATAL",
    message: "--{option}: the program's {attribute} did not take effect: it is not run",
  },
  {
    name: "capability-missing",
    level: "FATAL",
    message: "--keep-capabilities: {capability} is none of ours (docker run --cap-add)",
  },
  {
    name: "not-opened-again",
    level: "INFO",
    message: "--user: the program may not open /dev/stdin, /dev/stdout or /dev/stderr again: {errno}",
  },
  {
    name: "no-kill-of-user",
    level: "WARN",
    message: "without CAP_KILL (--cap-add KILL) no signal reaches the program, which is another user's",
  },
  { name: "signals-not-restored", level: "FATAL", message: "cannot set the program's signals up: {errno}" },
  {
    name: "process-not-started",
    level: "FATAL",
    message: "cannot start a process (look at the limits on processes and memory): {errno}",
  },
  { name: "program-not-run", level: "FATAL", message: "exec {program}: ", more: ["path"] },
  { name: "no-process-group", level: "WARN", message: "the program gets no process group of its own: {errno}" },
  { name: "not-tied", level: "WARN", message: "the program may outlive us: {errno}" },
  { name: "child-spawned", level: "INFO", message: "Spawned child process '{program}' with pid '{process}'" },
  { name: "stop-not-passed", level: "WARN", message: "the program is not stopped as the terminal wants it: {errno}" },

  {
    name: "summary-not-written",
    level: "WARN",
    message: "--summary-file: cannot write {path} (symbolic links are not followed): {errno}",
  },
  { name: "not-locked-in", level: "INFO", message: "not locked in with {mechanism}: {errno}" },
  { name: "child-exited", level: "INFO", message: "Main child exited normally (with status '{exit_code}')" },
  { name: "child-killed", level: "INFO", message: "Main child exited with signal (with signal '{signal}')" },
  {
    name: "child-stopped",
    level: "WARN",
    message: "main child {process} was stopped by {signal}; it goes on at SIGCONT",
  },
  { name: "child-continued", level: "INFO", message: "main child {process} was stopped by {signal} and goes on" },
  {
    name: "oom-kill-of-child",
    level: "WARN",
    message: "Main child was killed by the kernel's OOM killer: memory.max {memory_max_bytes}",
    more: ["memory_peak_bytes", "oom_kills"],
  },
  {
    name: "oom-kill",
    level: "WARN",
    message: "A process was killed by the kernel's OOM killer: memory.max {memory_max_bytes}",
    more: ["memory_peak_bytes", "oom_kills"],
  },
  { name: "zombie-reaped", level: "WARN", message: "Reaped zombie process with pid={process}" },
  { name: "orphan-reaped", level: "DEBUG", message: "Reaped child with pid: '{process}'" },
  { name: "tracee-stays-stopped", level: "WARN", message: "a process that lets us trace it stays stopped: {errno}" },
  { name: "exit-code-lost", level: "FATAL", message: "the program is gone, and its exit code with it" },
  { name: "child-not-waited-for", level: "FATAL", message: "cannot wait for the program: {errno}" },

  { name: "sigchld-received", level: "DEBUG", message: "Received SIGCHLD" },
  { name: "signal-passed", level: "DEBUG", message: "Passing signal: '{signal}'" },
  { name: "receiver-dead", level: "WARN", message: "Child was dead when forwarding {signal}" },
  { name: "signal-not-forwarded", level: "WARN", message: "cannot forward {signal} to {target}: {errno}" },
  { name: "no-proc", level: "WARN", message: "without /proc only the program gets signals" },
  {
    name: "signals-not-received",
    level: "WARN",
    message: "cannot wait for signals, so none is forwarded: {errno}",
  },
  { name: "group-not-watched", level: "WARN", message: "cannot watch the control group: {errno}" },
  { name: "memory-short", level: "INFO", message: "Memory runs short: sending {signal}" },
  { name: "parent-died", level: "INFO", message: "our parent died" },

  { name: "stop-delayed", level: "INFO", message: "Stopping by {signal}, which is held back for a moment" },
  { name: "stop", level: "INFO", message: "Stopping by {signal}" },
  { name: "everything-killed", level: "WARN", message: "Time is up: everything is killed" },
  { name: "others-awaited", level: "INFO", message: "Waiting for the others to end" },
  { name: "others-awaited-before-restart", level: "INFO", message: "Waiting for the others to end before the restart" },
  { name: "restart", level: "INFO", message: "Starting again in {delay_ms} ms" },
  { name: "timeout", level: "WARN", message: "--timeout is over: the run is stopped, and the exit code is 124" },
  { name: "processes-not-killed", level: "WARN", message: "processes are left that even SIGKILL does not end" },
  {
    name: "kill-left-to-kernel",
    level: "WARN",
    message: "cannot kill processes of another user without CAP_KILL (--cap-add KILL): the kernel does, as we end",
  },
  {
    name: "kill-not-permitted",
    level: "WARN",
    message: "processes of another user are left: killing them takes CAP_KILL (--cap-add KILL)",
  },
  {
    name: "processes-left",
    level: "WARN",
    message:
      "Processes that still run as it ends: {processes} (--wait=all waits for them, --linger gives them time to end)",
  },
  {
    name: "lines-dropped",
    level: "WARN",
    message: "{dropped} log lines before this one were dropped: {receiver} did not take them",
  },
] as const satisfies readonly Row[];

/*
 * What the AssemblyScript compiler sees instead (scripts/lib/events.ts), declared for editors and tsc.
 */

/** `child-exited` as a member of an enum: CHILD_EXITED. */
type Member<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${Uppercase<First>}_${Member<Rest>}`
  : Uppercase<Name>;

/** The events: the offset of the name, a bar and the sentence, and the level (LEVEL_BITS in report.ts). */
export declare const Log: { readonly [Name in (typeof events)[number]["name"] as Member<Name>]: number };
export type Log = number;
/** The levels of log lines. */
export declare const Level: { readonly [Name in (typeof levels)[number]]: number };
export type Level = number;
/** The kinds of values. */
export declare const Kind: { readonly [Name in (typeof kinds)[number]]: number };
export type Kind = number;
/** The names of the levels in their order, LEVEL_NAME_BYTES each. */
export declare const LEVEL_NAMES: number;
export declare const LEVEL_NAME_BYTES: number;
/** The name of each field: a message's offset from BASE. */
export declare const FIELD_NAMES: number;
/** The kind of each field, one byte each. In a text, a placeholder is the byte PLACE and the field's number plus FIRST_FIELD. */
export declare const FIELD_KINDS: number;
