import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { type Docker, followed } from "./docker.ts";
import { find, INIT, PROJECT } from "./engine.ts";
import { type Entry, tar } from "./tar.ts";

/** busybox as the whole system, with a shell, users, and files that cannot be run; /tini-ts is there too. */
export const BUSYBOX = "tini-ts-tests/busybox:latest";
/** Nothing but /tini-ts and /busybox: what `FROM scratch` and two COPY give. */
export const SCRATCH = "tini-ts-tests/scratch:latest";

const execute = promisify(execFile);

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\n";
const GROUP = "root:x:0:\nnode:x:1000:\n";

/** Makes every image that the tests use, from this machine's files alone: no registry is asked. */
export async function makeImages(docker: Docker): Promise<void> {
  await Promise.all([
    importImage(docker, BUSYBOX, await busyboxFiles()),
    importImage(docker, SCRATCH, [
      { path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 },
      { path: "/busybox", type: "copy", from: await busybox(), mode: 0o755 },
    ]),
    importImage(docker, await exampleBase(), await nodeFiles()),
  ]);
}

/**
 * The image that Dockerfile.example starts from, in every stage. The tests give their own image that name, so that the
 * file is built as it stands.
 */
export async function exampleBase(): Promise<string> {
  const text = await readFile(join(PROJECT, "Dockerfile.example"), "utf8");
  const from = [...text.matchAll(/^FROM\s+(\S+)(?:\s+AS\s+(\S+))?/gim)];
  const stages = new Set(from.map((match) => match[2]));
  const bases = new Set(from.map((match) => match[1] ?? "").filter((name) => !stages.has(name)));
  const [base] = bases;
  if (base === undefined || bases.size !== 1) throw new Error("Dockerfile.example: expected one base image");
  return base;
}

/** The path of busybox, linked statically: an image holds it alone. */
export async function busybox(): Promise<string> {
  const path = find("busybox");
  if (path === undefined) throw new Error("busybox is not installed");
  // ldd ends with 1 and "not a dynamic executable" where nothing is linked dynamically.
  const dynamic = await execute("ldd", [path]).then(
    () => true,
    () => false,
  );
  if (dynamic) throw new Error(`${path} needs libraries (Debian: apt install busybox-static)`);
  return path;
}

/** busybox as a system, with a shell and users. */
export async function busyboxFiles(): Promise<Entry[]> {
  const { stdout } = await execute(await busybox(), ["--list"]);
  const applets = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  const links = applets.map((name): Entry => ({ path: `/bin/${name}`, type: "link", target: "busybox" }));
  // The header of an ELF file for a processor that no test machine is: e_machine 0x1234.
  const foreign = Buffer.alloc(64);
  foreign.write("\x7fELF\x02\x01\x01", 0, "latin1");
  foreign.writeUInt16LE(2, 16);
  foreign.writeUInt16LE(0x1234, 18);
  return [
    { path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 },
    { path: "/bin", type: "directory" },
    { path: "/bin/busybox", type: "copy", from: await busybox(), mode: 0o755 },
    ...links,
    { path: "/etc", type: "directory" },
    { path: "/etc/passwd", type: "file", content: PASSWD },
    { path: "/etc/group", type: "file", content: GROUP },
    { path: "/tmp", type: "directory", mode: 0o1777 },
    { path: "/broken", type: "directory" },
    { path: "/broken/not-executable", type: "file", content: "#!/bin/sh\n" },
    { path: "/broken/no-interpreter", type: "file", content: "#!/bin/bsh\n", mode: 0o755 },
    { path: "/broken/carriage-return", type: "file", content: "#!/bin/sh\r\necho no\r\n", mode: 0o755 },
    { path: "/broken/foreign", type: "file", content: foreign, mode: 0o755 },
    { path: "/plain-text", type: "file", content: 'echo "plain text, $1"; exit 4\n', mode: 0o755 },
  ];
}

/** This machine's pinned node with the libraries that it names, the shell of busybox and the user of the real image. */
async function nodeFiles(): Promise<Entry[]> {
  const architecture = process.arch === "arm64" ? "arm64" : "x64";
  const node = join(PROJECT, `node_modules/node-linux-${architecture}/bin/node`);
  const { stdout } = await execute("ldd", [node]);
  const libraries = [...stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(/gm)].map((match) => match[1] ?? "");
  return [
    { path: "/usr/local/bin/node", type: "copy", from: node, mode: 0o755 },
    ...libraries.map((path): Entry => ({ path, type: "copy", from: path, mode: 0o755 })),
    { path: "/bin/sh", type: "copy", from: await busybox(), mode: 0o755 },
    { path: "/etc/passwd", type: "file", content: PASSWD },
    { path: "/etc/group", type: "file", content: GROUP },
    { path: "/tmp", type: "directory", mode: 0o1777 },
    { path: "/home/node", type: "directory", uid: 1000 },
  ];
}

/** Makes an image of these files; `changes` are instructions of a Dockerfile that set what it runs. */
export async function importImage(
  docker: Docker,
  name: string,
  entries: readonly Entry[],
  changes: readonly string[] = [],
): Promise<void> {
  const colon = name.lastIndexOf(":");
  const [repo, tag] = [name.slice(0, colon), name.slice(colon + 1)];
  const progress = await docker.importImage(Readable.from(tar(entries)), { repo, tag, changes: [...changes] });
  await followed(progress);
}
