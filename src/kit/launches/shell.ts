/**
 * As much of the shell's language as is needed to see which programs a script starts. Where it is not sure, it says null,
 * and the rules say nothing. One pass over the text, whatever is in it: POSIX's 2.3 (token recognition) and 2.10 (grammar).
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
  /** Of a compound: the word that opens it, `if`, `case`, `for`, `{`, `(` and others; else empty. */
  readonly keyword: string;
  /** Of a function: what calls it; else empty. */
  readonly name: string;
  /** Assignments in front are not among them, nor are redirections. */
  readonly words: readonly ShellWord[];
  /** Of a compound or a function: the commands inside, a list for each place where they stand (condition, branch, body). */
  readonly lists: readonly (readonly Statement[])[];
  readonly offset: number;
  readonly end: number;
  /** What follows: ";" (a line feed too), "&", "&&", "||", "|", or "" at the end. */
  readonly separator: string;
  readonly isRedirected: boolean;
  /** A here-document is its input: it ends when it has read that. */
  readonly isFed: boolean;
  readonly hasAssignments: boolean;
}

type Token =
  | { readonly type: "word"; readonly word: ShellWord; readonly end: number }
  | { readonly type: "operator"; readonly text: string; readonly offset: number; readonly end: number };

/** Deeper than this nobody nests commands or quotes by hand. */
const DEEPEST = 200;

/** What closes what a character opens, in words and between them. */
const CLOSES: Readonly<Record<string, string>> = { "'": "'", '"': '"', "`": "`", "(": ")", "{": "}" };

