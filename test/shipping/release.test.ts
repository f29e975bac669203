/** A release: what is in it, that its packages work where they are installed, and that it is the same when it is made again. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ARCHS, ownArch } from "../../scripts/build.ts";
import { verify } from "../../scripts/release.ts";
import { cpuOf } from "../../scripts/release/cpus.ts";
import { sourceOf } from "../../scripts/release/source.ts";
import { expectAbsent } from "../absence.ts";
import { PROJECT } from "./products.ts";

const RELEASE = join(PROJECT, "dist/release");
const names = readdirSync(RELEASE).sort();
const bytesOf = (name: string) => readFileSync(join(RELEASE, name));
const json = (name: string): unknown => JSON.parse(bytesOf(name).toString());
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const { version, dependencies } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  version: string;
  dependencies: Record<string, string>;
};
const cpus = ARCHS.map(cpuOf);

/** e_machine of each CPU, man 5 elf. */
const MACHINES = { x64: 62, arm64: 183, riscv64: 243, ppc64: 21, arm: 40, ia32: 3 };

describe("a release", () => {
  test("has these files and no other", () => {
    const ofEach = cpus.flatMap(({ debian }) => [
      `tini-ts-${debian}`,
      `tini-ts-${debian}.debug`,
      `tini-ts_${version}_${debian}.deb`,
    ]);
    const ends = [".tgz", ".oci.tar", ".cdx.json", ".intoto.json"].map((end) => `tini-ts-${version}${end}`);
    expect(names).toEqual(["SHA256SUMS", ...ends, ...ofEach].sort());
  });

  test("SHA256SUMS is of all of them, as sha256sum reads it", () => {
    const checked = execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], {
      cwd: RELEASE,
      encoding: "utf8",
    });
    const others = names.filter((name) => name !== "SHA256SUMS");
    expect(checked.trim().split("\n").sort()).toEqual(others.map((name) => `${name}: OK`).sort());
  });

  test.each(cpus)(
    "has the init for $debian as the tests run it, and symbols that name no path of this machine",
    (cpu) => {
      const { arch, debian } = cpu;
      const built = readFileSync(join(PROJECT, "dist", arch === ownArch() ? "tini-ts" : `tini-ts-${arch}`));
      expect(bytesOf(`tini-ts-${debian}`).equals(built)).toBe(true);
      expect(built.readUInt16LE(0x12)).toBe(MACHINES[arch]);
      const symbols = bytesOf(`tini-ts-${debian}.debug`);
      expect(symbols.readUInt16LE(0x12)).toBe(MACHINES[arch]);
      const text = symbols.toString("latin1");
      // gdb puts folder and file together.
      for (const name of ["src/init/supervision\0", "\0stopping.ts\0"]) expect(text).toContain(name);
      expectAbsent(`${PROJECT}/`, text, import.meta.filename);
    },
  );

  test("its list of packages has each that the toolkit is made of, in its version", () => {
    const { components, metadata } = json(`tini-ts-${version}.cdx.json`) as {
      components: { name: string; version: string; group?: string }[];
      metadata: { component: { name: string; version: string } };
    };
    expect(metadata.component).toMatchObject({ name: "tini-ts", version });
    for (const [name, wanted] of Object.entries(dependencies))
      expect(components).toContainEqual(expect.objectContaining({ name, version: wanted }));
    // What only development needs is not in it.
    const nameOf = (all: readonly { name: string }[]) => all.filter(({ name }) => name === "vitest");
    expectAbsent(nameOf, components, [...components, { name: "vitest" }]);
  });

  test("its provenance is of each file that was there before it, and names commit and compilers", () => {
    const { subject, predicate } = json(`tini-ts-${version}.intoto.json`) as {
      subject: { name: string; digest: { sha256: string } }[];
      predicate: {
        buildDefinition: {
          internalParameters: { compilers: Record<string, string> };
          resolvedDependencies: { digest: { gitCommit?: string } }[];
        };
      };
    };
    const others = names.filter((name) => !/^SHA256SUMS$|\.intoto\.json$/.test(name));
    expect(subject).toEqual(others.map((name) => ({ name, digest: { sha256: sha256(bytesOf(name)) } })));
    const { internalParameters, resolvedDependencies } = predicate.buildDefinition;
    expect(Object.keys(internalParameters.compilers).sort()).toEqual([...ARCHS].sort());
    expect(resolvedDependencies[0]?.digest.gitCommit).toMatch(/^[0-9a-f]{40}(?:-dirty)?$/);
  });
});

