/** Severities: an error breaks the container, a warning costs a signal, a zombie or an exit code, an info may not matter. */
export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A position in a text: both numbers from 1, columns in UTF-16 units as editors and SARIF count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A range of a text, in UTF-16 units from its start. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A value and where its file has it. */
export interface Located<Value> {
  readonly value: Value;
  readonly span: Span;
}

/** Replaces the range by `text`. */
export interface Edit extends Span {
  readonly text: string;
}

/** A problem that a rule has found. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** The file as the user would name it. */
  readonly file: string;
  readonly start: Position;
  /** After the last character. */
  readonly end: Position;
  /** One sentence: why it is wrong, with the user's names. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly fix: string;
  /** The edits that --fix makes, if they are safe. */
  readonly edits?: readonly Edit[];
}

/** Whether a severity is at or above another. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
