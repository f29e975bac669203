/** Where a rule's page is to be read. */

/** Where the project is at home: the one place that names it. */
const HOME = "https://github.com/tini-ts/tini-ts";

/** The address of a rule's page. */
export function linkOf(rule: string): string {
  return `${HOME}/blob/main/docs/rules/${rule}.md`;
}
