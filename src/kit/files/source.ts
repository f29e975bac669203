import type { Position, Span } from "../finding.ts";
import type { Kind } from "./kinds.ts";

/** The text of one file, by lines. */
export class Source {
  /** The path as the user would write it. */
  readonly path: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly kind: Kind;
  private readonly starts: number[] = [0];

  constructor(path: string, text: string, kind: Kind) {
    this.path = path;
    this.text = text;
    this.kind = kind;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  /** The number of lines, including the one after the last line feed. */
  get lines(): number {
    return this.starts.length;
  }

  /** The text of a line, from 1 up, without its end. */
  line(number: number): string {
    return this.text.slice(this.starts[number - 1] ?? this.text.length, this.starts[number]).replace(/\r?\n$/, "");
  }

  /** Where the line of that number, from 1 up, starts. */
  offsetOf(line: number): number {
    return this.starts[line - 1] ?? this.text.length;
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }

  /** The text of a span. */
  slice({ offset, length }: Span): string {
    return this.text.slice(offset, offset + length);
  }
}
