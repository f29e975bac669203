/** What is known of programs: inits, wrappers, package managers. */
import { basename } from "node:path";
import type { Word } from "./launch.ts";

/** Programs that start another one in their own place, and how many words of their own stand before it. */
const REPLACING: Record<string, { readonly withValue?: readonly string[]; readonly operands?: number }> = {
  exec: { withValue: ["-a"] },
  env: { withValue: ["-u", "-C", "--unset", "--chdir"] },
  gosu: { operands: 1 },
  "su-exec": { operands: 1 },
  nice: { withValue: ["-n", "--adjustment"] },
  ionice: { withValue: ["-c", "-n"] },
  nohup: {},
  setpriv: {
    withValue: ["--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set", "--ambient-caps", "--securebits"],
  },
  stdbuf: { withValue: ["-i", "-o", "-e"] },
  "s6-setuidgid": { operands: 1 },
};

/** Where the words begin that come behind those that only prepare the ground: `env A=b`, `gosu USER`, `nice -n 5`. */
export function behindWrappers(words: readonly Word[], start: number): number {
  for (let from = start; ;) {
    const name = basename(words[from]?.value ?? "");
    const wrapper = Object.hasOwn(REPLACING, name) ? REPLACING[name] : undefined;
    if (wrapper === undefined) return from;
    let at = from + 1;
    let operands = wrapper.operands ?? 0;
    for (; at < words.length; at++) {
      const word = words[at]?.value ?? "";
      if (word === "--") continue;
      if (word.startsWith("-")) {
        if (wrapper.withValue?.includes(word) === true) at++;
      } else if (name === "env" && /^\w+=/.test(word)) continue;
      else if (operands > 0) operands--;
      else break;
    }
    if (at >= words.length) return from;
    from = at;
  }
}

/** The words behind those that only prepare the ground. */
export function withoutWrappers<Kind extends Word>(words: readonly Kind[]): readonly Kind[] {
  return words.slice(behindWrappers(words, 0));
}
