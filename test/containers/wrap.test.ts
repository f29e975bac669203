/** What `tini-ts wrap` makes of Dockerfiles of many shapes builds and runs: with tini-ts as PID 1, and nothing in between. */
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GenericContainer } from "testcontainers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { allShapes, type Shape, SHAPES_FOLDER } from "../kit/wrap/shapes.ts";
import { start } from "./box.ts";
import { connect } from "./docker.ts";
import { PROJECT } from "./engine.ts";
import { busyboxFiles, importImage } from "./images.ts";
import { leavesOne } from "./programs.ts";
import type { Entry } from "./tar.ts";

const TOOLKIT = join(PROJECT, "src/kit/main.ts");

/** A stand-in for every program: prints its name, its parent and its arguments, waits for a signal to stop, and prints which. */
const PROGRAM = `#!/bin/sh
name=\${0##*/}
shift_words() { for word in "$@"; do printf ' <%s>' "$word"; done; }
[ -z "$EXIT" ] || exit "$EXIT"
for signal in TERM INT QUIT; do trap "echo stopped by $signal; exit 7" $signal; done
echo "ready, child of $PPID: $name$(shift_words "$@")"
(trap '' HUP TERM INT QUIT; exec sleep 100000) &
while :; do wait $!; done
`;
const NAMES = ["node", "python", "gunicorn", "java", "nginx", "redis-server"];

/** As the scripts of the official images: an option or no program at all is for the image's own program. */
const entrypointFor = (program: string) =>
  `#!/bin/sh\nif [ "\${1#-}" != "$1" ] || ! command -v "$1" >/dev/null; then set -- ${program} "$@"; fi\nexec "$@"\n`;

/** The images that the Dockerfiles come from, with what the real ones run. */
const BASES: readonly { name: string; changes: readonly string[]; entrypoint?: string; program?: string }[] = [
  { name: "alpine:3.20", changes: ['CMD ["/bin/sh"]'] },
  { name: "golang:1.23-alpine", changes: [] },
  { name: "python:3.12-slim", changes: ['CMD ["python3"]'] },
  {
    name: "node:24-alpine",
    changes: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["node"]'],
    entrypoint: "/usr/local/bin/docker-entrypoint.sh",
    program: "node",
  },
  {
    name: "redis:7",
    changes: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["redis-server"]'],
    entrypoint: "/usr/local/bin/docker-entrypoint.sh",
    program: "redis-server",
  },
  {
    name: "nginx:1.27-alpine",
    changes: ['ENTRYPOINT ["/docker-entrypoint.sh"]', 'CMD ["nginx", "-g", "daemon off;"]'],
    entrypoint: "/docker-entrypoint.sh",
    program: "nginx",
  },
  {
    name: "eclipse-temurin:21-jre",
    changes: ['ENTRYPOINT ["/__cacert_entrypoint.sh"]'],
    entrypoint: "/__cacert_entrypoint.sh",
    program: "java",
  },
  { name: "example.org/company/base:1", changes: ['CMD ["node"]'] },
  {
    name: "example.org/company/service:1",
    changes: ['ENTRYPOINT ["docker-entrypoint.sh"]', 'CMD ["node", "server.js"]'],
    entrypoint: "/usr/local/bin/docker-entrypoint.sh",
    program: "node",
  },
];

beforeAll(async () => {
  const docker = await connect();
  // Without the init: it has to come by the Dockerfile.
  const system = (await busyboxFiles()).filter(({ path }) => path !== "/tini-ts");
  const program: Entry[] = [
    { path: "/usr/local/bin/program", type: "file", content: PROGRAM, mode: 0o755 },
    ...NAMES.map((name): Entry => ({ path: `/usr/local/bin/${name}`, type: "link", target: "program" })),
  ];
  for (const { name, changes, entrypoint, program: own = "" } of BASES) {
    const script: Entry[] =
      entrypoint === undefined ? [] : [{ path: entrypoint, type: "file", content: entrypointFor(own), mode: 0o755 }];
    await importImage(docker, name, [...system, ...program, ...script], changes);
  }
});

/** Wraps a shape as a user does, and builds it; resolves with the image's name. */
async function build({ name, options = [] }: Shape, hasBuildKit: boolean): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-wrap-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  cpSync(join(SHAPES_FOLDER, name), directory, { recursive: true });
  // git keeps of a file's mode whether it may be run; what else the umask was must not matter.
  chmodSync(directory, 0o755);
  const { status, stderr } = spawnSync(process.execPath, [TOOLKIT, "wrap", "--write", ...options], {
    cwd: directory,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const image = `tini-ts-tests/wrap-${name}:latest`;
  const target = options[options.indexOf("--target") + 1];
  const builder = GenericContainer.fromDockerfile(directory);
  if (hasBuildKit) builder.withBuildkit();
  if (options.includes("--target") && target !== undefined) builder.withTarget(target);
  await builder.build(image, { deleteOnExit: false });
  return image;
}

/** The image runs the program as the child of tini-ts, which passes on signals and the exit code. */
async function verify(image: string, { runs }: Shape): Promise<void> {
  const [box, other] = await Promise.all([start({ image }), start({ image, environment: { EXIT: "9" } })]);
  const [, parent, words] = await box.stdout.until(/^ready, child of (\d+): (.*)$/m);
  expect({ parent, words }).toEqual({ parent: "1", words: runs });
  expect((await box.processes()).find(({ pid }) => pid === 1)?.name).toBe("tini-ts");
  const { Config: config } = await (await connect()).getImage(image).inspect();
  const signal = (config as { StopSignal?: string }).StopSignal?.replace(/^SIG/, "") ?? "TERM";
  const end = await box.stop();
  expect(end.code).toBe(7);
  // The sleep that the program waits for runs on where nothing else ends it; else nothing is said.
  expect(["", leavesOne(1)]).toContain(end.stderr);
  expect(end.stdout).toMatch(new RegExp(`^stopped by ${signal}$`, "m"));
  expect((await other.end()).code).toBe(9);
}

describe("a wrapped Dockerfile builds and runs:", () => {
  it.each(allShapes())("$name", async (shape) => {
    await verify(await build(shape, true), shape);
  });

  // The builders could differ in what a stage gets from the one before, and in how they read lines.
  const other = ["backtick", "carriage-returns", "cmd-continued", "cmd-of-stage", "entrypoint-of-stage", "target"];
  it.each(allShapes().filter(({ name }) => other.includes(name)))("$name, by the classic builder", async (shape) => {
    await verify(await build(shape, false), shape);
  });
});
