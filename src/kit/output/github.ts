import type { Severity } from "../finding.ts";
import type { Report } from "../lint.ts";

const COMMANDS: Record<Severity, string> = { error: "error", warning: "warning", info: "notice" };

/** The toolkit of GitHub's actions escapes so: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
const escapeData = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapeProperty = (text: string) => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Workflow commands, which GitHub shows beside the lines of a pull request. */
export function github({ findings, remarks }: Report): string {
  const commands = findings.map(({ rule, severity, file, start, end, message, fix }) => {
    // GitHub takes an end column only on the same line.
    const ends = end.line === start.line ? `,endLine=${end.line},endColumn=${end.column}` : `,endLine=${end.line}`;
    const place = `file=${escapeProperty(file)},line=${start.line},col=${start.column}${ends}`;
    return `::${COMMANDS[severity]} ${place},title=${escapeProperty(rule)}::${escapeData(`${message} ${fix}`)}\n`;
  });
  const failures = remarks
    .filter(({ isFailure }) => isFailure)
    .map(({ path, text }) => `::error file=${escapeProperty(path)}::${escapeData(`${path} ${text}`)}\n`);
  return [...commands, ...failures].join("");
}
