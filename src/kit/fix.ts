/** Applies safe fixes to texts and files. */
import { readFileSync, statSync } from "node:fs";
import { applyEdits, EditSet } from "./edits.ts";
import type { Remark } from "./files/discover.ts";
import { systemReason } from "./files/reasons.ts";
import { writeAtOnce } from "./files/write.ts";
import type { Finding } from "./finding.ts";
import type { Report } from "./lint.ts";

/**
 * Applies the edits of findings to a text. All edits of a finding are made, or none; a finding whose edits overlap with those
 * of one before it is left for the next run.
 */
export function withEdits(text: string, findings: readonly Pick<Finding, "edits">[]): { text: string; fixed: number } {
  const set = new EditSet();
  const fixed = findings.filter(({ edits = [] }) => edits.length > 0 && set.takeAll(edits)).length;
  return { text: applyEdits(text, set.all), fixed };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Writes all safe fixes of a report to the files; a file that has changed meanwhile is left alone. */
export function fixAll({ findings, sources }: Report): { fixed: number; remarks: Remark[] } {
  const remarks: Remark[] = [];
  let fixed = 0;
  for (const [path, source] of sources) {
    const result = withEdits(
      source.text,
      findings.filter(({ file }) => file === path),
    );
    if (result.fixed === 0) continue;
    try {
      const before = readFileSync(path);
      const hasMark = before.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
      const mark = hasMark ? BYTE_ORDER_MARK : Buffer.alloc(0);
      if (!before.equals(Buffer.concat([mark, Buffer.from(source.text)]))) throw new Error("it has changed meanwhile");
      writeAtOnce(path, Buffer.concat([mark, Buffer.from(result.text)]), statSync(path).mode & 0o7777);
      fixed += result.fixed;
    } catch (error) {
      remarks.push({ path, text: `cannot be fixed: ${systemReason(error)}`, isFailure: true });
    }
  }
  return { fixed, remarks };
}
