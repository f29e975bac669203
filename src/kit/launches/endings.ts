/**
 * How a shell's commands end: in which of them the shell is while the program runs, and what it does with a signal then.
 *
 * Seen by running each as PID 1 and behind an init (test/processes/endings.test.ts): a trap is run only when the command in
 * the foreground has ended, `wait` returns for it at once, and without a trap a signal does nothing to PID 1.
 */
import type { ShellWord, Statement } from "./shell.ts";
import { allStatements } from "./shell.ts";

/** A place where the shell stays. */
export interface Ending {
  /**
   * "exec": the shell is gone. "foreground": it waits for a command. "piped": the same, of a pipe's. "repeated": the same, in a
   * loop. "waiting": `wait` for commands in the background.
   */
  readonly kind: "exec" | "foreground" | "piped" | "repeated" | "waiting";
  /** The command; of "waiting" that in the background. */
  readonly statement: Statement;
  /** It is in a branch, or in a function: other ways lead past it. */
  readonly isBranch: boolean;
  /** Of "repeated": nothing ends the loop but what is in it. */
  readonly isEndless: boolean;
  /** Nothing but `exit` follows: `exec` in front of it changes nothing else. */
  readonly isLast: boolean;
}

/** What is done at SIGTERM. */
export interface Traps {
  /** A command is set for it, or may be. */
  readonly hasTerm: boolean;
  /** One is set for the shell's own end: bash runs it at SIGTERM too, without waiting for the command in the foreground. */
  readonly hasExit: boolean;
}

/** Commands behind the one that matters: they take no time. */
const TRIVIAL = new Set(["exit", "return", "true", ":", "echo", "printf", "kill", "rm", "unset", "set", "break", "}"]);

/** Deeper than this no function calls another. */
const DEEPEST = 8;

const nameOf = ({ words }: Statement): string | null => words[0]?.value ?? null;

/** What traps a script sets, wherever it does. */
export function trapsOf(statements: readonly Statement[]): Traps {
  let hasTerm = false;
  let hasExit = false;
  for (const statement of allStatements(statements)) {
    if (nameOf(statement) !== "trap") continue;
    const [action, ...signals] = statement.words.slice(1).filter(({ value }) => value !== "--");
    // Without a command, or with an empty one, it is taken away or ignored.
    if (action === undefined || /^(?:-|-[lp])?$/.test(action.value ?? "x")) continue;
    const isOf = (pattern: RegExp) => signals.some(({ value }) => value === null || pattern.test(value));
    hasTerm ||= isOf(/^(?:(?:SIG)?TERM|15)$/i);
    hasExit ||= isOf(/^(?:EXIT|0)$/i);
  }
  return { hasTerm, hasExit };
}

/** The lists of a compound command in one of which it ends: not its conditions. */
function bodies({ keyword, lists }: Statement): readonly (readonly Statement[])[] {
  if (keyword !== "if") return lists;
  // A condition and its commands in turns; `else` has none.
  return lists.filter((_list, index) => index % 2 === 1 || (index === lists.length - 1 && index > 0));
}

/** Looks for endings, from the last command back. */
class Finder {
  private readonly functions = new Map<string, Statement>();
  private readonly background: Statement[];

  constructor(statements: readonly Statement[]) {
    const all = [...allStatements(statements)];
    for (const one of all) if (one.type === "function") this.functions.set(one.name, one);
    this.background = all.filter(
      ({ type, separator, words }) => type === "simple" && separator === "&" && words.length > 0,
    );
  }

  find(list: readonly Statement[], isBranch: boolean, depth: number): Ending[] {
    let isLast = true;
    for (let index = list.length - 1; index >= 0; index--) {
      const statement = list[index];
      if (statement === undefined || statement.type === "function") continue;
      const name = nameOf(statement);
      if (statement.type === "simple" && (name === null ? statement.words.length === 0 : TRIVIAL.has(name))) {
        isLast &&= name === "exit" || name === "return" || name === null;
        continue;
      }
      // Started and left alone: what comes before it matters no more.
      if (statement.separator === "&") return [];
      const isPiped = list[index - 1]?.separator === "|";
      const found = this.of(statement, isPiped ? this.pipe(list, index) : null, isBranch, isLast, depth);
      if (found.length > 0) return found;
      // A condition that holds for nothing leads back to what was before it.
      if (statement.type !== "compound" || statement.keyword === "[[") return [];
      isLast = false;
    }
    return [];
  }

