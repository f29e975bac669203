/* What the compiler of the init sees in place of src/init/text/views.ts: it has no types that are only a name. */

/** The path of that file in src/init. */
export const VIEWS_FILE = "text/views.ts";

/** Each type that the file exports, as another name for usize. */
export function viewsSource(text: string): string {
  return [...text.matchAll(/^export type (\w+)/gm)].map(([, name = ""]) => `export type ${name} = usize;\n`).join("");
}
