/**
 * The image: `FROM scratch` with the init and nothing else, for each CPU, in one archive that both Docker and podman load. It is
 * an OCI image layout (image-spec 1.1) with an index over all CPUs; the manifest.json beside it is for older releases
 * of Docker, and has a tag for each CPU.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { HOME, IMAGE } from "../../src/kit/names.ts";
import type { Cpu } from "./cpus.ts";
import { type ReleaseSource, timeOf } from "./source.ts";

const run = promisify(execFile);

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/** A content descriptor (image-spec, "Descriptors"). */
interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Packs a folder: sorted by name, owned by root, with one modification time. */
async function archive(folder: string, file: string, names: readonly string[], epoch: number): Promise<void> {
  await run("tar", [
    ...["--create", "--file", file, "--directory", folder, "--format=ustar", "--sort=name"],
    ...["--owner=0", "--group=0", "--numeric-owner", `--mtime=@${epoch}`],
    ...names,
  ]);
}

/** An image layout in the making: blobs by their hash. */
class Layout {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async add(mediaType: string, content: Uint8Array | object): Promise<Descriptor> {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
    const hash = sha256(bytes);
    await this.write(`blobs/sha256/${hash}`, bytes);
    return { mediaType, digest: `sha256:${hash}`, size: bytes.length };
  }

  async write(path: string, bytes: Uint8Array | string): Promise<void> {
    await writeFile(join(this.folder, path), bytes);
    await chmod(join(this.folder, path), 0o644);
  }
}

/** The image's labels (for Docker) and annotations (for registries): image-spec, "Annotations". */
function labelsOf(source: ReleaseSource): Record<string, string> {
  const key = (name: string) => `org.opencontainers.image.${name}`;
  return {
    [key("created")]: timeOf(source),
    [key("description")]: source.description,
    [key("licenses")]: "MIT",
    [key("revision")]: source.revision,
    [key("source")]: HOME,
    [key("title")]: "tini-ts",
    [key("url")]: HOME,
    [key("version")]: source.version,
  };
}

/**
 * Makes the archive.
 *
 * @param executables the init for each CPU.
 * @param output the folder for the archive.
 * @returns its name.
 */
export async function makeImage(
  source: ReleaseSource,
  executables: readonly { readonly cpu: Cpu; readonly path: string }[],
  output: string,
): Promise<string> {
  const work = await mkdtemp(join(output, ".oci-"));
  try {
    const folder = join(work, "layout");
    for (const name of ["", "blobs", "blobs/sha256"]) {
      await mkdir(join(folder, name));
      await chmod(join(folder, name), 0o755);
    }
    const layout = new Layout(folder);
    const labels = labelsOf(source);
    const manifests = [];
    const forDocker = [];
    for (const { cpu, path } of executables) {
      const content = join(work, cpu.arch);
      await mkdir(content);
      await copyFile(path, join(content, "tini-ts"));
      await chmod(join(content, "tini-ts"), 0o755);
      await archive(content, join(work, "layer.tar"), ["tini-ts"], source.epoch);
      const plain = await readFile(join(work, "layer.tar"));
      const layer = await layout.add(LAYER, gzipSync(plain, { level: 9 }));
      const config = await layout.add(CONFIG, {
        created: timeOf(source),
        ...cpu.oci,
        os: "linux",
        config: { Entrypoint: ["/tini-ts", "--"], Labels: labels },
        rootfs: { type: "layers", diff_ids: [`sha256:${sha256(plain)}`] },
        history: [{ created: timeOf(source), created_by: "COPY tini-ts /tini-ts" }],
      });
      const parts = { mediaType: MANIFEST, config, layers: [layer], annotations: labels };
      const manifest = await layout.add(MANIFEST, { schemaVersion: 2, ...parts });
      manifests.push({ ...manifest, platform: { ...cpu.oci, os: "linux" } });
      const blobOf = ({ digest }: Descriptor) => `blobs/${digest.replace(":", "/")}`;
      forDocker.push({
        Config: blobOf(config),
        RepoTags: [`${IMAGE}:${source.version}-${cpu.debian}`],
        Layers: [blobOf(layer)],
      });
    }
    const all = await layout.add(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests, annotations: labels });
    const names = {
      "io.containerd.image.name": `docker.io/${IMAGE}:${source.version}`,
      "org.opencontainers.image.ref.name": source.version,
    };
    await layout.write(
      "index.json",
      JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [{ ...all, annotations: names }] }),
    );
    await layout.write("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await layout.write("manifest.json", JSON.stringify(forDocker));
    const name = `tini-ts-${source.version}.oci.tar`;
    await archive(folder, join(output, name), ["blobs", "index.json", "manifest.json", "oci-layout"], source.epoch);
    await stat(join(output, name));
    return name;
  } finally {
    await rm(work, { recursive: true });
  }
}
