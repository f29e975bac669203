/** Right and wrong settings for the init, in every place. */
import type { Option } from "../../../scripts/lib/documents/table.ts";
import { rightValues, wrongValues } from "../../config/samples.ts";

/** Settings; `file` is the text of the file that TINI_CONFIG names. */
export interface Saying {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly file: string | null;
}

function saying(said: Partial<Saying>): Saying {
  return { words: [], environment: {}, file: null, ...said };
}

const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;

/** A value of an option, in each place where it can be set. */
function everywhere({ name, letter, isFlag, variable, inFile }: Option, value: string): Saying[] {
  return [
    saying({ words: [`--${name}=${value}`, "--", "node"] }),
    ...(isFlag ? [] : [saying({ words: ["-w", `--${name}`, value, "node", "--grace=1"] })]),
    ...(letter === null || isFlag ? [] : [saying({ words: [`-w${letter}`, value, "--", "node"] })]),
    ...(variable === null ? [] : [saying({ environment: { PATH: "/bin", [variable]: value }, words: ["node"] })]),
    ...(inFile ? [saying({ file: `# said\n\n${name}: ${quoted(value)} # here\n`, words: ["node"] })] : []),
  ];
}

/** Some right and wrong values of an option, the first two of each in every place. */
export function valuesOf(option: Option, count: number): Saying[] {
  return [rightValues(option), wrongValues(option)].flatMap((values) => [
    ...values.slice(0, 2).flatMap((value) => everywhere(option, value)),
    ...values.slice(2, count).map((value) => saying({ words: [`--${option.name}=${value}`, "node"] })),
  ]);
}

/** An option's name in each spelling, and as the last word. */
export function namesOf({ name, letter }: Option): Saying[] {
  return [
    [`--${name}`],
    [`--${name}`, "--", "node"],
    [`--${name}=`, "node"],
    [`--no-${name}`, "node"],
    [`--${name}s`, "node"],
    ...(letter === null ? [] : [[`-${letter}`, "node"], [`-w${letter}`], [`-${letter}`, "--", "node"]]),
  ].map((words) => saying({ words }));
}

/** Arguments in all arrangements: where the options end, contradictions, repetitions. */
export const arrangements: readonly Saying[] = [
  ...[
    [],
    ["--"],
    ["--", "--"],
    ["--", "-g"],
    ["-"],
    ["-", "-g"],
    [""],
    ["", "x"],
    ["node"],
    ["node", "--"],
    ["-s", "node", "-g"],
    ["-s", "--"],
    ["-gwv", "-e143", "-pSIGTERM", "--", "node", "--grace=1"],
    ["--grace", "--", "node"],
    ["--grace", "--"],
    ["-e", "--", "node"],
    ["-vvvvvv", "node"],
    ["-cg", "node"],
    ["--grace=1", "--grace=2", "node"],
    ["-g", "--forward-to=all", "node"],
    ["--pause"],
    ["--pause", "--"],
    ["--pause", "node"],
    ["--pause", "--", "node"],
    ["--pause", "--restart=always"],
    ["--rewrite=TERM:QUIT", "-r", "HUP:0,1:2", "node"],
    ["--config=/no/such/file", "node"],
    ["--config=", "node"],
    ["--config", `/${"x".repeat(5000)}`, "node"],
    [`--grace=${"1".repeat(5000)}`, "node"],
    ["--grace=x (argument 7) is", "node"],
    ['--grace=x" (argument 7) is', "node"],
    ["--fo(argument 7)", "node"],
    ["--grace", "a\u001b[31mb\nc", "node"],
    ["-x", "node"],
    ["-wx", "node"],
    ["-é", "node"],
    ["--help", "--version"],
    ["--version", "node"],
    ["-l"],
    ["--print-config", "node"],
    ["--print-config", "--pause", "node"],
  ].map((words) => saying({ words })),
  ...[
    { TINI_GRACE: "10s", TINI_DELAY: "soon" },
    { TINI_SUBREAPER: "", TINI_KILL_PROCESS_GROUP: "", TINI_VERBOSITY: "3" },
    { DUMB_INIT_SETSID: "0", DUMB_INIT_DEBUG: "1" },
    { DUMB_INIT_SETSID: "0", TINI_KILL_PROCESS_GROUP: "1" },
    { TINI_GRCE: "1", TINI_LNGER: "", TINI_VERSION: "v0.19.0" },
    { TINI_CONFIG: "" },
    { TINI_PAUSE: "yes" },
    { TINI_REWRITE: "TERM:USR1", TINI_STOP_SIGNALS: "TERM" },
  ].map((environment) => saying({ environment, words: ["-s", "--", "node"] })),
  ...[
    "",
    "\n",
    "# nothing\n",
    "grace: 10s\n",
    "\ufeffgrace: 10s\r\ndelay: 1s\r\n",
    "grace:10s\n",
    "grace: [10s]\n",
    "grace: 10s\ngrace: 10s\n",
    "rewrite:\n  - TERM:QUIT\n  - HUP:0\nremap-exit: 143\n",
    "rewrite:\n",
    "isolate: none\nforward-to: group\n",
    "no-such: thing\n",
    "\tgrace: 1\n",
    "config: /x\n",
    "pause: yes\n",
    "a".repeat(5000),
    "#\n".repeat(40_000),
  ].map((file) => saying({ file, words: ["--", "node"] })),
];
