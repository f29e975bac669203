/** Options of `docker create`, as GitHub's jobs give them to their containers. */
import type { Located } from "../finding.ts";
import type { Launch, Word } from "./launch.ts";
import { execCommand } from "./words.ts";
import { dockerSize } from "./quantities.ts";

/** What the options set of a launch. */
export function dockerOptions(words: readonly Word[]): Partial<Launch> {
  const set: { -readonly [Key in keyof Launch]?: Launch[Key] } = {};
  const limits = { memory: null as Located<number> | null, cpus: null as Located<number> | null, processes: null };
  const environment = new Map<string, Located<string | null>>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined) break;
    const equals = word.value.startsWith("--") ? word.value.indexOf("=") : -1;
    const name = equals < 0 ? word.value : word.value.slice(0, equals);
    /** The value and its word; the next one where it is not attached. */
    const value = (): Located<string> =>
      equals >= 0 ? { value: word.value.slice(equals + 1), span: word.span } : (words[++at] ?? word);
    switch (name) {
      case "--init":
        set.platformInit = { value: equals < 0 || word.value.slice(equals + 1) !== "false", span: word.span };
        break;
      case "--privileged":
        set.writableCgroups = word.span;
        break;
      case "--security-opt": {
        const option = value();
        if (/^writable-cgroups[=:]true$/.test(option.value)) set.writableCgroups = option.span;
        break;
      }
      case "--pid": {
        const mode = value();
        if (/^(?:host$|container:)/.test(mode.value)) set.sharedProcesses = { value: true, span: mode.span };
        break;
      }
      case "--stop-signal":
        set.stopSignal = value();
        break;
      case "--stop-timeout": {
        const timeout = value();
        set.grace = { value: Number(timeout.value) * 1000, span: timeout.span };
        break;
      }
      case "-m":
      case "--memory": {
        const limit = value();
        const bytes = dockerSize(limit.value);
        if (bytes !== null) limits.memory = { value: bytes, span: limit.span };
        break;
      }
      case "--cpus": {
        const limit = value();
        if (Number(limit.value) > 0) limits.cpus = { value: Number(limit.value), span: limit.span };
        break;
      }
      case "-e":
      case "--env": {
        const assignment = value();
        const [, variable, text] = /^([^=]+)(?:=(.*))?$/s.exec(assignment.value) ?? [];
        if (variable !== undefined) environment.set(variable, { value: text ?? null, span: assignment.span });
        break;
      }
      case "--entrypoint": {
        const program = value();
        set.entrypoint = execCommand([program], program.span, program.span);
        break;
      }
    }
  }
  return { ...set, limits, environment };
}
