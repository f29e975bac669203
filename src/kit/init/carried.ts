/** The files that come with the toolkit: the init for each CPU, and its answers as WebAssembly. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, initBinary } from "./binary.ts";

/** A file as it was when the toolkit was packed. */
interface Packed {
  readonly sha256: string;
  /** The file's bytes; null if it is beside the bundle. */
  readonly base64: string | null;
}

/** All of them by name, defined by scripts/lib/toolkit.ts; undefined if these sources run unbundled. */
declare const PACKED: Readonly<Partial<Record<string, Packed>>>;

const packed = typeof PACKED === "undefined" ? {} : PACKED;

/** The folders in which answers.wasm is: beside the bundle, or in the project. */
const ANSWERS_PLACES = ["answers.wasm", "../../../build/answers.wasm"];

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The bytes of a file, which must be as it was packed. @throws Error if it is not. */
function checked(name: string, path: string | null): { bytes: Uint8Array; sha256: string } | null {
  const { [name]: known } = packed;
  if (known !== undefined && known.base64 !== null) {
    return { bytes: Buffer.from(known.base64, "base64"), sha256: known.sha256 };
  }
  if (path === null) return null;
  const bytes = readFileSync(path);
  const sha256 = hashOf(bytes);
  if (known !== undefined && known.sha256 !== sha256) {
    throw new Error(`${path} is not as it was packed (its SHA-256 is ${sha256}): install tini-ts again`);
  }
  return { bytes, sha256 };
}

/** The init's answers (src/init/answers.ts) as WebAssembly. @throws Error if the file is missing or not as it was packed. */
export function carriedAnswers(): Uint8Array {
  const path = ANSWERS_PLACES.map((place) => join(import.meta.dirname, place)).find((place) => existsSync(place));
  const found = checked("answers.wasm", path ?? null);
  if (found === null) throw new Error("answers.wasm is missing: install tini-ts again, or build it with npm run build");
  return found.bytes;
}

/**
 * The init for a CPU, and its SHA-256; null if the toolkit has none.
 *
 * @throws Error if it cannot be read or is not as it was packed.
 */
export function carriedInit(arch: Architecture): { bytes: Uint8Array; sha256: string } | null {
  return checked(`tini-ts-${arch}`, initBinary(arch));
}
