/** Which source wins if several set an option. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Option } from "../../scripts/lib/documents/table.ts";
import { meaning } from "./meaning.ts";
import { rightValues } from "./samples.ts";
import { MANY_RUNS, effective, file, optionOf, refusal, run, settings, type Saying } from "./subject.ts";

const PLACES = ["file", "environment", "words"] as const;
type Place = (typeof PLACES)[number];

/** Sets an option in one place, in addition to the settings there. */
function say(saying: Saying, place: Place, option: Option, value: string): Saying {
  if (place === "file") return { ...saying, file: `${String(saying.file ?? "")}${option.name}: ${value}\n` };
  if (place === "words") return { ...saying, words: [...(saying.words ?? []), `--${option.name}=${value}`] };
  return { ...saying, environment: { ...saying.environment, [option.variable ?? ""]: value } };
}

/** The source of the only setting in a place. */
const sourceIn = (place: Place, option: Option): string =>
  ({ file: `${file}:1`, environment: `variable ${option.variable ?? ""}`, words: "argument 1" })[place];

/** All ways to choose two of the places, and all three: the weakest first. */
const COMBINATIONS: Place[][] = [["file", "environment"], ["environment", "words"], ["file", "words"], [...PLACES]];

describe("P1: arguments win over the environment, and the environment over the file", () => {
  for (const option of settings) {
    test.each(COMBINATIONS.map((places) => ({ places, names: places.join(" < ") })))(
      `--${option.name}: $names`,
      ({ places }) => {
        const values = rightValues(option);
        // Each rotation, so that no value wins by being what it is.
        for (let turn = 0; turn < values.length; turn++) {
          const chosen = places.map((_, index) => values[(turn + index) % values.length] ?? "");
          const saying = places.reduce<Saying>(
            (said, place, index) => say(said, place, option, chosen[index] ?? ""),
            {},
          );
          const winner = places.at(-1) ?? "words";
          const value = option.kind === "PRESENCE" && winner === "environment" ? "yes" : (chosen.at(-1) ?? "");
          expect(effective(saying).get(option.sets)).toEqual({
            value: meaning(option, [value]),
            source: sourceIn(winner, option),
          });
        }
      },
    );
  }

  test.each([
    ["kill-process-group", "forward-to", "all"],
    ["single-child", "isolate", "session"],
  ])("--%s and --%s are one setting: the higher place wins, whichever is said there", (flag, name, value) => {
    for (const places of COMBINATIONS) {
      const [low = "file", high = "words"] = [places[0], places.at(-1)];
      const flagLow = say(say({}, low, optionOf(flag), "yes"), high, optionOf(name), value);
      expect(effective(flagLow).get(name)).toEqual({ value, source: sourceIn(high, optionOf(name)) });
      const flagHigh = say(say({}, low, optionOf(name), value), high, optionOf(flag), "yes");
      expect(effective(flagHigh).get(name)).toEqual({
        value: meaning(optionOf(flag), ["yes"]),
        source: sourceIn(high, optionOf(flag)),
      });
    }
  });

  test("a list is replaced as a whole by a higher place, and its items add up within one", () => {
    const codes = (saying: Saying) => effective(saying).get("remap-exit")?.value;
    expect(codes({ file: "remap-exit: 1\n", words: ["-e", "2", "-e3", "--remap-exit=4,5:6"] })).toEqual([
      "2:0",
      "3:0",
      "4:0",
      "5:6",
    ]);
    expect(codes({ file: "remap-exit:\n- 1,2\n- 3\n" })).toEqual(["1:0", "2:0", "3:0"]);
    expect(codes({ file: "remap-exit: 1\n", environment: { TINI_REMAP_EXIT: "7:8" } })).toEqual(["7:8"]);
    const stops = (saying: Saying) => effective(saying).get("stop-signals")?.value;
    expect(stops({ words: ["--stop-signals", "HUP"] })).toEqual(["SIGHUP"]);
    expect(stops({ words: ["--stop-signals", "HUP", "--stop-signals=INT,HUP"] })).toEqual(["SIGHUP", "SIGINT"]);
  });

  test.each(settings.filter(({ kind }) => kind !== "PRESENCE"))(
    "an empty $variable is one that is not set: what stands below it holds",
    (option) => {
      const [value = ""] = rightValues(option);
      const environment = { [option.variable ?? ""]: "" };
      expect(run({ environment }, "--print-config")).toEqual(run({}, "--print-config"));
      const below = say({ environment }, "file", option, value);
      expect(effective(below).get(option.sets)).toEqual({
        value: meaning(option, [value]),
        source: sourceIn("file", option),
      });
    },
  );

  test("P3: an empty TINI_VERBOSITY is not set, so -v and dumb-init's DUMB_INIT_DEBUG count", () => {
    const verbosity = (saying: Saying) => effective(saying).get("verbosity")?.value;
    const empty = { TINI_VERBOSITY: "" };
    expect(verbosity({ environment: empty })).toBe("1");
    expect(verbosity({ words: ["-v"], environment: empty })).toBe("2");
    expect(verbosity({ environment: { ...empty, DUMB_INIT_DEBUG: "1" } })).toBe("3");
    expect(verbosity({ file: "verbosity: 0\n", environment: empty })).toBe("0");
  });

  test("P3: of two variables for one setting the empty one does not count", () => {
    const environment = { TINI_ISOLATE: "", DUMB_INIT_SETSID: "0" };
    expect(effective({ environment }).get("isolate")).toEqual({ value: "none", source: "variable DUMB_INIT_SETSID" });
    const words = ["--forward-to=all"];
    expect(effective({ environment: { TINI_FORWARD_TO: "" }, words }).get("forward-to")?.value).toBe("all");
  });

  test("the verbosity: --verbosity, then TINI_VERBOSITY, then -v, then the file", () => {
    const verbosity = (saying: Saying) => effective(saying).get("verbosity")?.value;
    const [lowest, environment] = [{ file: "verbosity: 0\n" }, { TINI_VERBOSITY: "3" }];
    expect(verbosity({ ...lowest, words: ["-v"] })).toBe("2");
    expect(verbosity({ ...lowest, words: ["-vv"], environment })).toBe("3");
    expect(verbosity({ ...lowest, words: ["-vv", "--verbosity=4"], environment })).toBe("4");
    expect(verbosity({ ...lowest, environment: { DUMB_INIT_DEBUG: "1" } })).toBe("0");
    expect(verbosity({ environment: { DUMB_INIT_DEBUG: "1", TINI_VERBOSITY: "0" } })).toBe("0");
  });

  test("--config wins over TINI_CONFIG, wherever it stands among the options", () => {
    for (const words of [
      ["--config", file],
      ["-w", `--config=${file}`],
      ["--grace", "1", "--config", file, "--tie"],
    ]) {
      const saying = { file: "delay: 5s\n", words };
      // `run` names the same file in TINI_CONFIG: another must not even be looked for.
      const { code, stdout } = run({ ...saying, environment: { TINI_CONFIG: "/nowhere" } }, "--print-config");
      expect(code).toBe(0);
      expect(stdout).toMatch(/^delay: 5s +# /m);
    }
  });
});

describe("P1: of options that exclude each other the higher source wins, and the lower is ignored", () => {
  const sides = [
    { name: "forward-to", value: "group", without: "child" },
    { name: "isolate", value: "none", without: "group" },
    { name: "pause", value: "yes", without: "no" },
    { name: "restart", value: "always", without: "no" },
  ] as const;
  const pairs = [
    [sides[0], sides[1]],
    [sides[1], sides[0]],
    [sides[2], sides[3]],
    [sides[3], sides[2]],
  ] as const;

  test.each(pairs.flatMap(([low, high]) => COMBINATIONS.slice(0, 3).map((places) => ({ low, high, places }))))(
    "$low.name below $high.name: $places",
    ({ low, high, places: [below = "file", above = "words"] }) => {
      const said = say(say({}, below, optionOf(low.name), low.value), above, optionOf(high.name), high.value);
      const settings = effective(said);
      const source = sourceIn(above, optionOf(high.name));
      expect(settings.get(high.name)).toEqual({ value: high.value, source });
      expect(settings.get(low.name)).toEqual({ value: low.without, source });
    },
  );

  test.each<[string, Saying, string, string]>([
    [
      "TINI_KILL_PROCESS_GROUP and -c",
      { environment: { TINI_KILL_PROCESS_GROUP: "1" }, words: ["-c"] },
      "child",
      "none",
    ],
    ["DUMB_INIT_SETSID=0 and -g", { environment: { DUMB_INIT_SETSID: "0" }, words: ["-g"] }, "group", "group"],
    ["a file's group and --isolate=none", { file: "forward-to: group\n", words: ["--isolate=none"] }, "child", "none"],
    [
      "a file's -c and a variable's -g",
      { file: "single-child: yes\n", environment: { TINI_KILL_PROCESS_GROUP: "" } },
      "group",
      "group",
    ],
  ])("%s", (_, saying, forwardTo, isolate) => {
    const settings = effective(saying);
    expect([settings.get("forward-to")?.value, settings.get("isolate")?.value]).toEqual([forwardTo, isolate]);
    expect(run(saying, "--", "/bin/sh", "-c", "exit 7")).toEqual({ code: 7, stdout: "", stderr: "" });
  });

  test("P63: a program on the command line overrules a pause of the environment or the file", () => {
    for (const saying of [{ environment: { TINI_PAUSE: "yes" } }, { file: "pause: yes\n" }]) {
      expect(run(saying, "--", "/bin/sh", "-c", "exit 7")).toEqual({ code: 7, stdout: "", stderr: "" });
      expect(effective(saying).get("pause")?.value).toBe("yes");
    }
  });
});

describe("P5: what is set twice in one place is refused, and both places are named", () => {
  const singles = settings.filter(({ isFlag, isList }) => !isFlag && !isList);

  test.each(singles)("--$name on the command line", (option) => {
    const { name } = option;
    const [one = "", other = ""] = rightValues(option);
    for (const second of [one, other]) {
      expect(refusal({ words: [`--${name}`, one, "-w", `--${name}=${second}`] })).toBe(
        `--${name} (argument 4) is given twice, or another that sets the same: see argument 2`,
      );
    }
  });

  test.each(settings)("$name in a file, also with the same value", (option) => {
    const { name } = option;
    const [one = "", other = ""] = rightValues(option);
    for (const second of [one, other]) {
      expect(refusal({ file: `${name}: ${one}\n# between\n${name}: ${second}\n` })).toBe(
        `--${name} (${file}:3) is given twice, or another that sets the same: see ${file}:1`,
      );
    }
  });

  test.each(settings.filter(({ isFlag }) => isFlag))(
    "--$name that says the same again is fine, the opposite is not",
    ({ name }) => {
      expect(effective({ words: [`--${name}`, `--${name}`, `--${name}=yes`] }).size).toBeGreaterThan(0);
      expect(refusal({ words: [`--${name}`, `--no-${name}`] })).toBe(
        `--${name} (argument 2) is given twice, or another that sets the same: see argument 1`,
      );
    },
  );

  test.each([
    ["-g", "--forward-to=all"],
    ["--forward-to=all", "-g"],
    ["-c", "--isolate=session"],
    ["--isolate=session", "-c"],
  ])("%s and %s", (one, other) => {
    expect(refusal({ words: [one, other] })).toMatch(
      /^--[a-z-]+ \(argument 2\) is given twice, or another that sets the same: see argument 1$/,
    );
  });

  test.each([
    ["-g", "--forward-to=group"],
    ["-c", "--isolate=none"],
  ])("%s and %s: the order makes no difference", (one, other) => {
    const verdict = (words: string[]) => run({ words }, "--print-config").code;
    expect(verdict([one, other])).toBe(verdict([other, one]));
  });

  test("--config", () => {
    expect(refusal({ file: "", words: ["--config", file, "--config", file] })).toMatch(
      /^--config \(argument 4\) is given twice, or another that sets the same: see argument 2$/,
    );
  });
});

describe("P6: what --print-config prints", () => {
  const saying = fc
    .uniqueArray(
      fc.record({ option: fc.constantFrom(...settings), place: fc.constantFrom(...PLACES), value: fc.nat(2) }),
      { selector: ({ option }) => option.sets },
    )
    .map((said) =>
      said.reduce<Saying>((all, { option, place, value }) => {
        const values = rightValues(option);
        return say(all, place, option, values[value % values.length] ?? "");
      }, {}),
    );

  test("is the same when it is read as a file, except for the sources", MANY_RUNS, () => {
    fc.assert(
      fc.property(saying, (said) => {
        const first = run(said, "--print-config");
        if (first.code !== 0) {
          // A contradiction, which has tests of its own.
          expect(first.stderr).toContain(" contradicts ");
          return;
        }
        const again = run({ file: first.stdout }, "--print-config");
        expect(again).toMatchObject({ code: 0, stderr: "" });
        const bare = (text: string) =>
          text
            .replace(/^# \/.*\n/, "")
            .split("\n")
            .map((line) => line.replace(/ +# (?:default|argument|variable|\/).*$/, ""));
        expect(bare(again.stdout)).toEqual(bare(first.stdout));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["real-time signals", ["--stop-signals=34,64", "-r", "35:RTMAX", "-p", "RTMIN+9"]],
    ["a code that becomes itself", ["-e", "4:4"]],
    [
      "every signal",
      [
        `--rewrite=${Array.from({ length: 64 }, (_, index) => index + 1)
          .filter((n) => ![9, 17, 19, 32, 33].includes(n))
          .map((n) => `${n}:${(n % 31) + 1}`)
          .join(",")}`,
      ],
    ],
    ["every code", [`--remap-exit=${Array.from({ length: 256 }, (_, code) => `${code}:${255 - code}`).join(",")}`]],
    ["the longest time", ["--grace=99999999999h", "--delay=99999999999ms"]],
  ])("is a right file also for %s", (_, words) => {
    const { code, stderr, stdout } = run({ words }, "--print-config");
    if (code !== 0) {
      expect(stderr).toMatch(/ is not /);
      return;
    }
    expect(run({ file: stdout }, "--print-config")).toMatchObject({ code: 0, stderr: "" });
  });
});
