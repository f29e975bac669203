import { carriedAnswers } from "./carried.ts";

let loaded: WebAssembly.Module | null = null;

/** The answers of the init, compiled once. @throws Error where it is nowhere: the toolkit is broken, or not built. */
export function answersModule(): WebAssembly.Module {
  return (loaded ??= new WebAssembly.Module(carriedAnswers() as Uint8Array<ArrayBuffer>));
}
