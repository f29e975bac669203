import { basename } from "node:path";
import type { Edit } from "../finding.ts";
import { hasNoShell } from "../launches/contents.ts";
import { knownImage } from "../launches/images.ts";
import { tellApart } from "../launches/inits.ts";
import type { Command, Launch } from "../launches/launch.ts";
import { type Statement, statementsOf } from "../launches/shell.ts";
import { replacesItself, SHELL_NAME, shellNamed } from "../launches/shells.ts";
import { isSafeBehind, running } from "../launches/running.ts";
import type { Context } from "../workspace.ts";
import { endsByItself } from "../launches/programs.ts";
import { hasExpression } from "../launches/templates.ts";
import type { Problem, Rule } from "./rule.ts";

/** What the shell does itself; there need be no file of the name. */
export const BUILTINS = new Set(
  ": . alias bg break cd command continue declare eval exec exit export fg getopts hash jobs let local read readonly return set shift shopt source times trap type typeset ulimit umask unalias unset wait".split(
    " ",
  ),
);

/** The text as a JSON list, where the shell adds nothing: one command, its words all known. */
function asList(statements: readonly Statement[]): string | null {
  const [only, ...others] = statements;
  if (only?.type !== "simple" || others.length > 0 || only.isRedirected || only.hasAssignments) return null;
  if (only.separator === "&") return null;
  const words = only.words.map(({ value }) => value);
  if (words.length === 0 || words.some((word) => word === null) || BUILTINS.has(words[0] ?? "")) return null;
  return JSON.stringify(words).replaceAll('","', '", "');
}

/** The last command, where `exec` in front of it changes nothing but who is there: the shell or the program. */
function lastProgram(statements: readonly Statement[]): Statement | null {
  const last = statements.at(-1);
  const before = statements.at(-2);
  if (last?.type !== "simple" || last.separator === "&" || last.words.length === 0) return null;
  if (before?.separator === "|" || before?.separator === "||" || before?.separator === "&") return null;
  return BUILTINS.has(last.words.at(0)?.value ?? ":") ? null : last;
}

/** What a shell does itself, at once. */
const AT_ONCE = /^(?::|cd|exit|export|set|shift|umask|unset)$/;

/** Whether a command is over before a signal could matter. */
function isSoonDone({ type, words, separator, isFed }: Statement): boolean {
  const [first] = words;
  if (type !== "simple" || separator === "&" || first === undefined || first.value === null) return false;
  if (isFed) return true;
  const program = words.map(({ value, raw }) => ({ value: value ?? raw, span: { offset: 0, length: 0 } }));
  return AT_ONCE.test(first.value) || endsByItself(program);
}

/** The list that a text in single quotes was meant to be, or null. */
function listMeant(text: string): string | null {
  if (!/^\[\s*'[^']*'(?:\s*,\s*'[^']*')*\s*\]$/.test(text)) return null;
  return `[${[...text.matchAll(/'([^']*)'/g)].map(([, word]) => JSON.stringify(word)).join(", ")}]`;
}