describe("the Debian package", () => {
  test.each(cpus)("for $debian has the init and what belongs to it, as root's", ({ debian }) => {
    const deb = join(RELEASE, `tini-ts_${version}_${debian}.deb`);
    const field = (name: string) => execFileSync("dpkg-deb", ["--field", deb, name], { encoding: "utf8" }).trim();
    expect([field("Package"), field("Version"), field("Architecture")]).toEqual(["tini-ts", version, debian]);
    expect(field("Depends")).toBe("");
    const list = execFileSync("dpkg-deb", ["--contents", deb], { encoding: "utf8" });
    const files = list
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/))
      .map(([mode, owner, , , , path]) => `${mode ?? ""} ${owner ?? ""} ${path ?? ""}`)
      .filter((line) => !line.startsWith("d"));
    expect(files).toEqual([
      "-rwxr-xr-x root/root ./usr/bin/tini-ts",
      "-rw-r--r-- root/root ./usr/share/doc/tini-ts/changelog.gz",
      "-rw-r--r-- root/root ./usr/share/doc/tini-ts/copyright",
      "-rw-r--r-- root/root ./usr/share/lintian/overrides/tini-ts",
      "-rw-r--r-- root/root ./usr/share/man/man1/tini-ts.1.gz",
    ]);
    const init = execFileSync("sh", ["-c", 'dpkg-deb --fsys-tarfile "$0" | tar -xO ./usr/bin/tini-ts', deb]);
    expect(init.equals(bytesOf(`tini-ts-${debian}`))).toBe(true);
  });

  test("installs, works and leaves nothing behind", () => {
    const { debian } = cpuOf(ownArch());
    const place = mkdtempSync(join(tmpdir(), "tini-ts-deb-"));
    onTestFinished(() => rmSync(place, { recursive: true }));
    // This machine's own root, with all changes in memory.
    const script = `
      mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir changes work root && cp "$2" changes/package.deb
      mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work root
      mount -t proc proc root/proc && mount --rbind /dev root/dev
      files() { (cd changes && find . -type f ! -path './var/*' ! -path './run/*' ! -name package.deb | sort); }
      in_root() { chroot root env PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
      in_root dpkg --install /package.deb >/dev/null
      echo "installed:"; files
      in_root tini-ts -- sh -c 'exit 7'; echo "code $?"
      in_root container-init --version
      in_root readlink -f /usr/bin/container-init
      in_root dpkg --purge tini-ts >/dev/null
      echo "purged:"; files`;
    const words = [
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-ec",
      script.replace("'exit 7'; echo", "'exit 7' || echo"),
    ];
    const { status, stdout, stderr } = spawnSync(
      "unshare",
      [...words, "sh", place, join(RELEASE, `tini-ts_${version}_${debian}.deb`)],
      { encoding: "utf8" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const [installed = "", purged = ""] = stdout.split("purged:\n");
    expect(installed.split("\n")).toEqual(
      expect.arrayContaining(["installed:", "./usr/bin/tini-ts", "code 7", "/usr/bin/tini-ts"]),
    );
    expect(installed).toContain(`tini version 0.19.0_tini-ts-${version}\n`);
    expectAbsent(/tini-ts|container-init/, purged, installed);
    expect(existsSync("/usr/bin/container-init")).toBe(false);
  });
});

describe("the image's archive", () => {
  const archive = join(RELEASE, `tini-ts-${version}.oci.tar`);
  const entry = (path: string) => execFileSync("tar", ["--extract", "--to-stdout", "--file", archive, path]);
  const parsed = (path: string): unknown => JSON.parse(entry(path).toString());
  interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
    platform?: unknown;
  }
  /** A blob, which is what its descriptor says. */
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const bytes = entry(`blobs/${digest.replace(":", "/")}`);
    expect([`sha256:${sha256(bytes)}`, bytes.length]).toEqual([digest, size]);
    return bytes;
  };

  test("is an OCI layout with an index over all CPUs, each with the init alone", () => {
    expect(parsed("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    const { manifests: tops } = parsed("index.json") as { manifests: Descriptor[] };
    expect(tops).toHaveLength(1);
    const { manifests } = JSON.parse(blob(tops[0] as Descriptor).toString()) as { manifests: Descriptor[] };
    expect(manifests.map(({ platform }) => platform)).toEqual(cpus.map(({ oci }) => ({ ...oci, os: "linux" })));
    manifests.forEach((descriptor, index) => {
      const { config, layers } = JSON.parse(blob(descriptor).toString()) as {
        config: Descriptor;
        layers: Descriptor[];
      };
      expect(JSON.parse(blob(config).toString())).toMatchObject({
        ...cpus[index]?.oci,
        os: "linux",
        config: { Entrypoint: ["/tini-ts", "--"] },
      });
      expect(layers).toHaveLength(1);
      const layer = blob(layers[0] as Descriptor);
      const list = execFileSync("tar", ["--list", "--verbose", "--gzip", "--numeric-owner"], {
        input: layer,
        encoding: "utf8",
      });
      expect(list).toMatch(/^-rwxr-xr-x 0\/0 +\d+ \S+ \S+ tini-ts\n$/);
      const init = execFileSync("tar", ["--extract", "--to-stdout", "--gzip", "tini-ts"], { input: layer });
      expect(init.equals(bytesOf(`tini-ts-${cpus[index]?.debian ?? ""}`))).toBe(true);
    });
  });
});

describe("making it", () => {
  test("again, in another folder, as another user and in another time zone, makes the same to the byte", async () => {
    const { predicate } = json(`tini-ts-${version}.intoto.json`) as {
      predicate: {
        buildDefinition: {
          externalParameters: { sourceDateEpoch: number };
          resolvedDependencies: { digest: { gitCommit: string } }[];
        };
      };
    };
    const { externalParameters, resolvedDependencies } = predicate.buildDefinition;
    const revision = resolvedDependencies[0]?.digest.gitCommit ?? "";
    await verify({ ...sourceOf(), revision, epoch: externalParameters.sourceDateEpoch }, RELEASE);
  });

  test("knows no other option", () => {
    const words = ["scripts/release.ts", "--verfiy"];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: PROJECT, encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 1, stderr: "--verfiy is no option: the only one is --verify\n" });
  });
});
