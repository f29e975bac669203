import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "../../scripts/build.ts";

const init = join(import.meta.dirname, "../../src/init");

/** Where the init waits: the file, and the line counted from 1. */
function placeOfTheWait(): { file: string; line: number } {
  for (const file of globSync("*/*.ts", { cwd: init, exclude: ["linux/host.ts"] })) {
    const lines = readFileSync(join(init, file), "utf8").split("\n");
    const index = lines.findIndex((text) => text.includes("host.rt_sigtimedwait("));
    if (index >= 0) return { file, line: index + 1 };
  }
  throw new Error("nothing in src/init calls host.rt_sigtimedwait");
}

describe("gdb", () => {
  let directory: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "tini-ts-gdb-"));
    await build({ debug: true, outputDirectory: directory });
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it("stops the debug build at a line of TypeScript and shows who called it", (context) => {
    if (spawnSync("gdb", ["--version"]).status !== 0) context.skip("gdb is not installed");
    const { file, line } = placeOfTheWait();
    const commands = [`break ${basename(file)}:${line}`, "run", "backtrace", "list", "kill"];
    const output = execFileSync(
      "gdb",
      [
        ...["-batch", "-nx", ...commands.flatMap((command) => ["-ex", command])],
        ...["--args", join(directory, "tini-ts.debug"), "--", "/bin/true"],
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], DEBUGINFOD_URLS: "" } },
    );
    expect(output).toMatch(new RegExp(String.raw`^Breakpoint 1,.* at \S*/${file}:${line}$`, "m"));
    expect(output).toMatch(new RegExp(String.raw`^#0 .* at \S*/${file}:${line}$`, "m"));
    expect(output).toMatch(/^#\d+ .*\bw2c_init_main\w+start .* at \S+\.ts:\d+$/m);
    expect(output).toMatch(new RegExp(String.raw`^${line}\t.*host\.rt_sigtimedwait\(`, "m"));
  });
});
