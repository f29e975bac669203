/** Checks a wrapped Dockerfile before it is written, with the init's own parser and the linter. */
import { diffLines } from "diff";
import { readText } from "../files/read.ts";
import { Source } from "../files/source.ts";
import { lintLaunches } from "../lint.ts";
import { configurationOf } from "../launches/configuration.ts";
import { Workspace } from "../workspace.ts";
import { type Note, NotWrapped } from "./wrap.ts";

/** Findings that say that the init is not where it should be, or does not do what it should. */
const DECISIVE = new Set(["two-inits", "init-option-refused", "no-init", "init-path-missing"]);

/** For each line of a text that was changed, from 1 up, the line of the text before that it comes from. */
function originsOf(after: string, before: string): number[] {
  const origins = [1];
  let [old, removed] = [1, 0];
  for (const { added, removed: isRemoved, count } of diffLines(before, after)) {
    for (let index = 0; index < count && !isRemoved; index++) {
      // What is put in for lines comes from the last of them; what is only put in, from the line above.
      origins.push(added ? Math.max(1, old - (removed > 0 ? Math.max(1, removed - index) : 1)) : old + index);
    }
    if (!added) old += count;
    removed = isRemoved ? count : 0;
  }
  return origins;
}

/**
 * Lints the stage of a wrapped Dockerfile, and has the init parse its options there.
 *
 * @param path of the Dockerfile.
 * @param before its text as it is.
 * @param after its text as it would be written.
 * @param target the stage that is run; null for the last.
 * @returns what else the linter finds, for the user.
 * @throws NotWrapped if the init would refuse its options, or another init is still there.
 */
export function prove(path: string, before: string, after: string, target: string | null): Note[] {
  const workspace = new Workspace((asked) => (asked === path ? after : readText(asked)));
  const launch = workspace.stageOf(path, target);
  if (launch === null) throw new Error(`${path}: the stage ${target ?? ""} is gone`);
  const now = new Source(path, after, "dockerfile");
  const origins = originsOf(after, before);
  const lineOf = (line: number) => origins[line] ?? 1;
  const command = launch.entrypoint?.whole ?? launch.command?.whole ?? launch.span;
  const configured = configurationOf(launch, workspace);
  if (configured?.answer.outcome === "refused") {
    const { sentence, source } = configured.answer.remark;
    const place = source === null ? null : configured.placeOf(source);
    const { offset } = place?.source.path === path ? place.span : command;
    throw new NotWrapped(lineOf(now.position(offset).line), `the init would refuse it: ${sentence}`);
  }
  if (configured?.answer.outcome === "printed") {
    throw new NotWrapped(lineOf(now.position(command.offset).line), "the init would print something, and run nothing");
  }
  const notes: Note[] = [];
  for (const { rule, severity, file, start, message } of lintLaunches([launch], { workspace }).findings) {
    if (severity === "info") continue;
    const place = file === path ? "" : `${file}:${start.line}: `;
    const line = lineOf(file === path ? start.line : now.position(command.offset).line);
    if (DECISIVE.has(rule)) throw new NotWrapped(line, `${place}${message}`);
    notes.push({ line, text: `lint: ${place}${message} [${rule}]` });
  }
  return notes;
}
