import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pty from "node-pty";
import { describe, expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "../..");
const script = join(root, "scripts/run");
const { status } = spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]);
/** Why the tests that need PID 1 are left out, null if they are not. */
const obstacle = status === 0 ? null : "no PID namespace to be had";

const run = (...words: string[]) => spawnSync(script, words, { encoding: "utf8" });

/** Starts a program under scripts/run, waits until it says "ready", and sends a signal to the script. */
async function signalled(signal: NodeJS.Signals, program: string): Promise<number | null> {
  const started = spawn(script, ["--", "sh", "-c", program], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = once(started, "exit") as Promise<[number | null]>;
  await Promise.race([once(started.stdout, "data"), ended]);
  started.kill(signal);
  return (await ended)[0];
}

describe("scripts/run", () => {
  it("runs the program, whose output and exit code are its own", () => {
    const { stdout, status } = run("--", "sh", "-c", "echo hello; exit 7");
    expect({ stdout, status }).toEqual({ stdout: "hello\n", status: 7 });
  });

  it("says on one line of stderr whether tini-ts is PID 1", (context) => {
    if (obstacle !== null) context.skip(obstacle);
    const { stdout, stderr } = run("--", "sh", "-c", "echo $PPID");
    expect(stdout).toBe("1\n");
    expect(stderr).toBe("scripts/run: tini-ts is PID 1 of a PID namespace of its own\n");
  });

  it("says why tini-ts is not PID 1, and runs the program all the same", () => {
    const directory = mkdtempSync(join(tmpdir(), "tini-ts-run-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const refusing = "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n";
    writeFileSync(join(directory, "unshare"), refusing, { mode: 0o755 });
    const { stdout, stderr, status } = spawnSync(script, ["--", "sh", "-c", "echo hello; exit 7"], {
      encoding: "utf8",
      env: { ...process.env, PATH: `${directory}:${process.env["PATH"] ?? ""}` },
    });
    expect({ stdout, status }).toEqual({ stdout: "hello\n", status: 7 });
    expect(stderr).toBe(
      "scripts/run: tini-ts is not PID 1 here, but a subreaper: unshare: unshare failed: Operation not permitted\n",
    );
  });

  it("needs a program, and says so in one sentence", () => {
    for (const words of [[], ["--"]]) {
      const { stdout, stderr, status } = run(...words);
      expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
      expect(stderr).toMatch(/^scripts\/run: no program is given; .+\n$/);
    }
  });

  it("hands options to tini-ts", () => {
    expect(run("-e", "7", "--", "sh", "-c", "exit 7").status).toBe(0);
    expect(run("--version").stdout).toMatch(/^tini version \S+\n$/);
  });

  it("lets settings in the environment reach the tini-ts that runs the program, and it alone", () => {
    const environment = { ...process.env, TINI_REMAP_EXIT: "7:8,8:9" };
    const { status, stdout } = spawnSync(script, ["--", "sh", "-c", "echo $TINI_REMAP_EXIT; exit 7"], {
      encoding: "utf8",
      env: environment,
    });
    expect({ status, stdout }).toEqual({ status: 8, stdout: "7:8,8:9\n" });
  });

  it("lets a configuration file of the machine reach the tini-ts that runs the program, and it alone", (context) => {
    if (obstacle !== null || process.getuid?.() !== 0) context.skip(obstacle ?? "not root");
    const directory = mkdtempSync(join(tmpdir(), "tini-ts-etc-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, "tini.yml"), "remap-exit:\n  - 7:8\n  - 8:9\n");
    // An /etc with one more file, for the time of this run and for it alone.
    const mount = 'mount -t overlay -o "lowerdir=$1:/etc" overlay /etc && shift && exec "$@"';
    const words = ["--mount", "sh", "-c", mount, "sh", directory, script, "--", "sh", "-c", "exit 7"];
    const { status, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({
      status: 8,
      stderr: "scripts/run: tini-ts is PID 1 of a PID namespace of its own\n",
    });
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"] as const)("forwards %s that it gets", async (signal) => {
    const name = signal.slice("SIG".length);
    const program = `trap 'exit 3' ${name}; echo ready; while :; do sleep 0.05; done`;
    expect(await signalled(signal, program)).toBe(3);
  });

  it("gives the program the terminal, and takes it back: Ctrl-C ends the program alone, and the shell reads on", async () => {
    const command = `"$0" -- sh -c 'echo ready; sleep 60'; echo "code $?"; read -r line; echo "read $line"; exit 4`;
    const terminal = pty.spawn("bash", ["-c", command, script], {});
    const ended = new Promise<number>((resolve) => {
      terminal.onExit(({ exitCode }) => resolve(exitCode));
    });
    let screen = "";
    const answers = new Map([
      ["ready", "\x03"],
      ["code 130", "typed\r"],
    ]);
    terminal.onData((text) => {
      screen += text;
      for (const [said, answer] of answers) {
        if (!screen.includes(said)) continue;
        answers.delete(said);
        terminal.write(answer);
      }
    });
    expect(await ended).toBe(4);
    expect(screen).toContain("read typed");
  });
});

describe("the scripts", () => {
  const scripts = ["scripts/run", "scripts/test", "scripts/benchmark"];

  it("pass shellcheck", (context) => {
    if (spawnSync("shellcheck", ["--version"]).status !== 0) context.skip("shellcheck is not installed");
    const { stdout } = spawnSync("shellcheck", ["--external-sources", ...scripts, ".ci/run"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  });

  it("stop at the first error", () => {
    for (const file of scripts) {
      expect(readFileSync(join(root, file), "utf8")).toContain("\nset -euo pipefail\n");
    }
  });
});
