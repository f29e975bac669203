/** Helm charts: renders their templates, if helm is installed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Candidate, Remark } from "./discover.ts";
import { LARGEST_BYTES } from "./read.ts";

/** The time limit for rendering a chart, in milliseconds. */
const LONGEST = 60_000;

/** The result of rendering the charts among some files. */
export interface Charts {
  /** The files to lint: without templates that render to nothing with the chart's own values. */
  readonly files: readonly Candidate[];
  /** The rendered text of each template, by the template's path. */
  readonly texts: ReadonlyMap<string, string>;
  readonly remarks: readonly Remark[];
}

/** The folder of the chart that a file is a template of: the outermost, which has subcharts in `charts`; null for other files. */
function chartOf(path: string): string | null {
  let found: string | null = null;
  for (let at = dirname(path); basename(at) !== ""; at = dirname(at)) {
    const above = dirname(at);
    if (basename(at) === "templates" && found === null && existsSync(join(above, "Chart.yaml"))) found = above;
    if (basename(at) === "charts" && found !== null && existsSync(join(above, "Chart.yaml"))) found = above;
    if (above === at) break;
  }
  return found;
}

/** The rendered templates by path: helm names the template before each document, with the chart's name in front. */
function textsOf(output: string, chart: string): Map<string, string> {
  const texts = new Map<string, string>();
  const [, ...parts] = output.split(/^---\n# Source: [^/\n]+\/(.+)\n/m);
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const path = join(chart, ...(parts[i] ?? "").split("/"));
    const before = texts.get(path);
    texts.set(path, (before === undefined ? "" : `${before}---\n`) + (parts[i + 1] ?? ""));
  }
  return texts;
}

/**
 * Renders the templates of charts by `helm template`, with the charts' own values; nothing is written or installed. Without helm,
 * the files are returned as they are.
 */
export function fillIn(files: readonly Candidate[], environment: Readonly<Record<string, string | undefined>>): Charts {
  const charts = new Map(files.map(({ path }) => [path, chartOf(path)]));
  const texts = new Map<string, string>();
  const remarks: Remark[] = [];
  const filledIn = new Set<string>();
  for (const chart of new Set(charts.values())) {
    if (chart === null) continue;
    const { status, stdout, stderr, error } = spawnSync("helm", ["template", resolve(chart)], {
      encoding: "utf8",
      env: environment,
      maxBuffer: LARGEST_BYTES,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LONGEST,
    });
    if (error !== undefined && "code" in error && error.code === "ENOENT") break;
    if (error !== undefined || status !== 0) {
      const [reason = ""] = (error?.message ?? stderr.trim()).split("\n");
      remarks.push({ path: chart, text: `is not filled in: helm template: ${reason}`, isFailure: false });
      continue;
    }
    filledIn.add(chart);
    for (const [path, text] of textsOf(stdout, chart)) if (charts.get(path) === chart) texts.set(path, text);
    const count = [...texts.keys()].filter((path) => charts.get(path) === chart).length;
    remarks.push({
      path: chart,
      text: `was filled in by helm template: ${count} ${count === 1 ? "file" : "files"}, and lines are those of what it printed of each`,
      isFailure: false,
    });
  }
  return {
    files: files.filter(({ path }) => texts.has(path) || !filledIn.has(charts.get(path) ?? "")),
    texts,
    remarks,
  };
}
