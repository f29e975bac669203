import type { createColors } from "picocolors";
import type { Severity } from "../finding.ts";
import type { Report } from "../lint.ts";
import { linkOf } from "./links.ts";

type Colors = ReturnType<typeof createColors>;

const painted = (colors: Colors, severity: Severity, text: string) =>
  ({ error: colors.red, warning: colors.yellow, info: colors.cyan })[severity](text);

/** Long lines are shortened around the finding. */
const WIDEST = 100;

/** The source line with a caret below the first character of the finding, and the rest underlined. */
function excerpt(line: string, column: number, width: number): string[] {
  const start = column > WIDEST ? column - WIDEST / 2 : 0;
  const shown = line.slice(start, start + WIDEST);
  const before = shown.slice(0, column - 1 - start);
  // Tabs are kept, so that the caret is below its character on any terminal.
  const indent = before.replaceAll(/[^\t]/g, " ");
  const marks = "^".padEnd(Math.max(1, Math.min(width, shown.length - before.length)), "~");
  return [shown, indent + marks];
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * The findings for people: each with its line, the reason, and what to do; with `hasLinks`, also the address of the rule's page.
 *
 * @returns the text, with a line feed at its end; empty if there are no findings.
 */
export function people(report: Report, colors: Colors, options = { hasLinks: false }): string {
  let text = "";
  const told = new Set<string>();
  for (const { rule, severity, file, start, end, message, fix } of report.findings) {
    const line = report.sources.get(file)?.line(start.line) ?? "";
    const width = (end.line === start.line ? end.column : line.length + 1) - start.column;
    const [shown = "", marks = ""] = excerpt(line, start.column, width);
    const gutter = String(start.line);
    const blank = " ".repeat(gutter.length);
    text += `${colors.bold(`${file}:${start.line}:${start.column}`)}: ${painted(colors, severity, severity)}: ${message} ${colors.dim(`[${rule}]`)}\n`;
    text += `  ${colors.dim(`${gutter} |`)} ${shown}\n  ${colors.dim(`${blank} |`)} ${painted(colors, severity, marks)}\n`;
    text += `  ${colors.green("fix:")} ${fix}\n`;
    // Once is enough.
    if (options.hasLinks && !told.has(rule)) text += `  ${colors.dim(`more: ${linkOf(rule)}`)}\n`;
    told.add(rule);
    text += "\n";
  }
  return text;
}

/** One sentence on the Dockerfiles that not all could be said of; null where there is none. */
export function unknownEntrypoints({ unknownEntrypoints: { length } }: Report): string | null {
  if (length === 0) return null;
  const subject = length === 1 ? "1 Dockerfile sets" : `${length} Dockerfiles set`;
  const base = length === 1 ? "its base image" : "their base images";
  return `${subject} no ENTRYPOINT, and that of ${base} is not known: whether an init is missing there is not looked at (images in .tini-ts-lint.yml says what a base image runs)`;
}

/** One line on how much was looked at and what was found, and one on what is not known. */
export function summary(report: Report): string {
  const found = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = report.findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [severity === "info" ? `${count} info` : counted(count, severity)];
  });
  const unknown = unknownEntrypoints(report);
  return `${counted(report.files, "file")}: ${found.length === 0 ? "nothing found" : found.join(", ")}\n${unknown === null ? "" : `${unknown}\n`}`;
}
