/**
 * How a shell's commands end: at which of them the shell stays while the program runs, and what it does with a signal then.
 *
 * Found by running each as PID 1 and behind an init (test/processes/endings.test.ts): a trap runs only when the command in
 * the foreground has ended, `wait` returns for it at once, and without a trap a signal does nothing to PID 1.
 */
import type { ShellWord, Statement } from "./shell.ts";
import { allStatements } from "./shell.ts";

/** A command at which the shell stays. */
export interface Ending {
  /**
   * "exec": the shell is gone. "foreground": it waits for a command. "piped": for one of a pipe. "repeated": for one in a loop.
   * "waiting": `wait` for commands in the background.
   */
  readonly kind: "exec" | "foreground" | "piped" | "repeated" | "waiting";
  /** The command; for "waiting" the one in the background. */
  readonly statement: Statement;
  /** Whether it is in a branch or a function, and so may not run. */
  readonly isBranch: boolean;
  /** For "repeated": whether only its own commands can end the loop. */
  readonly isEndless: boolean;
  /** Whether nothing but `exit` follows, so that `exec` in front of it changes nothing else. */
  readonly isLast: boolean;
}

/** What the shell does at SIGTERM. */
export interface Traps {
  /** Whether a trap is set for it, or may be. */
  readonly hasTerm: boolean;
  /** Whether one is set for EXIT: bash runs it at SIGTERM too, without waiting for the command in the foreground. */
  readonly hasExit: boolean;
}

/** Commands that may follow the one that matters: they take no time. */
const TRIVIAL = new Set(["exit", "return", "true", ":", "echo", "printf", "kill", "rm", "unset", "set", "break", "}"]);

/** How deep calls of functions are followed. */
const DEEPEST = 8;

const nameOf = ({ words }: Statement): string | null => words[0]?.value ?? null;

/** The traps that a script sets anywhere. */
export function trapsOf(statements: readonly Statement[]): Traps {
  let hasTerm = false;
  let hasExit = false;
  for (const statement of allStatements(statements)) {
    if (nameOf(statement) !== "trap") continue;
    const [action, ...signals] = statement.words.slice(1).filter(({ value }) => value !== "--");
    // Without a command the trap is reset, with an empty one the signal is ignored.
    if (action === undefined || /^(?:-|-[lp])?$/.test(action.value ?? "x")) continue;
    const isOf = (pattern: RegExp) => signals.some(({ value }) => value === null || pattern.test(value));
    hasTerm ||= isOf(/^(?:(?:SIG)?TERM|15)$/i);
    hasExit ||= isOf(/^(?:EXIT|0)$/i);
  }
  return { hasTerm, hasExit };
}

/** The lists of a compound command in which it may end: not its conditions. */
function bodies({ keyword, lists }: Statement): readonly (readonly Statement[])[] {
  if (keyword !== "if") return lists;
  // Conditions and their commands alternate; `else` has no condition.
  return lists.filter((_list, index) => index % 2 === 1 || (index === lists.length - 1 && index > 0));
}

/** Looks for endings, from the last command backwards. */
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
      // A command in the background: those before it no longer matter.
      if (statement.separator === "&") return [];
      const isPiped = list[index - 1]?.separator === "|";
      const found = this.of(statement, isPiped ? this.pipe(list, index) : null, isBranch, isLast, depth);
      if (found.length > 0) return found;
      // A compound command without an ending in it may be passed by: look before it.
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

  /** All commands of a loop. */
  private repeated(statement: Statement, isBranch: boolean): Ending[] {
    const inside = [...allStatements(statement.lists.at(-1) ?? [])];
    if (inside.some((one) => nameOf(one) === "exec" && one.words.length > 1)) return [];
    return inside
      .filter(({ type, separator, words }) => type === "simple" && separator !== "&" && words.length > 0)
      .map((one) => ({ kind: "repeated", statement: one, isBranch, isEndless: isEndless(statement), isLast: false }));
  }
}

/** Whether a loop's condition is always met: `while true`, `while sleep 60`, `while inotifywait /conf`, `until false`. */
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

/** The commands at which a shell may stay while its program runs. */
export function endingsOf(statements: readonly Statement[]): Ending[] {
  return new Finder(statements).find(statements, false, 0);
}

/** Whether any shell would stay: none replaces itself with a command in a loop, or for `wait`. */
export function staysForSure(statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  if (last === undefined) return false;
  return /^(?:for|while|until|select)$/.test(last.keyword) || nameOf(last) === "wait";
}

/** The words of a command, without `exec`. */
export function wordsOfEnding({ kind, statement }: Ending): readonly ShellWord[] {
  return kind === "exec" ? statement.words.slice(1) : statement.words;
}
