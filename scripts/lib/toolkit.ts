/** Bundles the toolkit with its dependencies into one JavaScript file. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { ARCHITECTURES } from "../../src/kit/init/binary.ts";
import { ownArch } from "../build.ts";

const root = join(import.meta.dirname, "../..");

/** The oldest Node that the bundle runs on; src/kit itself needs the one of package.json. */
export const OLDEST_NODE = 20;

/** A file that comes with the toolkit (src/kit/init/carried.ts). */
interface Carried {
  name: string;
  /** Where the build left it. */
  path: string;
}

/** The files that come with the toolkit, built by `build({ archs: ARCHITECTURES })`: the init for each CPU, and answers.wasm. */
export function carriedFiles(): Carried[] {
  const inits = ARCHITECTURES.map((arch) => {
    const file = arch === ownArch() ? "tini-ts" : `tini-ts-${arch}`;
    return { name: `tini-ts-${arch}`, path: join(root, "dist", file) };
  });
  return [{ name: "answers.wasm", path: join(root, "build/answers.wasm") }, ...inits];
}

/** The version of package.json. */
export async function version(): Promise<string> {
  return (JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string }).version;
}

/** The package that a bundled file comes from: its folder below the project. */
function packageOf(path: string): string | null {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}

/** A package that is in a bundle. */
export interface Packaged {
  name: string;
  version: string;
  /** The text of its licence, or at least its name. */
  licence: string;
}

/** The packages that are in a bundle, in the order of their folders. */
async function packagesOf(inputs: readonly string[]): Promise<Packaged[]> {
  const folders = [...new Set(inputs.map(packageOf).filter((folder) => folder !== null))].sort();
  return Promise.all(
    folders.map(async (folder) => {
      const { name, version, license } = JSON.parse(await readFile(join(root, folder, "package.json"), "utf8")) as {
        name: string;
        version: string;
        license?: string;
      };
      const file = (await readdir(join(root, folder))).find((each) => /^(?:licen[cs]e|copying)/i.test(each));
      // Some packages only name their licence.
      const text = file === undefined ? (license ?? "") : await readFile(join(root, folder, file), "utf8");
      if (text === "") throw new Error(`${folder} says nothing of its licence: it cannot be given to others`);
      return { name, version, licence: text.trim() };
    }),
  );
}

/** The bundled toolkit. */
export interface Toolkit {
  /** JavaScript as CommonJS, which Node's single executables require. */
  code: string;
  /** All packages in it. */
  packages: Packaged[];
  /** Their licences, one after the other. */
  licences: string;
}

/**
 * Bundles src/kit.
 *
 * @param hasFiles whether the carried files are in the bundle itself; otherwise they must be in its folder.
 */
export async function bundleToolkit({ hasFiles }: { hasFiles: boolean }): Promise<Toolkit> {
  const packed = await Promise.all(
    carriedFiles().map(async ({ name, path }) => {
      const bytes = await readFile(path);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return [name, { sha256, base64: hasFiles ? bytes.toString("base64") : null }] as const;
    }),
  );
  const { outputFiles, metafile } = await bundle({
    entryPoints: [join(root, "src/kit/main.ts")],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: `node${OLDEST_NODE}`,
    format: "cjs",
    // Small, but names stay, for readable stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    logLevel: "silent",
    define: {
      "import.meta.dirname": "__dirname",
      VERSION: JSON.stringify(await version()),
      PACKED: JSON.stringify(Object.fromEntries(packed)),
    },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild made nothing");
  const packages = await packagesOf(Object.keys(metafile.inputs));
  const texts = packages.map(({ name, version: its, licence }) => `${name} ${its}\n\n${licence}\n`);
  return { code: file.text, packages, licences: texts.join(`\n${"-".repeat(80)}\n\n`) };
}
