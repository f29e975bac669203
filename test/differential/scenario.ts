/**
 * One use of an init, done with another one (most often tini) and with tini-ts, and what can be observed. Differences are
 * part of the scenario: what the other shows, what tini-ts shows, and the id by which docs/differences.md lists it.
 * Everything else has to be equal.
 */

import { run, type Ending, type Init, type Launch } from "../processes/namespace.ts";

/** The observation of a run: JSON values by name. */
export type Observation = Readonly<Record<string, unknown>>;

/** The inits that users come from. */
export type Peer = "tini" | "dumb-init" | "catatonit";

/** The init that is observed. */
export interface Subject {
  name: Peer | "tini-ts";
  /** Path. */
  binary: string;
}

/** How a scenario starts its init. Without `input` standard input is empty. */
export type Setting = Omit<Launch, "binary" | "arguments"> & { readonly input?: string };

/** An intended difference. */
export interface Difference {
  /** The id in docs/differences.md. */
  readonly id: string;
  /** The parts of the observation that only the other init shows. */
  readonly theirs: Observation;
  /** The same parts of the observation with tini-ts. */
  readonly ours: Observation;
}

/** One scenario. */
export interface Scenario {
  /** The other init. */
  readonly peer: Peer;
  /** What the user does. */
  readonly name: string;
  /** Does it, and returns the observation. */
  readonly observe: (subject: Subject) => Promise<Observation>;
  readonly difference?: Difference;
}

/** A scenario that runs the init to its end: its ending and output. */
export function ends(name: string, words: readonly string[], setting: Setting = {}, difference?: Difference): Scenario {
  return watched(name, async (subject) => ({ ...(await runToEnd(subject, words, setting)) }), difference);
}

/** A scenario with an observation of its own. */
export function watched(name: string, observe: Scenario["observe"], difference?: Difference): Scenario {
  return { peer: "tini", name, observe, ...(difference && { difference }) };
}

/** A scenario whose other words make tini-ts do what the other init does anyway. */
export function alike(
  name: string,
  theirs: readonly string[],
  ours: readonly string[],
  setting: Setting = {},
): Scenario {
  return watched(name, async (subject) => ({
    ...(await runToEnd(subject, subject.name === "tini-ts" ? ours : theirs, setting)),
  }));
}

/** The same scenarios with another init than tini. */
export function against(peer: Peer, scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.map((scenario) => ({ ...scenario, peer }));
}

/** How a run ended and what was written in it. */
export interface Run {
  readonly ending: Ending;
  readonly stdout: string[];
  readonly stderr: string[];
  /** How many processes outlived the init. */
  readonly leftover: number;
}

/** Runs the init to its end. */
export async function runToEnd(subject: Subject, words: readonly string[], setting: Setting = {}): Promise<Run> {
  const result = await run({ binary: subject.binary, arguments: words, input: "", ...setting });
  return {
    ending: result.ending,
    stdout: normalise(result.stdout),
    stderr: normalise(result.stderr),
    leftover: result.leftover,
  };
}

/**
 * The output of an init or its program as lines, without what necessarily differs: names, versions, pids, the wording of fatal
 * errors, the texts of usage and license, the number of lines for debugging.
 */
export function normalise(text: string): string[] {
  if (/Permission is (hereby )?granted/.test(text)) return ["license"];
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const usage = lines.findIndex((line) => /^Usage: .*PROGRAM/.test(line));
  // The usage is the last that is written, and has a line that says what it is about before it.
  if (usage >= 0) lines.splice(usage - 1, Infinity, "usage");
  const short = lines.map((line) =>
    line
      .replace(/^tini version .*/, "tini version N")
      .replace(/^\[(\w+) *tini(?:-ts)? \(\d+\)\] /, "$1 ")
      .replace(/^\S*tini: (?:invalid option|option requires) .*/, "FATAL")
      .replace(/^FATAL (exec)?.*/, (_, exec: string | undefined) => (exec ? "FATAL exec" : "FATAL"))
      .replace(/^(DEBUG|TRACE) .*/, "$1")
      .replace(/\bTini\b/g, "tini-ts")
      .replace(/(pid=|pid ')\d+/g, "$1N"),
  );
  return short.filter((line, index) => !/^(DEBUG|TRACE)$/.test(line) || short.indexOf(line) === index);
}

/**
 * Waits until the init has ended, or woken up three times: the first two may have been caused by what just happened. An
 * init that polls its children has then done so.
 */
export async function looksAgain(init: Init): Promise<void> {
  const before = init.contextSwitches();
  await init.sees("the init has ended, or woken up three times", () => {
    return init.ending !== undefined || init.contextSwitches() >= before + 3;
  });
}
