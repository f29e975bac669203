/* What the compiler of the init sees in place of src/init/report/events.data.ts: the events, as numbers and texts. */
import { events, fields, kinds, levels, type Row } from "../../src/init/report/events.data.ts";
import { PLACE } from "../../src/init/text/codes.ts";
import { enumOf, member } from "./enums.ts";

/** The path of that file in src/init. */
export const EVENTS_FILE = "report/events.data.ts";

/** The letter of the first field. */
const FIRST_FIELD = "A".charCodeAt(0);

const rows: readonly Row[] = events;
const names = Object.keys(fields);

/** The names of the fields that a text has places for, in their order. */
export const placesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);

/** The first of them that is no field; undefined where all are. */
export const unknownPlace = (text: string): string | undefined => placesIn(text).find((name) => !names.includes(name));

/** A text as the init has it: `{signal}` is the place of a value. */
export const withPlaces = (text: string): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String.fromCharCode(PLACE, FIRST_FIELD + names.indexOf(name)));

/** The level in the lowest bits, and above them the distance of the text from BASE: the name, a bar and the sentence. */
const eventSource = ({ name, level, message }: Row): string =>
  `(message(${JSON.stringify(`${name}|${message}`)}) - BASE) * 8 + ${String(levels.indexOf(level))}`;

/**
 * The events in AssemblyScript.
 *
 * @param isFull whether those are among them that only the executable with the toolkit behind it reports.
 */
export function eventsSource(isFull: boolean): string {
  const width = Math.max(...levels.map((level) => level.length));
  const chosen = rows.filter(({ isOfFull }) => isFull || isOfFull !== true);
  return `import { BASE } from "../text/address";
export enum Log {
${chosen.map((row) => `${member(row.name)} = ${eventSource(row)},`).join("\n")}
}
${enumOf("Level", levels)}
${enumOf("Kind", kinds)}
export const LEVEL_NAMES: usize = cString("${levels.map((level) => level.padEnd(width)).join("")}");
export const LEVEL_NAME_BYTES: i32 = ${String(width)};
export const FIELD_NAMES: usize = memory.data<u16>([
${names.map((name) => `<u16>(message("${name}") - BASE),`).join("\n")}
]);
export const FIELD_KINDS: usize = memory.data<u8>([${Object.values(fields)
    .map(({ kind }) => `<u8>Kind.${kind}`)
    .join(", ")}]);
`;
}
