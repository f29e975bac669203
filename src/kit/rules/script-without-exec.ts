import { basename } from "node:path";
import type { Edit } from "../finding.ts";
import type { PlacedWord } from "../launches/front.ts";
import type { Launch } from "../launches/launch.ts";
import { initNamed } from "../launches/inits.ts";
import { endsByItself, isServer, isService, isTaskName, reasonAgainst } from "../launches/programs.ts";
import { isSafeBehind, type PlacedEnding, type Running, running, type StayingShell } from "../launches/running.ts";
import { type ShellWord, type Statement, statementsOf } from "../launches/shell.ts";
import type { Context } from "../workspace.ts";
import { BUILTINS } from "./shell-form.ts";
import { initLine } from "./init-line.ts";
import type { Problem, Rule } from "./rule.ts";

/** Programs that nobody would give a function's name. */
const WELL_KNOWN =
  /^(?:node|deno|bun|python[\d.]*|java|ruby|php|php-fpm[\d.]*|perl|dotnet|nginx|httpd|apache2|apache2ctl|gunicorn|uvicorn|uwsgi|celery|puma|bundle|rails|npm|yarn|pnpm|npx|supervisord|redis-server|mysqld|postgres|tail|sleep)$/;

const isArguments = (word: ShellWord | undefined) => word !== undefined && /^"?\$(?:@|\{@\})"?$/.test(word.raw);

/** Whether a script may have functions from elsewhere. */
const isSourcing = (shell: StayingShell) =>
  shell.script !== null &&
  (statementsOf(shell.script.text) ?? []).some(({ words }) => words[0]?.value === "." || words[0]?.value === "source");

/** Whether names say that what a shell does is done once: its script's, or that of what is started. */
function isTask(shell: StayingShell, launch: Launch): boolean {
  return [shell.script === null ? "" : basename(shell.script.path), launch.name].some(isTaskName);
}

/** `su USER -c TEXT`: what its shell runs at last; other programs are themselves. */
function behindSu(program: readonly PlacedWord[]): readonly PlacedWord[] {
  const [first] = program;
  const at = program.findIndex(({ value }) => value === "-c" || value === "--command");
  const text = program[at + 1];
  if (first === undefined || !/^(?:su|runuser)$/.test(basename(first.value)) || at < 0 || text === undefined)
    return program;
  const last = statementsOf(text.value)?.at(-1);
  const words = last?.words[0]?.value === "exec" ? last.words.slice(1) : (last?.words ?? []);
  return words.map(({ value, raw }) => ({ ...text, value: value ?? raw }));
}

/** `su USER -c "$*"`: the container's own command. */
const isArgumentsOfSu = ({ words: [first, ...others] }: Statement) =>
  /^(?:su|runuser)$/.test(basename(first?.value ?? "")) && others.some(({ raw }) => /^"?(?:exec )?\$[*@]"?$/.test(raw));

/** Whether an ending is told of: the shell is in front of a program that is there to stay, and passes nothing on. */
function isLost(ending: PlacedEnding, shell: StayingShell, launch: Launch): boolean {
  const { kind, program, statement, isBranch } = ending;
  const [first] = statement.words;
  const { hasTerm, hasExit } = shell.traps;
  if (kind === "exec" || first === undefined || statement.isFed || endsByItself(program)) return false;
  const name = program[0]?.value ?? first.value;
  const isKnown = isService(behindSu(program)) || isArguments(first) || isArgumentsOfSu(statement);
  const isIdle = /^(?:sleep|tail|cat)$/.test(basename(name ?? ""));
  switch (kind) {
    case "waiting":
      return !hasTerm && !hasExit && (isKnown || (name !== null && !BUILTINS.has(name) && !isTask(shell, launch)));
    case "repeated":
      // What is done again and again may be short. What does nothing loses nothing, but keeps a trap waiting.
      return isServer(behindSu(program)) && (!isIdle || hasTerm);
    case "piped":
      return isKnown;
    default:
      break;
  }
  if (isBranch) return isKnown;
  if (isArguments(first)) return true;
  if (first.value === null || BUILTINS.has(basename(first.value))) return false;
  // A file that is sourced may have functions, which cannot be put in the shell's place.
  if (isSourcing(shell) && !first.value.includes("/") && !WELL_KNOWN.test(basename(first.value))) return false;
  return isKnown || reasonAgainst(program) !== null || !isTask(shell, launch);
}

/** Why it is wrong, behind the names of the shell and of the program. */
function problemOf({ kind }: PlacedEnding, { traps: { hasTerm } }: StayingShell, isInit: boolean): string {
  if (kind === "waiting") {
    return isInit
      ? "in the background and waits without a trap: SIGTERM ends the shell, and the program is killed without having got the signal"
      : "in the background and waits without a trap: SIGTERM does nothing to a shell that is PID 1, and the program never gets it";
  }
  if (hasTerm)
    return "in the foreground: the trap for SIGTERM is run only when that has ended by itself, and it gets no signal";
  if (kind === "repeated") return "in a loop, as a child: signals end at the shell, and do not reach the program";
  if (kind === "piped") return "in a pipe, as a child: signals end at the shell, and do not reach the program";
  return "as a child and stays in front of it: signals end at the shell, and do not reach the program";
}

