/* The manual page, in the macros of man(7). */
import { headings, values } from "./prose.ts";
import { sections } from "../../../src/init/config/options.data.ts";
import { type Option, type Section, sinceOf, type Table } from "./table.ts";

/** Literal text, with the characters escaped that roff would interpret or typeset. */
function literal(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("~", "\\(ti");
}

/** A paragraph: `code` becomes bold, and the beginning cannot be taken for a request. */
function paragraph(text: string): string {
  const words = text.replaceAll("\\", "\\e").replaceAll(/`([^`]*)`/g, (_, code: string) => `\\fB${literal(code)}\\fR`);
  return words.replace(/^(?=[.'])/, "\\&");
}

const bold = (text: string): string => `\\fB${literal(text)}\\fR`;

/** The forms of an option on the command line. */
function forms(option: Option): string {
  const names = [`--${option.name}`];
  if (option.letter !== null) names.unshift(`-${option.letter}`);
  const value = option.value === null ? "" : ` \\fI${literal(option.value)}\\fR`;
  const negative = option.isFlag ? [bold(`--no-${option.name}`)] : [];
  return [...names.map((name) => bold(name) + value), ...negative].join(", ");
}

/** Where else the option can be set, and its default. */
function elsewhere(option: Option): string {
  const parts = [];
  if (option.variable !== null) parts.push(`Variable ${bold(option.variable)}`);
  if (option.inFile) parts.push(`in a file ${bold(`${option.name}:`)}`);
  if (option.default !== null) parts.push(`default ${bold(option.default)}`);
  return parts.length === 0 ? "" : `\n.br\n${parts.join(", ")}.`;
}

function entry(option: Option): string {
  return `.TP
${forms(option)}
${paragraph([option.manual, sinceOf(option)].filter(Boolean).join(" "))}${elsewhere(option)}`;
}

function section(table: Table, name: Section): string {
  const entries = table.options.filter((option) => option.section === name).map(entry);
  return `.SS ${headings[name]}\n${entries.join("\n")}`;
}

/** A list of terms with their meanings. */
function terms(list: readonly (readonly [string, string])[]): string {
  return list.map(([term, meaning]) => `.TP\n${bold(term)}\n${paragraph(meaning)}`).join("\n");
}

/** A block of literal lines. */
function block(text: string): string {
  const lines = text
    .trim()
    .split("\n")
    .map((line) => `\\&${literal(line)}`);
  return [".PP", ".RS 4", ".nf", ...lines, ".fi", ".RE"].join("\n");
}

/** The manual page of a version. */
export function manOf(table: Table, version: string): string {
  const variables = table.options.filter(({ variable }) => variable !== null);
  return `.\\" Made by scripts/documents.ts from the option table: change that, and run: npm run documents
