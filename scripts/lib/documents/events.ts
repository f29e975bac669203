/* The documents about the events that the init reports: a page, and the JSON Schema of a line of --log-format=json. */
import { events, fields, levels, type Row } from "../../../src/init/report/events.data.ts";
import { placesIn } from "../events.ts";

type Schema = Record<string, unknown>;
type Name = keyof typeof fields;

const rows: readonly Row[] = events;

/** A field of an event, and whether each of its lines has it. */
interface Shown {
  readonly name: Name;
  readonly isAlways: boolean;
}

const isField = (name: string): name is Name => name in fields;

/** The fields that an event's lines have apart from the sentence. */
function fieldsOf({ message, more = [] }: Row): Shown[] {
  const own = placesIn(message)
    .filter(isField)
    .filter((name) => fields[name].kind !== "PART")
    .map((name) => ({ name, isAlways: fields[name].kind !== "VALUE" && fields[name].kind !== "TEXT" }));
  return [...own, ...more.map((name) => ({ name, isAlways: false }))];
}

/** What a field is in JSON. */
function typeOf(name: Name): Schema {
  switch (fields[name].kind) {
    case "NUMBER":
    case "ERRNO":
      return { type: "integer" };
    case "PAGES":
      return { type: ["integer", "null"] };
    case "SIGNAL":
      return { type: "string", pattern: "^(?:SIG[A-Z0-9+]+|[0-9]+)$" };
    default:
      return { type: "string" };
  }
}

/** The fields that any event has. */
const used = (Object.keys(fields) as Name[]).filter((name) =>
  rows.some((row) => fieldsOf(row).some((shown) => shown.name === name)),
);

/** What all lines have, and what it is. */
const common: Readonly<Record<string, readonly [meaning: string, schema: Schema]>> = {
  time: [
    "the time in UTC with milliseconds (RFC 3339)",
    { type: "string", pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$" },
  ],
  level: ["the severity", { enum: levels.map((level) => level.toLowerCase()) }],
  event: ["the event's name", { type: "string" }],
  pid: ["the pid of tini-ts", { type: "integer", minimum: 1 }],
  tag: ["the value of `--log-tag`, or `tini-ts`", { type: "string" }],
  message: ["the sentence, as in the format text", { type: "string" }],
};
const TRACE_ID = "the trace, if `--trace-id` or TRACEPARENT names one";

const withoutMarks = (text: string): string => text.replaceAll("`", "");

/** The schema of a line of JSON, as JSON. */
export function eventsSchemaOf(): string {
  const shared = {
    ...Object.fromEntries(
      Object.entries(common).map(([name, [meaning, schema]]) => [name, { description: meaning, ...schema }]),
    ),
    trace_id: { description: TRACE_ID, type: "string" },
    ...Object.fromEntries(used.map((name) => [name, { description: fields[name].meaning, ...typeOf(name) }])),
    error: { description: "the meaning of errno", type: "string" },
  };
  const reference = (name: string): [string, Schema] => [name, { $ref: `#/$defs/${name}` }];
  return JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A log line of tini-ts --log-format=json",
    description: "Later versions may add events and fields; those that are here stay until the next major version.",
    type: "object",
    required: Object.keys(common),
    properties: Object.fromEntries([...Object.keys(common), "trace_id"].map(reference)),
    allOf: rows.map((row) => {
      const own = fieldsOf(row);
      const withError = (names: readonly Name[]): string[] =>
        names.flatMap((name) => (fields[name].kind === "ERRNO" ? [name, "error"] : [name]));
      const names = withError(own.map(({ name }) => name));
      const always = withError(own.filter(({ isAlways }) => isAlways).map(({ name }) => name));
      return {
        if: { properties: { event: { const: row.name } } },
        then: { properties: Object.fromEntries(names.map(reference)), required: always },
      };
    }),
    $defs: Object.fromEntries(
      Object.entries(shared).map(([name, schema]) => [
        name,
        { ...schema, description: withoutMarks(schema.description) },
      ]),
    ),
  });
}

/** A bar ends a cell of a table, in code too. */
const cell = (text: string): string => text.replaceAll("|", "\\|");
const code = (text: string): string => `\`${text}\``;

