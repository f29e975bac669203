/**
 * As much of the shell's language as is needed to see which program a script ends in. Where it is not sure, it says null,
 * and the rules say nothing.
 */

/** One word, as written. */
export interface ShellWord {
  /** As written, quotes and all. */
  readonly raw: string;
  /** What the program gets; null where the shell puts something in. */
  readonly value: string | null;
  /** Where it stands in the script. */
  readonly offset: number;
}

/** A command between separators. */
export interface Statement {
  /** "simple" is a program with its words; the others end where their keyword's partner stands. */
  readonly type: "simple" | "compound" | "function";
  /** Of a function: what calls it; else empty. */
  readonly name: string;
  /** Assignments in front are not among them, nor are redirections. */
  readonly words: readonly ShellWord[];
  readonly offset: number;
  readonly end: number;
  /** What follows: ";" (a line feed too), "&", "&&", "||", "|", or "" at the end. */
  readonly separator: string;
  readonly isRedirected: boolean;
  readonly hasAssignments: boolean;
}

type Token =
  | { readonly type: "word"; readonly word: ShellWord; readonly end: number }
  | { readonly type: "operator"; readonly text: string; readonly offset: number; readonly end: number };

/** The end of `$(...)`, `${...}`, backticks or quotes that start at `at`; throws where there is none. */
function endOfQuoted(text: string, at: number): number {
  const closing = { "'": "'", '"': '"', "`": "`", "(": ")", "{": "}" }[text.charAt(at)];
  for (let index = at + 1; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === closing) return index + 1;
    if (closing === "'") continue;
    if (character === "\\") index++;
    else if (character === "$" && /[({]/.test(text.charAt(index + 1))) index = endOfQuoted(text, index + 1) - 1;
    else if (closing === '"' && character !== "`") continue;
    else if (/['"`(]/.test(character)) index = endOfQuoted(text, index) - 1;
  }
  throw new SyntaxError("not closed");
}

function readWord(text: string, start: number): ShellWord {
  let value: string | null = "";
  let at = start;
  const add = (piece: string | null) => (value = value === null || piece === null ? null : value + piece);
  while (at < text.length) {
    const character = text.charAt(at);
    if (/[\s;&|<>()]/.test(character)) break;
    if (character === "\\") {
      if (text.charAt(at + 1) !== "\n") add(text.charAt(at + 1));
      at += 2;
    } else if (character === "'") {
      const end = endOfQuoted(text, at);
      add(text.slice(at + 1, end - 1));
      at = end;
    } else if (character === '"') {
      const end = endOfQuoted(text, at);
      const inner = text.slice(at + 1, end - 1);
      add(/[$`]/.test(inner.replaceAll(/\\[$`]/g, "")) ? null : inner.replaceAll(/\\([$`"\\])/g, "$1"));
      at = end;
    } else if (character === "`") {
      add(null);
      at = endOfQuoted(text, at);
    } else if (character === "$") {
      const next = text.charAt(at + 1);
      const name = /^\w+|^[@*#?$!-]/.exec(text.slice(at + 1))?.[0] ?? "";
      if (/[({'"]/.test(next)) at = endOfQuoted(text, at + 1);
      else at += 1 + name.length;
      add(name === "" && !/[({'"]/.test(next) ? "$" : null);
    } else {
      // The shell would put the names of files in.
      add(/[*?[~]/.test(character) && !(character === "~" && at > start) ? null : character);
      at++;
    }
  }
  return { raw: text.slice(start, at), value, offset: start };
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const documents: string[] = [];
  for (let at = 0; at < text.length;) {
    const rest = text.slice(at, at + 3);
    if (rest.startsWith("\\\n")) at += 2;
    else if (/^[ \t\r]/.test(rest)) at++;
    else if (rest.startsWith("#")) {
      const feed = text.indexOf("\n", at);
      at = feed < 0 ? text.length : feed;
    } else if (rest.startsWith("\n")) {
      tokens.push({ type: "operator", text: ";", offset: at, end: ++at });
      // Here-documents begin on the line after the one that names them.
      for (const mark of documents.splice(0)) {
        const end = new RegExp(`^\\t*${mark.replaceAll(/[^\w]/g, "\\$&")}$`, "m").exec(text.slice(at));
        if (end === null) throw new SyntaxError("a here-document without its end");
        at += end.index + end[0].length;
      }
    } else {
      const operator = /^(?:;;&?|;&|&&|\|\||\|&|<<-?|&>>?|>>|>&|<&|>\||<>|[;&|<>()])/.exec(rest)?.[0];
      if (operator === undefined) {
        const word = readWord(text, at);
        at += word.raw.length;
        tokens.push({ type: "word", word, end: at });
        continue;
      }
      tokens.push({ type: "operator", text: operator, offset: at, end: (at += operator.length) });
      if (operator.startsWith("<<")) {
        while (/[ \t]/.test(text.charAt(at))) at++;
        if (text.charAt(at) === "<") continue;
        const word = readWord(text, at);
        at += word.raw.length;
        documents.push(word.value ?? word.raw);
      }
    }
  }
  return tokens;
}

/** Keywords that open a compound command, and what closes each. */
const CLOSING: Record<string, string> = {
  if: "fi",
  for: "done",
  while: "done",
  until: "done",
  select: "done",
  case: "esac",
  "{": "}",
  "[[": "]]",
};

/** Keywords after which a command begins again. */
const GOING_ON = new Set(["then", "do", "else", "elif", "!", "time"]);

/** Steps over a compound command whose first token is at `at`; returns the index behind its last. */
function skipCompound(tokens: readonly Token[], at: number): number {
  const open: string[] = [];
  let isStart = true;
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    if (token.type === "operator") {
      if (token.text === "(") open.push(")");
      else if (token.text === ")") {
        // The ")" behind a pattern of `case` has no partner.
        if (open.at(-1) === ")") open.pop();
        else if (open.at(-1) !== "esac") throw new SyntaxError("a ) too many");
      }
      isStart = !/[<>]/.test(token.text);
    } else {
      const { raw } = token.word;
      if (raw === open.at(-1) && (isStart || raw === "]]")) open.pop();
      else if (isStart && open.at(-1) !== "]]" && Object.hasOwn(CLOSING, raw)) open.push(CLOSING[raw] ?? "");
      isStart = GOING_ON.has(raw) || raw === "in" || raw === "{";
    }
    if (open.length === 0) return index + 1;
  }
  throw new SyntaxError("a compound command without its end");
}

/**
 * The commands of a script at its top level, in order.
 *
 * @returns null where the script is not understood.
 */
export function statementsOf(text: string): Statement[] | null {
  try {
    return readStatements(text);
  } catch {
    return null;
  }
}

function readStatements(text: string): Statement[] {
  const tokens = tokensOf(text);
  const statements: Statement[] = [];
  for (let at = 0; at < tokens.length;) {
    const first = tokens[at];
    if (first === undefined) break;
    if (first.type === "operator" && first.text === ";") {
      at++;
      continue;
    }
    const offset = first.type === "word" ? first.word.offset : first.offset;
    const words: ShellWord[] = [];
    let type: Statement["type"] = "simple";
    let isRedirected = false;
    let hasAssignments = false;
    let name = "";
    let end = offset;
    let separator = "";
    while (at < tokens.length) {
      const token = tokens[at];
      if (token === undefined) break;
      if (token.type === "word") {
        const { raw } = token.word;
        if (words.length === 0 && type === "simple" && (Object.hasOwn(CLOSING, raw) || raw === "function")) {
          type = raw === "function" ? "function" : "compound";
          if (raw === "function") name = tokenText(tokens[at + 1]) ?? "";
          if (raw === "function") while (tokenText(tokens[at]) !== "{" && at < tokens.length) at++;
          at = skipCompound(tokens, at);
          end = tokens[at - 1]?.end ?? end;
          continue;
        }
        if (words.length === 0 && /^\w+\+?=/.test(raw)) hasAssignments = true;
        // `2>file`: the number belongs to the redirection.
        else if (!(/^\d+$/.test(raw) && isRedirection(tokens[at + 1]) && startOf(tokens[at + 1]) === token.end)) {
          words.push(token.word);
        }
        end = token.end;
        at++;
      } else if (isRedirection(token)) {
        isRedirected = true;
        const hasTarget = !token.text.startsWith("<<") && tokens[at + 1]?.type === "word";
        at += hasTarget ? 2 : 1;
        end = tokens[at - 1]?.end ?? end;
      } else if (token.text === "(") {
        if (words.length === 1 && tokenText(tokens[at + 1]) === ")") {
          type = "function";
          name = words[0]?.raw ?? "";
          at += 2;
          while (tokenText(tokens[at]) === ";") at++;
          at = skipCompound(tokens, at);
        } else if (words.length === 0) {
          type = "compound";
          at = skipCompound(tokens, at);
        } else throw new SyntaxError("a ( in the middle of a command");
        end = tokens[at - 1]?.end ?? end;
      } else {
        if (token.text === ")" || token.text.startsWith(";;")) throw new SyntaxError(`${token.text} without a partner`);
        separator = token.text;
        at++;
        break;
      }
    }
    statements.push({ type, name, words, offset, end, separator, isRedirected, hasAssignments });
    // `a &&` at the end of a line goes on below.
    while (/^(?:&&|\|\||\|)/.test(separator) && tokenText(tokens[at]) === ";") at++;
  }
  return statements;
}

function tokenText(token: Token | undefined): string | undefined {
  return token?.type === "word" ? token.word.raw : token?.text;
}

function startOf(token: Token | undefined): number | undefined {
  return token?.type === "word" ? token.word.offset : token?.offset;
}

function isRedirection(token: Token | undefined): boolean {
  return token?.type === "operator" && /[<>]/.test(token.text);
}
