/** Right and wrong settings on the command line and in the environment. */
import { describe, expect, test } from "vitest";
import { plainEnvironment } from "./namespace.ts";
import { parseReport, program, runs } from "./subject.ts";

const report = program("report");

/** A program whose output shows that something was started. */
const started = ["--", "/bin/echo", "started"];

describe("arguments", () => {
  test("P2: what follows the first word that is no option belongs to the program", async () => {
    const { stdout, ending } = await runs(["/bin/echo", "-v", "--help", "-e", "256", "--"]);
    expect({ stdout, ending }).toEqual({ stdout: "-v --help -e 256 --\n", ending: { code: 0 } });
  });

  test("P2: after -- even a word that looks like an option is the program", async () => {
    const { stderr, ending } = await runs(["--", "--", "true"]);
    expect(ending).toEqual({ code: 127 });
    expect(stderr).toBe("[FATAL tini-ts (1)] exec --: not found in PATH\n");
  });

  test("P2: every byte reaches the program: invalid UTF-8, empty words, control characters, our own options", async () => {
    const words = ["\\xff\\xfe\\x80", "", "-v", "--version", "a b", "\\x01\\x1b[31m\\x7f", "--", "\\xc3\\xa9"];
    const { stdout } = await runs(["--", report, "--exit=0", "--", ...words], { inherit: ["escaped"] });
    const values = parseReport(stdout);
    expect(values["arguments"]).toBe(String(words.length + 1));
    words.forEach((word, index) => expect(values[`argument-${index + 1}`]).toBe(word));
  });

  test("P2: 2 MB of arguments reach the program", async () => {
    const { stdout, stderr } = await runs(["--", report, "--exit=0", "--"], {
      inherit: ["limit=STACK:67108864", "many-arguments=21:100000"],
    });
    expect(stderr).toBe("");
    expect(parseReport(stdout)).toMatchObject({ arguments: "22" });
    expect(Number(parseReport(stdout)["argument-bytes"])).toBeGreaterThan(2_100_000);
  });

  test("P2: forty thousand arguments are no burden either", async () => {
    const { stdout } = await runs(["--", report, "--exit=0", "--"], {
      inherit: ["limit=STACK:67108864", "many-arguments=40000:10"],
    });
    expect(parseReport(stdout)).toMatchObject({ arguments: "40001" });
  });

  test.each([
    ["a cluster", ["-gwvv"]],
    ["a cluster whose last takes the rest as its value", ["-gwe7:3"]],
    ["attached values", ["-e7:3", "-pSIGTERM"]],
    ["separate values", ["-e", "7:3", "-p", "SIGTERM"]],
    ["--name=value", ["--remap-exit=7:3", "--forward-to=group", "--isolate=session"]],
    ["--name value", ["--remap-exit", "7:3", "--forward-to", "all", "--isolate", "group"]],
    ["dumb-init's letters", ["-c", "-r", "15:2", "-e7:3"]],
    ["every flag in its negative form", ["--no-subreaper", "--no-warn-on-reap", "--no-tie", "-e7:3"]],
  ])("P2, P3: %s", async (_, options) => {
    const remapped = options.some((word) => word.includes("7:3"));
    const { ending, stdout } = await runs([...options, "--", "/bin/sh", "-c", "echo started; exit 7"]);
    expect({ ending, stdout }).toEqual({ ending: { code: remapped ? 3 : 7 }, stdout: "started\n" });
  });

  test.each([["--version"], ["-V"]])(
    "P3, P6: %s prints the line that docker reads, on standard output",
    async (option) => {
      const { ending, stdout, stderr } = await runs([option]);
      expect({ ending, stdout, stderr }).toEqual({
        ending: { code: 0 },
        stdout: "tini version 0.19.0_tini-ts-0.1.0\n",
        stderr: "",
      });
    },
  );

  test.each([["-h"], ["--help"]])(
    "P6: %s prints the usage on standard output, in lines that fit a terminal",
    async (option) => {
      const { ending, stdout, stderr } = await runs([option]);
      expect({ ending, stderr }).toEqual({ ending: { code: 0 }, stderr: "" });
      for (const name of [
        "--forward-to",
        "--isolate",
        "--rewrite",
        "--parent-death-signal",
        "--remap-exit",
        "--subreaper",
        "--warn-on-reap",
      ])
        expect(stdout).toContain(name);
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test.each([["-l"], ["--license"]])("P3: %s prints the licence on standard output", async (option) => {
    const { ending, stdout, stderr } = await runs([option]);
    expect({ ending, stderr }).toEqual({ ending: { code: 0 }, stderr: "" });
    expect(stdout).toMatch(/MIT[\s\S]*Permission is hereby granted/);
  });

  test("P5: without a program the usage comes on standard error, and the exit code is 1", async () => {
    for (const words of [[], ["-v"], ["--"], ["-g", "--"]]) {
      const { ending, stdout, stderr } = await runs(words);
      expect({ ending, stdout }).toEqual({ ending: { code: 1 }, stdout: "" });
      expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] no program is given\n[\s\S]*--forward-to/);
    }
  });

  test("P16: an empty argument list is answered with the usage", async () => {
    const { ending, stdout, stderr } = await runs([], { inherit: ["no-arguments"] });
    expect({ ending, stdout }).toEqual({ ending: { code: 1 }, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] no program is given\n/);
  });

  test.each<[string, string[], string | RegExp]>([
    ["an unknown option", ["--foo"], "unknown option --foo (argument 1); tini-ts -h lists the options"],
    [
      "an unknown option further back",
      ["-v", "--foo"],
      "unknown option --foo (argument 2); tini-ts -h lists the options",
    ],
    [
      "an unknown option with a value",
      ["--foo=bar"],
      /^unknown option --foo(=bar)? \(argument 1\); tini-ts -h lists the options$/,
    ],
    ["an unknown letter", ["-x"], /^unknown option -x \(argument 1\)/],
    ["an unknown letter in a cluster", ["-vxg"], /^unknown option -x (in -vxg )?\(argument 1\)/],
    ["half a name", ["--verb"], /^unknown option --verb \(argument 1\)/],
    ["a name that goes on", ["--isolated=none"], /^unknown option --isolated(=none)? \(argument 1\)/],
    [
      "a code beyond 255",
      ["--remap-exit=256"],
      '--remap-exit "256" (argument 1) is not CODE or CODE:TO, each from 0 to 255',
    ],
    ["a code beyond 255, apart", ["-e", "256"], /"256" \(argument 2\) is not CODE or CODE:TO, each from 0 to 255$/],
    ["a target beyond 255", ["-e", "1:256"], /"1:256" \(argument 2\) is not CODE or CODE:TO/],
    ["an empty code", ["-e", ""], /"" \(argument 2\) is not CODE/],
    ["a code with a space", ["-e", " 1"], /" 1" \(argument 2\) is not CODE/],
    ["a code with a sign", ["-e", "+1"], /"\+1" \(argument 2\) is not CODE/],
    ["a negative code", ["-e", "-1"], /"-1" \(argument 2\) is not CODE/],
    ["a code with a tail", ["-e", "1x"], /"1x" \(argument 2\) is not CODE/],
    ["a hexadecimal code", ["-e", "0x1"], /"0x1" \(argument 2\) is not CODE/],
    [
      "a code that is too long for any number",
      ["-e", "99999999999999999999"],
      /"99999999999999999999" \(argument 2\) is not CODE/,
    ],
    ["an empty item of a list", ["-e", "1,,2"], /"(1,,2)?" \(argument 2\) is not CODE/],
    ["a parent death signal that does not exist", ["-p", "SIGFOO"], /"SIGFOO" \(argument 2\) is not /],
    ["a parent death signal beyond 64", ["-p", "65"], /"65" \(argument 2\) is not /],
    ["a rewrite without a target", ["-r", "15"], /"15" \(argument 2\) is not /],
    ["a rewrite of nothing", ["-r", ":15"], /":15" \(argument 2\) is not /],
    ["a rewrite to rubbish", ["-r", "15:3x"], /"15:3x" \(argument 2\) is not /],
    ["a rewrite of signal 0", ["-r", "0:15"], /"0:15" \(argument 2\) is not /],
    ["a real-time signal that does not exist", ["-r", "RTMIN+31:15"], /"RTMIN\+31:15" \(argument 2\) is not /],
    ["an unknown target of forwarding", ["--forward-to=everyone"], /^--forward-to "everyone" \(argument 1\) is not /],
    ["an unknown isolation", ["--isolate=pod"], /^--isolate "pod" \(argument 1\) is not /],
    ["a verbosity that is no number", ["--verbosity=loud"], /^--verbosity "loud" \(argument 1\) is not /],
    [
      "less memory than a page",
      ["--memory-max=4095"],
      '--memory-max "4095" (argument 1) is not a size of at least 4096 bytes: 512M, 1.5Gi, 64k, 80% or max',
    ],
    ["more memory than all", ["--memory-high", "101%"], /^--memory-high "101%" \(argument 2\) is not a size /],
    ["a unit that is none", ["--memory-swap-max=1P"], /^--memory-swap-max "1P" \(argument 1\) is not a size /],
    ["next to no CPU", ["--cpu-max=0.001"], /^--cpu-max "0.001" \(argument 1\) is not CPUs: 1.5, /],
    ["a quota without a right period", ["--cpu-max=50000 999"], /^--cpu-max "50000 999" \(argument 1\) is not CPUs: /],
    ["no weight", ["--cpu-weight=0"], /^--cpu-weight "0" \(argument 1\) is not a number from 1 to 10000$/],
    [
      "too much weight",
      ["--io-weight", "10001"],
      /^--io-weight "10001" \(argument 2\) is not a number from 1 to 10000$/,
    ],
    ["CPUs by a word", ["--cpuset-cpus=all"], /^--cpuset-cpus "all" \(argument 1\) is not a list of CPUs: 0-3,5$/],
    [
      "no process at all",
      ["--pids-max=0"],
      /^--pids-max "0" \(argument 1\) is not a number from 1 to 4194304, or max$/,
    ],
    ["the init's own group", ["--cgroup=init"], /^--cgroup "init" \(argument 1\) is not a name of /],
    ["a path for a group", ["--cgroup", "../a"], /^--cgroup "\.\.\/a" \(argument 2\) is not a name of /],
    ["half strict", ["--limits=half"], '--limits "half" (argument 1) is not strict|best-effort'],
    ["control characters", ["--remap-exit=a\x1b[31mb\n"], /^--remap-exit "a\?\[31mb\?" \(argument 1\) is not CODE/],
  ])("P5: %s is refused in one line, before anything is started", async (_, words, message) => {
    const { ending, stdout, stderr } = await runs([...words, ...started]);
    expect({ ending, stdout }).toEqual({ ending: { code: 1 }, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]*\n$/);
    const text = stderr.slice("[FATAL tini-ts (1)] ".length, -1);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });

  test.each([
    ["--rewrite"],
    ["--remap-exit"],
    ["--parent-death-signal"],
    ["--forward-to"],
    ["--isolate"],
    ["--verbosity"],
    ["--memory-max"],
    ["--cpu-max"],
    ["--cpuset-cpus"],
    ["--pids-max"],
    ["--memory-signal"],
    ["--cgroup"],
    ["--limits"],
  ])("P5: %s as the last word needs a value, and the message says which", async (option) => {
    const { ending, stderr } = await runs([option]);
    expect(ending).toEqual({ code: 1 });
    expect(stderr).toMatch(
      new RegExp(`^\\[FATAL tini-ts \\(1\\)\\] ${option} \\(argument 1\\) needs a value: [^\\n]+\\n$`),
    );
  });

  test("P5: the group without a group is refused, naming both options", async () => {
    for (const words of [
      ["--forward-to=group", "--isolate=none"],
      ["-g", "-c"],
      ["--isolate=none", "-g"],
    ]) {
      const { ending, stdout, stderr } = await runs([...words, ...started]);
      expect({ ending, stdout }).toEqual({ ending: { code: 1 }, stdout: "" });
      // By the name that was used, or by the option that it stands for.
      expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]*\n$/);
      expect(stderr).toMatch(/--forward-to|-g|--kill-process-group/);
      expect(stderr).toMatch(/--isolate|-c|--single-child/);
    }
  });

  test.each<[string, string]>([
    ["TINI_REMAP_EXIT", "256"],
    ["TINI_REWRITE", "TERM"],
    ["TINI_FORWARD_TO", "everyone"],
    ["TINI_ISOLATE", "pod"],
    ["TINI_PARENT_DEATH_SIGNAL", "FOO"],
    ["TINI_TIE", "maybe"],
    ["TINI_MEMORY_MAX", "much"],
    ["TINI_CPU_MAX", "1.5 100000"],
    ["TINI_CPUSET_CPUS", ","],
    ["TINI_MEMORY_OOM_GROUP", "all"],
    ["TINI_CGROUP", ".hidden"],
    ["TINI_LIMITS", "lax"],
  ])("P5: a wrong value in %s is refused, and the message names the variable", async (name, value) => {
    const { ending, stdout, stderr } = await runs(started, { environment: { ...plainEnvironment, [name]: value } });
    expect({ ending, stdout }).toEqual({ ending: { code: 1 }, stdout: "" });
    expect(stderr).toMatch(/^\[FATAL tini-ts \(1\)\] [^\n]*\n$/);
    expect(stderr).toContain(`"${value}" (variable ${name})`);
  });

  test.each<[string, Record<string, string>, string[], number]>([
    ["an empty variable is one that is not set", { TINI_GRACE: "", TINI_REMAP_EXIT: "", TINI_CONFIG: "" }, [], 7],
    ["TINI_REMAP_EXIT maps", { TINI_REMAP_EXIT: "7:3,143" }, [], 3],
    ["DUMB_INIT_SETSID=0 is --isolate=none", { DUMB_INIT_SETSID: "0" }, [], 7],
  ])("P1, P3: %s", async (_, environment, options, code) => {
    const { ending } = await runs([...options, "--", "/bin/sh", "-c", "exit 7"], {
      environment: { ...plainEnvironment, ...environment },
    });
    expect(ending).toEqual({ code });
  });

  test("P1: the command line wins over the environment", async () => {
    const environment = { ...plainEnvironment, TINI_ISOLATE: "session" };
    expect(parseReport((await runs(["--", report], { environment })).stdout)["session"]).toBe("2");
    expect(parseReport((await runs(["--isolate=group", "--", report], { environment })).stdout)["session"]).toBe("0");
  });

  test("P3: DUMB_INIT_SETSID=0 leaves the program in our group", async () => {
    const { stdout } = await runs(["--", report], { environment: { ...plainEnvironment, DUMB_INIT_SETSID: "0" } });
    // The group of PID 1 lies outside its namespace unless it made one itself.
    expect(parseReport(stdout)["group"]).toBe("0");
  });

  test("P3: DUMB_INIT_DEBUG=1 is verbosity 3, TINI_VERBOSITY overrides -v, and more than 4 counts as 4", async () => {
    const words = ["/bin/true"];
    const debug = await runs(words, { environment: { ...plainEnvironment, DUMB_INIT_DEBUG: "1" } });
    expect(debug.stderr).toContain("[DEBUG tini-ts (1)] Received SIGCHLD\n");
    expect(debug.stderr).toBe((await runs(["--verbosity=3", ...words])).stderr);
    const quiet = await runs(["-vvv", ...words], { environment: { ...plainEnvironment, TINI_VERBOSITY: "0" } });
    expect(quiet.stderr).toBe("");
    const loud = await runs(["--verbosity=9", ...words]);
    expect(loud.stderr).toBe((await runs(["--verbosity=4", ...words])).stderr);
  });

  test("P3: TINI_KILL_PROCESS_GROUP and TINI_SUBREAPER act by being there, even empty, and the child still sees them", async () => {
    const environment = { ...plainEnvironment, TINI_KILL_PROCESS_GROUP: "", TINI_SUBREAPER: "0", TINI_VERBOSITY: "1" };
    const { stdout } = await runs(["--", report], { environment });
    for (const [name, value] of Object.entries(environment)) expect(stdout).toContain(`environment ${name}=${value}\n`);
    // Another variable that does not go with it is refused: that shows that it acts.
    const refused = await runs(started, { environment: { ...environment, TINI_ISOLATE: "none" } });
    expect(refused.ending).toEqual({ code: 1 });
    // What the arguments say wins.
    const overruled = await runs(["-c", ...started], { environment });
    expect(overruled.ending).toEqual({ code: 0 });
  });
});