/** The next character that means something within quotes or a substitution. */
const MEANING = /['"`\\$(){}]/g;

/** The end of `$(...)`, `${...}`, backticks or quotes that start at `at`; throws where there is none. */
function endOfQuoted(text: string, at: number): number {
  const open = [CLOSES[text.charAt(at)] ?? ""];
  for (let from = at + 1; ;) {
    MEANING.lastIndex = from;
    const index = MEANING.exec(text)?.index;
    if (index === undefined) throw new SyntaxError("not closed");
    from = index + 1;
    const character = text.charAt(index);
    const closing = open.at(-1);
    if (character === closing) {
      open.pop();
      if (open.length === 0) return from;
    } else if (closing === "'") continue;
    else if (character === "\\") from++;
    else if (character === "$" && /[({]/.test(text.charAt(from))) open.push(CLOSES[text.charAt(from++)] ?? "");
    else if (closing === '"' ? character === "`" : /['"`(]/.test(character)) open.push(CLOSES[character] ?? "");
    if (open.length > DEEPEST) throw new SyntaxError("nested too deep");
  }
}

/** Characters of a word that stand for themselves. The shell's own blanks end a word, and no others: no-break spaces do not. */
const PLAIN = /[^ \t\r\n;&|<>()\\'"`$*?[~]+/y;
const NAME = /\w+|[@*#?$!-]/y;

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** Reads one word; what is at `start` begins one, so that it is never empty. */
function readWord(text: string, start: number): ShellWord {
  const pieces: string[] = [];
  let isKnown = true;
  let at = start;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/[ \t\r\n;&|<>()]/.test(character)) break;
    const plain = matchAt(PLAIN, text, at);
    if (plain !== "") {
      pieces.push(plain);
      at += plain.length;
    } else if (character === "\\") {
      if (text.charAt(at + 1) !== "\n") pieces.push(text.charAt(at + 1));
      at = Math.min(at + 2, text.length);
    } else if (character === "'") {
      const end = endOfQuoted(text, at);
      pieces.push(text.slice(at + 1, end - 1));
      at = end;
    } else if (character === '"') {
      const end = endOfQuoted(text, at);
      const inner = text.slice(at + 1, end - 1);
      if (/[$`]/.test(inner.replaceAll(/\\[\\$`]/g, ""))) isKnown = false;
      pieces.push(inner.replaceAll(/\\([$`"\\]|\n)/g, (_all, one: string) => (one === "\n" ? "" : one)));
      at = end;
    } else if (character === "`") {
      isKnown = false;
      at = endOfQuoted(text, at);
    } else if (character === "$") {
      if (/[({'"]/.test(text.charAt(at + 1))) {
        isKnown = false;
        at = endOfQuoted(text, at + 1);
      } else {
        const name = matchAt(NAME, text, at + 1);
        if (name === "") pieces.push("$");
        else isKnown = false;
        at += 1 + name.length;
      }
    } else {
      // The shell would put the names of files in.
      if (character === "~" && at > start) pieces.push(character);
      else isKnown = false;
      at++;
    }
  }
  return { raw: text.slice(start, at), value: isKnown ? pieces.join("") : null, offset: start };
}

const OPERATOR = /;;&?|;&|&&|\|\||\|&|<<-?|&>>?|>>|>&|<&|>\||<>|[;&|<>()]/y;
const COMMENT = /#[^\n]*/y;
const BLANKS = /(?:[ \t\r]|\\\n)+/y;

/** The place behind a here-document that begins at `at`. */
function endOfDocument(text: string, at: number, mark: string): number {
  for (let start = at; start <= text.length;) {
    const feed = text.indexOf("\n", start);
    const end = feed < 0 ? text.length : feed;
    if (text.slice(start, end).replace(/^\t+/, "").replace(/\r$/, "") === mark) return end;
    if (feed < 0) break;
    start = feed + 1;
  }
  throw new SyntaxError("a here-document without its end");
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const documents: string[] = [];
  for (let at = 0; at < text.length;) {
    const character = text.charAt(at);
    const skipped = matchAt(BLANKS, text, at) || (character === "#" ? matchAt(COMMENT, text, at) : "");
    if (skipped !== "") at += skipped.length;
    else if (character === "\n") {
      tokens.push({ type: "operator", text: ";", offset: at, end: ++at });
      // Here-documents begin on the line after the one that names them.
      for (const mark of documents.splice(0)) at = endOfDocument(text, at, mark);
    } else {
      const operator = matchAt(OPERATOR, text, at);
      if (operator === "") {
        const word = readWord(text, at);
        at += word.raw.length;
        tokens.push({ type: "word", word, end: at });
        continue;
      }
      tokens.push({ type: "operator", text: operator, offset: at, end: (at += operator.length) });
      if (operator.startsWith("<<")) {
        at += matchAt(BLANKS, text, at).length;
        if (text.charAt(at) === "<" || at >= text.length) continue;
        const word = readWord(text, at);
        at += word.raw.length;
        documents.push(word.value ?? word.raw);
      }
    }
  }
  return tokens;
}

/** Keywords that open a compound command. */
const OPENING = new Set(["if", "for", "while", "until", "select", "case", "{", "[["]);

const END = new Set<string>();

/** Reads the commands out of the tokens. */
class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  private get next(): Token | undefined {
    return this.tokens[this.at];
  }

  /** The text of a token: an operator's, or a word's as written. */
  private textAt(at: number): string | undefined {
    const token = this.tokens[at];
    return token?.type === "word" ? token.word.raw : token?.text;
  }

  private isOperator(text: string): boolean {
    return this.next?.type === "operator" && this.next.text === text;
  }

  private isWord(words: ReadonlySet<string>): boolean {
    return this.next?.type === "word" && words.has(this.next.word.raw);
  }

  /** Where what was read last ends. */
  private get end(): number {
    return this.tokens[this.at - 1]?.end ?? 0;
  }

  private skipLines(): void {
    while (this.isOperator(";")) this.at++;
  }

  /** Steps over one of these words. */
  private expect(words: ReadonlySet<string>): string {
    if (!this.isWord(words)) throw new SyntaxError(`${[...words].join(" or ")} is missing`);
    return this.textAt(this.at++) ?? "";
  }

  /** Commands, up to one of the words where a command would begin, to `)` or `;;`, or to the end. */
  list(until: ReadonlySet<string>): Statement[] {
    if (++this.depth > DEEPEST) throw new SyntaxError("nested too deep");
    const statements: Statement[] = [];
    for (;;) {
      this.skipLines();
      const { next } = this;
      if (next === undefined || this.isWord(until)) break;
      if (next.type === "operator" && (next.text === ")" || next.text.startsWith(";"))) break;
      statements.push(this.statement());
    }
    this.depth--;
    return statements;
  }

  private statement(): Statement {
    const { next } = this;
    const offset = next?.type === "word" ? next.word.offset : (next?.offset ?? 0);
    const made = {
      ...{ type: "simple" as Statement["type"], keyword: "", name: "", lists: [] as (readonly Statement[])[] },
      ...{ words: [] as ShellWord[], isRedirected: false, isFed: false, hasAssignments: false },
    };
    let end = offset;
    let separator = "";
    for (let token = this.next; token !== undefined; token = this.next) {
      const isStart = made.words.length === 0 && made.type === "simple";
      if (token.type === "word") {
        const { raw } = token.word;
        if (isStart && OPENING.has(raw))
          Object.assign(made, { type: "compound", keyword: raw, lists: this.compound() });
        else if (isStart && raw === "function") {
          this.at++;
          const name = this.next?.type === "word" ? this.next.word.raw : "";
          this.at++;
          if (this.isOperator("(") && this.textAt(this.at + 1) === ")") this.at += 2;
          Object.assign(made, { type: "function", name, lists: this.body() });
        } else {
          if (made.words.length === 0 && /^\w+\+?=/.test(raw)) made.hasAssignments = true;
          // `2>file`: the number belongs to the redirection.
          else if (!(/^\d+$/.test(raw) && this.isRedirection(this.at + 1) && this.startsAt(this.at + 1, token.end))) {
            made.words.push(token.word);
          }
          this.at++;
        }
      } else if (this.isRedirection(this.at)) {
        made.isRedirected = true;
        made.isFed ||= token.text.startsWith("<<");
        const hasTarget = !token.text.startsWith("<<") && this.tokens[this.at + 1]?.type === "word";
        this.at += hasTarget ? 2 : 1;
      } else if (token.text === "(") {
        if (made.type === "simple" && made.words.length === 1 && this.textAt(this.at + 1) === ")") {
          this.at += 2;
          Object.assign(made, { type: "function", name: made.words[0]?.raw ?? "", lists: this.body() });
        } else if (isStart) Object.assign(made, { type: "compound", keyword: "(", lists: this.subshell() });
        else throw new SyntaxError("a ( in the middle of a command");
      } else {
        if (token.text === ")" || token.text.startsWith(";;") || token.text === ";&") break;
        separator = token.text;
        this.at++;
        break;
      }
      ({ end } = this);
    }
    // `a &&` at the end of a line goes on below.
    if (/^(?:&&|\|\||\|&?)$/.test(separator)) this.skipLines();
    return { ...made, offset, end, separator: separator === "|&" ? "|" : separator };
  }

  /** What a function's name is followed by: a compound command. */
  private body(): (readonly Statement[])[] {
    this.skipLines();
    if (this.isOperator("(")) return this.subshell();
    if (!this.isWord(OPENING)) throw new SyntaxError("a function without a body");
    return this.compound();
  }

  private subshell(): (readonly Statement[])[] {
    this.at++;
    const list = this.list(END);
    if (!this.isOperator(")")) throw new SyntaxError(") is missing");
    this.at++;
    return [list];
  }

  /** A compound command, from its keyword to its end. */
  private compound(): (readonly Statement[])[] {
    const keyword = this.textAt(this.at++) ?? "";
    switch (keyword) {
      case "if":
        return this.branches();
      case "while":
      case "until": {
        const condition = this.list(DO);
        this.expect(DO);
        return [condition, this.upTo(DONE)];
      }
      case "for":
      case "select": {
        // `for ((i = 0; i < n; i++))` is bash's.
        while (this.next !== undefined && !this.isWord(DO)) this.at++;
        this.expect(DO);
        return [this.upTo(DONE)];
      }
      case "case":
        return this.cases();
      case "{":
        return [this.upTo(CLOSING_BRACE)];
      default:
        while (this.next !== undefined && !this.isWord(CLOSING_TEST)) this.at++;
        this.expect(CLOSING_TEST);
        return [];
    }
  }

  private upTo(words: ReadonlySet<string>): Statement[] {
    const list = this.list(words);
    this.expect(words);
    return list;
  }

  private branches(): (readonly Statement[])[] {
    const lists: (readonly Statement[])[] = [this.upTo(THEN)];
    for (;;) {
      lists.push(this.list(NEXT_BRANCH));
      const keyword = this.expect(NEXT_BRANCH);
      if (keyword === "fi") return lists;
      if (keyword === "elif") lists.push(this.upTo(THEN));
    }
  }

  private cases(): (readonly Statement[])[] {
    const lists: (readonly Statement[])[] = [];
    if (this.tokens[this.at++]?.type !== "word") throw new SyntaxError("case of nothing");
    this.skipLines();
    this.expect(IN);
    for (;;) {
      this.skipLines();
      if (this.isWord(ESAC)) break;
      if (this.isOperator("(")) this.at++;
      while (this.tokens[this.at]?.type === "word" || this.isOperator("|")) this.at++;
      if (!this.isOperator(")")) throw new SyntaxError("a pattern without )");
      this.at++;
      lists.push(this.list(ESAC));
      if (!(this.textAt(this.at)?.startsWith(";") ?? false)) break;
      this.at++;
    }
    this.expect(ESAC);
    return lists;
  }

  private isRedirection(at: number): boolean {
    const token = this.tokens[at];
    return token?.type === "operator" && /[<>]/.test(token.text);
  }

  private startsAt(at: number, offset: number): boolean {
    const token = this.tokens[at];
    return token?.type === "operator" && token.offset === offset;
  }

  /** All has been read. */
  get isDone(): boolean {
    return this.next === undefined;
  }
}

const DO = new Set(["do"]);
const DONE = new Set(["done"]);
const THEN = new Set(["then"]);
const NEXT_BRANCH = new Set(["elif", "else", "fi"]);
const IN = new Set(["in"]);
const ESAC = new Set(["esac"]);
const CLOSING_BRACE = new Set(["}"]);
const CLOSING_TEST = new Set(["]]"]);

/**
 * The commands of a script at its top level, in order.
 *
 * @returns null where the script is not understood.
 */
export function statementsOf(text: string): Statement[] | null {
  try {
    const parser = new Parser(tokensOf(text));
    const statements = parser.list(END);
    return parser.isDone ? statements : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** All commands of a list, those inside others too, in the order of the script. */
export function* allStatements(statements: readonly Statement[]): Generator<Statement> {
  for (const statement of statements) {
    yield statement;
    for (const list of statement.lists) yield* allStatements(list);
  }
}
