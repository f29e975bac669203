/**
 * The option table: the only list of options. Parsing, environment names and usage come from it.
 *
 * An option has one name: `--forward-to` is TINI_FORWARD_TO in the environment. Rows that stand for a value of another
 * option (`-g`, `-c`, `-v`) are there because tini's and dumb-init's users know them.
 */
import { at } from "../linux/structs";
import { same } from "../text/bytes";

/** The rows of the table, in its order. */
export enum Id {
  FORWARD_TO,
  KILL_PROCESS_GROUP,
  REWRITE,
  ISOLATE,
  SINGLE_CHILD,
  SUBREAPER,
  WARN_ON_REAP,
  PARENT_DEATH_SIGNAL,
  TIE,
  REMAP_EXIT,
  VERBOSE,
  VERBOSITY,
  HELP,
  VERSION,
  LICENSE,
}
export const OPTIONS: i32 = 15;

/** What an option takes. */
export enum Kind {
  /** Prints something and ends; has no environment form (TINI_VERSION is what many Dockerfiles call the tini they fetch). */
  ACTION,
  /** Yes or no: `--name`, `--no-name`, `--name=no`; yes, no, true, false, on, off, 1 or 0 in the environment. */
  FLAG,
  /** A flag that is on where its variable exists, whatever it says: tini's rule for its own two. */
  PRESENCE,
  /** Adds one each time; has no environment form. */
  COUNT,
  /** Takes a value. */
  VALUE,
}

export enum Section {
  SIGNALS,
  PROCESSES,
  EXIT,
  REPORTS,
}

/** One row. */
@unmanaged
export class Option {
  /** The long name, without dashes. */
  name: usize = 0;
  /** The short one, or 0. */
  letter: i32 = 0;
  kind: Kind = Kind.ACTION;
  section: Section = Section.SIGNALS;
  /** What its value is called in usage, or 0. */
  value: usize = 0;
  /** What a right value is, for the user who gave a wrong one, or 0. */
  expected: usize = 0;
  /** One line that says what it does. */
  help: usize = 0;
}

// prettier-ignore
const table: usize = memory.data<usize>([
  text("forward-to"), 0, Kind.VALUE, Section.SIGNALS, text("WHOM"), text("child, group or all"),
  text("whom signals go to: child, group or all"),

  text("kill-process-group"), code("g"), Kind.PRESENCE, Section.SIGNALS, 0, text("yes or no"),
  text("the same as --forward-to=group"),

  text("rewrite"), code("r"), Kind.VALUE, Section.SIGNALS, text("A:B"),
  text("SIGNAL:SIGNAL, or SIGNAL:0 to drop it; KILL, STOP and CHLD never come in"),
  text("forward signal B for signal A; 0 drops it"),

  text("isolate"), 0, Kind.VALUE, Section.PROCESSES, text("HOW"), text("group, session or none"),
  text("give the program its own group, session, or none"),

  text("single-child"), code("c"), Kind.FLAG, Section.PROCESSES, 0, text("yes or no"),
  text("the same as --isolate=none"),

  text("subreaper"), code("s"), Kind.PRESENCE, Section.PROCESSES, 0, text("yes or no"),
  text("adopt orphans also where not PID 1 (default)"),

  text("warn-on-reap"), code("w"), Kind.FLAG, Section.PROCESSES, 0, text("yes or no"),
  text("name each zombie that is reaped"),

  text("parent-death-signal"), code("p"), Kind.VALUE, Section.PROCESSES, text("SIG"),
  text("a signal: a name like TERM, SIGTERM or RTMIN+3, or a number from 1 to 64"),
  text("forward SIG when our own parent dies"),

  text("tie"), 0, Kind.FLAG, Section.PROCESSES, 0, text("yes or no"),
  text("kill the program if we are killed (default)"),

  text("remap-exit"), code("e"), Kind.VALUE, Section.EXIT, text("CODE[:TO]"),
  text("CODE or CODE:TO, each from 0 to 255"),
  text("exit with TO, or 0, where the program gives CODE"),

  text("verbose"), code("v"), Kind.COUNT, Section.REPORTS, 0, 0,
  text("be more verbose; up to -vvv"),

  text("verbosity"), 0, Kind.VALUE, Section.REPORTS, text("LEVEL"), text("a number from 0 to 4"),
  text("0 only fatal errors, 1 warnings, up to 4"),

  text("help"), code("h"), Kind.ACTION, Section.REPORTS, 0, 0,
  text("print this"),

  text("version"), code("V"), Kind.ACTION, Section.REPORTS, 0, 0,
  text("print the version"),

  text("license"), code("l"), Kind.ACTION, Section.REPORTS, 0, 0,
  text("print the license"),
]);

/** The row of an option. */
export function option(id: Id): Option {
  return at<Option>(table + <usize>id * offsetof<Option>());
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
export function isFlag(option: Option): bool {
  return option.kind === Kind.FLAG || option.kind === Kind.PRESENCE;
}
