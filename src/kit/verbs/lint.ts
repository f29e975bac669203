import picocolors from "picocolors";
import { type Surroundings, type Verb, parseWords } from "../command.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../finding.ts";
import { lint } from "../lint.ts";
import { people, summary } from "../output/people.ts";
import { didYouMean, Refusal } from "../refusal.ts";
import { RULES } from "../rules/index.ts";

const FORMATS = ["people"] as const;
type Format = (typeof FORMATS)[number];

/** The one of the words that the user said last, or what holds where the user said none. */
function oneOf<Word extends string>(option: string, said: readonly string[], words: readonly Word[], otherwise: Word) {
  const last = said.at(-1);
  if (last === undefined) return otherwise;
  const found = words.find((word) => word === last);
  if (found === undefined) throw new Refusal(`--${option} ${last}: one of ${words.join(", ")} was expected`);
  return found;
}

/** Whether to write colours: the user's word first (no-color.org, force-color.org), then whether it is a terminal. */
function hasColors({ environment, stdout }: Surroundings, isRefused: boolean): boolean {
  if (isRefused || (environment["NO_COLOR"] ?? "") !== "") return false;
  const forced = environment["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0";
  return stdout.isTTY === true && environment["TERM"] !== "dumb";
}

function run(words: readonly string[], surroundings: Surroundings): number {
  const { text, flags, operands } = parseWords(words, {
    text: ["format", "fail-on", "disable"],
    flags: ["no-color", "quiet"],
  });
  oneOf<Format>("format", text.format, FORMATS, "people");
  const failOn = oneOf<Severity>("fail-on", text["fail-on"], SEVERITIES, "warning");
  const disabled = new Set(text.disable.flatMap((names) => names.split(",")));
  const names = RULES.map(({ name }) => name);
  for (const rule of disabled) {
    if (!names.includes(rule)) throw new Refusal(`--disable ${rule}: there is no such rule${didYouMean(rule, names)}`);
  }

  const report = lint(operands, { disabled });
  const { stdout, stderr } = surroundings;
  for (const { path, text: why } of report.remarks) stderr.write(`${path} ${why}\n`);
  stdout.write(people(report, picocolors.createColors(hasColors(surroundings, flags["no-color"]))));
  if (!flags.quiet) stderr.write(summary(report));

  if (report.remarks.some(({ isFailure }) => isFailure)) return 2;
  return report.findings.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
}

export const lintVerb: Verb = {
  name: "lint",
  operands: "[FILES or folders]",
  summary: "find what is wrong with PID 1 in Dockerfiles, Compose files, pods and CI jobs",
  options: [
    "--fail-on SEVERITY   exit with 1 on findings from error, warning or info up: warning",
    "--disable RULE       leave a rule out; may be said several times",
    "--no-color           no colours, also on a terminal; NO_COLOR and FORCE_COLOR are heard",
    "--quiet              findings alone, no summary",
  ],
  run,
};
