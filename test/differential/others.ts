/** What users of dumb-init and catatonit can rely on, and what differs for them. */

import { program } from "../processes/programs.ts";
import { launch } from "../processes/namespace.ts";
import { against, alike, ends, normalise, runToEnd, watched, type Difference, type Scenario } from "./scenario.ts";
import { forwarded, groupScenario } from "./signals.ts";

const exit = (code: number) => ({ code });

function born(name: string, options: string[], fields: string[], inherit: string[], difference?: Difference): Scenario {
  return watched(
    name,
    async (subject) => {
      const { ending, stdout } = await runToEnd(subject, [...options, "--", program("report")], { inherit });
      const lines = stdout.filter((line) => fields.includes(line.slice(0, line.indexOf("="))));
      return { ending, lines };
    },
    difference,
  );
}

/** Sends SIGTERM to an init that rewrites it, then the highest signal, and returns what the program got. */
function rewriting(name: string, options: string[]): Scenario {
  return watched(name, async ({ binary }) => {
    const words = [...options, "--", program("count-signals"), "--until=64:1"];
    await using init = await launch({ binary, arguments: words });
    await init.says(/^ready$/m);
    init.signal("SIGTERM");
    init.signal(64);
    await init.says(/^reached$/m);
    init.write("report\nquit 5\n");
    const { ending, stdout } = await init.finish();
    return { ending, counts: /^counts.*$/m.exec(stdout)?.[0] };
  });
}

/** An init without a program reaps nobody here, drops `drops`, and ends by `signal`. */
function pausing(signal: string, drops: readonly string[] = []): Scenario {
  const name = `pause, ${[...drops, signal].join(", ")}`;
  return watched(name, async ({ binary }) => {
    await using init = await launch({ binary, arguments: ["-P"] });
    await init.settles();
    for (const dropped of drops) {
      init.signal(dropped);
      await init.settles();
    }
    init.signal(signal);
    const { ending, stdout, stderr } = await init.finish();
    return { ending, stdout, stderr };
  });
}

/** Returns where an init writes the output that was asked for. */
function answering(option: string): Scenario {
  return watched(
    `${option} is answered`,
    async ({ binary }) => {
      await using init = await launch({ binary, arguments: [option] });
      const { ending, stdout, stderr } = await init.finish();
      return { ending, stdout: stdout !== "", stderr: stderr !== "" };
    },
    {
      id: "dumb-init-answers",
      theirs: { stdout: false, stderr: true },
      ours: { stdout: true, stderr: false },
    },
  );
}

/** Sends a terminal's stop signal to an init that is not PID 1, and returns its and its program's reaction. */
function stopping(signal: number): Scenario {
  return watched(
    `signal ${signal}, not PID 1`,
    async ({ name, binary }) => {
      const words = ["--", program("count-signals"), "--each"];
      await using init = await launch({ binary, arguments: words, as: "process" });
      await init.says(/^ready$/m);
      init.signal(signal);
      const isStopped = () => init.status("State")?.startsWith("T") === true;
      const child = () => init.processes().find((one) => one.name === "count-signals");
      if (name === "dumb-init") await init.sees("both have stopped", () => isStopped() && child()?.state === "T");
      else await init.says(new RegExp(`^signal ${signal}\\b`, "m"));
      return { init: isStopped() ? "stops" : "goes on", program: child()?.state === "T" ? "gets SIGSTOP" : "gets it" };
    },
    {
      id: "dumb-init-stops",
      theirs: { init: "stops", program: "gets SIGSTOP" },
      ours: { init: "goes on", program: "gets it" },
    },
  );
}