const eventRow = (row: Row): string =>
  `| ${[
    code(row.name),
    row.level.toLowerCase(),
    fieldsOf(row)
      .map(({ name, isAlways }) => code(name) + (isAlways ? "" : "?"))
      .join(" "),
    code(cell(row.message)),
  ].join(" | ")} |`;

const typeName = (name: Name): string => {
  const { type } = typeOf(name);
  return Array.isArray(type) ? type.join(" or ") : String(type);
};

/** The page. */
export function eventsPageOf(): string {
  return `<!-- Made by scripts/documents.ts from the table of events: change that, and run: npm run documents -->

# Log lines

tini-ts writes its log to standard error, one event per line. \`--log-format\` sets the format, \`--verbosity\` the least severe level
that is written: 0 fatal, 1 warn (the default), 2 info, 3 debug, 4 trace.

- \`text\`: \`[WARN  tini-ts (1)] message\`, in the wording of tini if tini has the event.
- \`json\`: a JSON object on one line:

\`\`\`
{"time":"2026-11-30T17:05:09.123Z","level":"info","event":"child-exited","pid":1,"tag":"tini-ts","exit_code":7,"message":"Main child exited normally (with status '7')"}
\`\`\`

- \`rfc5424\`: a line of RFC 5424 in UTF-8; a message that is not pure ASCII begins with a byte order mark, as the RFC requires:

\`\`\`
<30>1 2026-11-30T17:05:09.123Z - tini-ts 1 child-exited [tini-ts@32473 exit_code="7"] Main child exited normally (with status '7')
\`\`\`

The facility is \`daemon\` (3); the severity of fatal is 2, of warn 4, of info 6, of debug and trace 7. HOSTNAME is left to the receiver. APP-NAME is the
tag, PROCID the pid of tini-ts, MSGID the event; its fields are STRUCTURED-DATA. The number 32473 is the one that IANA reserves for
documentation and examples: tini-ts has none of its own.

## What may change

An event keeps its name and its fields, and a field its type and meaning, until the next major version. Any version may add
events, and fields to an event: ignore those that you do not know. The message is for people: its wording and the level of an event may change in any
version, except where the wording is that of tini. [tini-ts-events.schema.json](tini-ts-events.schema.json) is the JSON Schema of a line of \`json\`.

## Fields

| field | in JSON | |
| --- | --- | --- |
${Object.entries(common)
  .map(
    ([name, [meaning, { type }]]) => `| ${code(name)} | ${typeof type === "string" ? type : "string"} | ${meaning} |`,
  )
  .join("\n")}
| \`trace_id\` | string | ${TRACE_ID} |
${used.map((name) => `| ${code(name)} | ${typeName(name)} | ${fields[name].meaning} |`).join("\n")}

In rfc5424 all values are strings. A long text or message is cut off, and ends in \`...\`: no line has more than 4096 bytes, so that a pipe
accepts it in one piece. The cut is never within a character or an escape.

Names, paths and values that are not from tini-ts itself cannot break a line:

- In \`text\`, bytes that are not UTF-8, control characters, and characters that are invisible or change the direction of text
  are replaced by \`?\`.
- In \`json\`, such a character is escaped as \`\\u001b\`, and a byte that is not UTF-8 as \`\\xff\`, which is \`\\\\xff\` within the quotes.
- In \`rfc5424\`, each byte of either is escaped as \`\\xff\`, which is \`\\\\xff\` within the quotes of a field.

## When a line cannot be written

A line for which a pipe or a disk has no room is dropped: tini-ts never waits for its log. The next line that can be written is
followed by \`lines-dropped\` with the number of lines that were dropped.

Errors in the configuration are reported before all of it is known: in the format that \`--log-format\` on the command line or
\`TINI_LOG_FORMAT\` names; the format of a configuration file does not apply to them. A trap (\`internal error\`) is always text.

## Events

A field with \`?\` is not in every line. Some events have another level with \`--limits=best-effort\`: a warning instead of fatal.

| event | level | fields | message |
| --- | --- | --- | --- |
${rows.map(eventRow).join("\n")}
`;
}
