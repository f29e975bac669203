import { normalize } from "node:path";
import picocolors from "picocolors";
import { type Surroundings, type Verb, parseWords } from "../command.ts";
import { fillIn } from "../files/charts.ts";
import { discover, type Remark } from "../files/discover.ts";
import { decode, LARGEST_BYTES, readText, Unreadable } from "../files/read.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../finding.ts";
import { fixAll } from "../fix.ts";
import { setAdditions } from "../launches/additions.ts";
import { lintFiles, type Report } from "../lint.ts";
import { github } from "../output/github.ts";
import { json } from "../output/json.ts";
import { people, summary } from "../output/people.ts";
import { progressBar } from "../output/progress.ts";
import { sarif } from "../output/sarif.ts";
import { didYouMean, Refusal } from "../refusal.ts";
import { RULES } from "../rules/index.ts";
import { compare, hasBaseline, writeBaseline } from "../settings/baseline.ts";
import { findSettings, NO_SETTINGS, type Settings } from "../settings/project.ts";
import { version } from "../version.ts";
import { Workspace } from "../workspace.ts";

const FORMATS = ["people", "json", "sarif", "github"] as const;
type Format = (typeof FORMATS)[number];

/** The most rounds of fixes: some become possible only after others. */
const ROUNDS = 10;

/** Which of the words the user chose, or the default. */
function oneOf<Word extends string>(option: string, said: string | null, words: readonly Word[], otherwise: Word) {
  if (said === null) return otherwise;
  const found = words.find((word) => word === said);
  if (found === undefined) throw new Refusal(`--${option} ${said}: one of ${words.join(", ")} was expected`);
  return found;
}

/** Whether to write colours: as the user wants (no-color.org, force-color.org), else if it is a terminal. */
function hasColors({ environment, stdout }: Surroundings, isRefused: boolean): boolean {
  if (isRefused || (environment["NO_COLOR"] ?? "") !== "") return false;
  const forced = environment["FORCE_COLOR"] ?? "";
  if (forced !== "") return forced !== "0";
  return stdout.isTTY === true && environment["TERM"] !== "dumb";
}

/** The default name of "-". */
const INPUT_NAME = "stdin";

/** The files, and a workspace with standard input as one of them if the user names "-". */
async function inputOf(
  operands: readonly string[],
  name: string,
  { input }: Surroundings,
): Promise<{ operands: readonly string[]; texts: ReadonlyMap<string, string> }> {
  if (!operands.includes("-")) return { operands, texts: new Map() };
  const bytes = (await input?.(LARGEST_BYTES)) ?? null;
  if (bytes === null) throw new Refusal(`standard input is larger than ${LARGEST_BYTES >> 20} MiB`);
  const text = textOf(bytes);
  if (text.trim() === "") throw new Refusal("standard input is empty: what writes it has failed, or wrote nothing");
  return { operands: operands.filter((word) => word !== "-"), texts: new Map([[normalize(name), text]]) };
}

/** Decodes UTF-8. @throws Refusal if it is not. */
function textOf(bytes: Buffer): string {
  try {
    return decode(bytes);
  } catch (error) {
    throw error instanceof Unreadable ? new Refusal(`standard input ${error.message}`) : error;
  }
}

