/*
 * The part of AssemblyScript's compiler API that the build uses. tsconfig.json uses it instead of the package's own
 * declarations, which declare a global `console` that has only `log` and so hides Node's.
 */

import type { Module, Parser, Program } from "assemblyscript";

interface MemoryStream {
  write(chunk: Uint8Array | string): void;
  toString(): string;
}

/** A message of the compiler. */
export interface Diagnostic {
  message: string;
  /** 0 to 3: pedantic, information, warning, error. */
  category: number;
  /** Its place: the source, and offsets in its text. */
  range: { start: number; end: number; source: { normalizedPath: string } | null } | null;
}

interface Options {
  stdout?: MemoryStream;
  stderr?: MemoryStream;
  /** The text of a file; null if there is no such file. */
  readFile?(filename: string, directory: string): string | null | Promise<string | null>;
  writeFile?(filename: string, contents: Uint8Array | string, directory: string): void | Promise<void>;
  /** Called for each message, before it is written. */
  reportDiagnostic?(diagnostic: Diagnostic): void;
  /** Hooks between the compiler's steps. */
  transforms?: {
    afterParse?(parser: Parser): void | Promise<void>;
    afterInitialize?(program: Program): void | Promise<void>;
    afterCompile?(module: Module): void | Promise<void>;
  }[];
}

declare const asc: {
  /** Runs the compiler with the arguments of its command line. */
  main(argv: string[], options?: Options): Promise<{ error: Error | null }>;
  createMemoryStream(): MemoryStream;
};

export default asc;