/** Whether what gets CMD's words cannot tell a list from `/bin/sh -c TEXT`, or they are nobody's. */
function isListSafe(launch: Launch, isEntrypoint: boolean): boolean {
  // As a list, an entrypoint would get CMD's words, which the shell form drops.
  if (isEntrypoint) return launch.command === null;
  if (launch.entrypoint !== null) return tellApart(launch.entrypoint.words).program.length === 0;
  return knownImage(launch.image.name?.value ?? null)?.hasInit === false;
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function check(launch: Launch, context: Context, keyword: "ENTRYPOINT" | "CMD", command: Command): Problem[] {
  // As a list, a program that is deaf as PID 1 would be PID 1.
  const isSafe = isSafeBehind(running(launch, context), launch);
  const { script } = command;
  if (script === null || script.value === "") return [];
  const shell = command.words.slice(0, -1).map(({ value }) => value);
  const statements = statementsOf(script.value);
  // The usual way to have both the shell's variables and the program as PID 1.
  if (statements?.at(-1)?.words[0]?.value === "exec") return [];
  const first = shell[0] ?? "/bin/sh";
  const list = listMeant(script.value);
  if (list !== null) {
    return [
      {
        at: command.span,
        message: `${keyword} ${script.value} is no list to Docker, which wants double quotes: ${basename(first)} gets it as a command.`,
        fix: `Write it with double quotes: ${keyword} ${list}.`,
        edits: [{ ...command.span, text: list }],
      },
    ];
  }
  const said = script.value.length > 60 ? `${script.value.slice(0, 57)}...` : script.value;

  if (hasNoShell(launch)) {
    const words = asList(statements ?? []);
    return [
      {
        at: command.span,
        severity: "error",
        message: `${keyword} ${said} needs ${first}, and ${launch.image.name?.value ?? "the image"} has no shell: the container cannot start.`,
        fix: `Write it as a list: ${keyword} ${words ?? '["PROGRAM", "ARGUMENT"]'}.`,
        ...(words === null ? {} : { edits: [{ ...command.span, text: words }] }),
      },
    ];
  }

  if (statements?.every(isSoonDone) === true) return [];

  // Another shell than sh has rules of its own: powershell, cmd.
  const isPosix = SHELL_NAME.test(basename(first));
  const behind = isSafe ? "" : "Put an init in front, and ";
  const kind = shellNamed(first, launch, launch.image.name?.value ?? null);
  if (kind !== null && statements !== null && replacesItself(kind, statements)) return [];
  // Gone or not, the program is deaf then, which is told by itself.
  if (kind === null && isPosix && keyword === "ENTRYPOINT" && !isSafe) return [];
  const message =
    kind === null
      ? `${keyword} ${said} is the shell form: ${basename(first)} runs it, and one that stays in front of the program forwards no signal to it.`
      : `${keyword} ${said} is the shell form: ${basename(first)}${basename(first) === kind ? "" : ` (${kind})`} stays in front of the program, and forwards no signal to it.`;
  const severity = kind === null && isPosix ? ({ severity: "info" } as const) : {};
  const isPlain = shell.slice(1).every((word) => /^-[a-z]+$/.test(word)) || shell.length === 1;
  const words = isPosix && !hasExpression(script.value) ? asList(statements ?? []) : null;
  const last = isPosix ? lastProgram(statements ?? []) : null;
  if (words !== null) {
    const edits: Edit[] = [{ ...command.span, text: words }];
    return [
      {
        at: command.span,
        ...severity,
        message,
        fix: sentence(`${behind}write it as a list: ${keyword} ${words}.`),
        ...(isPlain && isListSafe(launch, keyword === "ENTRYPOINT") && isSafe ? { edits } : {}),
      },
    ];
  }
  if (last !== null) {
    // Variables that are set for it stand before exec.
    const at = last.words[0]?.offset ?? last.offset;
    const program = `${script.value.slice(last.offset, at)}exec ${script.value.slice(at, last.end)}`;
    const fix = sentence(`${behind}let the shell be replaced by the program: ${program}.`);
    return [{ at: command.span, ...severity, message, fix }];
  }
  return [
    {
      at: command.span,
      ...severity,
      message,
      fix: `Put the commands into a script that ends in exec PROGRAM, and write ${keyword} ["/SCRIPT"].`,
    },
  ];
}

export const shellForm: Rule = {
  name: "shell-form",
  severity: "warning",
  summary: "ENTRYPOINT or CMD in shell form: a shell stands between the init and the program",
  check: (launch, context) =>
    launch.platform === "dockerfile"
      ? [
          ...(launch.entrypoint === null ? [] : check(launch, context, "ENTRYPOINT", launch.entrypoint)),
          ...(launch.command === null ? [] : check(launch, context, "CMD", launch.command)),
        ]
      : [],
};
