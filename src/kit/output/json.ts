import type { Report } from "../lint.ts";

/** For programs: the findings as they are, what could not be looked at, how many files were, and what is not known of them. */
export function json({ findings, remarks, files, unknownEntrypoints }: Report): string {
  return `${JSON.stringify({ findings, remarks, files, unknownEntrypoints }, null, 2)}\n`;
}
