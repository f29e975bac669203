import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { SIGABRT, SIGHUP, SIGINT, signalName, SIGQUIT, SIGRTMIN, SIGTERM, SIGUSR1 } from "../linux/abi.ts";
import { latin1 } from "../linux/files.ts";
import { exits, type Life, NOT_PID_1, simulate, type World } from "./life.ts";
import type { Program } from "../linux/process.ts";
import { APP, appIsReady, FORWARDED, linesOf, records, sleeps, tini, tiniWith, callsNamed } from "./scenario.ts";

/** Bytes of one word of a command line: anything but NUL. */
const word = fc.uint8Array({ min: 1, maxLength: 40 });
/** Words that look like something. */
const tricky = fc
  .constantFrom("", "-", "--", "-g", "-x", "--help", "--version", "-h", "--rewrite", "=", "\xff\xfe", "a b", "\n")
  .map((text) => new Uint8Array(Buffer.from(text, "latin1")));

const file = { [APP]: exits(0) };
const bin = "/bin/app";

describe("P2: what follows reaches the program byte for byte", () => {
  it("after --, whatever the words are", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, tricky), { maxLength: 12 }), (words) => {
        const life = simulate({ args: ["tini-ts", "-g", "--", bin, ...words], files: file });
        expect(life.main.args.map(latin1)).toEqual([bin, ...words.map(latin1)]);
      }),
      { numRuns: 300 },
    );
  });

  it("from the first word on that is no option, also without --", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, tricky), { maxLength: 12 }), (words) => {
        const life = simulate({ args: ["tini-ts", "-gv", bin, ...words], files: file });
        expect(life.main.args.map(latin1)).toEqual([bin, ...words.map(latin1)]);
      }),
      { numRuns: 300 },
    );
  });

  it("the program's name need not be text, and may begin with a dash", () => {
    const name = new Uint8Array([0x2f, 0xff, 0x2d, 0x80]);
    const life = simulate({ args: ["tini-ts", name], files: { "/\xff-\x80": exits(3) } });
    expect(life.code).toBe(3);
    expect(simulate({ args: ["tini-ts", "--", "-g"], files: { "/bin/-g": exits(4) } }).code).toBe(4);
    expect(simulate({ args: ["tini-ts", "--", "--"], files: { "/bin/--": exits(5) } }).code).toBe(5);
  });

  it("the environment as well, and nothing of it is taken out", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, tricky), { maxLength: 12 }), (entries) => {
        const environment = [
          ...entries.filter((entry) => !/^(TINI_|DUMB_INIT_|LISTEN_)/.test(latin1(entry))),
          "TINI_SUBREAPER=",
          "TINI_VERBOSITY=2",
        ];
        const life = simulate({ args: ["tini-ts", bin], environment, files: file });
        expect(life.main.environment.map(latin1)).toEqual(
          environment.map((entry) => (typeof entry === "string" ? entry : latin1(entry))),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("a single word may be a hundred kilobytes, and there may be thousands", () => {
    const long = "x".repeat(100_000);
    const many = Array.from({ length: 5000 }, (_, index) => String(index));
    const life = simulate({ args: ["tini-ts", "-g", bin, long, ...many], environment: [`LONG=${long}`], files: file });
    expect(life.main.args.map(latin1)).toEqual([bin, long, ...many]);
    expect(life.main.environment.map(latin1)).toEqual([`LONG=${long}`]);
  });
});

