import { carriedWasm } from "./carried.ts";

let loaded: WebAssembly.Module | null = null;

/** The init, compiled once. @throws Error where it is nowhere: the toolkit is broken, or not built. */
export function initModule(): WebAssembly.Module {
  return (loaded ??= new WebAssembly.Module(carriedWasm() as Uint8Array<ArrayBuffer>));
}
