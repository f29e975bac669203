/** The npm package: what is in it, and that it needs nothing else. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import { ARCHITECTURES } from "../../src/kit/init/binary.ts";
import { expectAbsent } from "../absence.ts";
import { patience } from "../patience.ts";
import { installPackage, type Installed, packagePath, PROJECT, run } from "./products.ts";

let installed: Installed;
beforeAll(() => {
  installed = installPackage();
});
afterAll(() => {
  installed.remove();
});

const json = (path: string) => JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
const npx = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  run("npx", ["--offline", "--userconfig", join(installed.folder, "npmrc"), "tini-ts", ...words], {
    cwd: installed.folder,
    environment,
  });

/** Starts a tool whose program says something when it is ready, sends a signal to the tool, and resolves with its exit code. */
async function signalled(tool: string, words: readonly string[], signal: NodeJS.Signals): Promise<number | null> {
  // A group of its own: whatever becomes of the tool, nothing of it stays.
  const child = spawn(tool, words, { stdio: ["ignore", "pipe", "inherit"], detached: true, timeout: patience(30_000) });
  const ended = once(child, "exit") as Promise<[number | null]>;
  try {
    await Promise.race([once(child.stdout, "data"), ended]);
    child.kill(signal);
    return (await ended)[0];
  } finally {
    try {
      process.kill(-(child.pid ?? NaN), "SIGKILL");
    } catch {
      // Nothing is left of it.
    }
  }
}

describe("the package", () => {
  test("is named by the version, and has less than 5 MB unpacked", () => {
    const { version } = json(join(PROJECT, "package.json"));
    expect(packagePath()).toMatch(new RegExp(`/tini-ts-${String(version)}\\.tgz$`));
    const bytes = readdirSync(installed.files).map((name) => statSync(join(installed.files, name)).size);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5_000_000);
  });

  test("has what it promises, and nothing of the machine that packed it", () => {
    const names = readdirSync(installed.files).sort();
    const inits = names.filter((name) => name.startsWith("tini-ts-") && !name.includes("."));
    expect(inits).toEqual(ARCHITECTURES.map((arch) => `tini-ts-${arch}`).sort());
    expect(names.filter((name) => !inits.includes(name))).toEqual([
      "LICENSE",
      "LICENSES-OF-OTHERS.txt",
      "README.md",
      "answers.wasm",
      "package.json",
      "tini-ts-lint.schema.json",
      "tini-ts.cjs",
    ]);
    expectAbsent(PROJECT, readFileSync(join(installed.files, "tini-ts.cjs"), "utf8"), import.meta.filename);
  });

  test("installs nothing beside itself, and runs nothing when it is installed", () => {
    expect(readdirSync(join(installed.folder, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "tini-ts",
    ]);
    const manifest = json(join(installed.files, "package.json"));
    expect(Object.keys(manifest).sort()).toEqual(
      ["bin", "description", "engines", "keywords", "license", "name", "version"].sort(),
    );
    expect(existsSync(join(installed.files, "node_modules"))).toBe(false);
  });

  test("names the licence of each package in it", () => {
    const licences = readFileSync(join(installed.files, "LICENSES-OF-OTHERS.txt"), "utf8");
    for (const name of Object.keys(json(join(PROJECT, "package.json"))["dependencies"] as object)) {
      expect(licences).toMatch(new RegExp(`^${name} \\d`, "m"));
    }
  });

  test("has the init that dist/tini-ts is, to the byte: what its tests prove holds for this one", () => {
    const init = readFileSync(join(installed.files, `tini-ts-${process.arch}`));
    expect(init.equals(readFileSync(join(PROJECT, "dist/tini-ts")))).toBe(true);
    expect(statSync(join(installed.files, `tini-ts-${process.arch}`)).mode & 0o111).toBe(0o111);
  });
});

describe("npx tini-ts", () => {
  test("lint, wrap and the version", () => {
    writeFileSync(join(installed.folder, "Dockerfile"), "FROM node:24\nCMD node server.js\n");
    const found = npx(["lint"]);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain("Dockerfile:2:5: warning: ");
    expect(npx(["wrap", "--write"]).code).toBe(0);
    expect(npx(["lint"])).toMatchObject({ code: 0, stdout: "" });
    expect(npx(["--version"]).stdout).toMatch(/^tini-ts \d+\.\d+\.\d+\n$/);
  });

  test("-- node server.js: the program is the init's child, and answers its signals", async () => {
    const server = join(installed.folder, "server.js");
    writeFileSync(
      server,
      'process.on("SIGTERM", () => process.exit(9)); setInterval(() => {}, 1000); console.log("ready");',
    );
    expect(await signalled(installed.tool, ["--", process.execPath, server], "SIGTERM")).toBe(9);
  });
});

describe("a file of the package that was changed since", () => {
  test("is not put anywhere, and is named", () => {
    const path = join(installed.files, `tini-ts-${process.arch}`);
    const bytes = readFileSync(path);
    try {
      writeFileSync(path, bytes.subarray(0, -1));
      const folder = join(installed.folder, "other");
      mkdirSync(folder);
      const { code, stdout, stderr } = run(installed.tool, ["install", folder]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`${path} is not as it was packed (its SHA-256 is `);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      writeFileSync(path, bytes);
    }
  });
});

