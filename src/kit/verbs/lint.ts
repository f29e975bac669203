import picocolors from "picocolors";
import { type Surroundings, type Verb, parseWords } from "../command.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../finding.ts";
import { fixAll } from "../fix.ts";
import { lint } from "../lint.ts";
import { github } from "../output/github.ts";
import { json } from "../output/json.ts";
import { people, summary } from "../output/people.ts";
import { progressBar } from "../output/progress.ts";
import { sarif } from "../output/sarif.ts";
import { didYouMean, Refusal } from "../refusal.ts";
import { RULES } from "../rules/index.ts";
import { version } from "../version.ts";

const FORMATS = ["people", "json", "sarif", "github"] as const;
type Format = (typeof FORMATS)[number];

/** Fixes may make way for others; more rounds than this many there are none. */
const ROUNDS = 10;

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
    flags: ["fix", "no-color", "quiet"],
  });
  const format = oneOf<Format>("format", text.format, FORMATS, "people");
  const failOn = oneOf<Severity>("fail-on", text["fail-on"], SEVERITIES, "warning");
  const disabled = new Set(text.disable.flatMap((names) => names.split(",")));
  const names = RULES.map(({ name }) => name);
  for (const rule of disabled) {
    if (!names.includes(rule)) throw new Refusal(`--disable ${rule}: there is no such rule${didYouMean(rule, names)}`);
  }

  const { stdout, stderr } = surroundings;
  const look = () => {
    const bar = progressBar(stderr);
    const report = lint(operands, { disabled, onProgress: (done, total) => bar.show(done, total) });
    bar.end();
    return report;
  };
  let report = look();
  if (flags.fix) {
    let fixed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const now = fixAll(report);
      fixed += now.fixed;
      if (now.fixed > 0) report = look();
      report = { ...report, remarks: [...report.remarks, ...now.remarks] };
      if (now.fixed === 0 || now.remarks.length > 0) break;
    }
    if (!flags.quiet) stderr.write(`${fixed} fixed\n`);
  }

  for (const { path, text: why } of report.remarks) stderr.write(`${path} ${why}\n`);
  switch (format) {
    case "people":
      stdout.write(people(report, picocolors.createColors(hasColors(surroundings, flags["no-color"]))));
      break;
    case "json":
      stdout.write(json(report));
      break;
    case "sarif":
      stdout.write(sarif(report, RULES, version(), process.cwd()));
      break;
    case "github":
      stdout.write(github(report));
      break;
  }
  if (!flags.quiet) stderr.write(summary(report));

  if (report.remarks.some(({ isFailure }) => isFailure)) return 2;
  return report.findings.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
}

export const lintVerb: Verb = {
  name: "lint",
  operands: "[FILES or folders]",
  summary: "find what is wrong with PID 1 in Dockerfiles, Compose files, pods and CI jobs",
  options: [
    "--fix                write what can be fixed safely, and tell the rest",
    "--format FORMAT      people, json, sarif (2.1.0) or github (workflow commands): people",
    "--fail-on SEVERITY   exit with 1 on findings from error, warning or info up: warning",
    "--disable RULE       leave a rule out; may be said several times",
    "--no-color           no colours, also on a terminal; NO_COLOR and FORCE_COLOR are respected",
    "--quiet              findings alone, no summary",
  ],
  run,
};
