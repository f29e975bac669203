/**
 * Dockerfiles that have yet to be filled in: Jinja and cookiecutter, Go's and jq's, ERB and EJS. What a place will have in
 * it is not known; all around it is.
 */
const CLOSERS: Readonly<Record<string, string>> = { "{{": "}}", "{%": "%}", "{#": "#}", "<%": "%>" };

/** The places of a text that are filled in later, in one pass. */
function* expressionsIn(text: string): Generator<{ readonly start: number; readonly end: number }> {
  const openers = /\{[{%#]|<%/g;
  const unclosed = new Set<string>();
  for (let found = openers.exec(text); found !== null; found = openers.exec(text)) {
    const [opener] = found;
    const closer = CLOSERS[opener] ?? "";
    const end = unclosed.has(closer) ? -1 : text.indexOf(closer, found.index + opener.length);
    if (end < 0) unclosed.add(closer);
    else {
      yield { start: found.index, end: end + closer.length };
      openers.lastIndex = end + closer.length;
    }
  }
}

/** A text with each such place as `change` has it. */
function withExpressions(text: string, change: (expression: string, start: number, end: number) => string): string {
  const pieces: string[] = [];
  let behind = 0;
  for (const { start, end } of expressionsIn(text)) {
    pieces.push(text.slice(behind, start), change(text.slice(start, end), start, end));
    behind = end;
  }
  return pieces.join("") + text.slice(behind);
}

/** Whether a text has a place that is filled in later. */
export function hasExpression(text: string): boolean {
  return /\{\{|\{%|<%/.test(text);
}

/** Each place as one word. */
export function withoutBlanksInExpressions(text: string): string {
  return hasExpression(text) ? withExpressions(text, (expression) => expression.replaceAll(/\s/g, "_")) : text;
}

/** What only says which of the lines around it stay, and brings none of its own. */
const CONTROL =
  /^(?:\{#|<%#|(?:\{\{|\{%|<%)[-~+]?\s*(?:[#/!)}]|(?:(?:end|else?|elsif|elif|if|unless|for|foreach|while|case|when|switch|with|range|set|assign|macro|block|filter|raw|define|def|import|from|autoescape|trim|do)(?:if|for|each|with|macro|block|filter|raw|set|unless|case|autoescape|trim)?\b)))/;

/**
 * The text without the lines that only say which of the others stay, and without all but the first of a place over several
 * lines; as long as it was, with blanks.
 */
export function withoutControlLines(text: string): string {
  if (!hasExpression(text)) return text;
  return withExpressions(text, (expression, start, end) => {
    let before = start;
    while (/[ \t]/.test(text.charAt(before - 1))) before--;
    let behind = end;
    while (/[ \t\r]/.test(text.charAt(behind))) behind++;
    const isWholeLine = /^\n?$/.test(text.charAt(before - 1)) && /^\n?$/.test(text.charAt(behind));
    if (!isWholeLine) return expression;
    const kept = CONTROL.test(expression) ? "" : (expression.split("\n", 1)[0] ?? "");
    return kept + expression.slice(kept.length).replaceAll(/[^\n]/g, " ");
  });
}

/** Whether what ENTRYPOINT or CMD will be is open: a list with places that are no words, or one of several texts. */
export function isOpenCommand(text: string): boolean {
  if (!hasExpression(text)) return false;
  return /^(?:\[|\{\{|\{%|<%)/.test(text) || /\{%|<%(?!=)/.test(text) || CONTROL.test(/\{\{.*/s.exec(text)?.[0] ?? "");
}
