/** What is known of programs: which put others in their own place, which are deaf as PID 1, which end by themselves. */
import { basename } from "node:path";
import type { Severity } from "../finding.ts";
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

/** Why a program should not be PID 1; follows its name. */
export interface Reason {
  readonly text: string;
  readonly severity?: Severity;
  /** SIGTERM stops it in good order. */
  readonly isStoppable: boolean;
}

/** It has no handler that ends it, and the kernel gives PID 1 no default action. */
const DEAF: Reason = { text: "has no default action for SIGTERM as PID 1, and reaps no orphans", isStoppable: false };
/** What becomes of a signal differs by their versions: today's npm ends with 1 at SIGTERM, whatever the program would end with. */
const MANAGER: Reason = {
  text: "stands between SIGTERM and the program, loses the program's exit code, and reaps no orphans",
  isStoppable: false,
};
/** It handles SIGTERM itself; what its children leave behind is all that goes wrong. */
const JAVA: Reason = {
  text: "stops at SIGTERM, but reaps no process that it did not start, so that what its children leave behind stays as zombies",
  severity: "info",
  isStoppable: true,
};
const CROWD: Reason = {
  text: "starts a crowd of programs, and reaps none that they leave behind",
  isStoppable: true,
};
const SUPERVISORD: Reason = {
  text: "reaps what it can, once a second, but its exit code tells nothing of the programs that it starts",
  severity: "info",
  isStoppable: true,
};

/** By the last part of the program's path. test/processes/deaf.test.ts runs node, python, tail, sleep and cat as PID 1. */
const REASONS: readonly (readonly [RegExp, Reason])[] = [
  [/^(?:node|nodejs|deno|bun|ts-node|tsx|nodemon)$/, DEAF],
  [/^(?:npm|npx|yarn|yarnpkg|pnpm|pnpx)$/, MANAGER],
  [/^(?:python|pypy)[\d.]*$/, DEAF],
  [/^(?:tail|sleep|cat)$/, DEAF],
  // Programs of Python and of Node by their own names.
  [/^(?:flask|ng|vite|next|nuxt|http-server|serve|jupyter|jupyter-lab|jupyter-notebook|streamlit)$/, DEAF],
  [/^java$/, JAVA],
  [/^(?:pm2|pm2-runtime|pm2-docker|foreman|honcho|concurrently|npm-run-all|run-p|overmind|hivemind|goreman)$/, CROWD],
  [/^supervisord$/, SUPERVISORD],
];

/** Programs that an image is made to be built on with: with nothing to run, they are nobody's service. */
const INTERPRETERS = /^(?:node|nodejs|deno|bun|java|(?:python|pypy)[\d.]*)$/;

/** Why a program should not be PID 1; null where nothing is known. */
export function reasonAgainst(program: readonly Word[]): Reason | null {
  const [first, ...others] = program;
  const name = basename(first?.value ?? "");
  const found = REASONS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
  if (found !== null && others.length === 0 && INTERPRETERS.test(name)) return { ...found, severity: "info" };
  return found;
}

/** Programs that do one thing and end: what ends in one of them is no service. */
const SHORT = new Set(
  (
    "aws cat chgrp chmod chown cp curl cut date df docker du echo env eslint false find flake8 gcloud git grep gsutil head " +
    "id install jest jq kubectl ln ls mkdir mktemp mount mv mypy mysqldump openssl pg_dump pip pip3 prettier printf " +
    "pwd pylint pytest restic rm rsync scp sed sort ssh stat tar tee terraform test touch tox tr true tsc umount uname " +
    "vitest wc wget which xargs zip ["
  ).split(" "),
);

/** What package managers and interpreters are told to do that ends by itself. */
const SHORT_VERBS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^(?:npm|yarn|yarnpkg|pnpm)$/,
    /^(?:(?:run |run-script )?(?:test|lint|build|ci|check|format|typecheck|coverage|migrate)(?:[:\s]|$)|t$|ci$|install\b|publish\b|audit\b)/,
  ],
  [/^(?:go|cargo|dotnet)$/, /^(?:test|build|vet|publish|fmt|clippy)\b/],
  [/^(?:mvnw?|gradlew?)$/, /^(?:test|verify|package|build|check|install|clean)\b/],
  [/^make$/, /^(?:test|check|build|lint|all|install|clean)\b/],
  [
    /^(?:python|pypy)[\d.]*$/,
    /^-m (?:pytest|unittest|pip|build|mypy|flake8|black)\b|^(?:manage\.py|\S*\/manage\.py) (?:migrate|test|collectstatic|check)\b/,
  ],
];

/** Whether a program is known to end by itself: signals do not matter to it. */
export function endsByItself(program: readonly Word[]): boolean {
  const [first, ...others] = program;
  const name = basename(first?.value ?? "");
  // With nothing to read from, it is there to stay.
  if (name === "cat" && others.length === 0) return false;
  const said = others
    .map(({ value }) => value)
    .slice(0, 8)
    .join(" ");
  return SHORT.has(name) || SHORT_VERBS.some(([pattern, verb]) => pattern.test(name) && verb.test(said));
}
