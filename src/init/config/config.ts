/**
 * Reads the configuration: the file, the environment and the arguments, each of which overrides those before it. A wrong
 * option, value or file is refused with one sentence before anything is started.
 */
import { STDERR, STDOUT } from "../linux/constants";
import * as host from "../linux/host";
import { Level, Log, report, setVerbosity } from "../report/report";
import { action, program, readArguments } from "./arguments";
import { areCapabilitiesInBoth } from "./capabilities";
import { debug, readEnvironment, warnOfMisspelt } from "./environment";
import { readFile } from "./file";
import { ForwardTo, Id, Isolate, option, OPTIONS } from "./options";
import { printConfig } from "./print";
import { contradiction } from "./refusals";
import { note, Reason } from "./remark";
import { foreseeVariable, settleReports } from "./reports";
import { clearExitCodes, get, isSet, rank, set, setSource, sourceOf } from "./settings";
import { printLicense, printUsage, printVersion } from "./usage";
import { setDefault } from "./values";
import { Message } from "../text/views";

export { isClosed, program } from "./arguments";
export {
  ForwardTo,
  Healthcheck,
  Id,
  Isolate,
  isList,
  Limits,
  nameOf,
  option,
  Restart,
  RestartLeaves,
  Summary,
  Wait,
} from "./options";
export { isPrinted, print } from "./output";
export { entry, hasValue, LARGEST, putItem, putSingle } from "./print";
export { about, place, Reason, reason, written } from "./remark";
export { idOfNumber, isNumber } from "./accounts";
export { droppedCapabilities, keptCapabilities } from "./capabilities";
export { hasRlimit, rlimit, RLIMIT_NAMES, RLIMITS } from "./rlimits";
export {
  concernsKeys,
  cpuPeriod,
  cpus,
  exitCodeFor,
  forwardedAs,
  get,
  getStopSignals,
  groupName,
  isFinalCode,
  isSet,
  isSummarized,
  probe,
  rewritesKeys,
  set,
  settleSignals,
  SIZE_UNIT,
  sourceOf,
} from "./settings";
export { keepText, textOf } from "./texts";

/** What is to be done with the configuration. */
export enum Outcome {
  /** Run the program. */
  RUN,
  /** Say whether the program of a run is healthy. */
  CHECK_HEALTH,
  /** What was asked for has been printed. */
  PRINTED,
  /** --print-config has printed the options; the caller adds the control group and what would be written there. */
  CONFIG_PRINTED,
  /** It was refused, and the reason has been printed. */
  REFUSED,
}

/** `-v` adds to the default. `--verbosity` overrides it, and so does TINI_VERBOSITY, as in tini; the file does not. */
function settleVerbosity(): void {
  const source = rank(sourceOf(Id.VERBOSITY));
  const more = get(Id.VERBOSE);
  if (source < 2 && (more > 0 || (source === 0 && debug !== 0))) {
    set(Id.VERBOSITY, min((debug !== 0 ? Level.DEBUG : Level.WARN) + more, Level.TRACE));
    setSource(Id.VERBOSITY, more > 0 ? sourceOf(Id.VERBOSE) : debug);
  }
  setVerbosity(get(Id.VERBOSITY));
}

function printAnswer(): Outcome {
  if (action === Id.HELP) printUsage(STDOUT);
  else if (action === Id.VERSION) printVersion(STDOUT);
  else if (action === Id.LICENSE) printLicense(STDOUT);
  if (action !== Id.PRINT_CONFIG) return Outcome.PRINTED;
  printConfig();
  return Outcome.CONFIG_PRINTED;
}

/** Resets an option that was overridden from `source`. 0 is the default of every option that this can happen to. */
function overrule(id: Id, source: i32): void {
  set(id, 0);
  setSource(id, source);
}

/**
 * Decides between two options that exclude each other, or an option and the program (`other` is -1), which was set at
 * `from`: the higher source wins. Within one source nobody can know which was meant: that is refused with a message, and
 * false returned.
 */