describe("P2: ways to write an option", () => {
  /** The exit code of a program that exits with 3 or dies of TERM. */
  const codeOf = (words: string[], environment: string[] = []): number | null =>
    simulate({ args: ["tini-ts", ...words, "--", bin], environment, files: { [APP]: exits(3) } }).code;

  it.each([
    [["-e3:9"]],
    [["-e", "3:9"]],
    [["-ge3:9"]],
    [["-gwve", "3:9"]],
    [["--remap-exit=3:9"]],
    [["--remap-exit", "3:9"]],
    [["--remap-exit=1,3:9,255:254"]],
    [["-e", "3:1", "-e", "3:9"]],
  ])("%j", (words) => expect(codeOf(words)).toBe(9));

  it("in the environment", () => expect(codeOf([], ["TINI_REMAP_EXIT=1,3:9"])).toBe(9));
  it("P1: the command line wins over the environment", () => {
    expect(codeOf(["-e3:8"], ["TINI_REMAP_EXIT=3:9"])).toBe(8);
    const isolated = (words: string[], environment: string[]): number =>
      simulate({ args: ["tini-ts", ...words, bin], environment, files: { [APP]: sleeps }, mayStay: true }).main.group;
    expect(isolated([], ["TINI_ISOLATE=none"])).toBe(1);
    expect(isolated(["--isolate=group"], ["TINI_ISOLATE=none"])).toBe(2);
    expect(isolated([], ["DUMB_INIT_SETSID=0"])).toBe(1);
    expect(isolated([], ["DUMB_INIT_SETSID=1"])).toBe(2);
    expect(isolated([], ["TINI_SINGLE_CHILD=yes"])).toBe(1);
    expect(isolated(["--no-single-child"], ["TINI_SINGLE_CHILD=yes"])).toBe(2);
  });

  it("every flag in the environment takes yes and no in all their forms", () => {
    for (const yes of ["yes", "true", "on", "1"])
      expect(linesOf(reaps([`TINI_WARN_ON_REAP=${yes}`]), "WARN")).toHaveLength(1);
    for (const no of ["no", "false", "off", "0"])
      expect(linesOf(reaps([`TINI_WARN_ON_REAP=${no}`]), "WARN")).toHaveLength(0);
  });

  function reaps(environment: string[], words: string[] = []): Life {
    const leaves: Program = function* (process) {
      process.fork(function* (parent) {
        parent.fork(exits(0), "orphan");
        yield;
        return 0;
      });
      yield* process.waitFor();
      yield () => process.linux.processes.size === 2;
      return 0;
    };
    return simulate({ args: ["tini-ts", ...words, bin], environment, files: { [APP]: leaves } });
  }

  it("each flag has a --no- form", () => {
    expect(linesOf(reaps(["TINI_WARN_ON_REAP=yes"], ["--no-warn-on-reap"]), "WARN")).toEqual([]);
    expect(linesOf(reaps([], ["--warn-on-reap"]), "WARN")).toHaveLength(1);
    expect(linesOf(reaps([], ["--warn-on-reap=no"]), "WARN")).toEqual([]);
  });
});

