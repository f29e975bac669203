import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The document that lists the differences for users. */
export const document = join(import.meta.dirname, "../../docs/differences.md");

/** A difference as the document has it. */
export interface ListedDifference {
  id: string;
  /** The init that tini-ts differs from: the title of the document's section. */
  from: string;
  /** The columns after the id: what the other does, what tini-ts does, and why. */
  texts: string[];
}

/** All differences in the document: the rows of its tables whose first cell is an id in code quotes. */
export function readDifferences(markdown = readFileSync(document, "utf8")): ListedDifference[] {
  let from = "";
  const found: ListedDifference[] = [];
  for (const line of markdown.split("\n")) {
    from = /^## From (\S+)/.exec(line)?.[1] ?? from;
    const row = /^\| *`([a-z0-9-]+)` *\|(.*)\|$/.exec(line);
    if (row)
      found.push({ id: row[1] ?? "", from, texts: (row[2] ?? "").split(/(?<!\\)\|/).map((text) => text.trim()) });
  }
  return found;
}
