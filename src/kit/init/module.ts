import { carriedAnswers } from "./carried.ts";

let loaded: WebAssembly.Module | null = null;

/** The init's answers, compiled once. @throws Error if the file is missing: the toolkit is broken, or not built. */
export function answersModule(): WebAssembly.Module {
  return (loaded ??= new WebAssembly.Module(carriedAnswers() as Uint8Array<ArrayBuffer>));
}
