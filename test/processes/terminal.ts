/** A terminal with a shell on it, as users have it: typing, reading, and the foreground process group. */
import { launch, type Init, type Process } from "./namespace.ts";
import { until, type Output } from "./waiting.ts";

/** The shells that a terminal can run, with the options that make them interactive and plain. */
const shells = {
  bash: ["--norc", "--noprofile", "-i"],
  sh: ["-i"],
  zsh: ["-f", "-i", "+Z", "-o", "no_prompt_sp"],
};

/** The prompt of the shells in a `Terminal`. */
export const prompt = "PROMPT> ";

/** A program on its controlling terminal. */
export class Terminal {
  private readonly init: Init;

  private constructor(init: Init) {
    this.init = init;
  }

  /** Opens a terminal that runs this program (a path). The environment is this one and PATH, PS1 and TERM. */
  static async open(command: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Terminal> {
    const [binary, ...words] = command;
    if (binary === undefined) throw new Error("a terminal needs a program");
    const init = await launch({
      binary,
      arguments: words,
      // The launcher is the subreaper of what the program leaves behind, and kills it.
      as: "process",
      terminal: true,
      inherit: ["own-terminal"],
      environment: { PATH: "/usr/bin:/bin", PS1: prompt, TERM: "dumb", ...environment },
    });
    return new Terminal(init);
  }

  /** Opens a terminal with an interactive shell, and waits for its prompt. */
  static async shell(
    shell: keyof typeof shells,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Terminal> {
    const terminal = await Terminal.open([`/bin/${shell}`, ...shells[shell]], environment);
    await terminal.see(new RegExp(`${prompt}$`));
    return terminal;
  }

  /** The shell, or the other program that was started. */
  get pid(): number {
    return this.init.pid;
  }

  /** What the terminal shows, from the beginning. */
  get screen(): Output {
    return this.init.stdout;
  }

  /** Everything known about it, for a test's failure. */
  describe(): string {
    return [`--- screen:\n${this.screen.text}\n---`, ...this.processes().map((one) => JSON.stringify(one))].join("\n");
  }

  /** Types text without Enter. */
  type(text: string): void {
    this.init.write(text);
  }

  /** The present end of the screen's text: `see(pattern, mark)` finds later text. */
  get mark(): number {
    return this.screen.text.length;
  }

  /** Types a line and Enter. Returns where its echo ends, so that `see` finds only what came after it. */
  async enter(line: string): Promise<number> {
    const before = this.mark;
    this.type(`${line}\r`);
    await this.screen.match(/\n/, before, () => this.describe());
    return before + this.screen.text.slice(before).indexOf("\n") + 1;
  }

  /** Waits until the screen from `from` on matches. */
  async see(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return this.screen.match(pattern, from, () => this.describe());
  }

  /** Waits for the shell's prompt at the end of what came after `from`. */
  async prompts(from: number): Promise<void> {
    await this.see(new RegExp(`${prompt}$`), from);
  }

  /** Closes the other end: what happens when a connection breaks. */
  hangUp(): void {
    this.init.hangUp();
  }

  /** The shell and its descendants. */
  processes(): Process[] {
    return this.init.processes();
  }

  /** The process of that name, or undefined. */
  process(name: string): Process | undefined {
    return this.processes().find((one) => one.name === name);
  }

  /** Waits until the processes are as `wanted` says. */
  async sees(what: string, wanted: (processes: Process[]) => boolean): Promise<void> {
    await until(
      what,
      () => wanted(this.processes()),
      () => this.describe(),
    );
  }

  /** Waits until the process of that name is in the state of that letter. */
  async becomes(name: string, state: string): Promise<void> {
    await this.sees(`${name} is in state ${state}`, (all) =>
      all.some((one) => one.name === name && one.state === state),
    );
  }

  /** Which process group is in the foreground. */
  get foreground(): number {
    return this.processes()[0]?.foreground ?? -1;
  }

  /** Waits until the process of that name has the foreground. */
  async hasForeground(name: string): Promise<void> {
    await this.sees(`${name} has the foreground`, (all) =>
      all.some((one) => one.name === name && one.group === one.foreground),
    );
  }

  /** Ends everything that runs on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.init[Symbol.asyncDispose]();
  }
}
