import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { build } from "../../scripts/build.ts";

const init = join(import.meta.dirname, "../../src/init");

/** The statement in which the init waits. It may stand in several places: the first that a life comes to counts. */
const statement = "host.rt_sigtimedwait(";

/** Where the statement is: each file, and the line counted from 1. */
function placesOfTheStatement(): { file: string; line: number }[] {
  return globSync("*/*.ts", { cwd: init, exclude: ["linux/host.ts"] }).flatMap((file) =>
    readFileSync(join(init, file), "utf8")
      .split("\n")
      .flatMap((text, index) => (text.includes(statement) ? [{ file, line: index + 1 }] : [])),
  );
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

  /** What gdb says to commands, once the init waits for /bin/true. */
  function gdb(context: TestContext, ...commands: string[]): string {
    if (spawnSync("gdb", ["--version"]).status !== 0) context.skip("gdb is not installed");
    const breaks = placesOfTheStatement().map(({ file, line }) => `break ${basename(file)}:${line}`);
    return execFileSync(
      "gdb",
      [
        ...["-batch", "-nx", ...[...breaks, "run", ...commands, "kill"].flatMap((command) => ["-ex", command])],
        ...["--args", join(directory, "tini-ts.debug"), "--grace=7s", "--", "/bin/true"],
      ],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"], DEBUGINFOD_URLS: "" } },
    );
  }

  it("stops the debug build at a line of TypeScript and shows who called it", (context) => {
    const output = gdb(context, "backtrace", "list");
    const [, stop = "gdb never stopped"] = /^Breakpoint \d+,.* at \S*?\/(\w+\/\w+\.ts:\d+)$/m.exec(output) ?? [];
    expect(placesOfTheStatement().map(({ file, line }) => `${file}:${line}`)).toContain(stop);
    expect(output).toMatch(new RegExp(String.raw`^#0 .* at \S*/${stop}$`, "m"));
    expect(output).toMatch(/^#\d+ .*\bw2c_init_main\w+start .* at \S+\.ts:\d+$/m);
    const line = stop.slice(stop.indexOf(":") + 1);
    expect(output).toMatch(new RegExp(String.raw`^${line}\t.*${statement.replaceAll(/[.()]/g, String.raw`\$&`)}`, "m"));
  });

  it("prints the init's state by the names that it has in TypeScript", (context) => {
    const commands = ["ourselves.pid", "supervisee.child", "policy.grace", "plan.ownGroup", "sequence", "sizeof(plan)"];
    const output = gdb(context, ...commands.map((what) => `print ${what}`), "info inferiors", "ptype policy");
    const printed = [...output.matchAll(/^\$\d+ = (.*)$/gm)].map(([, value]) => value);
    const [self = "nothing", child, grace, ownGroup, sequence, size] = printed;
    expect(output).toMatch(new RegExp(String.raw`^\* 1 +process ${self}\b`, "m"));
    expect(Number(child)).toBeGreaterThan(0);
    expect({ grace, ownGroup }).toEqual({ grace: "7000", ownGroup: "true" });
    expect(sequence).toMatch(/^\{state = State_RUNNING, actions = \d+, deadline = -1, .*timedOut = false\}$/);
    // Four numbers and three flags.
    expect(size).toBe("20");
    expect(output).toMatch(/^type = struct StopPolicy \{\n {4}int32_t delay;\n/m);
  });

  it("prints the variables of a file by the file's name, with their types", (context) => {
    const printed = ["program", "refused"].map((name) => `print arguments.${name}`);
    const output = gdb(context, ...printed, "print report", "ptype settings", "up", "print supervision.until");
    const values = [...output.matchAll(/^\$\d+ = (.*)$/gm)].map(([, value]) => value);
    // tini-ts --grace=7s -- /bin/true
    expect(values).toEqual(["3", "false", expect.stringMatching(/^\{.*threshold = 1\b.*\}$/), "-1"]);
    expect(output).toMatch(/^type = struct settings\.ts \{\n( {4}\w+ \w+;\n)* {4}u64 stopSignals;\n/m);
  });
});
