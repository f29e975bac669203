/** Output is printed as a whole, or else the exit code is 1 with a sentence on stderr. */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { binary, directory, run } from "./subject.ts";

const PRINTING = ["-h", "--help", "--version", "-V", "-l", "--print-config"];

/** Runs the init with its standard output redirected by a shell. */
function redirected(option: string, redirection: string) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", `exec "$0" "$1" ${redirection}`, binary, option], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] },
  });
  return { status, stdout, stderr: stderr.replace(/\(\d+\)/, "(N)") };
}

const refused = (reason: string) => ({
  status: 1,
  stdout: "",
  stderr: `[FATAL tini-ts (N)] cannot write to standard output: ${reason}\n`,
});

describe("P6: what cannot be printed is no success", () => {
  test.each(PRINTING)("%s on a full disk", (option) => {
    expect(redirected(option, ">/dev/full")).toEqual(refused("no space left"));
  });

  test.each(PRINTING)("%s without a standard output", (option) => {
    expect(redirected(option, ">&-")).toEqual(refused("bad descriptor"));
  });

  test.each(PRINTING)("%s to a reader that has gone: 1, in silence", (option) => {
    // A pipe whose only reader is closed before the init is there.
    const pipe = join(directory, "pipe");
    spawnSync("mkfifo", [pipe]);
    const opened = `exec 3<>${pipe} 4>${pipe} 3<&-; exec "$0" "$1" >&4`;
    const { status, stderr } = spawnSync("sh", ["-c", opened, binary, option], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
  });

  test("a partly written line is continued, to the last byte that there is room for", () => {
    const path = join(directory, "limited");
    const limited = `ulimit -f 1; exec "$0" --help >${path}`;
    const { status, stderr } = spawnSync("bash", ["-c", limited, binary], { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^\[FATAL tini-ts \(\d+\)\] cannot write to standard output: the file is too large\n$/);
    expect(readFileSync(path, "utf8")).toBe(run({ words: ["--help"] }).stdout.slice(0, 1024));
  });

  test.each(PRINTING)("%s without a problem", (option) => {
    const null_ = openSync("/dev/null", "w");
    const { status, stderr } = spawnSync(binary, [option], { stdio: ["ignore", null_, "pipe"], encoding: "utf8" });
    closeSync(null_);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
