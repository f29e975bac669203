/** Each option of the table in each of its forms, read back from --print-config. */
import { describe, expect, test } from "vitest";
import type { Option } from "../../scripts/lib/documents/table.ts";
import { meaning } from "./meaning.ts";
import { rightValues, spellings } from "./samples.ts";
import { effective, file, optionOf, options, parsePrinted, run, settings, type Saying } from "./subject.ts";

/** How an option is given one value in each place, with the source that --print-config names. */
interface Form {
  readonly form: string;
  readonly saying: Saying;
  readonly source: string;
  /** The effective value (default: the value itself). */
  readonly means?: string;
}

function formsOf(option: Option, value: string): Form[] {
  const { name, letter, variable } = option;
  const forms: Form[] = [
    { form: `--${name}=${value}`, saying: { words: [`--${name}=${value}`] }, source: "argument 1" },
    { form: `${name}: ${value}`, saying: { file: `${name}: ${value}\n` }, source: `${file}:1` },
    { form: `${name}: '${value}'`, saying: { file: `# first\n\n${name}: '${value}'` }, source: `${file}:3` },
    {
      form: `${String(variable)}=${value}`,
      saying: { environment: { OTHER: "1", [variable ?? ""]: value } },
      source: `variable ${String(variable)}`,
      ...(option.kind === "PRESENCE" ? { means: "yes" } : {}),
    },
  ];
  if (option.isFlag) {
    const word = value === "yes" ? `--${name}` : `--no-${name}`;
    forms.push({ form: word, saying: { words: [word] }, source: "argument 1" });
    if (letter !== null && value === "yes")
      forms.push({ form: `-${letter}`, saying: { words: [`-${letter}`] }, source: "argument 1" });
    return forms;
  }
  const separate = (word: string) => ({
    form: `${word} ${value}`,
    saying: { words: [word, value] },
    source: "argument 2",
  });
  forms.push(separate(`--${name}`));
  if (letter !== null) {
    forms.push(separate(`-${letter}`));
    forms.push({ form: `-${letter}${value}`, saying: { words: [`-${letter}${value}`] }, source: "argument 1" });
    forms.push({ form: `-w${letter}${value}`, saying: { words: [`-w${letter}${value}`] }, source: "argument 1" });
  }
  if (option.isList) {
    const items = value.split(",");
    forms.push({
      form: `${name}: with items`,
      saying: { file: `${name}:\n${items.map((each) => `- ${each}\n`).join("")}` },
      source: `${file}:${items.length + 1}`,
    });
    forms.push({
      form: `--${name} for each item`,
      saying: { words: items.flatMap((each) => [`--${name}`, each]) },
      source: `argument ${items.length * 2}`,
    });
  }
  return forms;
}

const cases = settings.flatMap((option) =>
  rightValues(option).flatMap((value) =>
    formsOf(option, value).map(({ form, saying, source, means }) => ({ option, value, form, saying, source, means })),
  ),
);

