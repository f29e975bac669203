/** `tini-ts install`: the init into a folder. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { initBinary } from "../../../src/kit/init/binary.ts";
import { main } from "../../../src/kit/toolkit.ts";

/** A folder for the time of the test that calls it. */
function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-install-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function install(...words: string[]) {
  const said = { stdout: "", stderr: "" };
  const code = await main(["install", ...words], {
    environment: {},
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  return { code, ...said };
}

const built = readFileSync(initBinary(process.arch) ?? "");
const hash = createHash("sha256").update(built).digest("hex");

describe("tini-ts install", () => {
  test("puts the init for this machine into the folder, where it runs, and prints its hash", async () => {
    const directory = folder();
    const { code, stdout, stderr } = await install(directory);
    const path = join(directory, "tini-ts");
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${path}: installed, ${process.arch}, SHA-256 ${hash}\n`,
      stderr: "",
    });
    expect(readFileSync(path).equals(built)).toBe(true);
    expect(spawnSync(path, ["--", "sh", "-c", "exit 7"]).status).toBe(7);
    expect(readdirSync(directory)).toEqual(["tini-ts"]);
  });

  test("gives it mode 755, whatever the umask is", async () => {
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    const directory = folder();
    await install(directory);
    expect(statSync(join(directory, "tini-ts")).mode & 0o7777).toBe(0o755);
  });

  test("leaves the same file alone, and says so", async () => {
    const directory = folder();
    await install(directory);
    const { ino } = statSync(join(directory, "tini-ts"));
    const { code, stdout } = await install(directory);
    expect(code).toBe(0);
    expect(stdout).toContain("was there already");
    expect(statSync(join(directory, "tini-ts")).ino).toBe(ino);
  });

  test.each(["an old one", "one that may not be run"])(
    "replaces %s in one step: a process that has it open keeps it",
    async (which) => {
      const directory = folder();
      const path = join(directory, "tini-ts");
      writeFileSync(path, which === "an old one" ? "old" : built);
      chmodSync(path, 0o644);
      const { ino } = statSync(path);
      const { code, stdout } = await install(directory);
      expect(code).toBe(0);
      expect(stdout).toContain(": installed");
      expect(statSync(path).ino).not.toBe(ino);
      expect(statSync(path).mode & 0o777).toBe(0o755);
      expect(readFileSync(path).equals(built)).toBe(true);
    },
  );

  test("replaces what a symbolic link leads to, not the link", async () => {
    const directory = folder();
    writeFileSync(join(directory, "real"), "old");
    symlinkSync("real", join(directory, "tini-ts"));
    await install(directory);
    expect(readFileSync(join(directory, "real")).equals(built)).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(["real", "tini-ts"]);
  });

  test.each([
    ["x64", "x64", 62],
    ["amd64", "x64", 62],
    ["x86_64", "x64", 62],
    ["linux/amd64", "x64", 62],
    ["linux/amd64/v3", "x64", 62],
    ["arm64", "arm64", 183],
    ["aarch64", "arm64", 183],
    ["linux/arm64", "arm64", 183],
    ["linux/arm64/v8", "arm64", 183],
    ["riscv64", "riscv64", 243],
    ["ppc64el", "ppc64", 21],
    ["linux/ppc64le", "ppc64", 21],
    ["armhf", "arm", 40],
    ["linux/arm", "arm", 40],
    ["linux/arm/v7", "arm", 40],
    ["linux/386", "ia32", 3],
    ["i386", "ia32", 3],
  ])("--arch %s is the init for %s", async (arch, node, machine) => {
    const directory = folder();
    const { code, stderr } = await install(directory, "--arch", arch);
    if (initBinary(node) === null) {
      expect(code).toBe(2);
      expect(stderr).toMatch(/^tini-ts: this toolkit came without/);
    } else {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      // e_machine, man 5 elf.
      expect(readFileSync(join(directory, "tini-ts")).readUInt16LE(0x12)).toBe(machine);
    }
  });
});

describe("a failure is one sentence, and nothing is written:", () => {
  test.each<[string, (directory: string) => string[], RegExp]>([
    ["no folder named", () => [], /^tini-ts: install needs the folder to put the init into\n$/],
    ["two folders", (at) => [at, "other"], /^tini-ts: install takes one folder, and other is another\n$/],
    [
      "a folder that is not there",
      (at) => [join(at, "nowhere")],
      /^tini-ts: cannot put the init into \S+: no such file/,
    ],
    ["a file", (at) => [join(at, "file")], /^tini-ts: \S+file is no folder\n$/],
    ["a folder of the init's name", (at) => [join(at, "taken")], /^tini-ts: \S+taken\/tini-ts is a folder\n$/],
    [
      "an unknown CPU",
      (at) => [at, "--arch", "mips"],
      /^tini-ts: there is no init for mips: --arch takes x64, arm64, riscv64, ppc64, arm or ia32\n$/,
    ],
    ...["linux/arm/v6", "linux/arm/v5", "armel", "s390x", "ppc", "windows/amd64"].map(
      (arch): [string, (directory: string) => string[], RegExp] => [
        `--arch ${JSON.stringify(arch)}`,
        (at) => [at, "--arch", arch],
        new RegExp(`^tini-ts: there is no init for ${arch}: --arch takes x64, `),
      ],
    ),
    ["an unknown option", (at) => [at, "--arhc=x64"], /^tini-ts: unknown option --arhc; did you mean --arch\?\n$/],
    ["a read-only place", () => ["/proc/1"], /^tini-ts: cannot put the init into \/proc\/1: /],
  ])("%s", async (_name, words, sentence) => {
    const directory = folder();
    writeFileSync(join(directory, "file"), "");
    mkdirSync(join(directory, "taken/tini-ts"), { recursive: true });
    const { code, stdout, stderr } = await install(...words(directory));
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(readdirSync(directory).sort()).toEqual(["file", "taken"]);
  });

  test("no permission", async (context) => {
    if (process.getuid?.() !== 0) context.skip("not root");
    const directory = folder();
    chmodSync(directory, 0o755);
    // As nobody, who may read everything here but write nothing.
    process.seteuid?.(65534);
    onTestFinished(() => process.seteuid?.(0));
    const { code, stdout, stderr } = await install(directory);
    process.seteuid?.(0);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(`tini-ts: cannot put the init into ${directory}: permission denied\n`);
    expect(readdirSync(directory)).toEqual([]);
  });
});
