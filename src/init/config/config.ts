/**
 * What the user wants: read from the environment, then from the arguments, which win.
 * A wrong option or value is refused with one sentence before anything is started.
 */
import { STDERR, STDOUT } from "../linux/constants";
import * as host from "../linux/host";
import { FATAL, say, setVerbosity } from "../report/report";
import { readArguments, stoppedAt } from "./arguments";
import { baseVerbosity, readEnvironment } from "./environment";
import { Id, option } from "./options";
import { contradiction } from "./refusals";
import { config, ForwardTo, Isolate } from "./settings";
import { sourceOf } from "./sources";
import { printLicense, printUsage, printVersion } from "./usage";
import { settleVerbosity } from "./values";

export { Config, config, exitCodeFor, ForwardTo, Isolate, settleSignals } from "./settings";

/** What is to be done with the configuration. */
export enum Outcome {
  /** Run the program. */
  RUN,
  /** What was asked for has been printed. */
  PRINTED,
  /** It was refused, and said why. */
  REFUSED,
}

function print(action: Id): Outcome {
  if (action === Id.HELP) printUsage(STDOUT);
  else if (action === Id.VERSION) printVersion(STDOUT);
  else printLicense(STDOUT);
  return Outcome.PRINTED;
}

/** The one of two options that was set last: the arguments come after the environment, and later ones after earlier. */
function later(one: Id, other: Id): Id {
  if (sourceOf(one) === 0 || sourceOf(other) === 0) return sourceOf(other) === 0 ? one : other;
  return sourceOf(one) > sourceOf(other) ? one : other;
}

/** Reads the whole configuration into `config`. */
export function configure(): Outcome {
  config.subreaper = true;
  config.tie = true;
  if (!readEnvironment() || !readArguments()) return Outcome.REFUSED;
  if (stoppedAt < 0) return print(-1 - stoppedAt);
  config.program = stoppedAt;
  settleVerbosity(baseVerbosity);
  setVerbosity(config.verbosity);
  if (config.program >= host.argumentCount()) {
    say(FATAL, text("no program is given"));
    printUsage(STDERR);
    return Outcome.REFUSED;
  }
  if (config.isolate === Isolate.NONE && config.forwardTo === ForwardTo.GROUP) {
    const isolate = later(Id.ISOLATE, Id.SINGLE_CHILD);
    const forward = later(Id.FORWARD_TO, Id.KILL_PROCESS_GROUP);
    contradiction(option(forward), sourceOf(forward), option(isolate), sourceOf(isolate));
    return Outcome.REFUSED;
  }
  return Outcome.RUN;
}
