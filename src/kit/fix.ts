/** Puts safe fixes into texts and files. */
import { readFileSync, statSync } from "node:fs";
import type { Remark } from "./files/discover.ts";
import { systemReason } from "./files/reasons.ts";
import { writeAtOnce } from "./files/write.ts";
import type { Edit, Finding } from "./finding.ts";
import type { Report } from "./lint.ts";

/**
 * A text with edits in it. All edits of a finding are made, or none; a finding whose edits overlap with those of one
 * before it is left for the next run.
 */
export function withEdits(text: string, findings: readonly Pick<Finding, "edits">[]): { text: string; fixed: number } {
  const taken: Edit[] = [];
  let fixed = 0;
  for (const { edits = [] } of findings) {
    if (edits.length === 0) continue;
    if (edits.every((edit) => taken.every((other) => !overlap(edit, other)))) {
      taken.push(...edits);
      fixed++;
    }
  }
  // From the end, so that no edit moves the place of another.
  taken.sort((one, other) => other.offset - one.offset);
  let result = text;
  for (const { offset, length, text } of taken) result = result.slice(0, offset) + text + result.slice(offset + length);
  return { text: result, fixed };
}

/** Two insertions in one place overlap as well: which is first would be left to chance. */
function overlap(one: Edit, other: Edit): boolean {
  if (one.offset === other.offset) return true;
  const [first, second] = one.offset < other.offset ? [one, other] : [other, one];
  return first.offset + first.length > second.offset;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Writes all safe fixes of a report into the files; one that has changed meanwhile is left as it is. */
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
