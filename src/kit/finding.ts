/** How bad it is: an error breaks the container, a warning costs a signal, a zombie or an exit code, an info may not matter. */
export const SEVERITIES = ["info", "warning", "error"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A place in a text: both from 1 up, columns in UTF-16 units as editors and SARIF count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A stretch of a text, in UTF-16 units from its start. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A value and where its file says it. */
export interface Located<Value> {
  readonly value: Value;
  readonly span: Span;
}

/** What `text` is put in for what `offset` and `length` cover. */
export interface Edit extends Span {
  readonly text: string;
}

/** What a rule has found. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** The file as the user would name it. */
  readonly file: string;
  readonly start: Position;
  /** Behind the last character. */
  readonly end: Position;
  /** One sentence: why it is wrong, in the user's own words and names. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly fix: string;
  /** The fix itself, where it is safe: what --fix writes. */
  readonly edits?: readonly Edit[];
}

/** Whether a severity is at or above another. */
export function isAtLeast(severity: Severity, least: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}
