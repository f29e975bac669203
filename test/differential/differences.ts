import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where users read about the differences. */
export const document = join(import.meta.dirname, "../../docs/differences.md");

/** A difference as the document tells it. */
export interface ListedDifference {
  id: string;
  /** The init that tini-ts differs from: the title of the document's section. */
  from: string;
  /** What stands in the columns after the id: what the other does, what tini-ts does. */
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
