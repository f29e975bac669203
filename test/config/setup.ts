import type { TestProject } from "vitest/node";
import { readTable, type Table } from "../../scripts/lib/documents/table.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The option table of the compiled init. */
    table: Table;
  }
}

/** Compiles the table once for all files. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide("table", await readTable());
}
