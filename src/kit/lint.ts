/** Checks files with all rules; verbs/lint.ts prints the result. */
import { disabledIn, wrongComments } from "./disabling.ts";
import { type Candidate, discover, type Remark } from "./files/discover.ts";
import { NotOurs, Skipped, Unreadable } from "./files/read.ts";
import type { Source } from "./files/source.ts";
import type { Finding, Severity } from "./finding.ts";
import type { Launch } from "./launches/launch.ts";
import { running } from "./launches/running.ts";
import { RULES } from "./rules/index.ts";
import type { Problem, Rule } from "./rules/rule.ts";
import { Workspace } from "./workspace.ts";

/** The result. */
export interface Report {
  /** Sorted by file, then by position; each once. */
  readonly findings: readonly Finding[];
  /** What could not be checked, or was skipped, and why. */
  readonly remarks: readonly Remark[];
  /** How many files were checked. */
  readonly files: number;
  /** The Dockerfiles whose entrypoint is unknown: they set none, and their base image is unknown. */
  readonly unknownEntrypoints: readonly string[];
  /** The texts of the files with findings. */
  readonly sources: ReadonlyMap<string, Source>;
}

export interface LintOptions {
  /** The names of rules that are turned off. */
  readonly disabled?: ReadonlySet<string>;
  readonly rules?: readonly Rule[];
  /** Overrides the severity of a finding, or drops it. */
  readonly severityOf?: (finding: Finding) => Severity | "off";
  /** Files and folders to skip, unless the user names them. */
  readonly isExcluded?: (path: string) => boolean;
  readonly workspace?: Workspace;
  /** Called with the number of checked files, before each file and after the last. */
  readonly onProgress?: (done: number, total: number) => void;
}

function findingOf(rule: Rule, launch: Launch, problem: Problem): Finding {
  const { at, message, fix, edits, severity = rule.severity, source = launch.source } = problem;
  return {
    ...{ rule: rule.name, severity, file: source.path, message, fix },
    start: source.position(at.offset),
    end: source.position(at.offset + at.length),
    ...(edits === undefined ? {} : { edits }),
  };
}

/**
 * Lints files and folders.
 *
 * @param names paths; if there are none, the current folder.
 */
export function lint(names: readonly string[], options: LintOptions = {}): Report {
  const { files, remarks } = discover(names.length === 0 ? ["."] : names, options.isExcluded);
  const report = lintFiles(files, options);
  return { ...report, remarks: [...remarks, ...report.remarks] };
}

/** Launches of stages that a service runs, but that their Dockerfile, which is checked too, has only for other stages. */
function targetsOf(launches: readonly Launch[], workspace: Workspace): Launch[] {
  const isDone = new Set(launches.map(({ source, name }) => JSON.stringify([source.path, name])));
  const paths = new Set(launches.map(({ source }) => source.path));
  return launches.flatMap((launch) => {
    const image = workspace.imageOf(launch);
    const key = image === null ? "" : JSON.stringify([image.source.path, image.name]);
    if (image === null || isDone.has(key) || !paths.has(image.source.path)) return [];
    isDone.add(key);
    return [image];
  });
}

/** The order of findings: by file, then by position. */
const order = (one: Finding, other: Finding) =>
  (one.file < other.file ? -1 : one.file > other.file ? 1 : 0) ||
  one.start.line - other.start.line ||
  one.start.column - other.start.column;

/** Lints launches that have been read. */
export function lintLaunches(
  launches: readonly Launch[],
  options: LintOptions = {},
): Pick<Report, "findings" | "sources"> {
  const { disabled = new Set(), rules = RULES, workspace = new Workspace(), severityOf } = options;
  const findings = new Map<string, Finding>();
  const sources = new Map<string, Source>();
  const offs = new Map<Source, ReturnType<typeof disabledIn>>();

  const isOff = (source: Source, rule: string, line: number) => {
    const off = offs.get(source) ?? disabledIn(source);
    offs.set(source, off);
    return off(rule, line);
  };

  /** What a rule finds in a launch, unless it is turned off there. */
  function foundBy(rule: Rule, launch: Launch): { finding: Finding; source: Source }[] {
    if (disabled.has(rule.name)) return [];
    return rule.check(launch, workspace).flatMap((problem) => {
      const finding = findingOf(rule, launch, problem);
      const source = problem.source ?? launch.source;
      if (isOff(source, rule.name, finding.start.line)) return [];
      const severity = severityOf === undefined ? finding.severity : severityOf(finding);
      return severity === "off" ? [] : { finding: { ...finding, severity }, source };
    });
  }

  for (const launch of launches) {
    const found = new Map(rules.map((rule) => [rule.name, foundBy(rule, launch)]));
    for (const { name, unless = [] } of rules) {
      // One problem, one finding.
      const isTold = unless.some((other) => found.get(other)?.some(({ finding }) => finding.severity !== "info"));
      for (const { finding, source } of isTold ? [] : (found.get(name) ?? [])) {
        sources.set(source.path, source);
        // Stages with a common base share its instructions.
        const key = JSON.stringify([finding.file, finding.start, finding.rule]);
        if (!findings.has(key)) findings.set(key, finding);
      }
    }
  }
  return { findings: [...findings.values()].sort(order), sources };
}

/** Lints files that the workspace reads. */
export function lintFiles(files: readonly Candidate[], options: LintOptions = {}): Report {
  const { workspace = new Workspace(), onProgress } = options;
  const remarks: Remark[] = [];
  let linted = 0;

  // All files are read before any rule runs: one file may start an image that another file builds.
  const launches: Launch[] = [];
  const names = RULES.map(({ name }) => name);
  for (const [index, { path, isNamed }] of files.entries()) {
    onProgress?.(index, files.length);
    try {
      const source = workspace.open(path, isNamed);
      if (source === null) continue;
      launches.push(...workspace.launchesOf(source));
      linted++;
      remarks.push(...wrongComments(source, names));
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof Skipped)) throw error;
      const isFailure = error instanceof Unreadable;
      const isWrongName = error instanceof NotOurs;
      remarks.push({ path, text: error.message, isFailure, ...(isWrongName ? { isWrongName } : {}) });
    }
  }
  const found = lintLaunches([...launches, ...targetsOf(launches, workspace)], { ...options, workspace });
  onProgress?.(files.length, files.length);
  const unknown = launches.filter((launch) => launch.platform === "dockerfile" && !running(launch, workspace).isWhole);
  const unknownEntrypoints = [...new Set(unknown.map(({ source }) => source.path))];
  return { ...found, remarks, files: linted, unknownEntrypoints };
}
