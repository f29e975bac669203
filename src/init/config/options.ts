/**
 * The option table: the only list of options. Parsing, environment names, the configuration file, usage and every
 * document come from it.
 *
 * An option has one name: `--forward-to` is TINI_FORWARD_TO in the environment and `forward-to` in a file. Rows that set
 * another option (`-g`, `-c`, `-v`) are there because tini's and dumb-init's users know them.
 */
import { same } from "../text/bytes";

/** The rows of the table, in its order. */
export enum Id {
  STOP_SIGNALS,
  DELAY,
  GRACE,
  LINGER,
  RESTART,
  RESTART_DELAY,
  FORWARD_TO,
  KILL_PROCESS_GROUP,
  REWRITE,
  ISOLATE,
  SINGLE_CHILD,
  SUBREAPER,
  WARN_ON_REAP,
  PARENT_DEATH_SIGNAL,
  TIE,
  PAUSE,
  MEMORY_MAX,
  MEMORY_HIGH,
  MEMORY_SWAP_MAX,
  MEMORY_OOM_GROUP,
  CPU_MAX,
  CPU_WEIGHT,
  CPUSET_CPUS,
  PIDS_MAX,
  IO_WEIGHT,
  MEMORY_SIGNAL,
  CGROUP,
  LIMITS,
  RUNTIME_HINTS,
  REMAP_EXIT,
  VERBOSE,
  VERBOSITY,
  CONFIG,
  PRINT_CONFIG,
  HELP,
  VERSION,
  LICENSE,
}
export const OPTIONS: i32 = 37;

/** What an option takes. */
export enum Kind {
  /** Prints something and ends; has no environment form (TINI_VERSION is what many Dockerfiles call the tini they fetch). */
  ACTION,
  /** Adds one each time; has no environment form. */
  COUNT,
  /** Yes or no: `--name`, `--no-name`, `--name=no`; yes, no, true, false, on, off, 1 or 0. */
  FLAG,
  /** A flag that is on where its variable exists, whatever it says: tini's rule for its own two. */
  PRESENCE,
  /** One of the words that its row lists. */
  WORD,
  /** A verbosity, 0 to 4. */
  LEVEL,
  SIGNAL,
  /** A time, in milliseconds; or the word that its row has for none. */
  DURATION,
  /** `no`, `on-failure` or `always`, with `:N`: its index, and N in the bits from 8 up. */
  RESTART,
  /** A size of memory, in units of SIZE_UNIT bytes; -1 for `max`, -1 - N for N percent of what there is. */
  SIZE,
  /** CPUs: the quota in microseconds for each `cpuPeriod` of settings.ts; -1 for `max`. */
  CPUS,
  /** A number from 1 to the one that its row says. */
  NUMBER,
  /** The same, or -1 for `max`. */
  NUMBER_OR_MAX,
  /** A list of CPUs as the kernel has it, kept as a text: `cpus` of settings.ts. */
  CPU_LIST,
  /** The name of a control group: `groupName` of settings.ts. */
  NAME,
  /** The configuration file. */
  FILE,
  /** From here on: lists, with commas, or said several times. */
  SIGNALS,
  REWRITE,
  REMAP,
}

export enum Section {
  STOPPING,
  SIGNALS,
  PROCESSES,
  LIMITS,
  EXIT,
  REPORTS,
}

/** One row. */
@unmanaged
export class Option {
  /** The long name, without dashes. */
  name: usize = 0;
  private letterByte: u8 = 0;
  private kindByte: u8 = 0;
  private sectionByte: u8 = 0;
  private setsByte: u8 = 0;
  /** WORD: its words. DURATION: the word for none, or 0. FLAG and PRESENCE: what yes sets. Others: what usage calls the value. */
  detail: usize = 0;
  /** One line that says what it does. */
  help: usize = 0;

  /** The short name, or 0. */
  get letter(): i32 {
    return this.letterByte;
  }
  get kind(): Kind {
    return <Kind>(<i32>this.kindByte);
  }
  get section(): Section {
    return <Section>(<i32>this.sectionByte);
  }
  /** The option that it sets: itself, or the one that it stands for a value of. */
  get sets(): Id {
    return <Id>(<i32>this.setsByte);
  }
}
const ROW_BYTES: usize = 16;

