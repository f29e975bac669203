import type { Report } from "../lint.ts";

/** For programs: the findings as they are, what could not be looked at, and how many files were. */
export function json({ findings, remarks, files }: Report): string {
  return `${JSON.stringify({ findings, remarks, files }, null, 2)}\n`;
}
