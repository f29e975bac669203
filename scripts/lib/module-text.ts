/* Reads WebAssembly as the compiler writes it as text: one definition or one instruction a line. */

/** An instruction: `call`, and `$linux/host/kill` behind it. */
export interface Instruction {
  readonly operation: string;
  readonly words: readonly string[];
}

/** A function of a module. */
export interface ModuleFunction {
  readonly parameters: number;
  readonly hasResult: boolean;
  /** Its name in the module that it is imported from; undefined if it is not imported. */
  readonly imported: string | undefined;
  /** Its instructions in order; none if it is imported. */
  readonly body: readonly Instruction[];
}

/** A module. */
export interface Module {
  readonly functions: ReadonlyMap<string, ModuleFunction>;
  /** The exported functions, by the names of the exports. */
  readonly exported: ReadonlyMap<string, string>;
  /** The start function; undefined if there is none. */
  readonly first: string | undefined;
}

const valuesIn = (text: string, word: string): number =>
  [...text.matchAll(new RegExp(`\\(${word}([^)]*)\\)`, "g"))].reduce(
    (sum, [, list = ""]) => sum + (list.match(/\b[if](?:32|64)\b/g)?.length ?? 0),
    0,
  );

/** Reads a module's functions, exports and start function. */
export function readModule(text: string): Module {
  const functions = new Map<string, ModuleFunction>();
  const exported = new Map<string, string>();
  let first: string | undefined;
  let body: Instruction[] | null = null;
  for (const line of text.split("\n")) {
    const [, field, own] = /^ \(export "([^"]*)" \(func \$(.+)\)\)$/.exec(line) ?? [];
    if (field !== undefined && own !== undefined) exported.set(field, own);
    first = /^ \(start \$(.+)\)$/.exec(line)?.[1] ?? first;
    const [, imported, name] = /^ (?:\(import "[^"]*" "([^"]*)" )?\(func \$([^\s)]+)/.exec(line) ?? [];
    if (name !== undefined) {
      body = [];
      const [parameters, hasResult] = [valuesIn(line, "param"), valuesIn(line, "result") > 0];
      functions.set(name, { parameters, hasResult, imported, body });
    }
    const [, operation, rest = ""] = /^ {2,}([a-z][a-z0-9_.]*)(.*)$/.exec(line) ?? [];
    if (operation !== undefined) body?.push({ operation, words: rest.split(" ").filter((word) => word !== "") });
  }
  return { functions, exported, first };
}