// prettier-ignore
export const table: usize = memory.data<usize>([
  text("stop-signals"), (Kind.SIGNALS << 8) | (Section.STOPPING << 16) | (Id.STOP_SIGNALS << 24), text("SIG,..."),
  words("the signals that stop: TERM,INT,QUIT"),

  text("delay"), (Kind.DURATION << 8) | (Section.STOPPING << 16) | (Id.DELAY << 24), 0,
  words("wait before a stop signal is forwarded: 0"),

  text("grace"), (Kind.DURATION << 8) | (Section.STOPPING << 16) | (Id.GRACE << 24), text("forever"),
  words("then kill everything: forever"),

  text("linger"), (Kind.DURATION << 8) | (Section.STOPPING << 16) | (Id.LINGER << 24), text("off"),
  words("let others end after the program: off"),

  text("restart"), (Kind.RESTART << 8) | (Section.STOPPING << 16) | (Id.RESTART << 24), text("no|on-failure|always"),
  words("start it again, with :N up to N times"),

  text("restart-delay"), (Kind.DURATION << 8) | (Section.STOPPING << 16) | (Id.RESTART_DELAY << 24), 0,
  words("doubles up to a minute: 1s"),

  text("forward-to"), (Kind.WORD << 8) | (Section.SIGNALS << 16) | (Id.FORWARD_TO << 24), text("child|group|all"),
  words("whom signals go to: child"),

  text("kill-process-group"), code("g") | (Kind.PRESENCE << 8) | (Section.SIGNALS << 16) | (Id.FORWARD_TO << 24), 1,
  words("the same as --forward-to=group"),

  text("rewrite"), code("r") | (Kind.REWRITE << 8) | (Section.SIGNALS << 16) | (Id.REWRITE << 24), text("A:B"),
  words("forward signal B for signal A; 0 drops it"),

  text("isolate"), (Kind.WORD << 8) | (Section.PROCESSES << 16) | (Id.ISOLATE << 24), text("group|session|none"),
  words("what is the program's own: group"),

  text("single-child"), code("c") | (Kind.FLAG << 8) | (Section.PROCESSES << 16) | (Id.ISOLATE << 24), 2,
  words("the same as --isolate=none"),

  text("subreaper"), code("s") | (Kind.PRESENCE << 8) | (Section.PROCESSES << 16) | (Id.SUBREAPER << 24), 1,
  words("adopt orphans where not PID 1: yes"),

  text("warn-on-reap"), code("w") | (Kind.FLAG << 8) | (Section.PROCESSES << 16) | (Id.WARN_ON_REAP << 24), 1,
  words("name each zombie reaped"),

  text("parent-death-signal"), code("p") | (Kind.SIGNAL << 8) | (Section.PROCESSES << 16) | (Id.PARENT_DEATH_SIGNAL << 24),
  text("SIG"), words("stop by SIG when our parent dies"),

  text("tie"), (Kind.FLAG << 8) | (Section.PROCESSES << 16) | (Id.TIE << 24), 1,
  words("kill the program if we are killed: yes"),

  text("pause"), (Kind.FLAG << 8) | (Section.PROCESSES << 16) | (Id.PAUSE << 24), 1,
  words("run nothing: reap until TERM or INT"),

  text("memory-max"), (Kind.SIZE << 8) | (Section.LIMITS << 16) | (Id.MEMORY_MAX << 24), text("SIZE"),
  words("memory: 512M, or 80% of what there is"),

  text("memory-high"), (Kind.SIZE << 8) | (Section.LIMITS << 16) | (Id.MEMORY_HIGH << 24), text("SIZE"),
  words("memory beyond which it is slowed down"),

  text("memory-swap-max"), (Kind.SIZE << 8) | (Section.LIMITS << 16) | (Id.MEMORY_SWAP_MAX << 24), text("SIZE"),
  words("swap space"),

  text("memory-oom-group"), (Kind.FLAG << 8) | (Section.LIMITS << 16) | (Id.MEMORY_OOM_GROUP << 24), 1,
  words("one out of memory kills all"),

  text("cpu-max"), (Kind.CPUS << 8) | (Section.LIMITS << 16) | (Id.CPU_MAX << 24), text("CPUS"),
  words("CPU time: 1.5, 150%, or QUOTA PERIOD"),

  text("cpu-weight"), (Kind.NUMBER << 8) | (Section.LIMITS << 16) | (Id.CPU_WEIGHT << 24), text("N"),
  words("share of busy CPUs, 1 to 10000: 100"),

  text("cpuset-cpus"), (Kind.CPU_LIST << 8) | (Section.LIMITS << 16) | (Id.CPUSET_CPUS << 24), text("LIST"),
  words("the CPUs that it may use: 0-3,5"),

  text("pids-max"), (Kind.NUMBER_OR_MAX << 8) | (Section.LIMITS << 16) | (Id.PIDS_MAX << 24), text("N"),
  words("how many processes and threads"),

  text("io-weight"), (Kind.NUMBER << 8) | (Section.LIMITS << 16) | (Id.IO_WEIGHT << 24), text("N"),
  words("share of busy disks, 1 to 10000: 100"),

  text("memory-signal"), (Kind.SIGNAL << 8) | (Section.LIMITS << 16) | (Id.MEMORY_SIGNAL << 24), text("SIG"),
  words("send SIG beyond memory-high, or 90%"),

  text("cgroup"), (Kind.NAME << 8) | (Section.LIMITS << 16) | (Id.CGROUP << 24), text("NAME"),
  words("the control group: workload"),

  text("limits"), (Kind.WORD << 8) | (Section.LIMITS << 16) | (Id.LIMITS << 24), text("strict|best-effort"),
  words("run only with all limits: strict"),

  text("runtime-hints"), (Kind.FLAG << 8) | (Section.LIMITS << 16) | (Id.RUNTIME_HINTS << 24), 1,
  words("tell runtimes the limits: GOMAXPROCS..."),

  text("remap-exit"), code("e") | (Kind.REMAP << 8) | (Section.EXIT << 16) | (Id.REMAP_EXIT << 24), text("CODE[:TO]"),
  words("exit with TO, or 0, where it gives CODE"),

  text("verbose"), code("v") | (Kind.COUNT << 8) | (Section.REPORTS << 16) | (Id.VERBOSE << 24), 0,
  words("be more verbose, up to -vvv"),

  text("verbosity"), (Kind.LEVEL << 8) | (Section.REPORTS << 16) | (Id.VERBOSITY << 24), text("0..4"),
  words("0 only fatal errors, 1 warnings: 1"),

  text("config"), (Kind.FILE << 8) | (Section.REPORTS << 16) | (Id.CONFIG << 24), text("FILE"),
  words("else /etc/tini.yml or /.tini.yml"),

  text("print-config"), (Kind.ACTION << 8) | (Section.REPORTS << 16) | (Id.PRINT_CONFIG << 24), 0,
  words("print what holds, run nothing"),

  text("help"), code("h") | (Kind.ACTION << 8) | (Section.REPORTS << 16) | (Id.HELP << 24), 0,
  words("print this"),

  text("version"), code("V") | (Kind.ACTION << 8) | (Section.REPORTS << 16) | (Id.VERSION << 24), 0,
  words("print the version"),

  text("license"), code("l") | (Kind.ACTION << 8) | (Section.REPORTS << 16) | (Id.LICENSE << 24), 0,
  words("print the license"),
]);

/** The row of an option. */
export function option(id: i32): Option {
  return changetype<Option>(table + <usize>id * ROW_BYTES);
}

/** The place of a row in the table. */
export function idOf(row: Option): i32 {
  return <i32>((changetype<usize>(row) - table) / ROW_BYTES);
}

/** The option with a long name, or -1. */
export function byName(name: usize): i32 {
  for (let id = 0; id < OPTIONS; id++) if (same(option(id).name, name)) return id;
  return -1;
}

/** The option with a letter, or -1. */
export function byLetter(letter: i32): i32 {
  for (let id = 0; id < OPTIONS; id++) if (letter !== 0 && option(id).letter === letter) return id;
  return -1;
}

/** Whether an option is a flag, with a `--no-` form. */
export function isFlag(row: Option): bool {
  return row.kind === Kind.FLAG || row.kind === Kind.PRESENCE;
}

/** Whether an option can be said several times. */
export function isList(row: Option): bool {
  return row.kind >= Kind.SIGNALS;
}

/** Whether an option has a place in the environment and in a file. */
export function isSetting(row: Option): bool {
  return row.kind > Kind.COUNT;
}
