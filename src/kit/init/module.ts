import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Where init.wasm lies: beside the bundle, or in the project where it was built. */
const PLACES = ["init.wasm", "../../../build/init.wasm"];

let loaded: WebAssembly.Module | null = null;

/** The init, compiled once. @throws Error where it is nowhere: the toolkit is broken, or not built. */
export function initModule(): WebAssembly.Module {
  if (loaded !== null) return loaded;
  const found = PLACES.map((place) => join(import.meta.dirname, place)).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error("init.wasm is missing: install tini-ts again, or build it with npm run build");
  return (loaded = new WebAssembly.Module(readFileSync(found)));
}