const dumbInit: Scenario[] = [
  answering("-h"),
  answering("-V"),
  ...[20, 21, 22].map(stopping),
  ...["9:15", "17:15"].map((pair) =>
    ends(
      `-r ${pair}`,
      ["-r", pair, "true"],
      {},
      {
        id: "dumb-init-rewrite-never",
        theirs: { ending: exit(0), stderr: [] },
        ours: { ending: exit(1), stderr: ["FATAL"] },
      },
    ),
  ),
  ends("a program after --", ["--", "sh", "-c", "exit 7"]),
  ends("options of the program without --", ["sh", "-c", "exit 7"]),
  ends("-c", ["-c", "sh", "-c", "exit 7"]),
  ends("-c twice", ["-c", "-c", "sh", "-c", "exit 7"]),
  ends("--single-child", ["--single-child", "sh", "-c", "kill -9 $$"]),
  ends("the program dies by a signal", ["sh", "-c", "kill $$"]),
  rewriting("-r", ["-r", "15:10"]),
  rewriting("--rewrite", ["--rewrite", "15:12"]),
  rewriting("-r to nothing", ["-r", "15:0"]),
  rewriting("-r twice, swapping", ["-r", "15:2", "-r", "2:15"]),
  born("-c leaves the program in the group of the init", ["-c"], ["group", "session"], []),
  forwarded(6),
  forwarded(40),
  groupScenario("a signal with -c", ["-c"], {}, false),
  groupScenario("a signal", [], {}, "dumb-init", {
    id: "dumb-init-group",
    theirs: { group: true },
    ours: { group: false },
  }),
  alike("--isolate=session", ["ps", "-o", "pid=,pgid=,sess="], ["--isolate=session", "ps", "-o", "pid=,pgid=,sess="]),
  ends("DUMB_INIT_SETSID=0", ["ps", "-o", "pid=,pgid=,sess="], {
    environment: { PATH: "/bin", DUMB_INIT_SETSID: "0" },
  }),
  born("sessions", [], ["session"], [], {
    id: "dumb-init-session",
    theirs: { lines: ["session=2"] },
    ours: { lines: ["session=0"] },
  }),
  born("inherited signals", [], ["blocked", "ignored"], ["block=10", "ignore=12"], {
    id: "dumb-init-inherited-signals",
    theirs: { lines: ["blocked=0000000000000000", "ignored=0000000000000000"] },
    ours: { lines: ["blocked=0000000000000200", "ignored=0000000000000800"] },
  }),
  ends(
    "a program that does not exist",
    ["/nowhere/program"],
    {},
    {
      id: "dumb-init-exec-error",
      theirs: { ending: exit(2), stderr: ["[dumb-init] /nowhere/program: No such file or directory"] },
      ours: { ending: exit(127), stderr: ["FATAL exec"] },
    },
  ),
  watched(
    "the program ends before others of its group",
    async ({ name, binary }) => {
      const other = `trap "echo got TERM; kill -9 \\$!; exit" TERM; sleep 1000 & echo up; wait`;
      const script = `sh -c '${other}' & read line; exit 5`;
      await using init = await launch({ binary, arguments: ["--", "sh", "-c", script], as: "process" });
      await init.says(/^up$/m);
      init.write("a line\n");
      const ending = await init.end();
      // There is no event for a signal that does not come: the output is complete when all are dead.
      if (name === "dumb-init") await init.says(/^got TERM$/m);
      const { stdout } = await init.finish();
      return { ending, others: stdout.includes("got TERM") ? "get SIGTERM" : "get nothing" };
    },
    { id: "dumb-init-last-signal", theirs: { others: "get SIGTERM" }, ours: { others: "get nothing" } },
  ),
];

const catatonit: Scenario[] = [
  watched(
    "-L",
    async ({ binary }) => {
      await using init = await launch({ binary, arguments: ["-L"] });
      const { ending, stdout } = await init.finish();
      return { ending, license: /license/i.test(stdout) };
    },
    {
      id: "catatonit-license",
      theirs: { ending: exit(0), license: true },
      ours: { ending: exit(1), license: false },
    },
  ),
  ends("a program after --", ["--", "sh", "-c", "exit 7"]),
  ends("--version", ["--version"]),
  ends("the program dies by a signal", ["--", "sh", "-c", "kill $$"]),
  ends("not PID 1", ["--", "sh", "-c", "exit 5"], { as: "process" }),
  born("group and descriptors", ["-g"], ["group", "session", "descriptors", "ignored"], ["extra-descriptors=2"]),
  groupScenario("a signal", [], {}, false),
  groupScenario("a signal with -g", ["-g"], {}, true),
  forwarded(15),
  forwarded(40),
  ends(
    "options of the program without --",
    ["sh", "-c", "exit 7"],
    {},
    {
      id: "catatonit-options-end",
      theirs: {
        ending: exit(1),
        stderr: [
          "/usr/bin/catatonit: invalid option -- 'c'",
          "usage: catatonit [-ghLPV] [--] <progname> [<arguments>...]",
        ],
      },
      ours: { ending: exit(7), stderr: [] },
    },
  ),
  born("blocked signals", [], ["blocked"], [], {
    id: "catatonit-inherited-signals",
    theirs: { lines: ["blocked=0000000000380000"] },
    ours: { lines: ["blocked=0000000000000000"] },
  }),
  ...[6, 20, 21].map((signal) =>
    forwarded(signal, { id: "catatonit-dropped-signals", theirs: { count: 0 }, ours: { count: 1 } }),
  ),
  ends(
    "a program that does not exist",
    ["--", "/nowhere/program"],
    {},
    {
      id: "catatonit-exec-error",
      theirs: { ending: exit(1), stderr: ["ERROR (catatonit:2): failed to exec pid1: No such file or directory"] },
      ours: { ending: exit(127), stderr: ["FATAL exec"] },
    },
  ),
  ends("standard input is closed", ["--", "sh", "-c", "exit 5"], { inherit: ["close=0"] }),
  pausing("SIGTERM"),
  pausing("SIGINT"),
  pausing("SIGTERM", ["SIGQUIT"]),
  pausing("SIGTERM", ["SIGUSR1", "SIGHUP", "SIGCONT", "SIGWINCH"]),
  watched(
    "-P with a program",
    async ({ name, binary }) => {
      await using init = await launch({ binary, arguments: ["-P", "--", "true"] });
      if (name === "catatonit") {
        await init.settles();
        init.signal("SIGTERM");
      }
      const { ending, stderr } = await init.finish();
      return { ending, stderr: normalise(stderr) };
    },
    {
      id: "catatonit-pause",
      theirs: { ending: exit(0), stderr: [] },
      ours: { ending: exit(1), stderr: ["FATAL"] },
    },
  ),
];

/** The scenarios with other inits than tini. */
export const others: Scenario[] = [...against("dumb-init", dumbInit), ...against("catatonit", catatonit)];
