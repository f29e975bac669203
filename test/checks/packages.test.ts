/** What has to be installed: that a machine which has nothing of it yet could install it all, today. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, type TestContext } from "vitest";
import { type Arch, build } from "../../scripts/build.ts";
import { grounds } from "../grounds.ts";

const root = join(import.meta.dirname, "../..");

/** A folder for the time of the test that calls it. */
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), "tini-ts-packages-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Runs bash with scripts/lib/debian.sh. */
function debian(script: string, words: readonly string[] = [], path = "") {
  const source = `root=$1; shift; source "$root/scripts/lib/debian.sh"; ${script}`;
  return spawnSync("bash", ["-c", source, "bash", root, ...words], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
    env: { ...process.env, PATH: path + (process.env["PATH"] ?? "") },
  });
}

/** Leaves a test out where apt cannot tell what Debian 12 offers; never in CI, where scripts/test has asked the mirror. */
function needsMirror(context: TestContext): void {
  const { stdout } = debian('. /etc/os-release; printf "%s %s " "$ID" "$VERSION_ID"; apt-cache policy gcc');
  if (process.env["CI"] !== "true" && !/^debian 12 [^]*Candidate: \d/.test(stdout)) {
    context.skip("this is no Debian 12 with package lists: apt-get update");
  }
}

describe("the Debian packages of scripts/lib/debian.sh", { timeout: 300_000 }, () => {
  it("could all be installed on a bare Debian 12, in the versions that are named", (context) => {
    needsMirror(context);
    const { status, stdout, stderr } = debian('install_on_bare_machine "$1"', [temporary()]);
    expect({ status, stderr: stderr.replace(/^WARNING.*\n|^NOTE.*\n/gm, "") }).toEqual({ status: 0, stderr: "" });
    const installed = new Set([...stdout.matchAll(/^Inst (\S+) /gm)].map((match) => match[1]));
    const listed = debian("listed_packages").stdout.split("\n").filter(Boolean);
    expect(listed.map((line) => line.split(" ")[0]).filter((name) => !installed.has(name))).toEqual([]);
  });

  it("are refused where the mirror has another version than the list names", (context) => {
    needsMirror(context);
    const list = "debian_packages='qemu-system-x86 1:7.2.* qemu-system-x86_64 machine'";
    const { status, stderr } = debian(`${list}; install_on_bare_machine "$1"`, [temporary()]);
    expect(status).not.toBe(0);
    expect(stderr).toContain("Version '1:7.2.*' for 'qemu-system-x86' was not found");
  });

  it("count as there only where all that they are for is: a compiler without headers is not enough", () => {
    const directory = temporary();
    writeFileSync(join(directory, "without-headers"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const there = (signs: string) => debian('is_there no-such-package "$1"', [signs], `${directory}:`).status === 0;
    expect(["sh", "sh,without-headers", "cc:stdio.h", "cc:stdio.h,sh"].map(there)).toEqual([true, true, true, true]);
    const signs = ["-", "no-such-command", "sh,no-such-command", "without-headers:stdio.h", "cc:no/such.h"];
    expect(signs.map(there)).toEqual([false, false, false, false, false]);
  });

  it("say what they are for by the names of the grounds, so that a missing one is reported correctly", () => {
    const known = [...Object.keys(grounds), "build", "node-pty"];
    const purposes = debian('listed_packages | while read -r _ _ _ purpose; do echo "$purpose"; done').stdout;
    expect(purposes.split(/, |\n/).filter((word) => word !== "" && !known.includes(word))).toEqual([]);
  });

  it("have a kernel for the tests' machine beside them, which can be fetched", (context) => {
    needsMirror(context);
    if (process.arch !== "x64") context.skip("the tests' machine is an x86_64");
    const first = debian("kernels").stdout.split("\n")[0] ?? "";
    expect(first).toMatch(/^linux-image-6\.1\./);
    const { stdout, stderr } = debian('apt-get --quiet --print-uris download "$1"', [first]);
    expect(stdout, stderr).toMatch(/^'\S+\.deb'/m);
  });
});

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  hasInstallScript?: boolean;
  os?: string | string[];
  cpu?: string | string[];
}

describe("the npm packages of package-lock.json", () => {
  const json = (name: string) => JSON.parse(readFileSync(join(root, name), "utf8")) as Record<string, unknown>;
  const locked = Object.entries(json("package-lock.json")["packages"] as Record<string, Locked>).filter(
    ([path]) => path !== "",
  );

  it("have a checksum each, and name no registry: any mirror will do", () => {
    expect(locked.length).toBeGreaterThan(100);
    expect(
      locked.filter(([, { integrity }]) => integrity?.startsWith("sha512-") !== true).map(([path]) => path),
    ).toEqual([]);
    expect(locked.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });

  it("that come with a script of their own are listed, and only what scripts/test builds may run it", () => {
    const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => nameOf(path));
    const allowed = json("package.json")["allowScripts"] as Record<string, boolean>;
    expect(Object.keys(allowed).sort()).toEqual([...new Set(scripted)].sort());
    const running = Object.keys(allowed).filter((name) => allowed[name]);
    expect(running).toEqual(["node-pty"]);
    expect(readFileSync(join(root, "scripts/test"), "utf8")).toContain("--loglevel=error node-pty");
  });

  it("that are for one CPU of Linux are there for the other too, in the same version", () => {
    const versions = new Map(locked.map(([path, { version }]) => [path, version]));
    const forX64 = locked.filter(([, { os, cpu }]) => String(os) === "linux" && String(cpu) === "x64");
    expect(forX64.length).toBeGreaterThan(3);
    for (const [path, { version }] of forX64) {
      expect([path, versions.get(path.replace(/x64/g, "arm64"))]).toEqual([path, version]);
    }
  });
});

describe("a build of what is shipped", () => {
  /** Why it fails, where PATH is this folder alone. */
  async function refusal(directory: string, archs: readonly Arch[] = ["arm64"]): Promise<unknown> {
    const { PATH } = process.env;
    process.env["PATH"] = directory;
    try {
      await build({ archs, outputDirectory: join(directory, "output") });
      return null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      process.env["PATH"] = PATH;
    }
  }

  it("fails in one sentence where another CPU's compiler, or its headers, are missing", async (context) => {
    if (process.arch !== "x64") context.skip("this machine's own compiler has that name");
    const directory = temporary();
    const sentence = (what: string) =>
      `The init for arm64 cannot be built: aarch64-linux-gnu-gcc ${what}. On Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross`;
    expect(await refusal(directory)).toBe(sentence("is not installed"));
    writeFileSync(join(directory, "aarch64-linux-gnu-gcc"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    expect(await refusal(directory)).toBe(sentence("finds no headers"));
    expect(await refusal(directory, ["arm64", "arm"])).toBe(
      "The init for arm64, arm cannot be built: aarch64-linux-gnu-gcc finds no headers, arm-linux-gnueabihf-gcc is not installed." +
        " On Debian: apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross",
    );
  });
});
