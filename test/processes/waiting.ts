/**
 * Waiting for something to happen. A test never waits for time to pass: it names the event, the limit is generous, and when the
 * limit is reached the failure says what was seen instead.
 */
import { patience } from "../patience.ts";

/** How long an event may take on a quiet machine before the test fails: far more than needed. */
const LIMIT_MILLISECONDS = 20_000;

/** How often a state is polled that has no notification (a process's state in /proc). */
const lookMilliseconds = 3;

/** Resolves after the given time. Only for polling a state, never in the hope that something has happened. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Polls until `probe` returns something other than `undefined` or `false`, and returns that.
 * After `limit` milliseconds of a quiet machine, throws an error with `what` and the result of `context`.
 */
export async function until<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  context: () => string = () => "",
  limit: number = LIMIT_MILLISECONDS,
): Promise<T> {
  const start = Date.now();
  for (;;) {
    const seen = await probe();
    if (seen !== undefined && seen !== false) return seen;
    const waited = Date.now() - start;
    if (waited > patience(limit)) throw new Error(`waited ${waited} ms in vain until ${what}\n${context()}`);
    await pause(lookMilliseconds);
  }
}

/** Settles as `promise` does, or throws with `what` and `context` when the limit, as in `until`, is reached. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  context: () => string = () => "",
  limit: number = LIMIT_MILLISECONDS,
): Promise<T> {
  const start = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const look = (): void => {
      const waited = Date.now() - start;
      const left = patience(limit) - waited;
      if (left > 0) timer = setTimeout(look, left);
      else reject(new Error(`waited ${waited} ms in vain for ${what}\n${context()}`));
    };
    look();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Text that grows: the output of a process, or of a terminal. */
export class Output {
  text = "";
  /** Whether the text has ended. */
  closed = false;
  private readonly listeners = new Set<() => void>();

  /** Ends the text: all pending waits fail at once. */
  close(): void {
    this.closed = true;
    for (const listener of [...this.listeners]) listener();
  }

  /** Adds further text. */
  add(more: string): void {
    this.text += more;
    for (const listener of [...this.listeners]) listener();
  }

  /** The whole lines so far, without their ends. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /** Waits until at least `count` lines match `pattern`. */
  async count(pattern: RegExp, count: number, context: () => string = () => ""): Promise<void> {
    await until(
      `${count} lines match ${String(pattern)}`,
      () => this.lines.filter((line) => pattern.test(line)).length >= count,
      () => `--- the output so far:\n${this.text}\n--- end\n${context()}`,
    );
  }

  /**
   * Waits until the text from `from` on matches `pattern` and returns the match. The pattern sees whole and unfinished lines.
   */
  async match(pattern: RegExp, from = 0, context: () => string = () => ""): Promise<RegExpMatchArray> {
    const find = (): RegExpMatchArray | null => this.text.slice(from).match(pattern);
    const now = find();
    if (now) return now;
    let listener: (() => void) | undefined;
    const describe = () => `--- the output so far:\n${this.text.slice(from)}\n--- end\n${context()}`;
    const coming = new Promise<RegExpMatchArray>((resolve, reject) => {
      listener = () => {
        const found = find();
        if (found) resolve(found);
        else if (this.closed) reject(new Error(`the output ended without ${String(pattern)}\n${describe()}`));
      };
      this.listeners.add(listener);
      listener();
    });
    try {
      return await within(`output that matches ${String(pattern)}`, coming, describe);
    } finally {
      if (listener) this.listeners.delete(listener);
    }
  }
}
