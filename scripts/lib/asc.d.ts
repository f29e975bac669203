/*
 * The part of AssemblyScript's compiler API that the build uses. tsconfig.json puts it in the place of the package's own
 * declarations, which declare a global `console` that knows `log` alone and so hide Node's.
 */

interface MemoryStream {
  write(chunk: Uint8Array | string): void;
  toString(): string;
}

interface Options {
  stdout?: MemoryStream;
  stderr?: MemoryStream;
  /** The text of a file, null where there is none. */
  readFile?(filename: string, directory: string): string | null | Promise<string | null>;
  writeFile?(filename: string, contents: Uint8Array | string, directory: string): void | Promise<void>;
}

declare const asc: {
  /** Runs the compiler with the arguments of its command line. */
  main(argv: string[], options?: Options): Promise<{ error: Error | null }>;
  createMemoryStream(): MemoryStream;
};

export default asc;
