/** The baseline: findings that a project knows of, so that only new ones count. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { readText, Unreadable } from "../files/read.ts";
import { systemReason } from "../files/reasons.ts";
import { Unwritable, writeAtOnce } from "../files/write.ts";
import type { Finding } from "../finding.ts";
import type { Report } from "../lint.ts";
import { Refusal } from "../refusal.ts";

interface Entry {
  readonly rule: string;
  /** Relative to the baseline. */
  readonly file: string;
  /** The hash of the finding's lines, without white space. */
  readonly hash: string;
  /** The number of equal findings. */
  readonly count: number;
}

/** A hash of the lines of a finding, wherever they stand, and however far to the right. */
export function hashOf({ file, start, end }: Finding, { sources }: Pick<Report, "sources">): string {
  const source = sources.get(file);
  const lines: string[] = [];
  for (let line = start.line; line <= end.line; line++)
    lines.push((source?.line(line) ?? "").trim().replaceAll(/\s+/g, " "));
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}

const keyOf = ({ rule, file, hash }: Omit<Entry, "count">) => JSON.stringify([rule, file, hash]);

function entriesOf(report: Report, folder: string): (Omit<Entry, "count"> & { finding: Finding })[] {
  return report.findings.map((finding) => ({
    rule: finding.rule,
    file: relative(folder, resolve(finding.file)).split(sep).join("/"),
    hash: hashOf(finding, report),
    finding,
  }));
}

/** Writes all findings of a report to the baseline. @throws Refusal if that fails. */
export function writeBaseline(path: string, report: Report): void {
  const counts = new Map<string, Entry>();
  for (const { rule, file, hash } of entriesOf(report, resolve(dirname(path)))) {
    const key = keyOf({ rule, file, hash });
    counts.set(key, { rule, file, hash, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  const text = `${JSON.stringify({ version: 1, findings: [...counts.values()] }, null, 2)}\n`;
  try {
    writeAtOnce(path, Buffer.from(text), 0o644);
  } catch (error) {
    if (error instanceof Unwritable) throw new Refusal(`${path} ${error.message}`);
    throw new Refusal(`cannot write ${path}: ${systemReason(error)}`);
  }
}

function read(path: string): readonly Entry[] {
  const refuse = (why: string) => new Refusal(`${path} ${why}: --update-baseline writes it anew`);
  let text;
  try {
    text = readText(path);
  } catch (error) {
    if (error instanceof Unreadable) throw new Refusal(`${path} ${error.message}`);
    throw error;
  }
  try {
    const { version, findings } = JSON.parse(text) as { version?: unknown; findings?: unknown };
    if (version === 1 && Array.isArray(findings)) return findings as Entry[];
  } catch {
    // Told below.
  }
  throw refuse("is no baseline of this version");
}

/** A report without the findings in the baseline. */
export interface Compared {
  readonly report: Report;
  /** How many findings are in the baseline, and how many of the baseline were not found again. */
  readonly known: number;
  readonly gone: number;
}

/** Removes the findings in a baseline from a report. @throws Refusal if the file is not a baseline. */
export function compare(path: string, report: Report): Compared {
  const left = new Map<string, number>();
  for (const entry of read(path)) left.set(keyOf(entry), (left.get(keyOf(entry)) ?? 0) + entry.count);
  const findings = entriesOf(report, resolve(dirname(path))).flatMap(({ finding, ...entry }) => {
    const count = left.get(keyOf(entry)) ?? 0;
    if (count > 0) left.set(keyOf(entry), count - 1);
    return count > 0 ? [] : [finding];
  });
  const gone = [...left.values()].reduce((sum, count) => sum + count, 0);
  return { report: { ...report, findings }, known: report.findings.length - findings.length, gone };
}

export const hasBaseline = (path: string): boolean => existsSync(path);
