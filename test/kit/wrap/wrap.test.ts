/** `tini-ts wrap`: what becomes of a Dockerfile. That it builds and runs is shown in test/containers/wrap.test.ts. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { applyPatch } from "diff";
import { describe, expect, onTestFinished, test } from "vitest";
import { initBinary } from "../../../src/kit/init/binary.ts";
import { main } from "../../../src/kit/toolkit.ts";
import { unshell } from "../../../src/kit/wrap/shell.ts";
import { allShapes, SHAPES_FOLDER } from "./shapes.ts";

/** A folder with these files, in which the toolkit works for the time of the test that calls it. */
function workIn(files: Readonly<Record<string, string>>, shape?: string): string {
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-wrap-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  if (shape !== undefined) cpSync(join(SHAPES_FOLDER, shape), directory, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  const before = process.cwd();
  process.chdir(directory);
  onTestFinished(() => {
    process.chdir(before);
  });
  return directory;
}

async function wrap(...words: string[]) {
  const said = { stdout: "", stderr: "" };
  const code = await main(["wrap", ...words], {
    environment: {},
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}

const read = (path: string) => readFileSync(path, "utf8");

/** Wraps a Dockerfile of this text. */
async function wrapped(text: string, ...words: string[]): Promise<string> {
  workIn({ Dockerfile: text });
  const { code, stderr } = await wrap("--write", ...words);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return read("Dockerfile");
}

describe.each(allShapes())("the shape $name", ({ name, options = [], note }) => {
  test("becomes what it should, byte for byte, and nothing else is said", async () => {
    workIn({}, name);
    const { code, stderr } = await wrap("--write", ...options);
    expect(code).toBe(0);
    expect(stderr).toMatch(note ?? /^$/);
    expect(read("Dockerfile")).toBe(read("Dockerfile.wrapped"));
    expect(readFileSync("tini-ts").equals(readFileSync(initBinary(process.arch) ?? ""))).toBe(true);
    expect(statSync("tini-ts").mode & 0o777).toBe(0o755);
  });

  test("stays as it is the second time", async () => {
    workIn({}, name);
    await wrap("--write", ...options);
    const { mtimeMs, ino } = statSync("Dockerfile");
    for (const words of [[], ["--write"]]) {
      expect(await wrap(...words, ...options)).toEqual({
        code: 0,
        stdout: "Dockerfile: tini-ts is in it already\n",
        stderr: "",
      });
    }
    expect(statSync("Dockerfile")).toMatchObject({ mtimeMs, ino });
  });

  test("is shown as a diff that can be applied, and nothing is written", async () => {
    workIn({}, name);
    const before = read("Dockerfile");
    const { code, stdout } = await wrap(...options);
    expect(code).toBe(0);
    expect(existsSync("tini-ts")).toBe(false);
    expect(read("Dockerfile")).toBe(before);
    const mark = before.startsWith("\ufeff") ? 1 : 0;
    const [patch = ""] = stdout.split(/^(?=--- a\/\.dockerignore)/m);
    if (name === "already") expect(patch).toBe("");
    else expect(applyPatch(before.slice(mark), patch)).toBe(read("Dockerfile.wrapped").slice(mark));
  });
});

describe("lines that are put in", () => {
  test("end as the others do", async () => {
    workIn({}, "carriage-returns");
    await wrap("--write");
    const text = read("Dockerfile");
    expect(text.match(/\n/g)?.length).toBe(text.match(/\r\n/g)?.length);
  });

  test("stand in the last stage, and leave the text of RUN that looks like them alone", async () => {
    const text = await wrapped(
      'FROM alpine:3 AS one\nRUN <<EOF\nENTRYPOINT ["no"]\nFROM nowhere\nEOF\nFROM alpine:3\nRUN echo \\\nENTRYPOINT x\nCMD ["a"]\n',
    );
    expect(text).toBe(
      'FROM alpine:3 AS one\nRUN <<EOF\nENTRYPOINT ["no"]\nFROM nowhere\nEOF\nFROM alpine:3\nCOPY tini-ts /tini-ts\n' +
        'RUN echo \\\nENTRYPOINT x\nENTRYPOINT ["/tini-ts", "--"]\nCMD ["a"]\n',
    );
  });

  test("come behind the last instruction where nothing else tells, also behind a long one", async () => {
    const text = await wrapped("FROM nginx\nRUN <<EOF\ntrue\nEOF\n\n# The end.\n");
    expect(text).toBe(
      'FROM nginx\nCOPY tini-ts /tini-ts\nRUN <<EOF\ntrue\nEOF\nENTRYPOINT ["/tini-ts", "--", "/docker-entrypoint.sh"]\n' +
        'CMD ["nginx", "-g", "daemon off;"]\n\n# The end.\n',
    );
  });

  test("keep the options of catatonit, which mean the same here", async () => {
    expect(await wrapped('FROM alpine:3\nENTRYPOINT ["catatonit", "-P"]\n')).toBe(
      'FROM alpine:3\nCOPY tini-ts /tini-ts\nENTRYPOINT ["/tini-ts", "-P"]\n',
    );
    expect(await wrapped('FROM alpine:3\nENTRYPOINT ["catatonit", "-g", "--", "grep", "-L", "a"]\n')).toBe(
      'FROM alpine:3\nCOPY tini-ts /tini-ts\nENTRYPOINT ["/tini-ts", "-g", "--", "grep", "-L", "a"]\n',
    );
  });

  test("take the init from an image where one is named", async () => {
    expect(await wrapped('FROM alpine:3\nCMD ["a"]\n', "--image", "example.org/tini-ts:1")).toBe(
      'FROM alpine:3\nCOPY --from=example.org/tini-ts:1 /tini-ts /tini-ts\nENTRYPOINT ["/tini-ts", "--"]\nCMD ["a"]\n',
    );
    expect(existsSync("tini-ts")).toBe(false);
  });

  test("wrap the stage of that name or number", async () => {
    const text = 'FROM alpine:3 AS one\nCMD ["a"]\nFROM alpine:3 AS two\nCMD ["b"]\n';
    const first =
      'FROM alpine:3 AS one\nCOPY tini-ts /tini-ts\nENTRYPOINT ["/tini-ts", "--"]\nCMD ["a"]\nFROM alpine:3 AS two\nCMD ["b"]\n';
    expect(await wrapped(text, "--target", "ONE")).toBe(first);
    expect(await wrapped(text, "--target=0")).toBe(first);
  });
});

describe("another init is replaced with the options that come closest", () => {
  test.each([
    [
      ["dumb-init", "-c", "--", "app"],
      ["/tini-ts", "-c", "--", "app"],
    ],
    [
      ["/usr/bin/dumb-init", "--single-child", "app", "-v"],
      ["/tini-ts", "-c", "app", "-v"],
    ],
    [
      ["dumb-init", "--sing", "--", "app"],
      ["/tini-ts", "-c", "--", "app"],
    ],
    [
      ["dumb-init", "-cv", "app"],
      ["/tini-ts", "-c", "-v", "app"],
    ],
    [
      ["dumb-init", "-r", "15:3", "--", "app"],
      ["/tini-ts", "--isolate=session", "-g", "-r", "15:3", "--", "app"],
    ],
    [
      ["dumb-init", "-vr15:3", "app"],
      ["/tini-ts", "--isolate=session", "-g", "-v", "-r", "15:3", "app"],
    ],
    [
      ["dumb-init", "--rewrite=15:3", "-r", "2:0", "app"],
      ["/tini-ts", "--isolate=session", "-g", "-r", "15:3", "-r", "2:0", "app"],
    ],
    [
      ["/dumb-init_1.2.5_x86_64", "app"],
      ["/tini-ts", "--isolate=session", "-g", "app"],
    ],
    [
      ["tini", "-sgvwe", "143", "--", "app"],
      ["/tini-ts", "-sgvwe", "143", "--", "app"],
    ],
    [
      ["tini", "-p", "SIGTERM", "-vvv", "--", "app"],
      ["/tini-ts", "-p", "SIGTERM", "-vvv", "--", "app"],
    ],
    [
      ["/tini-static-muslc-amd64", "-g", "app"],
      ["/tini-ts", "-g", "app"],
    ],
    [
      ["/sbin/docker-init", "--", "app"],
      ["/tini-ts", "--", "app"],
    ],
    [
      ["sh", "-c", "exec tini -g -- app 'a b'"],
      ["/tini-ts", "-g", "--", "app", "a b"],
    ],
    [
      ["/bin/bash", "-ec", "dumb-init -c app"],
      ["/tini-ts", "-c", "app"],
    ],
  ])("%j", async (words, expected) => {
    for (const list of [JSON.stringify(words), `[${words.map((word) => JSON.stringify(word)).join(", \\\n  ")}]`]) {
      workIn({ Dockerfile: `FROM alpine:3\nENTRYPOINT ${list}\n` });
      expect(await wrap("--write")).toMatchObject({ code: 0, stderr: "" });
      const [, , ...entrypoint] = read("Dockerfile").split("\n");
      const written = entrypoint.join("").replace("ENTRYPOINT", "").replaceAll("\\", "");
      expect(JSON.parse(written)).toEqual(expected);
    }
  });

  test("DUMB_INIT_SETSID=0 is -c", async () => {
    expect(await wrapped('FROM alpine:3\nENV DUMB_INIT_SETSID=0\nENTRYPOINT ["dumb-init", "app"]\n')).toContain(
      'ENTRYPOINT ["/tini-ts", "-c", "app"]\n',
    );
  });

  test("what dumb-init never did is left out, and said", async () => {
    workIn({ Dockerfile: 'FROM alpine:3\nENTRYPOINT ["dumb-init", "-c", "-r", "9:15", "app"]\n' });
    expect(await wrap("--write")).toMatchObject({
      code: 0,
      stderr: "Dockerfile:2: -r 9:15 is left out: it never had an effect\n",
    });
    expect(read("Dockerfile")).toContain('ENTRYPOINT ["/tini-ts", "-c", "app"]\n');
  });
});

describe("an ENTRYPOINT of the base's is kept where the tag has it", () => {
  test.each([
    ["nginx:1.17.10-alpine", []],
    ["nginx:1.13.12", []],
    ["nginx:1.19", ["/docker-entrypoint.sh"]],
    ["nginx:stable-alpine", ["/docker-entrypoint.sh"]],
    ["nginx:1", ["/docker-entrypoint.sh"]],
    ["node:6-alpine", []],
    ["node:boron", []],
    ["node:8.11.4", []],
    ["node:8.16.2", ["docker-entrypoint.sh"]],
    ["node:10", ["docker-entrypoint.sh"]],
    ["node:12.1.0-slim", []],
    ["node:12.4", ["docker-entrypoint.sh"]],
    ["php:5.5-cli", []],
    ["php:7.0.13", []],
    ["php:5.6.30-apache", ["docker-php-entrypoint"]],
    ["php:7.1", ["docker-php-entrypoint"]],
    ["node:22.1-alpine3.19", ["docker-entrypoint.sh"]],
    ["node:lts-alpine", ["docker-entrypoint.sh"]],
    ["docker.io/library/node:8.11", []],
    ["eclipse-temurin:17", ["/__cacert_entrypoint.sh"]],
    ["eclipse-temurin:17-jre-alpine", ["/__cacert_entrypoint.sh"]],
    ["eclipse-temurin:17.0.7_7-jre", []],
    ["eclipse-temurin:17.0.8.1_1-jre", ["/__cacert_entrypoint.sh"]],
    ["eclipse-temurin:11.0.19_7-jdk", []],
    ["eclipse-temurin:8u372-b07-jre", []],
    ["eclipse-temurin:8u392-b08-jre", ["/__cacert_entrypoint.sh"]],
    ["eclipse-temurin:21_35-jdk", ["/__cacert_entrypoint.sh"]],
    ["amd64/node:22", ["docker-entrypoint.sh"]],
  ])("%s", async (image, entrypoint) => {
    const text = await wrapped(`FROM ${image}\nCMD ["app"]\n`);
    const words = ["/tini-ts", "--", ...entrypoint].map((word) => JSON.stringify(word)).join(", ");
    expect(text).toContain(`\nENTRYPOINT [${words}]\nCMD ["app"]\n`);
  });

  test.each(["nginx:1.18", "node:8.16.0", "node:12.3.1", "php:7.0.14", "eclipse-temurin:8u382-b05-jre"])(
    "%s was built with and without it: nothing is written, and what to give is said",
    async (image) => {
      workIn({ Dockerfile: `FROM ${image}\nCMD ["app"]\n` });
      const { code, stderr } = await wrap("--write");
      expect([code, stderr]).toEqual([1, expect.stringContaining("--entrypoint")]);
      expect(read("Dockerfile")).toBe(`FROM ${image}\nCMD ["app"]\n`);
    },
  );

  test("--entrypoint '[]' says that there is none", async () => {
    expect(await wrapped('FROM example.org/a:1\nCMD ["app"]\n', "--entrypoint", "[]")).toBe(
      'FROM example.org/a:1\nCOPY tini-ts /tini-ts\nENTRYPOINT ["/tini-ts", "--"]\nCMD ["app"]\n',
    );
  });
});

describe("a list that starts a shell is left as it is, and what it costs is said", () => {
  test.each([
    ['["sh", "-c", "a && b"]', /^Dockerfile:2: a shell stays in front .*: write "a && exec b"\n$/],
    [
      '["/bin/bash", "-c", "node server.js"]',
      /^Dockerfile:2: a shell stays in front .*: write "exec node server.js"\n$/,
    ],
    ['["sh", "-c", "a | b"]', /^Dockerfile:2: a shell stays in front .*: "\|" makes more than one process\n$/],
    ['["sh", "-c", "a && exec b"]', /^$/],
  ])("%s", async (list, said) => {
    for (const keyword of ["ENTRYPOINT", "CMD"]) {
      workIn({ Dockerfile: `FROM alpine:3\n${keyword} ${list}\n` });
      const { code, stderr } = await wrap("--write");
      expect(code).toBe(0);
      expect(stderr).toMatch(said);
      expect(read("Dockerfile")).toContain(list.slice(1));
    }
  });
});

describe("the init is the one for the CPU that is built for", () => {
  const other = process.arch === "x64" ? "arm64" : "x64";
  const dockers = { x64: "amd64", arm64: "arm64" } as const;
  /** What would be written, and which inits. */
  async function shown(text: string, ...words: string[]) {
    workIn({ Dockerfile: text });
    const { code, stdout, stderr } = await wrap(...words);
    return {
      code,
      stdout,
      inits: [...stderr.matchAll(/for (\w+) at (\S+?)(?=,|\n)/g)].map(
        ([, arch, path]) => `${arch ?? ""} ${path ?? ""}`,
      ),
    };
  }
  // Only what was packed has the inits for all CPUs.
  const isPacked = initBinary(other) !== null;
  const absent = /^tini-ts: this toolkit came without an init for (x64|arm64)\n$/;

  test.each([
    [`FROM --platform=linux/${dockers[other]} alpine:3\nCMD ["a"]\n`],
    [`ARG WHERE=linux/${dockers[other]}\nFROM --platform=$WHERE alpine:3 AS base\nFROM base\nCMD ["a"]\n`],
    [`FROM ${other === "arm64" ? "arm64v8" : "amd64"}/alpine:3\nCMD ["a"]\n`],
  ])("%j", async (text) => {
    workIn({ Dockerfile: text });
    const { code, stderr } = await wrap();
    if (isPacked)
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: `tini-ts: --write does this, and puts the init for ${other} at tini-ts\n`,
      });
    else expect(stderr).toMatch(absent);
  });

  test.each([
    [
      'FROM --platform=$BUILDPLATFORM golang AS build\nARG TARGETARCH\nRUN make $TARGETARCH\nFROM alpine:3\nCMD ["a"]\n',
      "TARGETARCH",
    ],
    ['FROM --platform=$TARGETPLATFORM alpine:3\nCMD ["a"]\n', "TARGETARCH"],
    ['FROM --platform=${BUILDPLATFORM} alpine:3\nCMD ["a"]\n', "BUILDARCH"],
  ])("%j takes the one that Docker's argument names", async (text, argument) => {
    if (!isPacked) {
      workIn({ Dockerfile: text });
      expect((await wrap()).stderr).toMatch(absent);
      return;
    }
    const { code, stdout, inits } = await shown(text);
    expect(code).toBe(0);
    expect(stdout).toContain(`+ARG ${argument}\n+COPY tini-ts-$${argument} /tini-ts\n`);
    expect(inits).toEqual(["x64 tini-ts-amd64", "arm64 tini-ts-arm64"]);
  });

  test("--arch says which ones lie beside it, by the names that TARGETARCH has", async () => {
    if (!isPacked) return;
    const { stdout, inits } = await shown('FROM alpine:3\nCMD ["a"]\n', "--arch", "amd64,arm", "--arch", "ppc64le,386");
    expect(stdout).toContain("+ARG TARGETARCH\n+COPY tini-ts-$TARGETARCH /tini-ts\n");
    expect(inits).toEqual(["x64 tini-ts-amd64", "arm tini-ts-arm", "ppc64 tini-ts-ppc64le", "ia32 tini-ts-386"]);
  });

  test.each([
    ["arm32v7/alpine:3", "arm"],
    ["i386/alpine:3", "ia32"],
    ["ppc64le/alpine:3", "ppc64"],
    ["--platform=linux/riscv64 alpine:edge", "riscv64"],
    ["--platform=linux/arm/v7 alpine:3", "arm"],
  ])("FROM %s: the one for %s", async (from, arch) => {
    if (!isPacked) return;
    expect((await shown(`FROM ${from}\nCMD ["a"]\n`)).inits).toEqual([`${arch} tini-ts`]);
  });

  test.each([
    ["s390x/alpine:3", "linux/s390x"],
    ["arm32v6/alpine:3", "linux/arm/v6"],
    ["--platform=linux/arm/v5 debian:12", "linux/arm/v5"],
  ])("FROM %s: there is none", async (from, platform) => {
    workIn({ Dockerfile: `FROM ${from}\nCMD ["a"]\n` });
    const { code, stderr } = await wrap("--write");
    const only = "only for amd64, arm64, riscv64, ppc64le, arm and 386";
    expect({ code, stderr }).toEqual({ code: 1, stderr: `Dockerfile:1: there is no init for ${platform}, ${only}\n` });
    expect(read("Dockerfile")).toContain(from);
  });
});

describe("the folder and the stage that a Compose file builds", () => {
  test("say where the init goes", async () => {
    workIn({
      "docker/web/Dockerfile": 'FROM alpine:3 AS run\nCOPY . /app\nCMD ["a"]\nFROM run AS test\nCMD ["b"]\n',
      "deploy/compose.yaml":
        "services:\n  web:\n    build: { context: .., dockerfile: docker/web/Dockerfile, target: run }\n  db: { image: postgres }\n",
    });
    expect(await wrap("--write", "docker/web/Dockerfile")).toMatchObject({ code: 0, stderr: "" });
    expect([existsSync("tini-ts"), existsSync("docker/web/tini-ts")]).toEqual([true, false]);
    expect(read("docker/web/Dockerfile")).toBe(
      'FROM alpine:3 AS run\nCOPY tini-ts /tini-ts\nCOPY . /app\nENTRYPOINT ["/tini-ts", "--"]\nCMD ["a"]\nFROM run AS test\nCMD ["b"]\n',
    );
  });

  test("where they do not agree, that is said, and options decide", async () => {
    workIn({
      "docker/Dockerfile": 'FROM alpine:3\nCMD ["a"]\n',
      "compose.yaml":
        "services:\n  a:\n    build: { context: ., dockerfile: docker/Dockerfile }\n  b:\n    build: docker\n",
    });
    const { stderr } = await wrap("docker");
    expect(stderr).toMatch(
      /^docker\/Dockerfile: compose\.yaml build it in different folders \(\., docker\): --context says which\n/,
    );
    await wrap("--write", "--context", ".", "docker");
    expect(existsSync("tini-ts")).toBe(true);
  });

  test("without one, a folder of Dockerfiles alone is built from the folder around it", async () => {
    workIn({ "docker/app/Dockerfile": 'FROM alpine:3\nCOPY . /app\nCMD ["a"]\n', "main.go": "" });
    await wrap("--write", "docker/app/Dockerfile");
    expect([existsSync("tini-ts"), existsSync("docker/app/tini-ts")]).toEqual([true, false]);
  });

  test("patterns of COPY tell as well as names", async () => {
    workIn({
      "docker/Dockerfile": 'FROM node:22\nCOPY package*.json ./\nCMD ["a"]\n',
      "docker/notes": "",
      "package.json": "{}",
    });
    await wrap("--write", "docker/Dockerfile");
    expect(existsSync("tini-ts")).toBe(true);
  });
});

describe("what stays a shell is said, with the reason", () => {
  test.each([
    ["node server.js | logger", '"|" makes more than one process'],
    ["helper & node server.js", '"&" makes more than one process'],
    ["trap 'cleanup' EXIT; node server.js", '"trap" needs it'],
    ['if [ -n "$A" ]; then node a.js; else node b.js; fi', "it is a script of its own"],
    ["$COMMAND --now", "only the shell knows what $COMMAND is"],
  ])("CMD %s", async (script, why) => {
    workIn({ Dockerfile: `FROM alpine:3\nCMD ${script}\n` });
    const { code, stderr } = await wrap("--write");
    expect(code).toBe(0);
    expect(stderr).toBe(`Dockerfile:2: a shell stays in front of the program, and keeps signals from it: ${why}\n`);
    expect(read("Dockerfile")).toContain(
      `CMD ${JSON.stringify(["/bin/sh", "-c", script]).replaceAll('","', '", "')}\n`,
    );
  });
});

describe("what only its owner can wrap is one sentence with the line, exit code 1, and nothing written:", () => {
  test.each([
    [
      "FROM example.org/a\nRUN true\n",
      /^Dockerfile:1: what example\.org\/a runs cannot be known from here, .*: give .* --entrypoint .* and --cmd\n$/,
    ],
    ["ARG BASE\nFROM $BASE\nRUN true\n", /^Dockerfile:2: what the base image runs cannot be known from here/],
    ["FROM php:8-fpm\nRUN true\n", /^Dockerfile:1: the CMD of php:8-fpm depends on its tag: give it with --cmd\n$/],
    ["FROM scratch\nCOPY a /\n", /^Dockerfile:1: it runs nothing: there is no ENTRYPOINT and no CMD\n$/],
    ["FROM alpine:3\nENTRYPOINT ['node']\n", /^Dockerfile:2: ENTRYPOINT \['node'\] is no JSON, .* double quotes\n$/],
    ["FROM alpine:3\nCMD ['node']\n", /^Dockerfile:2: CMD \['node'\] is no JSON, .* double quotes\n$/],
    [
      'FROM alpine:3\nENTRYPOINT ["/init"]\n',
      /^Dockerfile:2: \/init is a system of its own, which has to be PID 1 itself\n$/,
    ],
    ['FROM alpine:3\nCMD ["/sbin/my_init"]\n', /^Dockerfile:2: \/sbin\/my_init is a system of its own/],
    [
      'FROM alpine:3\nENTRYPOINT ["catatonit", "-gL", "--", "a"]\n',
      /^Dockerfile:2: catatonit -L prints something and runs nothing: remove the option\n$/,
    ],
    [
      "FROM alpine:3\nENTRYPOINT exec tini -- $PROGRAM\n",
      /^Dockerfile:2: the shell starts an init itself: take it out of/,
    ],
    [
      "FROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCMD a\n",
      /^Dockerfile:1: \S+ is Windows, where there is no PID 1\n$/,
    ],
    [
      'FROM alpine:3\nSHELL ["pwsh", "-c"]\nCMD a\n',
      /^Dockerfile:3: the shell is pwsh -c: only those of Unix are understood\n$/,
    ],
  ])("%j", async (text, sentence) => {
    workIn({ Dockerfile: text });
    const { code, stdout, stderr } = await wrap("--write");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(read("Dockerfile")).toBe(text);
    expect(existsSync("tini-ts")).toBe(false);
  });

  test.each([
    [
      'FROM example.org/a:1\nCMD ["a"]\n',
      /^Dockerfile:1: what example\.org\/a:1 runs cannot be known from here, .*--entrypoint '\[\]' where it has none\)\n$/,
    ],
    [
      'FROM node:11.15-alpine\nCMD ["a"]\n',
      /^Dockerfile:1: whether the image node:11\.15-alpine has an ENTRYPOINT depends/,
    ],
    [
      "FROM eclipse-temurin:17.0.8_7-jre\nCMD java -jar a\n",
      /^Dockerfile:1: whether the image eclipse-temurin:17\.0\.8_7-jre has/,
    ],
    ['FROM traefik:1.7\nCMD ["--api"]\n', /^Dockerfile:1: whether the image traefik:1\.7 has an ENTRYPOINT depends/],
    [
      'FROM --platform=linux/arm/v6 alpine:3\nCMD ["a"]\n',
      /^Dockerfile:1: there is no init for linux\/arm\/v6, only for/,
    ],
    ['FROM s390x/alpine:3\nCMD ["a"]\n', /^Dockerfile:1: there is no init for linux\/s390x, only for/],
    [
      'FROM alpine:3\nENTRYPOINT ["dumb-init", "-x", "--", "a"]\n',
      /^Dockerfile:2: dumb-init does not know the option -x, .*: remove it\n$/,
    ],
    [
      'FROM alpine:3\nENTRYPOINT ["dumb-init", "--re", "a:b", "--", "a"]\n',
      /^Dockerfile:2: the init would refuse it: /,
    ],
    [
      'FROM alpine:3\nENTRYPOINT ["tini", "-p", "NOSUCH", "--", "a"]\n',
      /^Dockerfile:2: the init would refuse it: .*NOSUCH/,
    ],
    [
      'FROM alpine:3\nENTRYPOINT ["tini", "-e", "3000", "--", "a"]\n',
      /^Dockerfile:2: the init would refuse it: .*3000/,
    ],
    [
      'FROM alpine:3\nENTRYPOINT ["tini", "--version"]\n',
      /^Dockerfile:2: tini --version prints something and runs nothing/,
    ],
    ['FROM alpine:3\nENV TINI_GRACE=soon\nCMD ["a"]\n', /^Dockerfile:2: the init would refuse it: .*soon/],
    [
      'FROM alpine:3\nENTRYPOINT ["sh", "-c", "a && exec tini -- b"]\n',
      /^Dockerfile:2: the shell starts an init itself: /,
    ],
    ['FROM alpine:3\nENTRYPOINT ["env", "A=b", "tini", "--", "a"]\n', /^Dockerfile:2: .*tini/],
    ['FROM alpine:3\nCMD ["s6-svscan", "/etc/s6"]\n', /^Dockerfile:2: s6-svscan is a system of its own/],
  ])("%j", async (text, sentence) => {
    workIn({ Dockerfile: text });
    const { code, stdout, stderr } = await wrap("--write");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(read("Dockerfile")).toBe(text);
  });

  test("a script that starts another init", async () => {
    workIn({
      Dockerfile: 'FROM debian:12\nRUN apt-get install -y tini\nCOPY start.sh /\nENTRYPOINT ["/start.sh"]\n',
      "start.sh": '#!/bin/sh\nset -e\nexec tini -- app "$@"\n',
    });
    const { code, stderr } = await wrap("--write");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Dockerfile:4: .*tini/);
    expect(existsSync("tini-ts")).toBe(false);
  });

  test("a stage that is not there", async () => {
    workIn({ Dockerfile: "FROM alpine:3\nCMD a\n" });
    expect(await wrap("--target", "nowhere")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'Dockerfile:1: there is no stage "nowhere"\n',
    });
  });
});

