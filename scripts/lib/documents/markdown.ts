/* The options for people, as Markdown. */
import { headings, values } from "./prose.ts";
import { sections } from "../../../src/init/config/options.data.ts";
import { type Option, type Section, sinceOf, type Table } from "./table.ts";

const code = (text: string): string => `\`${text}\``;
/** In Markdown, a bar ends a table's cell even in code. */
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

/** Text to follow a section. */
const further: Readonly<Partial<Record<Section, string>>> = {
  LIMITS: `
[Limits](limits.md) lists the files that they write on cgroup version 2 and 1, how to get a writable cgroup from Docker, Podman,
containerd, Kubernetes and systemd, and the variables of \`--runtime-hints\`.
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

Each option can be set on the command line, in the environment, and in a configuration file, where \`--grace 10s\` is
\`grace: 10s\`. The command line overrides the environment, and the environment overrides the file.
A list replaces the whole list of a lower source; within one source its items add up. No other option may be set twice in one source.
Options that exclude each other, like \`-g\` and \`-c\`, are refused within one source; otherwise the higher source wins, and
the other option gets its default. The program counts as an argument.
An empty variable counts as unset, because templates like \`\${GRACE:-}\` leave such variables; only \`TINI_SUBREAPER\` and
\`TINI_KILL_PROCESS_GROUP\` act by their presence, as in tini. In a file, a name without a value is an error: leave the line out.
\`tini-ts --print-config\` prints the effective configuration with the source of each value.

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

The file is the one that \`--config FILE\` or \`TINI_CONFIG\` names, else \`/etc/tini.yml\`, else \`/.tini.yml\`, if it exists. It is a flat subset of YAML 1.2:

\`\`\`yaml
# Let the load balancer go first, then give the program its time.
delay: 5s
grace: 25s
remap-exit:
  - 143
  - 130
\`\`\`

It has lines of \`name: value\`; for a list also \`name:\` followed by lines of \`- item\`; comments; plain and quoted values.
It may begin with \`---\` and end with \`...\`: a file is one document, without directives like \`%YAML\`.
Anything else is refused with the line and what was expected. A file has at most 64 KiB, a line 4096 bytes.
Editors check it with [tini-yml.schema.json](tini-yml.schema.json), which a comment can name:
\`# yaml-language-server: $schema=PATH\`.
`;
}
