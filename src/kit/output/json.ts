import type { Report } from "../lint.ts";

/** For programs: the findings, what could not be read, the number of files, and what is unknown about them. */
export function json({ findings, remarks, files, unknownEntrypoints }: Report): string {
  return `${JSON.stringify({ findings, remarks, files, unknownEntrypoints }, null, 2)}\n`;
}