  /** The first command of the pipe that ends at an index. */
  private pipe(list: readonly Statement[], index: number): Statement | null {
    let at = index;
    while (at > 0 && list[at - 1]?.separator === "|") at--;
    return list[at] ?? null;
  }

  private of(
    statement: Statement,
    first: Statement | null,
    isBranch: boolean,
    isLast: boolean,
    depth: number,
  ): Ending[] {
    if (first !== null) {
      return first.type === "simple"
        ? [{ kind: "piped", statement: first, isBranch, isEndless: false, isLast: false }]
        : [];
    }
    if (statement.type === "simple") {
      const name = nameOf(statement);
      if (name === "exec")
        return statement.words.length > 1 ? [{ kind: "exec", statement, isBranch, isEndless: false, isLast }] : [];
      if (name === "wait") {
        return this.background.map((one) => ({
          kind: "waiting",
          statement: one,
          isBranch,
          isEndless: false,
          isLast: false,
        }));
      }
      const called = name === null ? undefined : this.functions.get(name);
      if (called === undefined) return [{ kind: "foreground", statement, isBranch, isEndless: false, isLast }];
      return depth >= DEEPEST ? [] : called.lists.flatMap((list) => this.find(list, true, depth + 1));
    }
    if (/^(?:for|while|until|select)$/.test(statement.keyword)) return this.repeated(statement, isBranch);
    const isChoice = statement.keyword === "if" || statement.keyword === "case";
    return depth >= DEEPEST
      ? []
      : bodies(statement)
          .flatMap((list) => this.find(list, isBranch || isChoice, depth + 1))
          .map((ending) => (isLast && statement.keyword !== "(" ? ending : { ...ending, isLast: false }));
  }

  /** All that a loop runs. */
  private repeated(statement: Statement, isBranch: boolean): Ending[] {
    const inside = [...allStatements(statement.lists.at(-1) ?? [])];
    if (inside.some((one) => nameOf(one) === "exec" && one.words.length > 1)) return [];
    return inside
      .filter(({ type, separator, words }) => type === "simple" && separator !== "&" && words.length > 0)
      .map((one) => ({ kind: "repeated", statement: one, isBranch, isEndless: isEndless(statement), isLast: false }));
  }
}

/** Whether a loop's condition always holds: `while true`, `while sleep 60`, `while inotifywait /conf`, `until false`. */
function isEndless({ keyword, lists }: Statement): boolean {
  const [condition = []] = lists;
  const [only, ...others] = condition;
  if (lists.length < 2 || only === undefined || others.length > 0) return false;
  const name = nameOf(only);
  if (keyword === "until") return name === "false";
  if (keyword !== "while") return false;
  const said = only.words.map(({ raw }) => raw).join(" ");
  return (
    name === "true" ||
    name === ":" ||
    /^(?:sleep|inotifywait)$/.test(name ?? "") ||
    /^\[ (?:1|-n \S+|1 = 1|1 -eq 1) \]$/.test(said)
  );
}

/** The places where a shell may stay while its program runs. */
export function endingsOf(statements: readonly Statement[]): Ending[] {
  return new Finder(statements).find(statements, false, 0);
}

/** Whether a shell stays whichever it is: no shell puts a command of a loop, or `wait`, in its own place. */
export function staysForSure(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  if (last === undefined) return false;
  return /^(?:for|while|until|select)$/.test(last.keyword) || nameOf(last) === "wait";
}

/** The words of a command, with `exec` taken away. */
export function wordsOfEnding({ kind, statement }: Ending): readonly ShellWord[] {
  return kind === "exec" ? statement.words.slice(1) : statement.words;
}
