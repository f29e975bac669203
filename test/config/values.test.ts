/** Wrong values of each kind, from each of the three places: refused in one line, before anything is started. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { meaning } from "./meaning.ts";
import { expectation, wrongValues } from "./samples.ts";
import { effective, file, options, refusal, run, settings, directory } from "./subject.ts";

/** What a message shows of a value. */
const shown = (value: string) =>
  // Control characters become question marks; there are none but those of ASCII in these values.

  value.replaceAll(/[\0-\x1f\x7f]/g, "?");

/** A value in double quotes. */
const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`;

/** How an option is given a value in each place; the place as the message has it; which value it is there. */
function places(name: string, variable: string, letter: string | null, value: string) {
  return [
    { place: "argument 1", saying: { words: [`--${name}=${value}`] } },
    { place: `variable ${variable}`, saying: { environment: { [variable]: value } } },
    { place: `${file}:2`, saying: { file: `# a file\n${name}: ${quoted(value)}\n` } },
    ...(letter === null ? [] : [{ place: "argument 2", saying: { words: [`-${letter}`, value] } }]),
  ];
}

const cases = settings.flatMap((option) => {
  const { name, kind, variable, letter, isFlag } = option;
  const word = isFlag ? null : letter;
  return wrongValues(option).flatMap((value) =>
    places(name, variable ?? "", word, value)
      // A variable that counts by being there has no wrong value, and an empty one is not set.
      .filter(({ place }) => (kind !== "PRESENCE" && value !== "") || !place.startsWith("variable"))
      .map(({ place, saying }) => ({ name, kind, value, from: place.replace(file, "FILE"), place, saying })),
  );
});

describe("P5: a wrong value is refused with the option, the value, its place and what is right", () => {
  test("the values are wrong by the rules", () => {
    for (const option of settings) {
      for (const value of wrongValues(option)) expect([value, meaning(option, [value])]).toEqual([value, null]);
    }
  });

  test.each(cases)("$name $value ($from)", ({ name, kind, value, place, saying }) => {
    const message = refusal(saying);
    expect(message.startsWith(`--${name} "${shown(value)}" (${place}) `)).toBe(true);
    expect(message).toMatch(expectation[kind] ?? /never/);
  });

  test("a wrong value is refused even if a higher source has a right one", () => {
    expect(refusal({ file: "grace: soon\n", words: ["--grace=1"] })).toContain(`"soon" (${file}:1)`);
    expect(refusal({ environment: { TINI_GRACE: "soon" }, words: ["--grace=1"] })).toContain("(variable TINI_GRACE)");
  });

  test("of a value that is too long to show, the beginning is shown", () => {
    const long = "x".repeat(4000);
    for (const { saying } of places("grace", "TINI_GRACE", null, long)) {
      expect(refusal(saying)).toMatch(/^--grace "x{100,400}\.\.\." \(.*\) is not a time/);
    }
  });

  test("control characters and line feeds become question marks, and the message stays one line", () => {
    const value = "a\x1b[31mb\nc\rd\te\x7f";
    expect(refusal({ words: ["--grace", value] })).toContain(`--grace "a?[31mb?c?d?e?" (argument 2) is not`);
    expect(refusal({ environment: { TINI_GRACE: value } })).toContain(`"a?[31mb?c?d?e?" (variable TINI_GRACE)`);
    expect(refusal({ file: "grace: '\x1b[31m\x01'" })).toContain(`"?[31m?" (${file}:1)`);
  });

  test("what is invisible, changes the order, or controls a terminal becomes a question mark, and only that", () => {
    const hides = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cc}\u2028\u2029\ufff9-\ufffb]/u;
    // Each code point where a range begins or ends, and its neighbours.
    const all = Array.from({ length: 0x10fffe }, (_, code) => code + 1).filter(
      (code) => code < 0xd800 || code > 0xdfff,
    );
    const isHidden = (code: number) => hides.test(String.fromCodePoint(code));
    const borders = all.filter(
      (code) => isHidden(code) !== isHidden(code - 1) || isHidden(code) !== isHidden(code + 1),
    );
    expect(borders.length).toBeGreaterThan(40);
    // Few enough for what is shown of a value.
    for (let from = 0; from < borders.length; from += 20) {
      const value = borders
        .slice(from, from + 20)
        .map((code) => `${String.fromCodePoint(code)}|`)
        .join("");
      const shownValue = Array.from(value, (each) => (hides.test(each) ? "?" : each)).join("");
      expect(refusal({ words: ["--grace", value] })).toContain(`--grace "${shownValue}" (argument 2)`);
    }
  });

  test("what is no UTF-8 becomes one question mark a byte", () => {
    const path = join(directory, "bytes");
    const parts: [number[], string][] = [
      [[0x9b], "?"],
      [[0xc2, 0x9b], "?"],
      [[0xc3, 0xa9], "é"],
      [[0xc0, 0x80], "??"],
      [[0xed, 0xa0, 0x80], "???"],
      [[0xf4, 0x90, 0x80, 0x80], "????"],
      [[0xe2, 0x82], "??"],
      [[0xe0, 0x9f, 0xbf], "???"],
      [[0xf0, 0x9f, 0x98, 0x80], "😀"],
      [[0xff], "?"],
      [[0x80], "?"],
      [[0xc3], "?"],
    ];
    const bytes = parts.flatMap(([these]) => [...these, 0x7c]);
    writeFileSync(path, Buffer.from([...Buffer.from("grace: '"), ...bytes, ...Buffer.from("'\n")]));
    const shownValue = parts.map(([, each]) => `${each}|`).join("");
    expect(refusal({ words: ["--config", path] })).toContain(`--grace "${shownValue}" (${path}:1)`);
  });

  test("P6: the name of a file in --print-config shows no such character either", () => {
    const path = join(directory, "a\u202eb\u009bc\u200b.yml");
    writeFileSync(path, "");
    const { stdout } = run({ words: ["--config", path] }, "--print-config");
    expect(stdout.split("\n")[0]).toContain(`# ${directory}/a?b?c?.yml `);
  });

  test("an option, variable or line of more than 4096 bytes is refused as such", () => {
    const long = `1${"0".repeat(4096)}`;
    expect(refusal({ words: ["-w", `--grace=${long}`] })).toBe(
      "too long (argument 2): an option has at most 4096 bytes",
    );
    expect(refusal({ words: ["--grace", long] })).toBe("too long (argument 2): an option has at most 4096 bytes");
    expect(refusal({ environment: { TINI_GRACE: long } })).toBe(
      "too long (variable TINI_GRACE): an option has at most 4096 bytes",
    );
    expect(refusal({ file: `tie: yes\ngrace: ${long}` })).toBe(
      `too long (${file}:2): an option has at most 4096 bytes`,
    );
  });

  test("as many as 4096 bytes are right", () => {
    // Eleven codes and commas, again and again: what is said is the same.
    const codes = Array.from({ length: 1020 }, () => "143").join(",");
    const value = { value: ["143:0"], source: "argument 2" };
    expect(effective({ words: ["-e", `${codes},1431`.slice(0, -2) + "3"] }).get("remap-exit")).toEqual(value);
    expect(effective({ file: `remap-exit: ${codes} #`.padEnd(4096, "#") }).get("remap-exit")?.value).toEqual(["143:0"]);
    expect(refusal({ file: `remap-exit: ${codes} #`.padEnd(4097, "#") })).toContain("too long");
  });
});

