/** The addresses of the rules' pages. */

import { HOME } from "../names.ts";

/** The address of a rule's page. */
export function linkOf(rule: string): string {
  return `${HOME}/blob/main/docs/rules/${rule}.md`;
}
