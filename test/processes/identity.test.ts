/** Who the program runs as, and with what, on the real kernel. */
import { describe, expect, test } from "vitest";
import { runs } from "./subject.ts";

/** Runs a shell script with these options. */
const shell = (words: readonly string[], script: string) => runs([...words, "--", "/bin/sh", "-c", script]);

describe("P50: the program's limits, priorities, mask and directory", () => {
  test("are what was asked for, and the init's own stay as they are", async () => {
    const words = ["--chdir=/usr/bin", "--umask=027", "--nice=5", "--oom-score-adj=300"];
    const script =
      "pwd; umask; nice; cat /proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn; ulimit -c; grep ^Umask: /proc/1/status; cat /proc/1/oom_score_adj";
    const before = (await shell([], "cat /proc/1/oom_score_adj; grep ^Umask: /proc/1/status")).stdout.split("\n");
    const { ending, stdout, stderr } = await shell([...words, "--rlimit=nofile=100:200,core=0"], script);
    expect({ ending, stderr }).toEqual({ ending: { code: 0 }, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual(
      ["/usr/bin", "0027", "5", "300", "100", "200", "0"].concat(before[1] ?? "", before[0] ?? ""),
    );
  });

  test("a relative program is looked for from its directory", async () => {
    const { stdout } = await runs(["--chdir=/usr/bin", "./basename", "/a/b"]);
    expect(stdout).toBe("b\n");
  });

  test("a directory that cannot be entered is said, and nothing starts", async () => {
    const { ending, stdout, stderr } = await runs(["--chdir=/dev/null", "/bin/echo", "started"]);
    expect({ ending, stdout }).toEqual({ ending: { code: 125 }, stdout: "" });
    expect(stderr).toBe("[FATAL tini-ts (1)] --chdir /dev/null: not a directory\n");
  });
});