describe("P3: tini's and dumb-init's own", () => {
  it.each([["--version"], ["-V"]])("%s prints one line that docker reads", (option) => {
    const life = tiniWith([option]);
    expect(life.code).toBe(0);
    expect(life.stdout).toMatch(/^tini version 0\.19\.0_tini-ts-\d+\.\d+\.\d+\n$/);
    expect(life.stderr).toEqual([]);
  });

  it.each([["-h"], ["--help"]])("%s prints usage on stdout that fits a terminal", (option) => {
    const life = tiniWith([option]);
    expect(life.code).toBe(0);
    expect(Math.max(...life.stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
    for (const name of ["--forward-to", "--isolate", "--rewrite", "--remap-exit", "--subreaper", "--tie", "-h"])
      expect(life.stdout).toContain(name);
  });

  it.each([["-l"], ["--license"]])("%s prints the license", (option) => {
    const life = tiniWith([option]);
    expect(life.code).toBe(0);
    expect(life.stdout).toContain("Permission is hereby granted");
  });

  it("everything is written to stdout, however little fits at once", async () => {
    const { Pipe } = await import("../linux/files.ts");
    const stdout = new Pipe(1);
    stdout.drained = false;
    const life = tiniWith(["-h"], {
      stdout,
      outside: function* () {
        while (true) {
          stdout.drain();
          yield;
        }
      },
      seed: 1,
    });
    expect(life.stdout).toBe(tiniWith(["-h"]).stdout);
  });

  it("TINI_SUBREAPER and TINI_KILL_PROCESS_GROUP act by being present, even empty", () => {
    for (const value of ["", "0", "false", "no", "1"]) {
      const life = tini(["--isolate=group"], records(1), {
        environment: [`TINI_KILL_PROCESS_GROUP=${value}`],
        outside: function* (sender, linux) {
          yield* appIsReady(linux);
          sender.kill(1, SIGTERM);
          return 0;
        },
      });
      expect(life.trace.sent(1)).toMatchObject([{ name: "kill", args: [-2, SIGTERM], result: 0 }]);
    }
    const life = tini([], exits(0), { isPid1: false, environment: ["TINI_SUBREAPER="] });
    expect(life.init.subreaper).toBe(true);
  });

  it("-v adds to the verbosity, TINI_VERBOSITY overrides it, DUMB_INIT_DEBUG=1 is 3", () => {
    const levels = (words: string[], environment: string[] = []): number => {
      const life = tini(words, exits(0), { environment });
      return ["FATAL", "WARN", "INFO", "DEBUG", "TRACE"].findLastIndex((level) => linesOf(life, level).length > 0);
    };
    expect(levels([])).toBe(-1);
    expect(levels(["-v"])).toBe(2);
    expect(levels(["-vv"])).toBeGreaterThanOrEqual(3);
    expect(levels(["-v", "-v"])).toBeGreaterThanOrEqual(3);
    expect(levels(["-vv"], ["TINI_VERBOSITY=1"])).toBe(-1);
    expect(levels([], ["TINI_VERBOSITY=2"])).toBe(2);
    expect(levels([], ["DUMB_INIT_DEBUG=1"])).toBeGreaterThanOrEqual(3);
    expect(levels([], ["DUMB_INIT_DEBUG=0"])).toBe(-1);
    expect(levels(["--verbosity=2"], ["TINI_VERBOSITY=0"])).toBe(2);
  });

  it("-p takes tini's names", () => {
    const life = tini(["-p", "SIGUSR1"], records(1), {
      isPid1: false,
      parent: function* (_parent, linux) {
        yield* appIsReady(linux);
        return 0;
      },
    });
    expect(life.main.signals).toEqual([SIGUSR1]);
  });

  it("-s as PID 1 is not an error", () => expect(tini(["-s"], exits(2)).code).toBe(2));
  it("-s where not PID 1 registers", () => expect(tini(["-s"], exits(2), { isPid1: false }).init.subreaper).toBe(true));
  it("-g means the group", () => {
    const life = tini(["-g"], records(1), {
      isPid1: false,
      parent: function* (parent, linux) {
        yield* appIsReady(linux);
        parent.kill(NOT_PID_1, SIGTERM);
        yield* parent.waitFor();
        return 0;
      },
    });
    expect(life.trace.sent(NOT_PID_1)).toMatchObject([{ name: "kill", args: [-21, SIGTERM] }]);
  });
});

describe("P5: what is wrong is refused before anything is started", () => {
  const refusal = (words: (string | Uint8Array)[], world: Partial<World> = {}): string => {
    const life = simulate({ args: ["tini-ts", ...words, "--", bin], files: file, ...world });
    expect(life.code).toBe(1);
    expectAbsent(callsNamed("vfork"), life, simulate({ args: ["tini-ts", "--", bin], files: file }));
    expect(life.stdout).toBe("");
    expect(life.stderr).toHaveLength(1);
    return linesOf(life, "FATAL")[0] ?? "";
  };

  it.each([
    [["--foo"], "unknown option --foo (argument 1); tini-ts -h lists the options"],
    [["-g", "--foo=bar"], "unknown option --foo=bar (argument 2); tini-ts -h lists the options"],
    [["-g", "-x"], "unknown option -x (argument 2); tini-ts -h lists the options"],
    [["-gx"], "unknown option -x (argument 1); tini-ts -h lists the options"],
    [["--remap-exit", "256"], '--remap-exit "256" (argument 2) is not CODE or CODE:TO, each from 0 to 255'],
    [["--remap-exit=256"], '--remap-exit "256" (argument 1) is not CODE or CODE:TO, each from 0 to 255'],
    [
      ["--memory-max=4095"],
      '--memory-max "4095" (argument 1) is not a size of at least 4096 bytes: 512M, 1.5Gi, 64k, 80% or max',
    ],
    [
      ["--cpu-max", "0.001"],
      '--cpu-max "0.001" (argument 2) is not CPUs: 1.5, 150%, max, or QUOTA PERIOD in microseconds, at least 0.01 CPUs',
    ],
    [["--cpu-weight=0"], '--cpu-weight "0" (argument 1) is not a number from 1 to 10000'],
    [["--pids-max=0"], '--pids-max "0" (argument 1) is not a number from 1 to 4194304, or max'],
    [["--cpuset-cpus=all"], '--cpuset-cpus "all" (argument 1) is not a list of CPUs: 0-3,5'],
    [["--cgroup=init"], '--cgroup "init" (argument 1) is not a name of letters, digits, - . and _, not init'],
    [["--limits=some"], '--limits "some" (argument 1) is not strict|best-effort'],
  ])("%j says %s", (words, sentence) => expect(refusal(words)).toBe(sentence));

  it.each([
    "--remap-exit=",
    "-e1:",
    "-e:1",
    "-e-1",
    "-e1x",
    "-e 1",
    "-e1,,2",
    "-e1,",
    "-e99999999999",
    "-e1:2:3",
    "-rTERM",
    "-rTERM:",
    "-r:TERM",
    "-rFOO:TERM",
    "-r0:TERM",
    "-r65:TERM",
    "-rKILL:TERM",
    "-rSTOP:TERM",
    "-rCHLD:TERM",
    "-rTERM:RTMIN+31",
    "-rTERM:RTMIN-1",
    "-rTERM:RTMAX+1",
    "-r15:3x",
    "--isolate=",
    "--isolate=Group",
    "--forward-to=everybody",
    "--verbosity=-1",
    "--verbosity=x",
    "-p0",
    "-pFOO",
    "-p65",
    "-pSIG",
    "--tie=maybe",
    "--no-rewrite",
    "--no-foo",
    "--help=yes",
    "--verbose=3",
    "--memory-max=",
    "--memory-max=1.5",
    "--memory-high=101%",
    "--memory-swap-max=-1",
    "--memory-swap-max=8T",
    "--memory-oom-group=max",
    "--cpu-max=100000 999",
    "--cpu-max=150% 100000",
    "--cpu-weight=max",
    "--io-weight=10001",
    "--cpuset-cpus=",
    "--pids-max=4194305",
    "--memory-signal=FOO",
    "--cgroup=a/b",
    "--cgroup=..",
    "--limits=",
    "--runtime-hints=maybe",
    "--no-memory-max",
    "--no-limits",
  ])("%s is refused, naming the option and where it stands", (option) => {
    const sentence = refusal([option]);
    expect(sentence).toContain("(argument 1)");
  });

  it.each([
    ["TINI_REMAP_EXIT=256", "--remap-exit"],
    ["TINI_REWRITE=TERM", "--rewrite"],
    ["TINI_ISOLATE=x", "--isolate"],
    ["TINI_FORWARD_TO=parent", "--forward-to"],
    ["TINI_TIE=perhaps", "--tie"],
    ["TINI_PARENT_DEATH_SIGNAL=x", "--parent-death-signal"],
    ["TINI_MEMORY_MAX=much", "--memory-max"],
    ["TINI_CPU_MAX=none", "--cpu-max"],
    ["TINI_PIDS_MAX=0", "--pids-max"],
    ["TINI_CGROUP=a/b", "--cgroup"],
    ["TINI_LIMITS=none", "--limits"],
    ["TINI_RUNTIME_HINTS=2", "--runtime-hints"],
  ])("in the environment: %s", (entry, option) => {
    const sentence = refusal([], { environment: [entry] });
    expect(sentence).toContain(option);
    expect(sentence).toContain(`(variable ${entry.slice(0, entry.indexOf("="))})`);
  });

  it("variables that are not ours are left alone", () => {
    const environment = [
      "TINI_VERSION=v0.19.0",
      "TINI_FOO=1",
      "TINI_=x",
      "TINI",
      "TINI_HELP=1",
      "tini_isolate=x",
      "TINI_isolate=x",
    ];
    expect(simulate({ args: ["tini-ts", bin], environment, files: { [APP]: exits(2) } }).code).toBe(2);
  });

  it.each([
    "-r",
    "-e",
    "-p",
    "--rewrite",
    "--isolate",
    "--remap-exit",
    "--memory-max",
    "--cpu-max",
    "--cgroup",
    "--limits",
  ])("%s as the last word lacks its value", (option) => {
    const life = tiniWith([option]);
    expect(life.code).toBe(1);
    expect(linesOf(life, "FATAL")[0]).toContain("(argument 1) needs a value: ");
  });

  it("no program: the sentence, then usage, all on stderr", () => {
    for (const words of [[], ["-g"], ["--"], ["-vvv", "--"]]) {
      const life = tiniWith(words);
      expect(life.code).toBe(1);
      expect(linesOf(life, "FATAL")).toEqual(["no program is given"]);
      expect(life.stderr.join("\n")).toContain("--forward-to");
      expect(life.stdout).toBe("");
    }
  });

  it.each([
    [["-w", "--no-warn-on-reap"], "--warn-on-reap"],
    [["--isolate=group", "-c"], "--single-child"],
    [["-g", "--forward-to=group"], "--forward-to"],
    [["--grace=1s", "--grace=1s"], "--grace"],
    [["--verbosity=1", "--verbosity=2"], "--verbosity"],
    [["--memory-max=64M", "--memory-max=64M"], "--memory-max"],
    [["--memory-oom-group", "--no-memory-oom-group"], "--memory-oom-group"],
    [["--cpuset-cpus=0", "--cpuset-cpus=1"], "--cpuset-cpus"],
  ])("%j says it twice: refused, naming both places", (words, option) => {
    const sentence = refusal(words);
    expect(sentence).toBe(`${option} (argument 2) is given twice, or another that sets the same: see argument 1`);
  });

  it("a flag may be repeated with the same value, and a list may be continued", () => {
    const words = [
      "-w",
      "-w",
      "-g",
      "-g",
      "-s",
      "--subreaper",
      "--no-tie",
      "--no-tie",
      "-e1",
      "-e2",
      "-rHUP:0",
      "-rINT:0",
    ];
    expect(simulate({ args: ["tini-ts", ...words, bin], files: { [APP]: exits(2) } }).code).toBe(0);
  });

  it("forwarding to a group and no group contradict each other", () => {
    for (const words of [["-g", "-c"], ["--isolate=none", "--forward-to=group"], ["-gc"]]) {
      const sentence = refusal(words);
      expect(sentence).toMatch(/forward-to|kill-process-group/);
      expect(sentence).toMatch(/isolate|single-child/);
    }
  });

  it("any word that begins with a dash is an option of ours or refused in one line of printable text, never a trap", () => {
    fc.assert(
      fc.property(fc.oneof(word, tricky), fc.array(fc.oneof(word, tricky), { maxLength: 4 }), (first, rest) => {
        const dashed = new Uint8Array([0x2d, ...first]);
        const life = simulate({ args: ["tini-ts", dashed, ...rest, "--", bin], files: file });
        expect(life.trap).toBeNull();
        expect([0, 1, 127]).toContain(life.code);
        if (life.code === 1 && linesOf(life, "FATAL")[0] !== "no program is given") expect(life.stderr).toHaveLength(1);
        expect(life.stderr.every((line) => /^[^\0-\x1f\x7f]*$/.test(line))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("a word of any length is refused, not a trap", () => {
    for (const length of [100, 1000, 1023, 1024, 1025, 4095, 4096, 70_000]) {
      for (const start of ["--", "-e", "--remap-exit=", "-g", "-r", "--rewrite=TERM:"]) {
        refusal([start + "9".repeat(length)]);
      }
      for (const name of ["memory-max", "cpu-max", "cpu-weight", "pids-max"]) {
        refusal([`--${name}=1${"0".repeat(length)}`]);
        refusal([`--${name}=0.${"0".repeat(length)}1`]);
      }
      // A list of CPUs and a name of a group have at most 127 characters.
      if (length > 127) for (const name of ["cpuset-cpus", "cgroup"]) refusal([`--${name}=${"9".repeat(length)}`]);
      refusal([], { environment: [`TINI_REWRITE=${"9".repeat(length)}`] });
    }
  });
});

describe("P6: what --print-config prints, as a file", () => {
  const printed = (words: string[], world: Partial<World> = {}): string => {
    const life = simulate({ args: ["tini-ts", ...words, "--print-config"], cgroups: {}, ...world });
    expect({ code: life.code, stderr: life.stderr }).toEqual({ code: 0, stderr: [] });
    return life.stdout;
  };
  const underFile = (content: string, cgroups: NonNullable<World["cgroups"]>): Life =>
    simulate({ args: ["tini-ts", bin], files: { ...file, "/etc/tini.yml": { content } }, cgroups });

  it.each<[string, NonNullable<World["cgroups"]>]>([
    ["version 2", {}],
    ["version 2 that cannot be written", { mount: "read-only" }],
    ["version 1", { version: 1 }],
  ])("asks for no limits where nobody did: %s", (_, cgroups) => {
    for (const words of [[], ["--no-memory-oom-group"], ["--grace=1s", "--limits=best-effort", "--no-runtime-hints"]]) {
      const life = underFile(printed(words, { cgroups }), cgroups);
      expect({ code: life.code, stderr: life.stderr }).toEqual({ code: 0, stderr: [] });
      const limited = underFile("memory-max: 64M\n", {});
      for (const call of ["mkdir", "vforkInto"]) expectAbsent(callsNamed(call), life, limited);
    }
  });

  it("sets the same limits in the same group", () => {
    const words = ["--memory-max=50%", "--cpu-max=max 50000", "--pids-max=max", "--cpuset-cpus=0,2", "--cgroup=app"];
    const limits = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("# /sys/fs/cgroup/"));
    const first = printed(words);
    expect(limits(first)).toHaveLength(4);
    const again = printed([], { files: { "/etc/tini.yml": { content: first } } });
    expect(limits(again)).toEqual(limits(first));
    expect(
      underFile(first, {})
        .trace.calls(null, "mkdir")
        .map(({ path }) => path),
    ).toContain("/sys/fs/cgroup/app");
  });
});

describe("properties of values", () => {
  it("P30: exit codes are mapped by the last rule for each", () => {
    const code = fc.integer({ min: 0, max: 255 });
    const item = fc.tuple(code, fc.option(code));
    const groups = fc.array(fc.tuple(fc.array(item, { minLength: 1, maxLength: 5 }), fc.boolean()), { maxLength: 4 });
    fc.assert(
      fc.property(groups, code, (lists, ends) => {
        const expected = new Map(lists.flatMap(([list]) => list.map(([from, to]) => [from, to ?? 0] as const)));
        const words = lists.flatMap(([list, attached]) => {
          const text = list.map(([from, to]) => (to === null ? String(from) : `${from}:${to}`)).join(",");
          return attached ? [`-e${text}`] : ["--remap-exit", text];
        });
        const life = simulate({ args: ["tini-ts", ...words, bin], files: { [APP]: exits(ends) } });
        expect(life.code).toBe(expected.get(ends) ?? ends);
      }),
      { numRuns: 300 },
    );
  });

  /** Every way to write a signal. */
  const spellings = (signal: number): string[] => {
    const names = signal < 32 ? [signalName(signal)] : [`SIGRTMIN+${signal - SIGRTMIN}`, `SIGRTMAX-${64 - signal}`];
    if (signal === SIGRTMIN) names.push("SIGRTMIN");
    if (signal === 64) names.push("SIGRTMAX");
    return [String(signal), ...names, ...names.map((name) => name.slice(3))];
  };

  it("P23: a signal is named by number, name, with SIG or without, from RTMIN up and from RTMAX down", () => {
    const pairs = fc.tuple(fc.constantFrom(...FORWARDED), fc.constantFrom(...FORWARDED), fc.nat(), fc.nat());
    fc.assert(
      fc.property(pairs, ([from, to, one, other]) => {
        const [a, b] = [spellings(from), spellings(to)];
        const text = `${a[one % a.length] ?? ""}:${b[other % b.length] ?? ""}`;
        const life = tini(["-r", text], records(1), {
          outside: function* (sender, linux) {
            yield* appIsReady(linux);
            sender.kill(1, from);
            return 0;
          },
        });
        expect(life.main.signals, text).toEqual([to]);
      }),
      { numRuns: 300 },
    );
  });

  it("P23: any set of rewrites, in any order: the last rule for each signal wins", () => {
    const signals = [SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGABRT];
    const target = fc.constantFrom(...signals, 0);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...signals), target), { maxLength: 6 }),
        fc.constantFrom(...signals),
        (rewrites, sent) => {
          const expected = rewrites.findLast(([from]) => from === sent)?.[1] ?? sent;
          const life = tini(
            rewrites.map(([from, to]) => `-r${from}:${to}`),
            records(2),
            {
              outside: function* (sender, linux) {
                const program = yield* appIsReady(linux);
                for (const signal of [sent, SIGHUP, SIGHUP]) {
                  sender.kill(1, signal);
                  yield () => linux.watched?.pending.set === 0n && program.pending.set === 0n;
                }
                return 0;
              },
            },
          );
          expect(life.main.signals).toEqual(expected === 0 ? [SIGHUP, SIGHUP] : [expected, SIGHUP]);
        },
      ),
      { numRuns: 200 },
    );
  });
});
