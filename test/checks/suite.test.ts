import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { hiding, isOpenToAll, scriptsBefore, shownAt } from "../../scripts/suite.ts";

describe("npm test", () => {
  const everything = ["check", "build:full", "pack:npm", "release"];

  it.each([
    [[], everything],
    [["--project", "simulation"], ["build"]],
    [["--project=config", "--project", "kit", "-t", "P4"], ["build"]],
    [["--project", "benchmark"], ["build:full"]],
    [["--project", "emulation"], ["build:all"]],
    [
      ["--project", "simulation", "--project", "shipping"],
      ["build:full", "pack:npm", "release"],
    ],
    [["test/processes/exec.test.ts"], ["build"]],
    [["./test/shipping/npm.test.ts"], ["build:full", "pack:npm", "release"]],
    // Who knows which files these are?
    [["exec"], everything],
    [["--project", "!machine"], everything],
    [["-t", "P20"], everything],
  ])("%j is preceded by %j", (words, scripts) => {
    expect(scriptsBefore(words)).toEqual(scripts);
  });

  it.runIf(process.geteuid?.() === 0).each([
    ["root", 0, 0],
    ["an ordinary user", 1000, 100],
  ])("hides a file of the machine's own from what %s runs, and nothing else", (_, uid, gid) => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-etc-"));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    chmodSync(folder, 0o755);
    const [file, other] = [join(folder, "tini.yml"), join(folder, "other")];
    writeFileSync(file, "grace: 1s\n");
    writeFileSync(other, "rest\n");
    const [command = "", ...args] = hiding(file, ["sh", "-c", `ls ${folder}; cat ${other}; id -u; id -g`], uid, gid);
    const { status, stdout, stderr } = spawnSync(command, args, { uid, gid, cwd: "/", encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `other\nrest\n${uid}\n${gid}\n`, stderr: "" });
    expect(readdirSync(folder)).toEqual(["other", "tini.yml"]);
  });

  it.runIf(process.geteuid?.() === 0)("shows other users a project that lies in a folder of root's alone", () => {
    const home = mkdtempSync(join(tmpdir(), "tini-ts-home-"));
    onTestFinished(() => {
      rmSync(home, { recursive: true });
    });
    const open = join(home, "open");
    mkdirSync(open);
    chmodSync(home, 0o755);
    expect(isOpenToAll(open)).toBe(true);
    chmodSync(home, 0o700);
    expect(isOpenToAll(open)).toBe(false);

    chmodSync(home, 0o755);
    const project = join(import.meta.dirname, "../..");
    const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", join(project, "LICENSE")];
    const [command = "", ...args] = shownAt(
      open,
      ["sh", "-c", 'pwd; echo "$PATH"; exec "$@"', "sh", ...asNobody],
      `${project}/node_modules/.bin:/usr/bin:/bin`,
    );
    const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout.startsWith(`${open}\n${open}/node_modules/.bin:/usr/bin:/bin\nMIT License\n`)).toBe(true);
  });
});