describe("P5: an option without a value, or with one too many", () => {
  const takingValue = options.filter(({ value }) => value !== null);

  test.each(takingValue)("--$name as the last word", ({ name, letter }) => {
    const words = letter === null ? [] : [`-${letter}`];
    for (const word of [`--${name}`, ...words]) {
      const { code, stdout, stderr } = run({ words: [word] });
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        new RegExp(`^\\[FATAL tini-ts \\(\\d+\\)\\] --${name} \\(argument 1\\) needs a value: .+\\n$`),
      );
    }
  });

  test.each(settings)("$name: without a value in a file", ({ name }) => {
    for (const end of ["", " ", "   # nothing", "\n", "\n# nothing\n\n", "\nno-such: 1\n"]) {
      expect(refusal({ file: `# first\n${name}:${end}` })).toMatch(
        new RegExp(`^--${name} \\(.*tini\\.yml:(?:[23]|4|5)\\) needs a value, or leave the line out: .+$`),
      );
    }
  });

  test.each(options.filter(({ kind }) => kind === "ACTION" || kind === "COUNT"))("--$name=value", ({ name }) => {
    for (const value of ["", "yes", "1"]) {
      expect(refusal({ words: [`--${name}=${value}`] })).toBe(
        `--${name} "${value}" (argument 1) is not wanted: it takes no value`,
      );
    }
  });

  test.each(options.filter(({ isFlag }) => !isFlag))("--no-$name is no option", ({ name }) => {
    expect(refusal({ words: [`--no-${name}`] })).toBe(
      `unknown option --no-${name} (argument 1); tini-ts -h lists the options`,
    );
  });

  test.each([
    "--foo",
    "--GRACE=1",
    "--grac=1",
    "--graces=1",
    "--no-",
    "--=",
    "--no-tie=yes",
    "--no-no-tie",
    "-x",
    "-wx",
    "-1",
    "-=",
    "-é",
  ])("%s is no option", (word) => {
    expect(refusal({ words: [word] })).toMatch(/^unknown option .+ \(argument 1\); tini-ts -h lists the options$/);
  });
});

