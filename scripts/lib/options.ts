/* What the compiler of the init sees in place of src/init/config/options.data.ts: the table, as numbers and texts. */
import { kinds, options, type Row, sections } from "../../src/init/config/options.data.ts";
import { enumOf, member } from "./enums.ts";

/** The path of that file in src/init. */
export const OPTIONS_FILE = "config/options.data.ts";

/** The options, as rows of one type. */
const rows: readonly Row[] = options;

/** `forward-to` as the name of an enum: ForwardTo. */
const typeName = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z])/g, (_, first: string) => first.toUpperCase());

/** An enum for the words of each option that accepts one of several: Wait.ALL. */
const wordEnums = (): string[] =>
  rows.flatMap((row) =>
    row.kind === "WORD" || row.kind === "RESTART" || row.kind === "PROBE"
      ? enumOf(typeName(row.name), row.words.map(member))
      : [],
  );

/** A call of cString() or message() as a table has it: as a distance from BASE. */
const distance = (word: "cString" | "message", text: string): string =>
  `<u16>(${word}(${JSON.stringify(text)}) - BASE)`;

/**
 * The option that a row sets: its own, or the one for which it is an alias; and the value that `yes` sets, if it is a flag.
 *
 * @throws Error if it is an alias for an unknown word.
 */
export function meaningOf(row: Row): { option: string; yes: number } {
  if (!("means" in row)) return { option: row.name, yes: 1 };
  const { option, word } = row.means;
  const target = rows.find(({ name }) => name === option);
  const yes = target?.kind === "WORD" ? target.words.indexOf(word) : -1;
  if (yes < 0) throw new Error(`--${row.name} means --${option}=${word}, which is none of the table`);
  return { option, yes };
}

/** `detail` of options.ts. */
function detailOf(row: Row): string {
  switch (row.kind) {
    case "ACTION":
    case "COUNT":
      return "0";
    case "FLAG":
    case "PRESENCE":
      return String(meaningOf(row).yes);
    case "WORD":
    case "RESTART":
    case "PROBE":
      return distance("cString", row.words.join("|"));
    case "DURATION":
      return row.none === undefined ? "0" : distance("cString", row.none);
    default:
      return distance("cString", row.value);
  }
}

/** One row: letter and kind, section and what is set, detail, help, default. */
function rowSource(row: Row): string {
  const letter = row.letter?.charCodeAt(0) ?? 0;
  return [
    `<u16>(${letter} | (Kind.${row.kind} << 8))`,
    `<u16>(Section.${row.section} | (Id.${member(meaningOf(row).option)} << 8))`,
    detailOf(row),
    distance("message", row.help),
    row.default === undefined ? "0" : distance("cString", row.default),
  ].join(", ");
}

/**
 * The table in AssemblyScript.
 *
 * @throws Error if the rows contradict each other.
 */
export function optionsSource(): string {
  const names = options.map(({ name }) => name);
  return `import { BASE } from "../text/address";
${enumOf("Id", names.map(member))}
${enumOf("Kind", kinds)}
${enumOf("Section", sections)}
${wordEnums().join("\n")}
export const OPTIONS: i32 = ${options.length};
export const NAMES: usize = message("${names.join("|")}");
export const NAMES_BYTES: i32 = ${names.join("|").length + 1};
export const ROWS: usize = memory.data<u16>([
${options.map(rowSource).join(",\n")},
]);
`;
}