function settle(one: Id, other: i32, from: i32, why: Message): bool {
  const lead = rank(sourceOf(one)) - rank(from);
  if (lead < 0) overrule(one, from);
  else if (lead > 0) overrule(other, sourceOf(one));
  else contradiction(option(one), other, from, why);
  return lead !== 0;
}

/** Resolves all such contradictions. Returns false, after a message, if one source has both. */
function settleContradictions(): bool {
  if (get(Id.ISOLATE) === Isolate.NONE && get(Id.FORWARD_TO) === ForwardTo.GROUP) {
    const why = message(": only a group of its own can be forwarded to");
    if (!settle(Id.FORWARD_TO, Id.ISOLATE, sourceOf(Id.ISOLATE), why)) return false;
  }
  if (areCapabilitiesInBoth()) {
    const why = message(": a capability is in both");
    contradiction(option(Id.KEEP_CAPABILITIES), Id.DROP_CAPABILITIES, sourceOf(Id.DROP_CAPABILITIES), why);
    return false;
  }
  const nothing = message(": nothing is run");
  if (get(Id.PAUSE) !== 0 && get(Id.RESTART) !== 0) {
    if (!settle(Id.PAUSE, Id.RESTART, sourceOf(Id.RESTART), nothing)) return false;
  }
  // The program is an argument, the highest source: nothing ranks above it.
  const isGiven = program < host.argumentCount();
  return get(Id.PAUSE) === 0 || !isGiven || settle(Id.PAUSE, -1, program, nothing);
}

/** Without --memory-high, --memory-signal sets it to nine tenths of --memory-max or, without that, of the available memory. */
function settleMemorySignal(): void {
  if (!isSet(Id.MEMORY_SIGNAL) || isSet(Id.MEMORY_HIGH)) return;
  const most = get(Id.MEMORY_MAX);
  const pages = <i32>((<i64>most * 9) / 10);
  const percent = isSet(Id.MEMORY_MAX) && most < -1 ? -1 - most : 100;
  set(Id.MEMORY_HIGH, isSet(Id.MEMORY_MAX) && most >= 0 ? max(pages, 1) : -1 - max((percent * 9) / 10, 1));
  setSource(Id.MEMORY_HIGH, sourceOf(Id.MEMORY_SIGNAL));
}

/** Refuses a program beside --healthcheck: its value, perhaps, behind a blank. */
function settleHealthcheck(): Outcome {
  if (program >= host.argumentCount()) return Outcome.CHECK_HEALTH;
  contradiction(option(Id.HEALTHCHECK), -1, program, message(": its value stands behind a ="));
  return Outcome.REFUSED;
}

/** What is started later would inherit the lockdown. */
function settleLockdown(): void {
  if (get(Id.RESTART) !== 0) overrule(Id.LOCKDOWN, sourceOf(Id.RESTART));
}

/** Reads the whole configuration. */
export function configure(): Outcome {
  clearExitCodes();
  for (let id = 0; id < OPTIONS; id++) setDefault(option(id));
  foreseeVariable();
  if (!readArguments(true)) return Outcome.REFUSED;
  // Options that only print ignore the file and the variables: users with a mistake there need --help most.
  const isAsked = action >= 0 && action !== Id.PRINT_CONFIG && action !== Id.HEALTHCHECK;
  if (!isAsked && (!readFile() || !readEnvironment())) return Outcome.REFUSED;
  if (!readArguments(false)) return Outcome.REFUSED;
  if (isAsked) return printAnswer();
  settleVerbosity();
  settleReports();
  if (action === Id.HEALTHCHECK) return settleHealthcheck();
  settleMemorySignal();
  warnOfMisspelt();
  if (!settleContradictions()) return Outcome.REFUSED;
  settleLockdown();
  if (action >= 0) return printAnswer();
  if (program >= host.argumentCount() && get(Id.PAUSE) === 0) {
    note(Reason.NO_PROGRAM, -1, 0, 0);
    report(Log.NO_PROGRAM);
    printUsage(STDERR);
    return Outcome.REFUSED;
  }
  return Outcome.RUN;
}