describe("P5: what contradicts each other in one source is refused with both places", () => {
  const ways = {
    words: (...words: string[]) => ({ words }),
    environment: (environment: Record<string, string>) => ({ environment }),
  };

  test.each<[string, Parameters<typeof refusal>[0], string]>([
    [
      "a group without a group",
      ways.words("--forward-to=group", "--isolate=none"),
      "--forward-to (argument 1) contradicts --isolate (argument 2): ",
    ],
    ["-g and -c", ways.words("-cg"), "--forward-to (argument 1) contradicts --isolate (argument 1): "],
    [
      "two variables",
      { environment: { TINI_KILL_PROCESS_GROUP: "", DUMB_INIT_SETSID: "0" } },
      "--forward-to (variable TINI_KILL_PROCESS_GROUP) contradicts --isolate (variable DUMB_INIT_SETSID): ",
    ],
    [
      "a pause that is started again",
      { words: ["--pause", "--restart=always"] },
      "--pause (argument 1) contradicts --restart (argument 2): ",
    ],
    [
      "two in a file, whatever the others say of other options",
      { file: "forward-to: group\nsingle-child: yes\n", words: ["-w"] },
      "--forward-to (FILE:1) contradicts --isolate (FILE:2): ",
    ],
    ["in a file", { file: "pause: yes\nrestart: on-failure:3\n" }, "--pause (FILE:1) contradicts --restart (FILE:2): "],
  ])("%s", (_, saying, message) => {
    for (const more of [["--print-config"], ["--"]]) {
      expect(
        refusal(saying, ...more)
          .replaceAll(file, "FILE")
          .startsWith(message),
      ).toBe(true);
    }
  });

  test("a pause with a program, both on the command line", () => {
    expect(refusal({ words: ["--pause"] })).toBe(
      "--pause (argument 1) contradicts the program (argument 3): nothing is run",
    );
  });

  test("a pause that is started again is refused in one file also where a program is given", () => {
    expect(refusal({ file: "pause: yes\nrestart: always\n" })).toContain("--pause (");
  });

  test("what only looks like one is none", () => {
    effective({ words: ["--pause", "--restart=no"] });
    effective({ words: ["--no-pause", "--restart=always"] });
    effective({ words: ["--forward-to=all", "--isolate=none"] });
    effective({ words: ["--forward-to=group", "--isolate=session"] });
    effective({ file: "forward-to: group\nisolate: none\n", words: ["--isolate=group"] });
  });
});

describe("a variable with a misspelt name", () => {
  /** What is warned of a variable, while the program runs all the same. */
  function warning(name: string, environment: Record<string, string> = {}): string {
    const { code, stdout, stderr } = run(
      { environment: { ...environment, [name]: "1" } },
      "--",
      "/bin/echo",
      "started",
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "started\n" });
    return stderr;
  }

  test.each([
    ["TINI_GRCE", "TINI_GRACE"],
    ["TINI_GRACEE", "TINI_GRACE"],
    ["TINI_GARCE", "TINI_GRACE"],
    ["TINI_GRADE", "TINI_GRACE"],
    ["TINI_STOP_SIGNAL", "TINI_STOP_SIGNALS"],
    ["TINI_STOPSIGNALS", "TINI_STOP_SIGNALS"],
    ["TINI_LINGR", "TINI_LINGER"],
    ["TINI_REMAP_EXITS", "TINI_REMAP_EXIT"],
    ["TINI_REMAPEXIT", "TINI_REMAP_EXIT"],
    ["TINI_PARENT_DEATHSIGNAL", "TINI_PARENT_DEATH_SIGNAL"],
    ["TINI_KILL_PROCES_GROUP", "TINI_KILL_PROCESS_GROUP"],
    ["TINI_SUBREPAER", "TINI_SUBREAPER"],
    ["TINI_VERBOSTY", "TINI_VERBOSITY"],
    ["TINI_CONFG", "TINI_CONFIG"],
    ["TINI_RESTART_DELY", "TINI_RESTART_DELAY"],
  ])("%s is warned of: %s is meant", (name, meant) => {
    expect(warning(name)).toMatch(
      new RegExp(`^\\[WARN  tini-ts \\(\\d+\\)\\] variable ${name} is none of ours; is ${meant} meant\\?\\n$`),
    );
  });

  test.each(
    [
      "TINI_VERSION",
      "TINI_HOME",
      "TINI_",
      "TINI",
      "TINI_URL",
      "TINI_SHA256",
      "TINI_ARCH",
      "tini_grace",
      "TINI_grce",
    ].concat([
      ...[
        "XTINI_GRCE",
        "TINY_GRACE",
        "TINI_HELP",
        "TINI_LICENSE",
        "TINI_VERBOSE",
        "TINI_PRINT_CONFIG",
        "TINI_KUBERNETES_PORT",
      ],
    ]),
  )("%s is not", (name) => {
    expect(warning(name)).toBe("");
  });

  test("there is no warning at verbosity 0", () => {
    expect(warning("TINI_GRCE", { TINI_VERBOSITY: "0" })).toBe("");
  });

  test("an option that is spelt right is not, and each wrong one is named", () => {
    const environment = { TINI_DELAY: "0", TINI_GRCE: "", TINI_LNGER: "" };
    expect(run({ environment }, "/bin/true").stderr.match(/is TINI_\w+/g)).toEqual(["is TINI_GRACE", "is TINI_LINGER"]);
  });
});
