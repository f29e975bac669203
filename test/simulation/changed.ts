/** Builds the init with changes in its source, as a checked build like the tests' own. */
import { join } from "node:path";
import { compile } from "../../scripts/lib/compile.ts";

/** A text that a file has exactly once, and its replacement. */
export type Change = readonly [from: string, to: string];

/**
 * Builds the init with changes in one of its files.
 *
 * @throws Error if the file does not have a text to change exactly once, or the compiler refuses the result.
 */
export async function compileChanged(file: string, changes: readonly Change[]): Promise<WebAssembly.Module> {
  let found = 0;
  const { wasm } = await compile({
    baseDirectory: join(import.meta.dirname, "../../src/init"),
    entry: "main.ts",
    isChecked: true,
    optimize: false,
    change: (name, text) => {
      if (name !== file) return text;
      found++;
      return changes.reduce((changed, [from, to]) => {
        if (changed.split(from).length !== 2) throw new Error(`${file} does not have ${from} once`);
        return changed.replace(from, to);
      }, text);
    },
  });
  if (found === 0) throw new Error(`there is no ${file}`);
  return new WebAssembly.Module(new Uint8Array(wasm));
}