async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { one, many, flags, operands } = parseWords(words, {
    one: ["format", "fail-on", "config", "baseline", "stdin-filename"],
    many: ["disable"],
    flags: ["fix", "no-color", "quiet", "no-config", "update-baseline", "fail-on-unreadable"],
  });
  const format = oneOf<Format>("format", one.format, FORMATS, "people");
  const disabled = new Set(many.disable.flatMap((names) => names.split(",")));
  const names = RULES.map(({ name }) => name);
  for (const rule of disabled) {
    if (!names.includes(rule)) throw new Refusal(`--disable ${rule}: there is no such rule${didYouMean(rule, names)}`);
  }
  const baseline = one.baseline;
  if (flags["update-baseline"] && baseline === null) throw new Refusal("--update-baseline needs --baseline FILE");
  if (flags.fix && operands.includes("-")) throw new Refusal("--fix cannot write to standard input");
  const inputName = one["stdin-filename"] ?? INPUT_NAME;
  if (one["stdin-filename"] !== null && !operands.includes("-")) {
    throw new Refusal("--stdin-filename needs -, which is standard input");
  }
  const config = one.config;
  if (config !== null && flags["no-config"]) throw new Refusal("--config and --no-config exclude each other");
  const settings = await settingsFor(
    config,
    flags["no-config"],
    operands.map((word) => (word === "-" ? inputName : word)),
  );
  const failOn = oneOf<Severity>("fail-on", one["fail-on"], SEVERITIES, settings.failOn ?? "warning");
  const given = await inputOf(operands, inputName, surroundings);

  const { stdout, stderr } = surroundings;
  const { severityOf, isExcluded } = settings;
  const look = (): Report => {
    const bar = flags.quiet ? null : progressBar(stderr);
    const hasFiles = operands.length === 0 || given.operands.length > 0;
    const found = hasFiles ? discover(given.operands.length === 0 ? ["."] : given.operands, isExcluded) : null;
    const charts = fillIn(found?.files ?? [], surroundings.environment);
    const read = (path: string) => given.texts.get(path) ?? charts.texts.get(path) ?? readText(path);
    const options = {
      ...{ disabled, severityOf, isExcluded, onProgress: (done: number, total: number) => bar?.show(done, total) },
      workspace: new Workspace(read),
    };
    const files = [...[...given.texts.keys()].map((path) => ({ path, isNamed: true })), ...charts.files];
    const report = lintFiles(files, options);
    bar?.end();
    // Helm's output is not a file, so no fix can be written.
    const findings = report.findings.map(({ edits, ...finding }) =>
      edits === undefined || charts.texts.has(finding.file) ? finding : { ...finding, edits },
    );
    return { ...report, findings, remarks: [...(found?.remarks ?? []), ...charts.remarks, ...report.remarks] };
  };
  setAdditions(settings.additions);
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
  let about = "";
  if (baseline !== null && (flags["update-baseline"] || !hasBaseline(baseline))) {
    writeBaseline(baseline, report);
    about = `${baseline}: written, with ${report.findings.length} findings; from now on only new ones count\n`;
    report = { ...report, findings: [] };
  } else if (baseline !== null) {
    const compared = compare(baseline, report);
    ({ report } = compared);
    about = compared.known === 0 ? "" : `${compared.known} more in ${baseline}\n`;
    if (compared.gone > 0) about += `${compared.gone} of ${baseline} are gone: --update-baseline forgets them\n`;
  }

  const { isWrong, isFatal } = fatal(report, flags["fail-on-unreadable"] || settings.failOnUnreadable);
  for (const remark of report.remarks) {
    if (!flags.quiet || isWrong(remark)) stderr.write(`${remark.path} ${remark.text}\n`);
  }
  switch (format) {
    case "people":
      stdout.write(
        people(report, picocolors.createColors(hasColors(surroundings, flags["no-color"])), { hasLinks: true }),
      );
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
  if (!flags.quiet) stderr.write(summary(report) + about);

  if (isFatal) return 2;
  return report.findings.some(({ severity }) => isAtLeast(severity, failOn)) ? 1 : 0;
}

/** The project's settings; the slow module that parses them is loaded only if there are any. */
async function settingsFor(config: string | null, isRefused: boolean, names: readonly string[]): Promise<Settings> {
  const path = isRefused ? null : (config ?? findSettings(names));
  if (path === null) return NO_SETTINGS;
  const { readSettings } = await import("../settings/settings.ts");
  return readSettings(path);
}

/**
 * Which remarks make the exit code 2: wrong names, files that could not be written, and those that could not be read if the
 * user asks for that, or if no file could be.
 */
function fatal({ remarks, files }: Report, isStrict: boolean) {
  const isWrong = ({ isFailure, isWrongName, text }: Remark) =>
    isFailure && (isStrict || files === 0 || isWrongName === true || text.startsWith("cannot be fixed"));
  return { isWrong, isFatal: remarks.some(isWrong) };
}

export const lintVerb: Verb = {
  name: "lint",
  operands: "[FILES, folders or -]",
  summary: "find what is wrong with PID 1 in Dockerfiles, Compose files, pods and CI jobs",
  options: [
    "--fix                write the safe fixes, and report the rest",
    "--format FORMAT      people, json, sarif (2.1.0) or github (workflow commands) (default: people)",
    "--fail-on SEVERITY   exit with 1 on findings of at least error, warning or info (default: warning)",
    "--fail-on-unreadable exit with 2 if a file cannot be read (default: only report it)",
    "--disable RULE       turn a rule off; may be given several times",
    "--config FILE        settings (default: .tini-ts-lint.yml, or tini-ts-lint in package.json)",
    "--no-config          ignore the project's settings",
    "--baseline FILE      report only findings that are not in FILE; create it if it does not exist",
    "--update-baseline    rewrite the baseline",
    "--stdin-filename F   the name of - (standard input), which may tell its format",
    "--no-color           no colours, even on a terminal; NO_COLOR and FORCE_COLOR are respected",
    "--quiet              only findings: no summary, no remarks, no progress",
  ],
  run,
};
