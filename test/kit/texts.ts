/** Lints texts as if they were files, without a folder of their own. */
import { Unreadable } from "../../src/kit/files/read.ts";
import { lintFiles, type LintOptions, type Report } from "../../src/kit/lint.ts";
import { Workspace } from "../../src/kit/workspace.ts";

export type Texts = Readonly<Record<string, string>>;

/** Scripts and other files that are only read because another file names them. */
const BESIDE = /\.(?:sh|json|mjs|js|txt)$/;

/** @param texts by path; those that the linter would look at in a folder are linted. */
export function lintTexts(texts: Texts, options: LintOptions = {}): Report {
  const read = (path: string) => {
    const text = Object.hasOwn(texts, path) ? texts[path] : undefined;
    if (text === undefined) throw new Unreadable("is not there");
    return text;
  };
  const files = Object.keys(texts)
    .filter((path) => !BESIDE.test(path))
    .map((path) => ({ path, isNamed: true }));
  return lintFiles(files, { ...options, workspace: new Workspace(read) });
}
