/** Debian packages: the init, its manual page and its licence, for one CPU each. */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { HOME } from "../../src/kit/names.ts";
import type { Cpu } from "./cpus.ts";
import { ROOT, type ReleaseSource } from "./source.ts";

const run = promisify(execFile);

const MAINTAINER = "the tini-ts authors <tini-ts@users.noreply.github.com>";

/** The system's container-init is one of Debian's alternatives: a link that several packages can provide. */
const ALTERNATIVE = "update-alternatives --install /usr/bin/container-init container-init /usr/bin/tini-ts 50";

/** The scripts that dpkg runs after unpacking and before removal. */
const SCRIPTS: Readonly<Record<string, string>> = {
  postinst: `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  ${ALTERNATIVE}
fi
`,
  prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] || [ "$1" = deconfigure ]; then
  update-alternatives --remove container-init /usr/bin/tini-ts
fi
`,
};

/** Lintian overrides, each with its reason. */
const OVERRIDES = `# It has no libc, so that it runs in any image: nothing could be linked.
tini-ts: statically-linked-binary [usr/bin/tini-ts]
# A link that update-alternatives makes; the manual page is that of tini-ts.
tini-ts: no-manual-page [usr/bin/container-init]
`;

function copyright(licence: string): string {
  const text = licence
    .slice(licence.indexOf("Permission"))
    .trim()
    .split("\n")
    .map((line) => (line === "" ? " ." : ` ${line}`));
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tini-ts
Source: ${HOME}

Files: *
Copyright: 2026 the tini-ts authors
License: Expat

License: Expat
${text.join("\n")}
`;
}

function control({ version, description }: ReleaseSource, { debian }: Cpu, installedBytes: number): string {
  // The rest of package.json's description does not concern a user of the package.
  const [synopsis = description] = description.split(". ");
  return `Package: tini-ts
Version: ${version}
Architecture: ${debian}
Maintainer: ${MAINTAINER}
Installed-Size: ${Math.ceil(installedBytes / 1024)}
Section: admin
Priority: optional
Homepage: ${HOME}
Description: ${synopsis.replace(/^PID 1 of a container: /, "init for containers that ")}
 It starts a program as PID 1 of a container, forwards signals to it, reaps
 orphaned processes, stops the program as configured, and exits with its exit
 code. It takes the command lines of tini, dumb-init and catatonit.
 .
 The executable is static and has no dependencies, so that it can be copied or
 mounted into any image.
`;
}

function changelog({ version, epoch }: ReleaseSource): string {
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  return `tini-ts (${version}) stable; urgency=medium

  * See ${HOME}/blob/main/CHANGELOG.md

 -- ${MAINTAINER}  ${date}
`;
}

/**
 * Makes a package with dpkg-deb.
 *
 * @param executable the init for this CPU.
 * @param output the folder for the package.
 * @returns its name.
 * @throws Error with dpkg-deb's output, or if it is missing.
 */
export async function makeDeb(source: ReleaseSource, cpu: Cpu, executable: string, output: string): Promise<string> {
  const tree = await mkdtemp(join(output, ".deb-"));
  const name = `tini-ts_${source.version}_${cpu.debian}.deb`;
  const zip = (text: string | Uint8Array) => gzipSync(text, { level: 9 });
  try {
    await chmod(tree, 0o755);
    const files: Record<string, string | Uint8Array> = {
      "usr/share/doc/tini-ts/changelog.gz": zip(changelog(source)),
      "usr/share/doc/tini-ts/copyright": copyright(await readFile(join(ROOT, "LICENSE"), "utf8")),
      "usr/share/man/man1/tini-ts.1.gz": zip(await readFile(join(ROOT, "docs/tini-ts.1"))),
      "usr/share/lintian/overrides/tini-ts": OVERRIDES,
    };
    const bytes = Object.values(files).reduce((sum, file) => sum + file.length, (await stat(executable)).size);
    for (const [script, text] of Object.entries(SCRIPTS)) files[`DEBIAN/${script}`] = text;
    files["DEBIAN/control"] = control(source, cpu, bytes);
    for (const [path, content] of [...Object.entries(files), ["usr/bin/tini-ts", null] as const]) {
      const parts = path.split("/");
      // Modes are set explicitly, independent of the umask.
      for (let depth = 1; depth < parts.length; depth += 1) {
        const folder = join(tree, ...parts.slice(0, depth));
        await mkdir(folder, { recursive: true });
        await chmod(folder, 0o755);
      }
      if (content === null) await copyFile(executable, join(tree, path));
      else await writeFile(join(tree, path), content);
      const isProgram = path.startsWith("usr/bin/") || path === "DEBIAN/postinst" || path === "DEBIAN/prerm";
      await chmod(join(tree, path), isProgram ? 0o755 : 0o644);
    }
    const words = ["--root-owner-group", "-Zxz", "--build", tree, join(output, name)];
    await run("dpkg-deb", words, { env: { ...process.env, SOURCE_DATE_EPOCH: String(source.epoch), TZ: "UTC" } });
    return name;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw new Error("dpkg-deb is not installed: apt-get install dpkg", { cause: error });
    throw stderr === undefined ? error : new Error(`dpkg-deb failed:\n${stderr}`, { cause: error });
  } finally {
    await rm(tree, { recursive: true });
  }
}
