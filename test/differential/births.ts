/** A program's initial state, the init's own state, and terminals. */

import { readdirSync, readlinkSync } from "node:fs";
import { program } from "../processes/programs.ts";
import { launch, type Launch } from "../processes/namespace.ts";
import { runToEnd, watched, type Difference, type Scenario } from "./scenario.ts";

const report = program("report");

/** Different in each run. */
const accidental = ["pidfd-id"];
/** Different in each run where the init is not PID 1 of a namespace of its own. */
const accidentalOutside = ["pid", "parent", "group", "session"];

/** Runs `report` and returns its output by name. */
function born(name: string, setting: Partial<Launch>, difference?: Difference, options: string[] = []): Scenario {
  return watched(
    name,
    async (subject) => {
      const { stdout, ...rest } = await runToEnd(subject, [...options, "--", report, "an argument"], setting);
      const values = new Map(
        stdout.map((line) => {
          const [, field = "", value = ""] = /^((?:environment )?[\w-]+)=(.*)$/.exec(line) ?? ["", line];
          return [field, value];
        }),
      );
      if (setting.as === "process") values.set("leads its group", String(values.get("group") === values.get("pid")));
      for (const field of [...accidental, ...(setting.as === "process" ? accidentalOutside : [])]) values.delete(field);
      return { ...rest, ...Object.fromEntries(values) };
    },
    difference,
  );
}

/** Starts an init with a program that sleeps, and looks at the init. */
function waiting(
  name: string,
  setting: Partial<Launch>,
  look: (pid: number, syscall: string) => Record<string, unknown>,
  difference?: Difference,
): Scenario {
  return watched(
    name,
    async ({ binary }) => {
      const words = ["--", "sh", "-c", "echo up; exec sleep 1000"];
      await using init = await launch({ binary, arguments: words, ...setting });
      await init.says(/^up$/m);
      await init.settles();
      return look(init.pid, init.file("syscall"));
    },
    difference,
  );
}

