/** The command line and the environment: options and values. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ends, runToEnd, watched, type Difference, type Scenario } from "./scenario.ts";

const PATH = "/usr/bin:/bin";
const environment = (variables: Record<string, string>) => ({ environment: { PATH, ...variables } });
const exit = (code: number) => ({ code });

/** tini takes the word for its own option, or for an unknown one. */
const refusedByTini = (id: string, ours: Record<string, unknown>): Difference => ({
  id,
  theirs: { ending: exit(1), stderr: ["FATAL", "usage"], ...("stdout" in ours ? { stdout: [] } : {}) },
  ours: { stderr: [], ...ours },
});

/** tini refuses the value, tini-ts accepts it. */
const valueRefusedByTini = (id: string, code: number): Difference => ({
  id,
  theirs: { ending: exit(1), stderr: ["FATAL"] },
  ours: { ending: exit(code), stderr: [] },
});

/** Both refuse; tini writes its whole usage as well. */
const shorterRefusal: Difference = {
  id: "one-line-errors",
  theirs: { stderr: ["FATAL", "usage"] },
  ours: { stderr: ["FATAL"] },
};

const logged = (lines: string[]): Difference => ({
  id: "log-on-stderr",
  theirs: { stdout: lines, stderr: [] },
  ours: { stdout: [], stderr: lines },
});

const spawned = (name: string) => `INFO Spawned child process '${name}' with pid 'N'`;
const exited = (code: number) => `INFO Main child exited normally (with status '${code}')`;

