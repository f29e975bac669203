/** The statements of a release: checksums of all files, the SBOM, and the provenance. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { HOME } from "../../src/kit/names.ts";
import { ARCHS, compilerFor } from "../build.ts";
import type { Packaged } from "../lib/toolkit.ts";
import { type ReleaseSource, ROOT, timeOf } from "./source.ts";

const run = promisify(execFile);

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** The SHA-256 of each file of a folder, by name and in order of names. */
export async function hashesOf(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).sort();
  const hashes = await Promise.all(names.map(async (name) => sha256(await readFile(join(folder, name)))));
  return new Map(names.map((name, index) => [name, hashes[index] ?? ""]));
}

/** The hashes as `sha256sum --check` reads them. */
export function sumsOf(hashes: ReadonlyMap<string, string>): string {
  return [...hashes].map(([name, hash]) => `${hash}  ${name}\n`).join("");
}

/** A version 5 UUID derived from a text, so that the same release gets the same one. */
function uuidOf(text: string): string {
  const hex = createHash("sha1").update(text).digest("hex");
  const variant = ((parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    variant + hex.slice(18, 20),
    hex.slice(20, 32),
  ].join("-");
}

/** The parts of a CycloneDX document that are used. */
interface Sbom {
  serialNumber?: string;
  metadata: { timestamp?: string; component: { name?: string; "bom-ref": string } };
  components: { "bom-ref": string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/**
 * The packages in the toolkit: npm's CycloneDX document in JSON, without the packages that only development needs, and
 * without values that differ from run to run.
 */
export async function sbomOf(source: ReleaseSource, packages: readonly Packaged[]): Promise<string> {
  const words = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only"];
  const { stdout } = await run("npm", words, { cwd: ROOT, maxBuffer: 64 << 20 });
  const document = JSON.parse(stdout) as Sbom;
  document.serialNumber = `urn:uuid:${uuidOf(`${HOME} ${source.version} ${source.revision}`)}`;
  document.metadata.timestamp = timeOf(source);
  // npm uses the folder's name.
  document.metadata.component.name = source.name;
  const inside = new Set(packages.map(({ name, version }) => `${name}@${version}`));
  const ours = document.metadata.component["bom-ref"];
  document.components = document.components.filter((component) => inside.has(component["bom-ref"]));
  document.dependencies = document.dependencies
    .filter(({ ref }) => ref === ours || inside.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => inside.has(other)) }));
  const listed = new Set(document.components.map((component) => component["bom-ref"]));
  const absent = [...inside].filter((each) => !listed.has(each));
  if (absent.length > 0) throw new Error(`npm sbom does not know ${absent.join(", ")}, which are in the toolkit`);
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function firstLine(command: string): Promise<string> {
  const { stdout } = await run(command, ["--version"]);
  return stdout.split("\n")[0] ?? "";
}

/** The files' source and tools: an in-toto statement with SLSA provenance v1. It is not signed. */
export async function provenanceOf(source: ReleaseSource, hashes: ReadonlyMap<string, string>): Promise<string> {
  const lock = await readFile(join(ROOT, "package-lock.json"));
  const compilers = Object.fromEntries(
    await Promise.all(ARCHS.map(async (arch) => [arch, await firstLine(compilerFor(arch))] as const)),
  );
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [...hashes].map(([name, hash]) => ({ name, digest: { sha256: hash } })),
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        buildType: `${HOME}/blob/main/docs/release.md`,
        externalParameters: { version: source.version, sourceDateEpoch: source.epoch },
        internalParameters: { node: process.version, compilers },
        resolvedDependencies: [
          { uri: `git+${HOME}@${source.revision}`, digest: { gitCommit: source.revision } },
          { name: "package-lock.json", digest: { sha256: sha256(lock) } },
        ],
      },
      runDetails: { builder: { id: `${HOME}/blob/main/scripts/release.ts` } },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
}