/** The scenarios about states. */
export const births: Scenario[] = [
  born("an ordinary start", {}),
  born("-s -g -w", {}, undefined, ["-s", "-g", "-w"]),
  born("odd inherited signals", { inherit: ["block=4,15,21", "ignore=2,11,22"] }),
  born(
    "all signals blocked",
    { inherit: [`block=${Array.from({ length: 64 }, (_, index) => index + 1).join(",")}`] },
    {
      id: "inherited-mask",
      theirs: { blocked: "fffffffe7ffbfeff" },
      ours: { blocked: "fffffffffffbfeff" },
    },
  ),
  born("SIGTTIN and SIGTTOU are ignored", { inherit: ["ignore=21,22"] }),
  born("a umask, a folder, a limit and a user", {
    inherit: ["limit=NOFILE:321", "umask=0027", "chdir=/etc", "user=65534"],
  }),
  born("more descriptors", { inherit: ["extra-descriptors=5"] }),
  born("no new privileges", { inherit: ["no-new-privileges"] }),
  born("an environment of its own", { environment: { PATH: "/bin", A: "1", EMPTY: "", LISTEN_FDS: "1" } }),
  born(
    "LISTEN_PID names the init",
    { environment: { PATH: "/bin", LISTEN_PID: "1", LISTEN_FDS: "1" } },
    {
      id: "listen-pid",
      theirs: { "environment LISTEN_PID": "1" },
      ours: { "environment LISTEN_PID": "2" },
    },
  ),
  born("LISTEN_PID names somebody else", { environment: { PATH: "/bin", LISTEN_PID: "77", LISTEN_FDS: "1" } }),
  born("not PID 1", { as: "process" }, { id: "tie", theirs: { "death-signal": "0" }, ours: { "death-signal": "9" } }, [
    "-s",
  ]),

  waiting(
    "what the init keeps open",
    { inherit: ["open=7:/dev/null"] },
    (pid) => ({ descriptors: readdirSync(`/proc/${pid}/fd`).sort() }),
    {
      id: "inherited-descriptors",
      theirs: { descriptors: ["0", "1", "2", "7"] },
      ours: { descriptors: ["0", "1", "2"] },
    },
  ),
  waiting(
    "where the init is",
    { inherit: ["chdir=/etc"] },
    (pid) => ({ directory: readlinkSync(`/proc/${pid}/cwd`) }),
    { id: "working-directory", theirs: { directory: "/etc" }, ours: { directory: "/" } },
  ),
  waiting(
    "how the init waits",
    {},
    // The number of the call (rt_sigtimedwait), then its arguments; the third is the time-out.
    (_, syscall) => ({ timeout: syscall.split(" ")[3] !== "0x0" }),
    { id: "no-polling", theirs: { timeout: true }, ours: { timeout: false } },
  ),

  // Terminals
  born("a terminal", { terminal: true, inherit: ["own-terminal"] }),
  born("a terminal of somebody else", { terminal: true }),
  born(
    "a terminal on standard output alone",
    { terminal: true, inherit: ["own-terminal", "open=0:/dev/null"] },
    {
      id: "terminal-anywhere",
      theirs: { foreground: "1" },
      ours: { foreground: "2" },
    },
  ),
  watched("Ctrl-C", async ({ binary }) => {
    const words = ["--", program("count-signals"), "--each", "--quit-on=2"];
    await using init = await launch({ binary, arguments: words, terminal: true, inherit: ["own-terminal"] });
    await init.says(/^ready$/m);
    await init.sees("the program is in the foreground", ([own]) => own?.foreground === 2);
    init.write("\x03");
    const ending = await init.end();
    return { ending, signals: init.stdout.text.match(/^signal \d+/gm) };
  }),
  watched("the terminal is closed", async ({ binary }) => {
    await using init = await launch({
      binary,
      arguments: ["--", program("count-signals"), "--quit-on=1"],
      terminal: true,
      inherit: ["own-terminal"],
    });
    await init.says(/^ready$/m);
    init.hangUp();
    return { ending: await init.end() };
  }),
  watched(
    "Ctrl-Z at a shell",
    async ({ binary }) => {
      await using shell = await launch({
        binary: "/bin/bash",
        arguments: ["--norc", "-i"],
        terminal: true,
        inherit: ["own-terminal"],
      });
      shell.write(`PS1='prompt> '; ${binary} -s -- sh -c 'echo up; exec sleep 1000'\n`);
      await shell.says(/^up\r?$/m);
      await shell.sees("the program has the terminal", (processes) => {
        return processes.some((one) => one.name === "sleep" && one.foreground === one.group && one.state === "S");
      });
      const from = shell.stdout.text.length;
      shell.write("\x1a");
      const init = (
        await shell.sees("the program has stopped", (processes) =>
          processes.some((one) => one.name === "sleep" && one.state === "T"),
        )
      ).find((one) => one.name.startsWith("tini"));
      // tini polls once a second: after two polls nothing more will come.
      const looks = () => {
        const status = shell.file(`root/proc/${init?.pid}/status`);
        return Number(/^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)?.[1]);
      };
      const before = looks();
      await shell.sees("the shell is back, or the init has looked again", () => {
        return shell.stdout.text.slice(from).includes("prompt> ") || looks() >= before + 3;
      });
      return { shell: shell.stdout.text.slice(from).includes("prompt> ") ? "is back" : "does not come back" };
    },
    { id: "job-control", theirs: { shell: "does not come back" }, ours: { shell: "is back" } },
  ),
  watched(
    "started in the background by a shell",
    async ({ binary }) => {
      const script = `set -m; ${binary} -s -- sleep 1000 & wait`;
      const words = ["-c", script];
      const inherit = ["own-terminal"];
      await using shell = await launch({ binary: "/bin/bash", arguments: words, terminal: true, inherit });
      const processes = await shell.sees("the program sleeps", (all) =>
        all.some((one) => one.name === "sleep" && one.state === "S"),
      );
      const program = processes.find((one) => one.name === "sleep");
      return { terminal: program?.foreground === program?.group ? "is taken away" : "stays with the shell" };
    },
    { id: "background", theirs: { terminal: "is taken away" }, ours: { terminal: "stays with the shell" } },
  ),
];