describe("what cannot be read or was said wrongly is one sentence, and exit code 2:", () => {
  test.each([
    [["nowhere/Dockerfile"], /^tini-ts: nowhere\/Dockerfile cannot be read: no such file or directory\n$/],
    [["a", "b"], /^tini-ts: wrap takes one Dockerfile, and b is another\n$/],
    [["binary"], /^tini-ts: binary is binary: it has a NUL byte\n$/],
    [["empty"], /^tini-ts: empty has no FROM: it is no whole Dockerfile\n$/],
    [
      ["--entrypoint", "node"],
      /^tini-ts: --entrypoint node: a JSON list of words was expected, like \["npm", "start"\]\n$/,
    ],
    [
      ["--arch", "mips"],
      /^tini-ts: there is no init for mips: --arch takes x64, arm64, riscv64, ppc64, arm or ia32\n$/,
    ],
    [["--wirte"], /^tini-ts: unknown option --wirte; did you mean --write\?\n$/],
  ])("%j", async (words, sentence) => {
    workIn({ Dockerfile: "FROM alpine:3\nCMD a\n", binary: "\0", empty: "" });
    const { code, stdout, stderr } = await wrap(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
  });

  test("no Dockerfile here", async () => {
    workIn({});
    expect(await wrap()).toMatchObject({
      code: 2,
      stderr: "tini-ts: there is no Dockerfile and no Containerfile here: name the file\n",
    });
  });

  test("a place for the init that cannot be written: the Dockerfile stays as it is", async () => {
    workIn({ Dockerfile: 'FROM alpine:3\nCMD ["a"]\n' });
    mkdirSync("tini-ts");
    expect(await wrap("--write")).toMatchObject({ code: 2, stderr: "tini-ts: tini-ts is a folder\n" });
    expect(read("Dockerfile")).toBe('FROM alpine:3\nCMD ["a"]\n');
  });
});

describe("the files around", () => {
  const text = 'FROM alpine:3\nCOPY src/a /\nCMD ["a"]\n';

  test("a Containerfile, a folder and any other name are taken", async () => {
    workIn({ Containerfile: text, "folder/Dockerfile": text, "docker/web.Dockerfile": text });
    for (const [words, path] of [
      [[], "Containerfile"],
      [["folder"], "folder/Dockerfile"],
      [["docker/web.Dockerfile"], "docker/web.Dockerfile"],
    ] as const) {
      expect((await wrap("--write", ...words)).stdout).toContain(`${path}: tini-ts is in it now`);
      expect(read(path)).toContain("COPY tini-ts /tini-ts\n");
    }
  });

  test("the init goes where the build takes what else it copies, or where --context says", async () => {
    workIn({ "docker/Dockerfile": text, "src/a": "" });
    await wrap("--write", "docker/Dockerfile");
    expect([existsSync("tini-ts"), existsSync("docker/tini-ts")]).toEqual([true, false]);
    await wrap("--write", "--context", "docker", "docker/Dockerfile");
    expect(existsSync("docker/tini-ts")).toBe(true);
  });

  test("a file of the Dockerfile's own that keeps the init out comes before .dockerignore", async () => {
    workIn({ Dockerfile: text, "Dockerfile.dockerignore": "*", ".dockerignore": "*\n" });
    await wrap("--write");
    expect(read("Dockerfile.dockerignore")).toBe("*\n!tini-ts\n");
    expect(read(".dockerignore")).toBe("*\n");
  });

  test("a symbolic link stays one, and the mode stays", async () => {
    workIn({ real: text });
    symlinkSync("real", "Dockerfile");
    await wrap("--write");
    expect(read("real")).toContain("ENTRYPOINT");
    expect(statSync("real").mode & 0o777).toBe(0o644);
  });
});

describe("the shell form", () => {
  test.each<[string, readonly string[]]>([
    ["node server.js", ["node", "server.js"]],
    ["  node   server.js  ", ["node", "server.js"]],
    ["exec node server.js", ["node", "server.js"]],
    [`node 'a b' "c d" e\\ f`, ["node", "a b", "c d", "e f"]],
    ["sh -c 'a; b'", ["sh", "-c", "a; b"]],
  ])("%j becomes words", (script, words) => {
    expect(unshell(script)).toEqual({ how: "words", words });
  });

  test.each([
    ["node $A", "exec node $A"],
    ["A=b node c", "A=b exec node c"],
    ["cd /app && node a", "cd /app && exec node a"],
    ["set -e; node a;", "set -e; exec node a;"],
    ["node a > /log 2>&1", "exec node a > /log 2>&1"],
    ["node *.js", "exec node *.js"],
    ["${HOME}/bin/run", "exec ${HOME}/bin/run"],
    ["a || b", "a || exec b"],
    ["export A=b; exec node c", "export A=b; exec node c"],
    ["echo {a,b}", null],
    ["node {a,b}", "exec node {a,b}"],
    ["cd /app", null],
    ["(cd /app; node a)", null],
    ["", null],
    ["node 'a", null],
  ])("%j ends in %j", (script, expected) => {
    const result = unshell(script);
    expect(result.how === "exec" ? result.script : null).toBe(expected);
    if (expected === null) expect(result.how).toBe("stays");
  });
});
