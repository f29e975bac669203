/*
 * Writes the documents that are made from the tables of options and events:
 *
 *   node scripts/documents.ts           docs/tini-ts.1, docs/tini-yml.schema.json, docs/options.md, the usage in README.md,
 *                                       docs/events.md, docs/tini-ts-events.schema.json
 *   node scripts/documents.ts --check   writes nothing, and fails if one of them is stale
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as prettier from "prettier";
import { eventsPageOf, eventsSchemaOf } from "./lib/documents/events.ts";
import { manOf } from "./lib/documents/man.ts";
import { markdownOf } from "./lib/documents/markdown.ts";
import { schemaOf } from "./lib/documents/schema.ts";
import { readTable, type Table } from "./lib/documents/table.ts";

const root = join(import.meta.dirname, "..");

/** `file` with everything between two lines replaced by `text`. */
function between(file: string, first: string, last: string, text: string): string {
  const [before, rest] = file.split(`${first}\n`);
  const [, after] = rest?.split(`\n${last}`) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${first} and ${last} were expected, each once`);
  return `${before}${first}\n${text}\n${last}${after}`;
}

/** The documents' contents, by their paths in the project. */
export async function documentsOf(table: Table): Promise<Map<string, string>> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const readme = await readFile(join(root, "README.md"), "utf8");
  const format = async (path: string, text: string): Promise<[string, string]> => {
    const filepath = join(root, path);
    return [path, await prettier.format(text, { ...(await prettier.resolveConfig(filepath)), filepath })];
  };
  return new Map([
    ["docs/tini-ts.1", manOf(table, version)],
    await format("docs/tini-yml.schema.json", schemaOf(table)),
    await format("docs/options.md", markdownOf(table)),
    await format("docs/events.md", eventsPageOf()),
    await format("docs/tini-ts-events.schema.json", eventsSchemaOf()),
    ["README.md", between(readme, "<!-- usage -->", "<!-- /usage -->", `\n\`\`\`\n${table.usage}\`\`\`\n`)],
  ]);
}

/** The stale documents: those whose file in `directory`, which is laid out like the project, differs or is missing. */
export async function staleDocuments(documents: ReadonlyMap<string, string>, directory = root): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of documents) {
    if ((await readFile(join(directory, path), "utf8").catch(() => "")) !== text) stale.push(path);
  }
  return stale;
}

if (import.meta.main) {
  try {
    const documents = await documentsOf(await readTable());
    const stale = await staleDocuments(documents);
    if (!process.argv.includes("--check")) {
      for (const path of stale) await writeFile(join(root, path), documents.get(path) ?? "");
    } else if (stale.length > 0) {
      throw new Error(`${stale.join(", ")}: stale; npm run documents writes them anew`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
