/** Endings: exit codes, programs that cannot be started, orphans, leftovers. */

import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../processes/programs.ts";
import { launch } from "../processes/namespace.ts";
import {
  alike,
  ends,
  looksAgain,
  normalise,
  runToEnd,
  watched,
  type Difference,
  type Scenario,
  type Setting,
} from "./scenario.ts";

const exit = (code: number) => ({ code });
const orphans = program("make-orphans");

/** Runs a script in a folder of its own; `{}` in the words is its path. */
function file(
  name: string,
  content: string | Buffer,
  mode: number,
  words: string[],
  difference?: Difference,
): Scenario {
  return watched(
    name,
    async (subject) => {
      const folder = mkdtempSync(join(tmpdir(), "tini-ts-differential-"));
      try {
        const path = join(folder, "program");
        writeFileSync(path, content);
        chmodSync(path, mode);
        const run = await runToEnd(
          subject,
          words.map((word) => word.replace("{}", path)),
        );
        return { ...run, stderr: run.stderr.map((line) => line.replaceAll(path, "{}").replaceAll(/[^ -~]/g, "")) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    difference,
  );
}

/** Starts make-orphans, waits until its orphans are reaped, and ends it. */
function reaping(name: string, options: string[], what: string[], setting: Setting = {}, difference?: Difference) {
  return watched(
    name,
    async ({ binary }) => {
      await using init = await launch({ binary, arguments: [...options, "--", orphans, ...what], ...setting });
      await init.says(/^released$/m);
      // The orphans' parent reaps them: the init, or else the harness.
      await init.sees("no orphan is left", (processes) => processes.length === 2);
      init.write("quit 5\n");
      const { ending, stderr, leftover } = await init.finish();
      return { ending, stderr: normalise(stderr), leftover };
    },
    difference,
  );
}

// The head of an ELF file, with a machine that no Linux has ever run on (EM_M32).
const elfOfAnotherCpu = Buffer.alloc(512);
elfOfAnotherCpu.write("\x7fELF\x02\x01\x01", "latin1");
elfOfAnotherCpu.writeUInt16LE(2, 16);
elfOfAnotherCpu.writeUInt16LE(1, 18);

/** The state of a process by its host pid, as in /proc/PID/stat; empty if there is no such process. */
function stateOf(pid: number): string {
  try {
    return /^\d+ \(.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1] ?? "";
  } catch {
    return "";
  }
}

/** The number of write(2), as in /proc/PID/syscall. */
const writeNumber = process.arch === "arm64" ? 64 : 1;

const badCode: Difference = {
  id: "exec-error-126",
  theirs: { ending: exit(1) },
  ours: { ending: exit(126) },
};

const subreaperWarning = [
  "WARN tini-ts is not running as PID 1 and isn't registered as a child subreaper.",
  "Zombie processes will not be re-parented to tini-ts, so zombie reaping won't work.",
  "To fix the problem, use the -s option or set the environment variable TINI_SUBREAPER to register tini-ts as a child " +
    "subreaper, or run tini-ts as PID 1.",
];

const silent: Difference = { id: "subreaper-by-default", theirs: { stderr: subreaperWarning }, ours: { stderr: [] } };

/** The scenarios about ends. */
export const endings: Scenario[] = [
  // Exit codes
  ...[0, 1, 2, 125, 126, 127, 128, 143, 255].map((code) =>
    ends(`the program exits with ${code}`, ["--", "sh", "-c", `exit ${code}`]),
  ),
  ...[1, 2, 6, 9, 11, 15, 31, 34, 64].map((signal) =>
    ends(`the program dies by signal ${signal}`, ["--", orphans, "die", String(signal)]),
  ),
  ends("-e 143 and death by SIGTERM", ["-e", "143", "--", orphans, "die", "15"]),
  ends("-e 143 and exit 143", ["-e", "143", "--", "sh", "-c", "exit 143"]),
  ends("-e 143 and another code", ["-e", "143", "--", "sh", "-c", "exit 15"]),
  ends("-e twice", ["-e", "3", "-e", "4", "--", "sh", "-c", "exit 3"]),
  ends("-e 0 and success", ["-e", "0", "--", "true"]),
  ends("-e 255", ["-e", "255", "--", "sh", "-c", "exit 255"]),

  // Programs that cannot be started
  ends("a path that does not exist", ["--", "/nowhere/program"]),
  ends("a name that is not in PATH", ["--", "no-such-program"]),
  ends("a name without PATH in the environment", ["--", "true"], { environment: {} }),
  ends("a name with an empty PATH", ["--", "true"], { environment: { PATH: "" } }),
  ends("a name that only the last folder of PATH has", ["--", "true"], {
    environment: { PATH: "/nowhere:/etc::/bin" },
  }),
  ends("a directory", ["--", "/etc"]),
  ends("a directory in PATH", ["--", "etc"], { environment: { PATH: "/" } }),
  ends("a file that is not executable", ["--", "/etc/passwd"]),
  ends("a path through a file", ["--", "/etc/passwd/program"], {}, badCode),
  ends("a name that is too long", ["--", `/${"x".repeat(300)}`], {}, badCode),
  ends("too many arguments", ["--", "/bin/true"], { inherit: ["limit=STACK:65536", "many-arguments=40:1000"] }),
  file("a script whose interpreter does not exist", "#!/nowhere/sh\n", 0o755, ["--", "{}"]),
  file("a script with carriage returns", "#!/bin/sh\r\nexit 3\r\n", 0o755, ["--", "{}"]),
  file("a script without #!", "exit $1\n", 0o755, ["--", "{}", "9"]),
  file("a script that is not executable", "#!/bin/sh\nexit 3\n", 0o644, ["--", "{}"]),
  file("a program for another kind of CPU", elfOfAnotherCpu, 0o755, ["--", "{}"], {
    id: "foreign-program",
    theirs: { ending: exit(127), stderr: ["{}: 1: ELF: not found"] },
    ours: { ending: exit(126), stderr: ["FATAL exec"] },
  }),
  file("an empty file", "", 0o755, ["--", "{}"], {
    id: "empty-program",
    theirs: { ending: exit(0), stderr: [] },
    ours: { ending: exit(126), stderr: ["FATAL exec"] },
  }),
  watched(
    "a link to itself",
    async (subject) => {
      const folder = mkdtempSync(join(tmpdir(), "tini-ts-differential-"));
      try {
        symlinkSync("loop", join(folder, "loop"));
        return { ...(await runToEnd(subject, ["--", join(folder, "loop")])) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    badCode,
  ),
  ends(
    "-e 127 and a program that does not exist",
    ["-e", "127", "--", "/nowhere/program"],
    {},
    {
      id: "own-codes-stay",
      theirs: { ending: exit(0) },
      ours: { ending: exit(127) },
    },
  ),

  // Orphans
  reaping("orphans are reaped", [], ["dead", "50"]),
  reaping("orphans that die later are reaped", ["-s"], ["one", "3"], { as: "process" }),
  reaping("-w names each orphan", ["-w"], ["dead", "3"]),
  reaping("-w names an orphan that died by a signal", ["-w"], ["one", "-9"]),
  ends("-w does not name the program itself", ["-w", "--", "sh", "-c", "true & wait; exit 3"]),
  reaping("-w with TINI_VERBOSITY=0", ["-w"], ["one", "3"], { environment: { TINI_VERBOSITY: "0" } }),
  reaping(
    "-w with an empty TINI_VERBOSITY",
    ["-w"],
    ["one", "3"],
    { environment: { TINI_VERBOSITY: "" } },
    {
      id: "empty-verbosity",
      theirs: { stderr: [] },
      ours: { stderr: ["WARN Reaped zombie process with pid=N"] },
    },
  ),

  // Not as PID 1
  ends("not PID 1, -s", ["-s", "--", "sh", "-c", "exit 5"], { as: "process" }),
  ends("not PID 1, TINI_SUBREAPER is present but empty", ["--", "sh", "-c", "exit 5"], {
    as: "process",
    environment: { PATH: "/bin", TINI_SUBREAPER: "" },
  }),
  ends("not PID 1, TINI_SUBREAPER=0 is present", ["--", "sh", "-c", "exit 5"], {
    as: "process",
    environment: { PATH: "/bin", TINI_SUBREAPER: "0" },
  }),
  ends("not PID 1, no option", ["--", "sh", "-c", "exit 5"], { as: "process" }, silent),
  watched("--no-subreaper", async (subject) => {
    const options = subject.name === "tini-ts" ? ["--no-subreaper"] : [];
    const { ending, stderr } = await runToEnd(subject, [...options, "--", "sh", "-c", "exit 5"], { as: "process" });
    return { ending, warned: stderr.filter((line) => line.includes("zombie reaping won't work")).length };
  }),
  alike(
    "--no-tie",
    ["-s", "--", "sh", "-c", "setpriv --dump | grep death"],
    ["--no-tie", "--", "sh", "-c", "setpriv --dump | grep death"],
    { as: "process" },
  ),
  reaping("not PID 1, no option, orphans", [], ["one", "3"], { as: "process" }, silent),
  ends("not PID 1, the warning is silenced", ["--", "sh", "-c", "exit 5"], {
    as: "process",
    environment: { PATH: "/bin", TINI_VERBOSITY: "0" },
  }),
  ends(
    "not PID 1, the program leaves a process behind",
    ["-s", "--", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & exit 5"],
    { as: "process" },
    {
      id: "leftover",
      theirs: { stderr: [] },
      ours: {
        stderr: [
          "WARN Processes that still run as it ends: 1 (--wait=all waits for them, --linger gives them time to end)",
        ],
      },
    },
  ),
  watched(
    "not PID 1, the init is killed",
    async ({ name, binary }) => {
      await using init = await launch({
        binary,
        arguments: ["-s", "--", "sh", "-c", "echo up; exec sleep 1000"],
        as: "process",
      });
      await init.says(/^up$/m);
      await init.sees("the program sleeps", (processes) =>
        processes.some((one) => one.name === "sleep" && one.state === "S"),
      );
      const child = init.mainChild()?.pid ?? 0;
      init.signal("SIGKILL");
      const ending = await init.end();
      // The program's death takes a moment, and there is no event for its survival.
      if (name === "tini-ts") await init.sees("the program is dead", () => /^[ZX]?$/.test(stateOf(child)));
      return { ending, survives: /^[A-Y]$/.test(stateOf(child)) };
    },
    { id: "tie", theirs: { survives: true }, ours: { survives: false } },
  ),

  // What the init inherits
  watched(
    "SIGCHLD is ignored",
    async ({ binary }) => {
      const words = ["--", "sh", "-c", "echo up; exit 5"];
      await using init = await launch({ binary, arguments: words, inherit: ["ignore=17"] });
      await init.says(/^up$/m);
      await init.sees("the program is gone", () => init.ending !== undefined || init.mainChild() === undefined);
      await looksAgain(init);
      return { ending: init.ending ?? "runs for ever" };
    },
    { id: "ignored-sigchld", theirs: { ending: "runs for ever" }, ours: { ending: exit(5) } },
  ),
  ends("SIGCHLD is blocked", ["--", "sh", "-c", "exit 5"], { inherit: ["block=17"] }),
  ends(
    "standard input is closed",
    ["--", "sh", "-c", "exit 5"],
    { inherit: ["close=0"] },
    {
      id: "closed-stdin",
      theirs: { ending: exit(1), stderr: ["FATAL"] },
      ours: { ending: exit(5), stderr: [] },
    },
  ),
  ends(
    "standard input is closed, -e 1",
    ["-e", "1", "--", "sh", "-c", "exit 5"],
    { inherit: ["close=0"] },
    {
      id: "closed-stdin",
      theirs: { ending: exit(0), stderr: ["FATAL"] },
      ours: { ending: exit(5), stderr: [] },
    },
  ),
  ends("standard output is closed", ["--", "sh", "-c", "exit 5"], { inherit: ["close=1"] }),
  ends("standard error is closed", ["--", "/nowhere/program"], { inherit: ["close=2"] }),
  ends("a working directory that is gone", ["--", "sh", "-c", "exit 5"], { inherit: ["lost-directory"] }),
  ends(
    "no argv at all",
    [],
    { inherit: ["no-arguments"] },
    {
      id: "one-line-errors",
      theirs: { stderr: ["usage"] },
      ours: { stderr: ["FATAL", "usage"] },
    },
  ),
  ends("no environment", ["--", "/bin/sh", "-c", "exit 5"], { inherit: ["no-environment"] }),

  ends(
    "fork fails",
    ["--", "true"],
    { as: "process", inherit: ["user=65534", "limit=NPROC:1"], environment: { PATH: "/bin", TINI_SUBREAPER: "" } },
    {
      id: "fork-error",
      theirs: { ending: exit(1) },
      ours: { ending: exit(125) },
    },
  ),

  // Traced programs
  watched(
    "the program calls PTRACE_TRACEME",
    async ({ binary }) => {
      await using init = await launch({ binary, arguments: ["--", program("trace-me"), "10", "4"] });
      return { ending: await init.end() };
    },
    { id: "traced", theirs: { ending: exit(1) }, ours: { ending: exit(4) } },
  ),

  // Logs
  watched(
    "-vvv",
    async ({ binary }) => {
      await using init = await launch({ binary, arguments: ["-vvv", "--", "sh", "-c", "exit 5"] });
      const { ending, stdout, stderr } = await init.finish();
      const lines = stdout + stderr;
      return {
        ending,
        namesTheProgramReaped: lines.includes("Reaped child with pid: "),
        tracesItsWaits: lines.includes("No child to wait"),
      };
    },
    {
      id: "debug-lines",
      theirs: { namesTheProgramReaped: true, tracesItsWaits: true },
      ours: { namesTheProgramReaped: false, tracesItsWaits: false },
    },
  ),
  watched(
    "-v and nobody reads the log",
    async ({ binary }) => {
      const inherit = ["full-pipe=1", "full-pipe=2"];
      await using init = await launch({ binary, arguments: ["-v", "--", "sh", "-c", "exit 5"], inherit });
      await init.sees("it has ended, or sleeps in write()", () => {
        return init.ending !== undefined || init.file("syscall").startsWith(`${writeNumber} `);
      });
      return { ending: init.ending ?? "waits for a reader" };
    },
    { id: "log-never-blocks", theirs: { ending: "waits for a reader" }, ours: { ending: exit(5) } },
  ),
];
