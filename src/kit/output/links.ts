/** The addresses of the rules' pages. */

/** The address of the project, which stands only here. */
const HOME = "https://github.com/tini-ts/tini-ts";

/** The address of a rule's page. */
export function linkOf(rule: string): string {
  return `${HOME}/blob/main/docs/rules/${rule}.md`;
}