.TH TINI\\-TS 1 "" "tini\\-ts ${literal(version)}" "User Commands"
.nh
.ad l
.SH NAME
tini\\-ts \\- PID 1 of a container: starts a program, forwards signals, reaps orphans
.SH SYNOPSIS
.B tini\\-ts
.RI [ OPTIONS ]
.RB [ \\-\\- ]
.I PROGRAM
.RI [ ARGS ...]
.br
.B tini\\-ts
.RI [ OPTIONS ]
.B \\-\\-pause
.SH DESCRIPTION
${paragraph("tini-ts starts PROGRAM, forwards the signals that it gets, reaps orphaned processes, and exits with the exit code of PROGRAM. It needs nothing from the image that it runs in, and accepts all options of tini.")}
.PP
${paragraph("Options end at the first argument that is not one, or after `--`. PROGRAM gets all further arguments unchanged. Short options can be combined, and their value can be attached or the next argument: `-gwv`, `-e143`, `-e 143`; long ones are `--name=value` or `--name value`.")}
.PP
${paragraph("Each option can be set in three places: on the command line, in the environment (`--forward-to` is `TINI_FORWARD_TO`) and in a configuration file (`forward-to:`). The command line overrides the environment, and the environment overrides the file. A list replaces the whole list of a lower source; within one source its items add up. No other option may be set twice in one source. Options that exclude each other are refused within one source; otherwise the higher source wins, and the other option gets its default. An empty variable counts as unset, except tini's two that act by their presence; in a file, a name without a value is refused. Mistakes are refused before anything is started.")}
.SH OPTIONS
${sections.map((name) => section(table, name)).join("\n")}
.SS Values
${terms(Object.values(values).flatMap((value) => (value === null ? [] : [[value.term, value.text] as const])))}
.SH STOPPING
${paragraph("A stop signal (`--stop-signals`) starts the stop sequence. Each step is logged at verbosity 2, and the sequence ends as soon as nothing is left to wait for.")}
${paragraph("A signal that the terminal sends for Ctrl-C or another key counts like any other, and the program gets it once. A program that reads the terminal gets its keys alone from then on: tini-ts does not see them, and they start no stop sequence. With `--isolate=session`, that applies from the start if tini-ts led the session; with `--isolate=none` both get them, so `--rewrite` does not apply.")}
.IP 1. 4
${paragraph("The signal is held back for `--delay`. A second stop signal ends the delay.")}
.IP 2. 4
${paragraph("It is forwarded, after `--rewrite`; a stopped program is continued.")}
.IP 3. 4
${paragraph("After `--grace`, the program and all other processes of ours get SIGKILL.")}
.IP 4. 4
${paragraph("When the program has ended, the others get SIGTERM, and after `--linger` SIGKILL.")}
.SH SIGNALS
${paragraph("Every signal that can be caught is forwarded, except CHLD, and 32 and 33, which the C library reserves. Real-time signals keep their values and their number. Signals that the terminal has already sent to the program are not sent again.")}
.SH "EXIT STATUS"
${terms([
  ["CODE", "the program's exit code, or what `--remap-exit` maps it to"],
  ["128+N", "signal N killed the program"],
  [
    "0",
    "after `--help`, `--version`, `--license` and `--print-config`, with `--pause`, and with `--healthcheck` if the program is healthy",
  ],
  [
    "1",
    "an option, a value or a file is wrong, or no program is given; with `--healthcheck`, the program is not healthy",
  ],
  ["124", "`--timeout` ended the run"],
  ["125", "the set-up failed"],
  ["126", "the program cannot be executed"],
  ["127", "there is no such program, or its interpreter does not exist"],
])}
.PP
${paragraph("The last four, and a 1 from tini-ts itself, are never remapped.")}
.SH ENVIRONMENT
${terms([
  ...variables.map((option) => [option.variable ?? "", `\`--${option.name}\``] as const),
  ["DUMB_INIT_SETSID", "`0` means `--isolate=none`, as in dumb-init; other values are ignored"],
  ["DUMB_INIT_DEBUG", "`1` means `--verbosity=3`, as in dumb-init; other values are ignored"],
])}
.PP
${paragraph("A variable with nearly one of these names causes a warning.")}
.SH FILES
${terms([
  ["/etc/tini.yml", "the configuration file, if none is named"],
  ["/.tini.yml", "the configuration file, if `/etc/tini.yml` does not exist"],
])}
.PP
${paragraph("The file is a flat subset of YAML 1.2, with at most 64 KiB and 4096 bytes a line: lines of `name: value`; for a list also `name:` followed by lines of `- item`; comments; plain and quoted values. Anything else is refused with the line and what was expected. `docs/tini-yml.schema.json` of the project is its JSON Schema.")}
${block(`
# Let the load balancer go first, then give the program its time.
delay: 5s
grace: 25s
remap-exit:
  - 143
  - 130
`)}
.SH EXAMPLES
${block(`
tini-ts -- node server.mjs
tini-ts -g -e 143 --grace=10s -- ./start.sh
TINI_GRACE=25s tini-ts --print-config
docker run --init -e TINI_REMAP_EXIT=143 IMAGE
`)}
.SH "SEE ALSO"
.BR signal (7),
.BR pid_namespaces (7),
.BR prctl (2)
`;
}
