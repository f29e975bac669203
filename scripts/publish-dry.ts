/* Shows what publishing `dist/release` would upload, and where to. It uses no network, and uploads nothing. */
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { downloadsOf, HOME, IMAGE } from "../src/kit/names.ts";
import { DIRTY, ROOT } from "./release/source.ts";
import { hashesOf, sumsOf } from "./release/statements.ts";

const folder = join(ROOT, "dist/release");

/** The commit and version that the release's provenance names. */
async function origin(name: string): Promise<{ version: string; revision: string }> {
  const { predicate } = JSON.parse(await readFile(join(folder, name), "utf8")) as {
    predicate: {
      buildDefinition: {
        externalParameters: { version: string };
        resolvedDependencies: { digest: { gitCommit?: string } }[];
      };
    };
  };
  const { externalParameters, resolvedDependencies } = predicate.buildDefinition;
  return { version: externalParameters.version, revision: resolvedDependencies[0]?.digest.gitCommit ?? "" };
}

/** The plan, as lines of text. @throws Error if there is no release, or one that must not be published. */
export async function plan(): Promise<string[]> {
  if (!existsSync(join(folder, "SHA256SUMS"))) throw new Error("there is no release in dist/release: npm run release");
  const hashes = await hashesOf(folder);
  hashes.delete("SHA256SUMS");
  if (sumsOf(hashes) !== (await readFile(join(folder, "SHA256SUMS"), "utf8")))
    throw new Error("the files in dist/release are not those of its SHA256SUMS: npm run release");
  const names = [...hashes.keys()];
  const { version, revision } = await origin(names.find((name) => name.endsWith(".intoto.json")) ?? "");
  if (revision.endsWith(DIRTY))
    throw new Error(`dist/release is made from changes that are in no commit (${revision})`);
  const sized = await Promise.all(
    [...names, "SHA256SUMS"].map(async (name) => `  ${name} (${(await stat(join(folder, name))).size} bytes)`),
  );
  const archive = names.find((name) => name.endsWith(".oci.tar")) ?? "";
  const npm = names.find((name) => name.endsWith(".tgz")) ?? "";
  return [
    `Version ${version}, commit ${revision}. Nothing is uploaded by this.`,
    "",
    `To ${HOME}, with the tag v${version}; then they can be had from ${downloadsOf(version)}/NAME:`,
    ...sized,
    "",
    "To npm's registry:",
    `  npm publish dist/release/${npm}`,
    "",
    `To Docker's hub, as ${IMAGE}:${version}, for all CPUs:`,
    `  skopeo copy --all oci-archive:dist/release/${archive} docker://${IMAGE}:${version}`,
  ];
}

if (import.meta.main) {
  try {
    console.log((await plan()).join("\n"));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