/** A Node before 22, which cannot become another program, where the machine has one beside that of the tests. */
function olderNode(): { path: string; version: string } | null {
  const paths = ["/usr/bin/node", "/usr/local/bin/node"].filter((path) => existsSync(path));
  const nodes = paths.map((path) => ({ path, version: run(path, ["--version"]).stdout.trim() }));
  return nodes.find(({ version }) => Number(/^v(\d+)/.exec(version)?.[1]) < 22) ?? null;
}

const older = olderNode();
const tried = older?.version ?? `${process.version} without execve; left out: no Node before 22 is here`;

describe(`where Node cannot become another program (${tried})`, () => {
  /** The bundle, by a Node that has no execve, or is made to have none. */
  function onOlder(words: readonly string[]): { command: string; arguments: string[] } {
    const bundle = join(installed.files, "tini-ts.cjs");
    if (older !== null) return { command: older.path, arguments: [bundle, ...words] };
    const code = `process.execve = undefined; process.argv.splice(1, 0, ${JSON.stringify(bundle)}); require(${JSON.stringify(bundle)})`;
    return { command: process.execPath, arguments: ["--eval", code, "--", ...words] };
  }

  test("the init is a child, and its exit code the tool's", () => {
    const start = (...words: string[]) => {
      const { command, arguments: all } = onOlder(words);
      return run(command, all);
    };
    expect(start("--", "sh", "-c", "echo out; echo err >&2; exit 7")).toEqual({
      code: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(start("--", "/no/such/program").code).toBe(127);
    expect(start("lint", "--help").code).toBe(0);
  });

  test("lint, wrap, config and install do what they do elsewhere", () => {
    const folder = join(installed.folder, "older");
    mkdirSync(join(folder, "bin"), { recursive: true });
    writeFileSync(join(folder, "Dockerfile"), "FROM node:24\nCMD node server.js\n");
    const start = (...words: string[]) => {
      const { command, arguments: all } = onOlder(words);
      return run(command, all, { cwd: folder });
    };
    const found = start("lint", "--no-color");
    expect(found).toEqual(run(installed.tool, ["lint", "--no-color"], { cwd: folder }));
    expect(found).toMatchObject({ code: 1, stderr: "1 file: 1 warning\n" });
    for (const format of ["json", "sarif", "github"]) {
      expect(start("lint", "--format", format)).toEqual(
        run(installed.tool, ["lint", "--format", format], { cwd: folder }),
      );
    }
    expect(start("wrap").stdout).toContain('+ENTRYPOINT ["/tini-ts", "--", "docker-entrypoint.sh"]\n');
    expect(start("wrap", "--write").code).toBe(0);
    // What reads the settings is loaded only where there are some.
    writeFileSync(join(folder, ".tini-ts-lint.yml"), "fail-on: error\nrules: { no-init: info }\n");
    expect(start("lint")).toEqual({ code: 0, stdout: "", stderr: "1 file: nothing found\n" });
    expect(start("lint", "--baseline", "known.json")).toMatchObject({ code: 0, stdout: "" });
    expect(start("config").stdout).toMatch(/^grace: forever +# default$/m);
    expect(start("install", "bin").code).toBe(0);
    expect(run(join(folder, "bin/tini-ts"), ["--", "sh", "-c", "exit 7"]).code).toBe(7);
  });

  test("lsp shows an editor what is found", async () => {
    const { command, arguments: all } = onOlder(["lsp", "--stdio"]);
    const child = spawn(command, all, { stdio: ["pipe", "pipe", "inherit"], timeout: patience(60_000) });
    const ended = once(child, "exit") as Promise<[number | null]>;
    const client = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
    try {
      const shown = new Promise<{ diagnostics: { code: string }[] }>((resolve) => {
        client.onNotification("textDocument/publishDiagnostics", resolve);
      });
      client.listen();
      await client.sendRequest("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
      await client.sendNotification("initialized", {});
      const uri = pathToFileURL(join(installed.folder, "editor/Dockerfile")).href;
      const text = "FROM debian\nCMD node server.js\n";
      await client.sendNotification("textDocument/didOpen", {
        textDocument: { uri, languageId: "dockerfile", version: 1, text },
      });
      expect((await shown).diagnostics.map(({ code }) => code)).toEqual(["shell-form"]);
      await client.sendRequest("shutdown");
      await client.sendNotification("exit");
      expect((await ended)[0]).toBe(0);
    } finally {
      client.dispose();
      child.kill("SIGKILL");
      await ended;
    }
  });

  test("what cannot be read or written is one sentence, and exit code 2", () => {
    for (const words of [
      ["lint", "/no/such/file"],
      ["install", "/no/such/folder"],
    ]) {
      const { command, arguments: all } = onOlder(words);
      const { code, stderr } = run(command, all);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining("no such file or directory\n") as string,
      });
    }
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const)("%s reaches the program", async (signal) => {
    const script = `trap 'exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const { command, arguments: all } = onOlder(["--", "sh", "-c", script]);
    expect(await signalled(command, all, signal)).toBe(9);
  });

  test("a death by a signal is the tool's too", () => {
    const { command, arguments: all } = onOlder(["--", "sh", "-c", "kill -KILL $PPID"]);
    expect(spawnSync(command, all).signal).toBe("SIGKILL");
  });
});