/** What to do, in a sentence. */
function remedy(
  { kind, program }: PlacedEnding,
  shell: StayingShell,
  run: Running,
  launch: Launch,
  shown: string,
): string {
  if (kind === "waiting")
    return "Keep the process numbers, A=$! behind each &, set trap 'kill -TERM $A $B' TERM in front of wait, and wait once more behind it: wait returns for the trap.";
  if (shell.traps.hasTerm) return "Start it with & and wait for it: wait returns for the trap at once.";
  if (kind === "repeated")
    return "Let the platform start it again, by its restart policy, and the program take the shell's place: exec.";
  if (kind === "piped")
    return `Let the platform collect what it prints, and the program take the shell's place: exec ${shown}.`;
  if (/^(?:su|runuser)$/.test(basename(program[0]?.value ?? ""))) {
    return "Start it as the other user in the shell's place: exec gosu USER, exec su-exec USER, or exec setpriv --reuid USER --init-groups.";
  }
  if (isSafeBehind(run, launch)) return `Let it take the shell's place: exec ${shown}.`;
  const name = basename(program[0]?.value ?? "");
  const reason = reasonAgainst(program)?.text ?? "";
  return `Put an init in front, and let it take the shell's place: exec ${shown}. exec alone is not enough: ${name} ${reason}.`;
}

function check(launch: Launch, context: Context): Problem[] {
  if (launch.isShortLived) return [];
  const run = running(launch, context);
  const { shell, words } = run;
  if (shell === null || words[0] === undefined) return [];
  // The shell form has a rule of its own.
  const isShellForm = [launch, context.imageOf(launch)].some((one) =>
    [one?.entrypoint, one?.command].some(
      (command) => command?.form === "shell" && command.words[0]?.span === shell.word.span,
    ),
  );
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
  const ending = shell.endings.find((one) => isLost(one, shell, launch));
  const program = ending?.statement.words[0];
  if (ending === undefined || program === undefined) return [];
  const isSafe = isSafeBehind({ ...run, program: ending.program }, launch);
  // Gone or not, the program is deaf then, which is told by itself.
  const isPlain = ending.kind === "foreground";
  if (!shell.isSure && (!isPlain || !isSafe)) return [];
  const { script, word } = shell;
  const { statement } = ending;
  const text = script === null ? shell.text : script.text;
  const said = text.slice(program.offset, statement.end).replaceAll(/\s*\\\r?\n\s*/g, " ");
  const shown = said.length > 60 ? `${said.slice(0, 57)}...` : said;
  const isInit = run.inits.length > 0 || launch.platformInit?.value === true;
  const isFixable = isPlain && ending.isLast && !shell.traps.hasTerm && !shell.traps.hasExit;
  const isExec = isFixable && !statement.hasAssignments && !/^(?:su|runuser)$/.test(basename(program.value ?? ""));
  const fix = remedy(ending, shell, run, launch, shown);
  if (script !== null) {
    const edits: Edit[] = [{ offset: program.offset, length: 0, text: "exec " }];
    return [
      {
        at: { offset: statement.offset, length: statement.end - statement.offset },
        // A script within the Dockerfile stands where it stands.
        source: script.path === launch.source.path ? launch.source : script,
        message: `${nameOf(shell)} runs ${shown} ${problemOf(ending, shell, isInit)}.`,
        fix,
        ...(isExec && isSafe ? { edits } : {}),
      },
    ];
  }
  // What the image alone says is found where the image is made.
  if (shell.place === null || word.source !== launch.source) return [];
  const stays = problemOf(ending, shell, isInit);
  return [
    {
      at: shell.place.span,
      // A shell that nobody here knows may put the last program in its own place.
      ...(shell.isSure ? {} : { severity: "info" }),
      message: `${nameOf(shell)} runs ${shown} ${shell.isSure ? stays : stays.replace("and stays", "and, where it stays").replace("it: signals", "it, signals")}.`,
      fix,
      ...(isExec ? editsOf(isSafe, launch, shell.place, program) : {}),
    },
  ];
}

/** What a shell is called: by its script, or by its own name. */
const nameOf = ({ script, word }: StayingShell) =>
  basename(script === null || script.path === word.source.path ? word.value : script.path);

/** An init that a shell starts as one of its commands. */
function initWithin(text: string): string | null {
  const statements = statementsOf(text) ?? [];
  const names = statements.map(({ words }) => words.find(({ raw }) => raw !== "exec")?.value ?? "");
  return names.find((name) => initNamed(name) !== null) ?? null;
}

/**
 * `exec` in a word of the launch, where the file has it as it is; and the platform's init first, where the program is deaf
 * without.
 */
function editsOf(
  isSafe: boolean,
  launch: Launch,
  place: NonNullable<StayingShell["place"]>,
  program: ShellWord,
): { edits?: Edit[] } {
  const written = launch.source.slice(place.span);
  const quote = /^["']/.test(written) ? 1 : 0;
  if (written.slice(quote, written.length - quote) !== place.value) return {};
  const exec = { offset: place.span.offset + quote + program.offset, length: 0, text: "exec " };
  const line = isSafe ? null : initLine(launch);
  return isSafe ? { edits: [exec] } : line === null ? {} : { edits: [line, exec] };
}

export const scriptWithoutExec: Rule = {
  name: "script-without-exec",
  severity: "warning",
  summary: "an entry script or sh -c that keeps the program as a child: signals end at the shell",
  check,
};
