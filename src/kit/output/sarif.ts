/** SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { ArtifactLocation, Log, Notification, ReportingDescriptor, Result } from "sarif";
import type { Edit, Finding, Severity } from "../finding.ts";
import type { Report } from "../lint.ts";
import type { Rule } from "../rules/rule.ts";
import { hashOf } from "../settings/baseline.ts";
import { linkOf } from "./links.ts";
import { unknownEntrypoints } from "./people.ts";

const LEVELS: Record<Severity, "error" | "warning" | "note"> = { error: "error", warning: "warning", info: "note" };

/** A path as a URI: relative if it is below the folder that the tool runs in, otherwise absolute. */
function locationOf(path: string): ArtifactLocation {
  if (isAbsolute(path)) return { uri: pathToFileURL(path).href };
  return { uri: path.split(/[\\/]/).map(encodeURIComponent).join("/"), uriBaseId: "SRCROOT" };
}

function ruleOf({ name, severity, summary }: Rule): ReportingDescriptor {
  return {
    id: name,
    shortDescription: { text: summary },
    helpUri: linkOf(name),
    help: {
      text: `${summary}. Why, with examples: ${linkOf(name)}. To turn it off for one place: # tini-ts-disable-next-line ${name}`,
      markdown: `${summary}. [Why, with examples](${linkOf(name)}). To turn it off for one place: \`# tini-ts-disable-next-line ${name}\``,
    },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(finding: Finding, rules: readonly Rule[], report: Report): Result {
  const { rule, severity, file, start, end, message, fix, edits } = finding;
  const artifactLocation = locationOf(file);
  const source = report.sources.get(file);
  const regionOf = ({ offset, length }: Edit) => {
    const [first, last] = [source?.position(offset) ?? start, source?.position(offset + length) ?? end];
    return { startLine: first.line, startColumn: first.column, endLine: last.line, endColumn: last.column };
  };
  return {
    ruleId: rule,
    ruleIndex: rules.findIndex(({ name }) => name === rule),
    level: LEVELS[severity],
    message: { text: `${message} ${fix}` },
    partialFingerprints: { "tiniTsLines/v1": hashOf(finding, report) },
    locations: [
      {
        physicalLocation: {
          artifactLocation,
          region: { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column },
        },
      },
    ],
    ...(edits === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: fix },
              artifactChanges: [
                {
                  artifactLocation,
                  replacements: edits.map((edit) => ({
                    deletedRegion: regionOf(edit),
                    ...(edit.text === "" ? {} : { insertedContent: { text: edit.text } }),
                  })),
                },
              ],
            },
          ],
        }),
  };
}

/** Notifications: what could not be read, each with its file, and what is unknown, once. */
function notificationsOf(report: Report): Notification[] {
  const remarks = report.remarks.map(({ path, text, isFailure }): Notification => ({
    level: isFailure ? "error" : "note",
    message: { text: `${path} ${text}` },
    locations: [{ physicalLocation: { artifactLocation: locationOf(path) } }],
  }));
  const unknown = unknownEntrypoints(report);
  if (unknown === null) return remarks;
  const locations = report.unknownEntrypoints.map((path) => ({
    physicalLocation: { artifactLocation: locationOf(path) },
  }));
  return [...remarks, { level: "note", message: { text: unknown }, locations }];
}

/**
 * The report as a SARIF log.
 *
 * @param version of the toolkit.
 * @param folder paths below it are relative to it.
 */
export function sarif(report: Report, rules: readonly Rule[], version: string, folder: string): string {
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tini-ts", version, rules: rules.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(folder).href.replace(/\/$/, "")}/` } },
        invocations: [
          {
            executionSuccessful: !report.remarks.some(({ isFailure }) => isFailure),
            toolExecutionNotifications: notificationsOf(report),
          },
        ],
        results: report.findings.map((finding) => resultOf(finding, rules, report)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}
