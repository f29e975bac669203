import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import type { Edit } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";
import { initNamed } from "../launches/inits.ts";
import { endsByItself, reasonAgainst } from "../launches/programs.ts";
import { isSafeBehind, type Running, running, type StayingShell } from "../launches/running.ts";
import type { ShellWord, Statement } from "../launches/shell.ts";
import { statementsOf } from "../launches/shell.ts";
import type { Context } from "../workspace.ts";
import { BUILTINS } from "./shell-form.ts";
import type { Problem, Rule } from "./rule.ts";

/** Programs that nobody would give a function's name. */
const WELL_KNOWN =
  /^(?:node|deno|bun|python[\d.]*|java|ruby|php|php-fpm[\d.]*|perl|dotnet|nginx|httpd|apache2|apache2ctl|gunicorn|uvicorn|uwsgi|celery|puma|bundle|rails|npm|yarn|pnpm|npx|supervisord|redis-server|mysqld|postgres|tail|sleep)$/;

/** What a script ends in, as its author wrote it; null where `exec` in front of it would not do the same. */
function programOf({ last }: StayingShell, script: Source | null): ShellWord | null {
  if (last?.type !== "simple" || last.separator === "&") return null;
  const { words } = last;
  const [first] = words;
  if (first === undefined) return null;
  const name = first.value === null ? null : basename(first.value);
  if (name === null) return /^"?\$(?:@|\{@\})"?$/.test(first.raw) ? first : null;
  if (
    BUILTINS.has(name) ||
    endsByItself(words.map(({ raw, value, offset }) => ({ value: value ?? raw, span: { offset, length: raw.length } })))
  )
    return null;
  // A function cannot be put in the shell's place; a file that is sourced may have some too.
  const statements = script === null ? [] : (statementsOf(script.text) ?? []);
  if (statements.some((one: Statement) => one.type === "function" && one.name === first.value)) return null;
  const isSourcing = statements.some(({ words }) => words[0]?.value === "." || words[0]?.value === "source");
  return !isSourcing || first.value?.includes("/") === true || WELL_KNOWN.test(name) ? first : null;
}

function check(launch: Launch, context: Context): Problem[] {
  if (launch.isShortLived) return [];
  const run = running(launch, context);
  const { shell, words } = run;
  // The shell form has a rule of its own.
  if (shell === null || shell.hasCare || words[0] === undefined) return [];
  const isShellForm = [launch, context.imageOf(launch)].some((one) =>
    [one?.entrypoint, one?.command].some(
      (command) => command?.form === "shell" && command.words[0]?.span === shell.word.span,
    ),
  );
  const program = programOf(shell, shell.script);
  if (isShellForm) return [];
  const init = shell.place === null || run.inits.length > 0 ? null : initWithin(shell.text);
  if (init !== null && shell.place !== null && shell.word.source === launch.source) {
    return [
      {
        at: shell.place.span,
        message: `${basename(shell.word.value)} is PID 1 here and ${init} its child: signals end at the shell, and orphans are reaped by nobody.`,
        fix: `Put ${init} in front of all: ["${init}", "--", ...].`,
      },
    ];
  }
  if (program === null || shell.last === null) return [];
  const { script, last, word } = shell;
  const text = script === null ? shell.text : script.text;
  const said = text.slice(program.offset, last.end).replaceAll(/\s*\\\r?\n\s*/g, " ");
  const isSafe = isSafeBehind(run, launch);
  const shown = said.length > 60 ? `${said.slice(0, 57)}...` : said;
  const stays = "stays in front of it: signals end at the shell, and do not reach the program";
  if (script !== null) {
    const at = { offset: last.offset, length: last.end - last.offset };
    const edits: Edit[] = [{ offset: program.offset, length: 0, text: "exec " }];
    return [
      {
        at,
        source: script,
        message: `${basename(script.path)} runs ${shown} as a child and ${stays}.`,
        fix: remedy(run, launch, shown),
        ...(last.hasAssignments || !isSafe ? {} : { edits }),
      },
    ];
  }
  // What the image alone says is found where the image is made.
  if (shell.place === null || word.source !== launch.source) return [];
  return [
    {
      at: shell.place.span,
      // A shell that nobody here knows may put the last program in its own place.
      ...(shell.isSure ? {} : { severity: "info" }),
      message: `${basename(word.value)} runs ${shown} as a child, and ${shell.isSure ? "" : "where it "}${stays}.`,
      fix: remedy(run, launch, shown),
      ...(isSafe ? editOf(launch.source, shell.place, program, last) : {}),
    },
  ];
}

/** An init that a shell starts as one of its commands. */
function initWithin(text: string): string | null {
  const statements = statementsOf(text) ?? [];
  const names = statements.map(({ words }) => words.find(({ raw }) => raw !== "exec")?.value ?? "");
  return names.find((name) => initNamed(name) !== null) ?? null;
}

/** What to do, in a sentence. */
function remedy(run: Running, launch: Launch, shown: string): string {
  if (isSafeBehind(run, launch)) return `Let it take the shell's place: exec ${shown}.`;
  const name = basename(run.program[0]?.value ?? "");
  const reason = reasonAgainst(run.program)?.text ?? "";
  return `Put an init in front, and let it take the shell's place: exec ${shown}. exec alone is not enough: ${name} ${reason}.`;
}

/** The edit in a word of the launch, where the file has it as it is. */
function editOf(
  source: Source,
  place: NonNullable<StayingShell["place"]>,
  program: ShellWord,
  last: Statement,
): { edits?: Edit[] } {
  const written = source.slice(place.span);
  const quote = /^["']/.test(written) ? 1 : 0;
  if (last.hasAssignments || written.slice(quote, written.length - quote) !== place.value) return {};
  return { edits: [{ offset: place.span.offset + quote + program.offset, length: 0, text: "exec " }] };
}

export const scriptWithoutExec: Rule = {
  name: "script-without-exec",
  severity: "warning",
  summary: "an entry script or sh -c that keeps the program as a child: signals end at the shell",
  check,
};
