/**
 * The option table: the only list of options. Parsing, environment names, the configuration file, usage and every
 * document come from it.
 *
 * An option has one name: `--forward-to` is TINI_FORWARD_TO in the environment and `forward-to` in a file. Rows that set
 * another option (`-g`, `-c`, `-v`) are there because tini's and dumb-init's users know them.
 */
import { BASE, far } from "../text/address";
import { indexIn, length } from "../text/bytes";
import { unpack } from "../text/packed";

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
  private letterByte: u8 = 0;
  private kindByte: u8 = 0;
  private sectionByte: u8 = 0;
  private setsByte: u8 = 0;
  private detailHalf: u16 = 0;
  private helpHalf: u16 = 0;

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
  /** WORD: its words. DURATION: the word for none, or 0. FLAG and PRESENCE: what yes sets. Others: what usage calls the value. */
  get detail(): usize {
    const half = <i32>this.detailHalf;
    return half <= MOST_YES ? <usize>half : far(half);
  }
  /** One line that says what it does. */
  get help(): usize {
    return far(this.helpHalf);
  }
  /** The option that it sets: itself, or the one that it stands for a value of. */
  get sets(): Id {
    return <Id>(<i32>this.setsByte);
  }
}
const ROW_BYTES: usize = 8;
/** The largest number that yes sets, in place of an address. */
const MOST_YES: i32 = 2;

/** The long names, without dashes, in the order of the rows; packed. */
const NAMES: usize = words(
  "stop-signals|delay|grace|linger|restart|restart-delay|forward-to|kill-process-group|rewrite|" +
    "isolate|single-child|subreaper|warn-on-reap|parent-death-signal|tie|pause|memory-max|" +
    "memory-high|memory-swap-max|memory-oom-group|cpu-max|cpu-weight|cpuset-cpus|pids-max|io-weight|" +
    "memory-signal|cgroup|limits|runtime-hints|remap-exit|verbose|verbosity|config|print-config|help|" +
    "version|license",
);

