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

/** The words behind those that only prepare the ground: `env A=b`, `gosu USER`, `nice -n 5`. */
export function withoutWrappers<Kind extends Word>(words: readonly Kind[]): readonly Kind[] {
  let rest = words;
  for (;;) {
    const [first, ...others] = rest;
    const wrapper = first === undefined ? undefined : REPLACING[basename(first.value)];
    if (first === undefined || wrapper === undefined) return rest;
    let at = 0;
    let operands = wrapper.operands ?? 0;
    for (; at < others.length; at++) {
      const word = others[at]?.value ?? "";
      if (word === "--") continue;
      if (word.startsWith("-")) {
        if (wrapper.withValue?.includes(word) === true) at++;
      } else if (basename(first.value) === "env" && /^\w+=/.test(word)) continue;
      else if (operands > 0) operands--;
      else break;
    }
    if (at >= others.length) return rest;
    rest = others.slice(at);
  }
}
