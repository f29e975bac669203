/**
 * What the user wants: from the configuration file, the environment and the arguments, of which each wins over those
 * before. A wrong option, value or file is refused with one sentence before anything is started.
 */
import { STDERR, STDOUT } from "../linux/constants";
import * as host from "../linux/host";
import { bit, SIGINT, SIGQUIT, SIGTERM } from "../linux/signals";
import { DEBUG, FATAL, say, setVerbosity, TRACE, WARN } from "../report/report";
import { action, program, readArguments } from "./arguments";
import { debug, readEnvironment, warnOfMisspelt } from "./environment";
import { readFile } from "./file";
import { Id, option } from "./options";
import { printConfig } from "./print";
import { contradiction } from "./refusals";
import { ForwardTo, get, Isolate, rank, set, sourceOf } from "./settings";
import { printLicense, printUsage, printVersion } from "./usage";

export { program } from "./arguments";
export { Id } from "./options";
export { exitCodeFor, ForwardTo, get, Isolate, remapped, settleSignals, valuesFrom } from "./settings";

/** What is to be done with the configuration. */
export enum Outcome {
  /** Run the program. */
  RUN,
  /** What was asked for has been printed. */
  PRINTED,
  /** It was refused, and said why. */
  REFUSED,
}

const SECOND_MS: i64 = 1000;

/** What holds where nobody says anything else; 0 where it is not said here. */
function setDefaults(): void {
  set(Id.STOP_SIGNALS, <i64>(bit(SIGTERM) | bit(SIGINT) | bit(SIGQUIT)));
  set(Id.GRACE, -1);
  set(Id.LINGER, -1);
  set(Id.RESTART_DELAY, SECOND_MS);
  set(Id.SUBREAPER, 1);
  set(Id.TIE, 1);
  set(Id.VERBOSITY, WARN);
}

/** `-v` adds to the default; `--verbosity` wins over it, and so does TINI_VERBOSITY, as in tini, but not the file. */
function settleVerbosity(): void {
  const source = rank(sourceOf(Id.VERBOSITY));
  const more = get(Id.VERBOSE);
  if (source < 2 && (more > 0 || (source === 0 && debug))) {
    set(Id.VERBOSITY, min<i64>((debug ? DEBUG : WARN) + more, TRACE));
  }
  setVerbosity(<i32>get(Id.VERBOSITY));
}

function print(): Outcome {
  if (action === Id.HELP) printUsage(STDOUT);
  else if (action === Id.VERSION) printVersion(STDOUT);
  else if (action === Id.LICENSE) printLicense(STDOUT);
  else printConfig();
  return Outcome.PRINTED;
}

/** Whether two options, or an option and the program, exclude each other; says so. */
function contradicts(): bool {
  if (get(Id.ISOLATE) === Isolate.NONE && get(Id.FORWARD_TO) === ForwardTo.GROUP) {
    contradiction(option(Id.FORWARD_TO), option(Id.ISOLATE), words(": only a group of its own can be forwarded to"));
    return true;
  }
  if (get(Id.PAUSE) !== 0 && get(Id.RESTART) !== 0) {
    contradiction(option(Id.RESTART), option(Id.PAUSE), words(": nothing runs that could be started again"));
    return true;
  }
  if (get(Id.PAUSE) !== 0 && program < host.argumentCount()) {
    say(FATAL, words("--pause runs no program, but one is given"));
    return true;
  }
  return false;
}

/** Reads the whole configuration. */
export function configure(): Outcome {
  setDefaults();
  if (!readArguments(true) || !readFile() || !readEnvironment() || !readArguments(false)) return Outcome.REFUSED;
  settleVerbosity();
  if (action >= 0 && action !== Id.PRINT_CONFIG) return print();
  warnOfMisspelt();
  if (contradicts()) return Outcome.REFUSED;
  if (action >= 0) return print();
  if (program >= host.argumentCount() && get(Id.PAUSE) === 0) {
    say(FATAL, words("no program is given"));
    printUsage(STDERR);
    return Outcome.REFUSED;
  }
  return Outcome.RUN;
}