describe("P1, P6: an option in each of its forms, as --print-config reads it back", () => {
  test.each(cases)("$form", ({ option, value, saying, source, means }) => {
    expect(effective(saying).get(option.sets)).toEqual({ value: meaning(option, [means ?? value]), source });
  });

  const spelt = settings.flatMap(({ name, kind, variable }) =>
    (spellings[kind] ?? []).map(([said, printed]) => ({ name, variable: variable ?? "", said, printed })),
  );

  test.each(spelt)("--$name $said is $printed, wherever it is set", ({ name, variable, said, printed }) => {
    expect(meaning(optionOf(name), [said])).toBe(printed);
    for (const saying of [
      { words: [`--${name}`, said] },
      { environment: { [variable]: said } },
      { file: `${name}: ${said}\n` },
    ]) {
      expect(effective(saying).get(name)?.value).toBe(printed);
    }
  });

  test("a limit of no swap space is valid", () => {
    for (const none of ["0", "00", "1", "0.5k", "0.0T", "4095"])
      expect(effective({ words: [`--memory-swap-max=${none}`] }).get("memory-swap-max")?.value).toBe("0");
  });

  test.each([
    ["--memory-max=64M", "60395520"],
    ["--memory-max=4096", "4096"],
    ["--memory-max=80%", "72%"],
    ["--memory-max=1%", "1%"],
    ["--memory-max=max", "90%"],
    ["--no-tie", "90%"],
  ])("P43: --memory-signal and %s: without --memory-high the signal comes at %s", (word, high) => {
    const setting = effective({ words: [word, "--memory-signal=USR1"] }).get("memory-high");
    expect(setting).toEqual({ value: high, source: "argument 2" });
    const said = effective({ words: [word, "--memory-signal=USR1", "--memory-high=max"] }).get("memory-high");
    expect(said).toEqual({ value: "max", source: "argument 3" });
  });

  test("-v adds one for each, to 1 or to the level of DUMB_INIT_DEBUG, up to 4", () => {
    const verbosity = (words: string[], environment = {}) => effective({ words, environment }).get("verbosity")?.value;
    expect(verbosity(["-v"])).toBe("2");
    expect(verbosity(["-vv", "--verbose"])).toBe("4");
    expect(verbosity(["-vvvvvvvvvvvv"])).toBe("4");
    expect(verbosity([], { DUMB_INIT_DEBUG: "1" })).toBe("3");
    expect(verbosity(["-v"], { DUMB_INIT_DEBUG: "1" })).toBe("4");
    expect(verbosity([], { DUMB_INIT_DEBUG: "0" })).toBe("1");
  });

  test("-v, and DUMB_INIT_DEBUG, are named as the source", () => {
    expect(effective({ words: ["-w", "-v"] }).get("verbosity")).toEqual({ value: "2", source: "argument 2" });
    expect(effective({ environment: { DUMB_INIT_DEBUG: "1" } }).get("verbosity")).toEqual({
      value: "3",
      source: "variable DUMB_INIT_DEBUG",
    });
  });

  test("DUMB_INIT_SETSID=0 is named as the source, and other values mean nothing", () => {
    const isolate = (value: string) => effective({ environment: { DUMB_INIT_SETSID: value } }).get("isolate");
    expect(isolate("0")).toEqual({ value: "none", source: "variable DUMB_INIT_SETSID" });
    for (const other of ["", "1", "00", "no"]) expect(isolate(other)).toEqual({ value: "group", source: "default" });
  });

  test.each(["TINI_SUBREAPER", "TINI_KILL_PROCESS_GROUP"])("%s acts by being set, whatever its value", (variable) => {
    const name = variable === "TINI_SUBREAPER" ? "subreaper" : "forward-to";
    for (const value of ["", "no", "0", "nonsense"]) {
      const setting = effective({ environment: { [variable]: value } }).get(name);
      expect(setting).toEqual({ value: name === "subreaper" ? "yes" : "group", source: `variable ${variable}` });
    }
  });

  test("every setting is printed, and without any option each is a default", () => {
    const printed = effective({});
    expect([...printed.keys()]).toEqual(settings.filter(({ name, sets }) => name === sets).map(({ name }) => name));
    for (const [name, { value, source }] of printed) {
      expect(source).toBe("default");
      const option = optionOf(name);
      // Without a limit there is no control group, whatever its name would be.
      const none = option.default === null || option.section === "LIMITS" ? null : option.default;
      if (value === null || value.length === 0) expect(none).toBeNull();
      else expect({ name, value }).toEqual({ name, value: meaning(option, [option.default ?? ""]) });
    }
  });

  test("the file is named, and what named it", () => {
    const named = (saying: Saying) => run(saying, "--print-config").stdout.split("\n")[0]?.replaceAll(/ +/g, " ");
    expect(named({ file: "" })).toBe(`# ${file} # variable TINI_CONFIG`);
    expect(named({ file: "", words: ["-w", "--config", file] })).toBe(`# ${file} # argument 3`);
    expect(named({ file: "", words: [`--config=${file}`] })).toBe(`# ${file} # argument 1`);
  });

  test("a program behind the options does not matter, and nothing is started", () => {
    const { code, stdout, stderr } = run({}, "--print-config", "--", "/bin/echo", "started");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(parsePrinted(stdout).size).toBeGreaterThan(10);
  });

  test.each(["ACTION", "PROBE", "COUNT"])("what is of kind %s has no place in the environment or a file", (kind) => {
    for (const { name, variable, inFile } of options.filter((option) => option.kind === kind)) {
      expect({ variable, inFile }).toEqual({ variable: null, inFile: false });
      const environment = { [`TINI_${name.toUpperCase().replaceAll("-", "_")}`]: "1" };
      const { stdout, stderr } = run({ environment }, "--print-config");
      expect({ stdout, stderr }).toEqual({ stdout: run({}, "--print-config").stdout, stderr: "" });
    }
  });
});