/** The rows: letter and kind, section and what is set, detail, help; the latter two as distances from BASE. */
// prettier-ignore
const table: usize = memory.data<u16>([
  // stop-signals
  <u16>(0 | (Kind.SIGNALS << 8)), <u16>(Section.STOPPING | (Id.STOP_SIGNALS << 8)), <u16>(text("SIG,...") - BASE), <u16>(words("the signals that stop: TERM,INT,QUIT") - BASE),
  // delay
  <u16>(0 | (Kind.DURATION << 8)), <u16>(Section.STOPPING | (Id.DELAY << 8)), 0, <u16>(words("wait before a stop signal is forwarded: 0") - BASE),
  // grace
  <u16>(0 | (Kind.DURATION << 8)), <u16>(Section.STOPPING | (Id.GRACE << 8)), <u16>(text("forever") - BASE), <u16>(words("then kill everything: forever") - BASE),
  // linger
  <u16>(0 | (Kind.DURATION << 8)), <u16>(Section.STOPPING | (Id.LINGER << 8)), <u16>(text("off") - BASE), <u16>(words("let others end after the program: off") - BASE),
  // restart
  <u16>(0 | (Kind.RESTART << 8)), <u16>(Section.STOPPING | (Id.RESTART << 8)), <u16>(text("no|on-failure|always") - BASE), <u16>(words("start it again, with :N up to N times") - BASE),
  // restart-delay
  <u16>(0 | (Kind.DURATION << 8)), <u16>(Section.STOPPING | (Id.RESTART_DELAY << 8)), 0, <u16>(words("doubles up to a minute: 1s") - BASE),
  // forward-to
  <u16>(0 | (Kind.WORD << 8)), <u16>(Section.SIGNALS | (Id.FORWARD_TO << 8)), <u16>(text("child|group|all") - BASE), <u16>(words("whom signals go to: child") - BASE),
  // kill-process-group
  <u16>(code("g") | (Kind.PRESENCE << 8)), <u16>(Section.SIGNALS | (Id.FORWARD_TO << 8)), 1, <u16>(words("the same as --forward-to=group") - BASE),
  // rewrite
  <u16>(code("r") | (Kind.REWRITE << 8)), <u16>(Section.SIGNALS | (Id.REWRITE << 8)), <u16>(text("A:B") - BASE), <u16>(words("forward signal B for signal A; 0 drops it") - BASE),
  // isolate
  <u16>(0 | (Kind.WORD << 8)), <u16>(Section.PROCESSES | (Id.ISOLATE << 8)), <u16>(text("group|session|none") - BASE), <u16>(words("what is the program's own: group") - BASE),
  // single-child
  <u16>(code("c") | (Kind.FLAG << 8)), <u16>(Section.PROCESSES | (Id.ISOLATE << 8)), 2, <u16>(words("the same as --isolate=none") - BASE),
  // subreaper
  <u16>(code("s") | (Kind.PRESENCE << 8)), <u16>(Section.PROCESSES | (Id.SUBREAPER << 8)), 1, <u16>(words("adopt orphans where not PID 1: yes") - BASE),
  // warn-on-reap
  <u16>(code("w") | (Kind.FLAG << 8)), <u16>(Section.PROCESSES | (Id.WARN_ON_REAP << 8)), 1, <u16>(words("name each zombie reaped") - BASE),
  // parent-death-signal
  <u16>(code("p") | (Kind.SIGNAL << 8)), <u16>(Section.PROCESSES | (Id.PARENT_DEATH_SIGNAL << 8)), <u16>(text("SIG") - BASE), <u16>(words("stop by SIG when our parent dies") - BASE),
  // tie
  <u16>(0 | (Kind.FLAG << 8)), <u16>(Section.PROCESSES | (Id.TIE << 8)), 1, <u16>(words("kill the program if we are killed: yes") - BASE),
  // pause
  <u16>(0 | (Kind.FLAG << 8)), <u16>(Section.PROCESSES | (Id.PAUSE << 8)), 1, <u16>(words("run nothing: reap until TERM or INT") - BASE),
  // memory-max
  <u16>(0 | (Kind.SIZE << 8)), <u16>(Section.LIMITS | (Id.MEMORY_MAX << 8)), <u16>(text("SIZE") - BASE), <u16>(words("memory: 512M, or 80% of what there is") - BASE),
  // memory-high
  <u16>(0 | (Kind.SIZE << 8)), <u16>(Section.LIMITS | (Id.MEMORY_HIGH << 8)), <u16>(text("SIZE") - BASE), <u16>(words("memory beyond which it is slowed down") - BASE),
  // memory-swap-max
  <u16>(0 | (Kind.SIZE << 8)), <u16>(Section.LIMITS | (Id.MEMORY_SWAP_MAX << 8)), <u16>(text("SIZE") - BASE), <u16>(words("swap space") - BASE),
  // memory-oom-group
  <u16>(0 | (Kind.FLAG << 8)), <u16>(Section.LIMITS | (Id.MEMORY_OOM_GROUP << 8)), 1, <u16>(words("one out of memory kills all") - BASE),
  // cpu-max
  <u16>(0 | (Kind.CPUS << 8)), <u16>(Section.LIMITS | (Id.CPU_MAX << 8)), <u16>(text("CPUS") - BASE), <u16>(words("CPU time: 1.5, 150%, or QUOTA PERIOD") - BASE),
  // cpu-weight
  <u16>(0 | (Kind.NUMBER << 8)), <u16>(Section.LIMITS | (Id.CPU_WEIGHT << 8)), <u16>(text("N") - BASE), <u16>(words("share of busy CPUs, 1 to 10000: 100") - BASE),
  // cpuset-cpus
  <u16>(0 | (Kind.CPU_LIST << 8)), <u16>(Section.LIMITS | (Id.CPUSET_CPUS << 8)), <u16>(text("LIST") - BASE), <u16>(words("the CPUs that it may use: 0-3,5") - BASE),
  // pids-max
  <u16>(0 | (Kind.NUMBER_OR_MAX << 8)), <u16>(Section.LIMITS | (Id.PIDS_MAX << 8)), <u16>(text("N") - BASE), <u16>(words("how many processes and threads") - BASE),
  // io-weight
  <u16>(0 | (Kind.NUMBER << 8)), <u16>(Section.LIMITS | (Id.IO_WEIGHT << 8)), <u16>(text("N") - BASE), <u16>(words("share of busy disks, 1 to 10000: 100") - BASE),
  // memory-signal
  <u16>(0 | (Kind.SIGNAL << 8)), <u16>(Section.LIMITS | (Id.MEMORY_SIGNAL << 8)), <u16>(text("SIG") - BASE), <u16>(words("send SIG beyond memory-high, or 90%") - BASE),
  // cgroup
  <u16>(0 | (Kind.NAME << 8)), <u16>(Section.LIMITS | (Id.CGROUP << 8)), <u16>(text("NAME") - BASE), <u16>(words("the control group: workload") - BASE),
  // limits
  <u16>(0 | (Kind.WORD << 8)), <u16>(Section.LIMITS | (Id.LIMITS << 8)), <u16>(text("strict|best-effort") - BASE), <u16>(words("run only with all limits: strict") - BASE),
  // runtime-hints
  <u16>(0 | (Kind.FLAG << 8)), <u16>(Section.LIMITS | (Id.RUNTIME_HINTS << 8)), 1, <u16>(words("tell runtimes the limits: GOMAXPROCS...") - BASE),
  // remap-exit
  <u16>(code("e") | (Kind.REMAP << 8)), <u16>(Section.EXIT | (Id.REMAP_EXIT << 8)), <u16>(text("CODE[:TO]") - BASE), <u16>(words("exit with TO, or 0, where it gives CODE") - BASE),
  // verbose
  <u16>(code("v") | (Kind.COUNT << 8)), <u16>(Section.REPORTS | (Id.VERBOSE << 8)), 0, <u16>(words("be more verbose, up to -vvv") - BASE),
  // verbosity
  <u16>(0 | (Kind.LEVEL << 8)), <u16>(Section.REPORTS | (Id.VERBOSITY << 8)), <u16>(text("0..4") - BASE), <u16>(words("0 only fatal errors, 1 warnings: 1") - BASE),
  // config
  <u16>(0 | (Kind.FILE << 8)), <u16>(Section.REPORTS | (Id.CONFIG << 8)), <u16>(text("FILE") - BASE), <u16>(words("else /etc/tini.yml or /.tini.yml") - BASE),
  // print-config
  <u16>(0 | (Kind.ACTION << 8)), <u16>(Section.REPORTS | (Id.PRINT_CONFIG << 8)), 0, <u16>(words("print what holds, run nothing") - BASE),
  // help
  <u16>(code("h") | (Kind.ACTION << 8)), <u16>(Section.REPORTS | (Id.HELP << 8)), 0, <u16>(words("print this") - BASE),
  // version
  <u16>(code("V") | (Kind.ACTION << 8)), <u16>(Section.REPORTS | (Id.VERSION << 8)), 0, <u16>(words("print the version") - BASE),
  // license
  <u16>(code("l") | (Kind.ACTION << 8)), <u16>(Section.REPORTS | (Id.LICENSE << 8)), 0, <u16>(words("print the license") - BASE),
]);

/** The row of an option. */
export function option(id: i32): Option {
  return changetype<Option>(table + <usize>id * ROW_BYTES);
}

/** The place of a row in the table. */
export function idOf(row: Option): i32 {
  return <i32>((changetype<usize>(row) - table) / ROW_BYTES);
}

/** NAMES unpacked, once somebody asks. */
const unpacked: usize = zeroed(512);

/** The long names, without dashes, in the order of the rows, with bars between. */
export function names(): usize {
  if (load<u8>(unpacked) === 0) unpack(unpacked, NAMES);
  return unpacked;
}

/** Where an option's name begins among `names`: one byte behind the end of the one before. */
export function nameOf(id: i32): usize {
  let name = names();
  for (; id > 0; name++) if (load<u8>(name) === code("|") || load<u8>(name) === 0) id--;
  return name;
}

/** The option with a long name, or -1. */
export function byName(name: usize): i32 {
  return indexIn(name, name + length(name), names());
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
