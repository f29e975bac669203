import { execFile } from "node:child_process";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
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

const PASSWD =
  "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\n" +
  "nobody:x:65534:65534:nobody:/:/bin/sh\nnonroot:x:65532:65532:nonroot:/home/nonroot:/bin/sh\n";
const GROUP = "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\nnonroot:x:65532:\n";

/** Makes every image that the tests use, only from this machine's files, without a registry. */
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
 * The base image of all stages of Dockerfile.example. The tests give their own image that name, so that the file can be
 * built unchanged.
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

/** The path of a static busybox, for images that contain nothing else. */
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

/** What is in the image BUSYBOX. */
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

const architecture = process.arch === "arm64" ? "arm64" : "x64";
/** This machine's pinned node. */
const NODE = join(PROJECT, `node_modules/node-linux-${architecture}/bin/node`);

/** node with the libraries that it names, the shell of busybox and the user of the real image. */
export async function nodeFiles(): Promise<Entry[]> {
  return [
    { path: "/usr/local/bin/node", type: "copy", from: NODE, mode: 0o755 },
    ...(await librariesOf(NODE)),
    { path: "/bin/sh", type: "copy", from: await busybox(), mode: 0o755 },
    // A container job of GitHub's has it for its PID 1.
    { path: "/bin/tail", type: "link", target: "sh" },
    { path: "/etc/passwd", type: "file", content: PASSWD },
    { path: "/etc/group", type: "file", content: GROUP },
    { path: "/tmp", type: "directory", mode: 0o1777 },
    { path: "/home/node", type: "directory", uid: 1000 },
  ];
}

/** node where the distroless image has it, without a shell. */
export async function distrolessFiles(): Promise<Entry[]> {
  return [
    { path: "/nodejs/bin/node", type: "copy", from: NODE, mode: 0o755 },
    ...(await librariesOf(NODE)),
    { path: "/etc/passwd", type: "file", content: PASSWD },
    { path: "/etc/group", type: "file", content: GROUP },
  ];
}

/** busybox with this machine's Python: the interpreter and its library, without what was installed besides. */
export async function pythonFiles(): Promise<Entry[]> {
  const python = await realpath("/usr/bin/python3");
  const { stdout } = await execute(python, ["-c", "import sysconfig; print(sysconfig.get_paths()['stdlib'])"]);
  const library = stdout.trim();
  const modules = await filesBelow(library, (name) => !/^(?:__pycache__|dist-packages|test|config-.*)$/.test(name));
  return [
    ...(await busyboxFiles()),
    { path: "/usr/bin/python3", type: "copy", from: python, mode: 0o755 },
    ...modules,
    ...(await librariesOf(python)),
  ];
}

/** busybox with this machine's Java runtime, and a compiler: Debian's runtime has its module, but no command for it. */
export async function javaFiles(): Promise<Entry[]> {
  const java = await realpath(find("java") ?? "");
  const home = dirname(dirname(java));
  // Files of a development kit that neither running nor compiling needs.
  const files = await filesBelow(home, (name) => !/^(?:ct\.sym|demo|docs|jmods|legal|man|src\.zip)$/.test(name));
  const binaries = [java, ...files.map(({ path }) => path).filter((path) => path.endsWith(".so"))];
  const libraries = (await Promise.all(binaries.map((path) => librariesOf(path)))).flat();
  const once = new Map(libraries.map((entry) => [entry.path, entry]));
  return [
    ...(await busyboxFiles()),
    ...files,
    ...[...once.values()].filter(({ path }) => !path.startsWith(home)),
    { path: "/bin/java", type: "link", target: java },
    {
      path: "/bin/javac",
      type: "file",
      content: '#!/bin/sh\nexec java --module jdk.compiler/com.sun.tools.javac.Main "$@"\n',
      mode: 0o755,
    },
  ];
}

/** The libraries that a program needs, at the paths where it looks for them. */
async function librariesOf(program: string): Promise<Entry[]> {
  const { stdout } = await execute("ldd", [program]);
  const paths = [...stdout.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(/gm)].map((match) => match[1] ?? "");
  return paths.map((path): Entry => ({ path, type: "copy", from: path, mode: 0o755 }));
}

/** All files below a folder, each at its own path; links are followed, dangling ones omitted. */
async function filesBelow(folder: string, wanted: (name: string) => boolean): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of (await readdir(folder)).filter(wanted)) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => undefined);
    if (info?.isDirectory()) entries.push(...(await filesBelow(path, wanted)));
    else if (info?.isFile()) entries.push({ path, type: "copy", from: path });
  }
  return entries;
}

/** Makes an image of these files; `changes` are Dockerfile instructions that set what it runs. */
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