/** Names a configuration file in the environment. */
function configured(difference: Difference): Scenario {
  return watched(
    "TINI_CONFIG names a file",
    async (subject) => {
      const folder = mkdtempSync(join(tmpdir(), "tini-ts-differential-"));
      try {
        const file = join(folder, "tini.yml");
        writeFileSync(file, "remap-exit: 7:3\n");
        return { ...(await runToEnd(subject, ["--", "sh", "-c", "exit 7"], environment({ TINI_CONFIG: file }))) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    difference,
  );
}

/** The scenarios about the command line and the environment. */
export const options: Scenario[] = [
  // Where options end
  ends("a program after --", ["--", "sh", "-c", "exit 7"]),
  ends("a program without --", ["true"]),
  ends("a failing program without --", ["false"]),
  ends("a script piped into sh", ["sh"], { input: "exit 3\n" }),
  ends("a program called --", ["--", "--", "true"]),
  ends("an empty program name", ["--", ""]),
  ends("empty words and words with spaces", ["--", "printf", "[%s]\n", "", "a b", "", "*"]),
  ends("words after the program that look like options", ["--", "echo", "-v", "-s", "--version", "-h", "--", "x"]),
  ends(
    "options of the program without --",
    ["sh", "-c", "exit 7"],
    {},
    refusedByTini("options-end-at-program", { ending: exit(7) }),
  ),
  ends(
    "-s after the program without --",
    ["echo", "-s", "x"],
    {},
    {
      id: "options-end-at-program",
      theirs: { stdout: ["x"] },
      ours: { stdout: ["-s x"] },
    },
  ),

  // Options of both
  ends("-h", ["-h"]),
  ends("-l", ["-l"]),
  ends("--version alone", ["--version"]),
  ends("-s", ["-s", "--", "true"]),
  ends("-g", ["-g", "--", "true"]),
  ends("-w", ["-w", "--", "true"]),
  ends("a cluster", ["-sgw", "--", "sh", "-c", "exit 4"]),
  ends("a cluster that ends in a value", ["-sge143", "--", "sh", "-c", "kill $$"]),
  ends("an attached value", ["-e7", "--", "sh", "-c", "exit 7"]),
  ends("a value in the next word", ["-e", "7", "--", "sh", "-c", "exit 7"]),
  ends("an attached signal", ["-pSIGTERM", "--", "true"]),
  ends("a signal in the next word", ["-p", "SIGUSR1", "true"]),
  ends("-v with a program that fails to start", ["-e", "3", "--", "/nowhere/program"]),

  // Nothing to run, and wrong options
  ends(
    "no program",
    [],
    {},
    { id: "one-line-errors", theirs: { stderr: ["usage"] }, ours: { stderr: ["FATAL", "usage"] } },
  ),
  ends(
    "no program after --",
    ["--"],
    {},
    {
      id: "one-line-errors",
      theirs: { stderr: ["usage"] },
      ours: { stderr: ["FATAL", "usage"] },
    },
  ),
  ends("an unknown short option", ["-x", "true"], {}, shorterRefusal),
  ends("an unknown short option in a cluster", ["-sx", "--", "true"], {}, shorterRefusal),
  ends("an unknown long option", ["--nonsense", "true"], {}, shorterRefusal),
  ends("-e without a value", ["-e"], {}, shorterRefusal),
  ends("-p without a value", ["-p"], {}, shorterRefusal),
  ends("-p with a signal that does not exist", ["-p", "SIGNONSENSE", "true"]),
  ...["256", "-1", "1x", "0x1", "abc"].map((code) => ends(`-e ${code}`, ["-e", code, "true"])),
  ...["", " 1", "+1"].map((code) =>
    ends(
      `-e ${JSON.stringify(code)}`,
      ["-e", code, "true"],
      {},
      {
        id: "strict-numbers",
        theirs: { ending: exit(0), stderr: [] },
        ours: { ending: exit(1), stderr: ["FATAL"] },
      },
    ),
  ),

  // Options and values that tini does not have
  ends(
    "--version before other words",
    ["--version", "true"],
    {},
    refusedByTini("long-options", { ending: exit(0), stdout: ["tini version N"] }),
  ),
  ends("-V", ["-V"], {}, refusedByTini("dumb-init-options", { ending: exit(0), stdout: ["tini version N"] })),
  ends("-c", ["-c", "--", "sh", "-c", "exit 4"], {}, refusedByTini("dumb-init-options", { ending: exit(4) })),
  ends("-r", ["-r", "15:10", "--", "sh", "-c", "exit 4"], {}, refusedByTini("dumb-init-options", { ending: exit(4) })),
  ends("--help", ["--help"], {}, refusedByTini("long-options", { ending: exit(0), stdout: ["usage"] })),
  ends(
    "a long option with its value",
    ["--remap-exit=7", "--warn-on-reap", "--", "sh", "-c", "exit 7"],
    {},
    refusedByTini("long-options", { ending: exit(0) }),
  ),
  ends("-e with a code to exit with", ["-e", "7:3", "--", "sh", "-c", "exit 7"], {}, valueRefusedByTini("remap-to", 3)),
  ends("-e with a list", ["-e", "7,8", "--", "sh", "-c", "exit 8"], {}, valueRefusedByTini("remap-to", 0)),
  ends(
    "-e with a list of both",
    ["-e", "130,143:3", "--", "sh", "-c", "kill $$"],
    {},
    valueRefusedByTini("remap-to", 3),
  ),
  ...["TERM", "15", "SIGRTMIN+1"].map((signal) =>
    ends(`-p ${signal}`, ["-p", signal, "--", "sh", "-c", "exit 4"], {}, valueRefusedByTini("signal-names", 4)),
  ),

  // The environment
  ends(
    "the program sees the variables of the init",
    ["--", "env"],
    environment({
      TINI_SUBREAPER: "",
      TINI_KILL_PROCESS_GROUP: "1",
      TINI_VERBOSITY: "1",
      OTHER: "a=b",
    }),
  ),
  ends("TINI_KILL_PROCESS_GROUP=0 is present", ["--", "true"], environment({ TINI_KILL_PROCESS_GROUP: "0" })),
  ends("TINI_VERBOSITY=1 overrides -v", ["-vvv", "--", "true"], environment({ TINI_VERBOSITY: "1" })),
  ends("TINI_VERBOSITY=2", ["--", "true"], environment({ TINI_VERBOSITY: "2" }), logged([spawned("true"), exited(0)])),
  ends("TINI_VERBOSITY=0 silences warnings", ["--", "true"], {
    ...environment({ TINI_VERBOSITY: "0" }),
    as: "process",
  }),
  ends("TINI_VERBOSITY is empty", ["--", "true"], environment({ TINI_VERBOSITY: "" })),
  ends("TINI_VERBOSITY=abc", ["--", "true"], environment({ TINI_VERBOSITY: "abc" }), {
    id: "strict-numbers",
    theirs: { ending: exit(0), stderr: [] },
    ours: { ending: exit(1), stderr: ["FATAL"] },
  }),
  ends("TINI_VERBOSITY=-1", ["--", "true"], environment({ TINI_VERBOSITY: "-1" }), {
    id: "strict-numbers",
    theirs: { ending: exit(0), stdout: [spawned("true"), "DEBUG", exited(0), "TRACE"], stderr: [] },
    ours: { ending: exit(1), stdout: [], stderr: ["FATAL"] },
  }),
  ends("an option in the environment", ["--", "sh", "-c", "exit 7"], environment({ TINI_REMAP_EXIT: "7:3" }), {
    id: "environment-options",
    theirs: { ending: exit(7) },
    ours: { ending: exit(3) },
  }),

  // Options given twice
  ends("flags twice", ["-s", "-g", "-w", "-g", "-s", "-w", "--", "sh", "-c", "exit 4"]),
  ends(
    "-p twice",
    ["-p", "SIGTERM", "-p", "SIGINT", "--", "true"],
    {},
    { id: "said-twice", theirs: { ending: exit(0), stderr: [] }, ours: { ending: exit(1), stderr: ["FATAL"] } },
  ),

  // Variables that belong to no option
  ends("TINI_VERSION", ["--", "sh", "-c", "echo $TINI_VERSION"], environment({ TINI_VERSION: "v0.19.0" })),
  ends("a variable of somebody else", ["--", "sh", "-c", "echo $TINI_HOME"], environment({ TINI_HOME: "/opt" })),
  ends("a misspelt variable", ["--", "sh", "-c", "exit 4"], environment({ TINI_SUBREPER: "" }), {
    id: "misspelt-variables",
    theirs: { stderr: [] },
    ours: { stderr: ["WARN variable TINI_SUBREPER is none of ours; is TINI_SUBREAPER meant?"] },
  }),
  configured({ id: "configuration-file", theirs: { ending: exit(7) }, ours: { ending: exit(3) } }),

  // What is logged
  ends("-v", ["-v", "--", "sh", "-c", "exit 7"], {}, logged([spawned("sh"), exited(7)])),
  ends(
    "-v with a program that writes to stdout",
    ["-v", "--", "echo", "x"],
    {},
    {
      id: "log-on-stderr",
      theirs: { stdout: ["x", spawned("echo"), exited(0)], stderr: [] },
      ours: { stdout: ["x"], stderr: [spawned("echo"), exited(0)] },
    },
  ),
  ends(
    "-v with a program that dies by a signal",
    ["-v", "--", "sh", "-c", "kill -9 $$"],
    {},
    {
      id: "log-on-stderr",
      theirs: { stdout: [spawned("sh"), "INFO Main child exited with signal (with signal 'Killed')"], stderr: [] },
      ours: { stdout: [], stderr: [spawned("sh"), "INFO Main child exited with signal (with signal 'SIGKILL')"] },
    },
  ),
];
