/* The options for people, as Markdown. */
import { headings, values } from "./prose.ts";
import { sections } from "../../../src/init/config/options.data.ts";
import { type Option, type Section, sinceOf, type Table } from "./table.ts";

const code = (text: string): string => `\`${text}\``;
/** A bar ends a cell of a table, in code too. */
const cell = (text: string): string => text.replaceAll("|", "\\|");

function row(option: Option): string {
  const name = `--${option.name}${option.value === null ? "" : ` ${option.value}`}`;
  return `| ${[
    option.letter === null ? "" : code(`-${option.letter}`),
    code(cell(name)),
    option.variable === null ? "" : code(option.variable),
    option.default === null ? "" : code(option.default),
    cell(option.help),
  ].join(" | ")} |`;
}

const details = (option: Option): string =>
  `- ${code(`--${option.name}`)}: ${[option.manual, sinceOf(option)].filter(Boolean).join(" ")}`;

/** What else there is to read of a section. */
const further: Readonly<Partial<Record<Section, string>>> = {
  LIMITS: `
[Limits](limits.md) tells which files they are on cgroup version 2 and 1, how to get a writable cgroup from Docker, Podman,
containerd, Kubernetes and systemd, and what \`--runtime-hints\` says.
`,
};

/** The page. */
export function markdownOf(table: Table): string {
  const parts = sections.map((section) => {
    const options = table.options.filter((option) => option.section === section);
    return `## ${headings[section]}

| | option | variable | default | |
| --- | --- | --- | --- | --- |
${options.map(row).join("\n")}

${options.map(details).join("\n")}
${further[section] ?? ""}`;
  });
  return `<!-- Made by scripts/documents.ts from the option table: change that, and run: npm run documents -->

# Options

Each option can be said on the command line, in the environment, and in a configuration file, where \`--grace 10s\` is
\`grace: 10s\`. The command line wins over the environment, and the environment over the file.
A list that is said in one place replaces the whole list of the places below; nothing else may be said twice in one place.
Options that exclude each other, like \`-g\` and \`-c\`, are refused within one place; from two places the higher one wins, and
the other option has its default. The program is an argument like any other.
An empty variable is one that is not set, as templates like \`\${GRACE:-}\` leave it behind; \`TINI_SUBREAPER\` and
\`TINI_KILL_PROCESS_GROUP\` alone act by being there, as in tini. In a file a name without a value is a mistake: leave the line out.
\`tini-ts --print-config\` prints what would hold, and where each value comes from.

${parts.join("\n")}
## Values

${Object.values(values)
  .filter((value) => value !== null)
  .map(
    ({ term, text }) =>
      `- ${/^[A-Z]/.test(term) && term !== "Flags" ? term.split(", ").map(code).join(", ") : term}: ${text}`,
  )
  .join("\n")}

## The file

\`--config FILE\`, else what \`TINI_CONFIG\` names, else \`/etc/tini.yml\`, else \`/.tini.yml\`, where there is one. It is the flat part of YAML 1.2:

\`\`\`yaml
# Let the load balancer go first, then give the program its time.
delay: 5s
grace: 25s
remap-exit:
  - 143
  - 130
\`\`\`

Lines of \`name: value\`; for a list also \`name:\` with lines of \`- item\` below; comments; plain values and quoted ones.
A \`---\` may stand before them and a \`...\` behind them: a file is one document, without directives like \`%YAML\`.
Anything else is refused with the line and what was expected. At most 64 KiB, and 4096 bytes a line.
Editors check it with [tini-yml.schema.json](tini-yml.schema.json), which a comment can name:
\`# yaml-language-server: $schema=PATH\`.
`;
}
