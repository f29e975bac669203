/* The manual page, in the macros of man(7). */
import { headings, values } from "./prose.ts";
import { sections } from "../../../src/init/config/options.data.ts";
import { type Option, type Section, sinceOf, type Table } from "./table.ts";

/** What stands as it is: backslashes and dashes escaped, and no line that begins like a request. */
function literal(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("~", "\\(ti");
}

/** A paragraph of our texts, in which `code` becomes bold. */
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

/** Where else the option can be said, and what holds where nobody does. */
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

/** A list of terms and what they mean. */
function terms(list: readonly (readonly [string, string])[]): string {
  return list.map(([term, meaning]) => `.TP\n${bold(term)}\n${paragraph(meaning)}`).join("\n");
}

/** A block of lines as they are. */
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
tini\\-ts \\- PID 1 of a container: start a program, forward signals, reap orphans
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
${paragraph("tini-ts starts PROGRAM, forwards the signals that it gets, reaps every process that is left behind, and exits with the exit code of PROGRAM. It needs nothing from the image that it runs in, and takes all options of tini.")}
.PP
${paragraph("Options end at the first word that is none, or after `--`. What follows reaches the program as it is. Short options can be put together and take their value attached or in the next word: `-gwv`, `-e143`, `-e 143`; long ones are `--name=value` or `--name value`.")}
.PP
${paragraph("Each option can be said in three places: on the command line, in the environment (`--forward-to` is `TINI_FORWARD_TO`) and in a configuration file (`forward-to:`). The command line wins over the environment, and the environment over the file. A list that is said in one place replaces the whole list of the places below; within one place its items add up. Nothing else may be said twice in one place, and options that exclude each other are refused there; from two places the higher one wins, and the other option has its default. An empty variable is one that is not set, but for tini's two that act by being there; in a file a name without a value is refused. What is wrong is refused before anything is started.")}
.SH OPTIONS
${sections.map((name) => section(table, name)).join("\n")}
.SS Values
${terms(Object.values(values).flatMap((value) => (value === null ? [] : [[value.term, value.text] as const])))}
.SH STOPPING
${paragraph("A stop signal (`--stop-signals`) starts the stop sequence. Each step is logged at verbosity 2, and the sequence ends at once when nothing is left to wait for.")}
${paragraph("What the terminal sends for Ctrl-C and other keys counts as the signal that it is, and the program gets it once. A program that reads the terminal has its keys for itself from then on: tini-ts does not see them, and they start no stop sequence. With `--isolate=session` that is so from the start where tini-ts led the session; with `--isolate=none` both get them, so `--rewrite` does not apply.")}
.IP 1. 4
${paragraph("The signal is held back for `--delay`. A second stop signal ends the delay.")}
.IP 2. 4
${paragraph("It is forwarded, as `--rewrite` has it; a program that is stopped is continued.")}
.IP 3. 4
${paragraph("After `--grace`, everything that is ours gets SIGKILL.")}
.IP 4. 4
${paragraph("When the program has ended, the others get SIGTERM, and after `--linger` SIGKILL.")}
.SH SIGNALS
${paragraph("Every signal that can be caught is forwarded, but for CHLD and for 32 and 33, which the C library keeps for itself. Real-time signals keep their value and their count. Signals that the program's terminal has sent to it already are not sent again.")}
.SH "EXIT STATUS"
${terms([
  ["CODE", "that of the program, or what `--remap-exit` makes of it"],
  ["128+N", "signal N killed the program"],
  [
    "0",
    "after `--help`, `--version`, `--license` and `--print-config`, of `--pause`, and of `--healthcheck` where the program is healthy",
  ],
  [
    "1",
    "an option, a value or a file is wrong, or no program is given; of `--healthcheck`, the program is not healthy",
  ],
  ["125", "the set-up failed"],
  ["126", "the program cannot be run"],
  ["127", "there is no such program, or its interpreter does not exist"],
])}
.PP
${paragraph("The last three, and 1 where tini-ts itself says it, are never remapped.")}
.SH ENVIRONMENT
${terms([
  ...variables.map((option) => [option.variable ?? "", `\`--${option.name}\``] as const),
  ["DUMB_INIT_SETSID", "`0` means `--isolate=none`, as in dumb-init; other values mean nothing"],
  ["DUMB_INIT_DEBUG", "`1` means `--verbosity=3`, as in dumb-init; other values mean nothing"],
])}
.PP
${paragraph("A variable whose name is nearly one of these is warned of.")}
.SH FILES
${terms([
  ["/etc/tini.yml", "the configuration file, where none is named"],
  ["/.tini.yml", "the configuration file where that does not exist either"],
])}
.PP
${paragraph("The file is the flat part of YAML 1.2, with at most 64 KiB and 4096 bytes a line: lines of `name: value`; for a list also `name:` and lines of `- item` below; comments; plain values and quoted ones. Anything else is refused with the line and what was expected. `docs/tini-yml.schema.json` of the project is its JSON Schema.")}
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
