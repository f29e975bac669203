/** The linter's assumptions about shells as PID 1, verified by running each of them. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { statementsOf } from "../../src/kit/launches/shell.ts";
import { replacesItself, type Shell } from "../../src/kit/launches/shells.ts";

/** What starts each of them. */
const SHELLS: readonly (readonly [Shell, readonly string[]])[] = [
  ["bash", ["bash"]],
  ["dash", ["dash"]],
  ["busybox", ["busybox", "sh"]],
  ["zsh", ["zsh", "-f"]],
];

/** Prints its own pid, 1 if it replaced the shell. */
const PROGRAM = "readlink /proc/self";

const TEXTS = [
  PROGRAM,
  `true; ${PROGRAM}`,
  `true\n${PROGRAM}`,
  `true && ${PROGRAM}`,
  `true && true && ${PROGRAM}`,
  `cd / && ${PROGRAM};`,
  `false || ${PROGRAM}`,
  `set -e; ${PROGRAM}`,
  `export A=b; ${PROGRAM}`,
  `A=b ${PROGRAM}`,
  `f() { :; }; f; ${PROGRAM}`,
  `true | true; ${PROGRAM}`,
  `cd /; true && ${PROGRAM}`,
  `${PROGRAM} 2>/dev/null`,
  `trap : TERM; ${PROGRAM}`,
  `if true; then ${PROGRAM}; fi`,
  `case a in a) ${PROGRAM};; esac`,
  `(${PROGRAM})`,
  `{ ${PROGRAM}; }`,
  `${PROGRAM} | cat`,
  `true & ${PROGRAM}`,
];

const has = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Runs a shell as PID 1 of a namespace of its own. @returns what it prints. */
function asPid1(words: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(
    "unshare",
    ["--pid", "--fork", "--mount-proc", "--kill-child", ...words],
    { encoding: "utf8", timeout: 30_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim();
}

describe.each(SHELLS.filter(([, [program = ""]]) => has(program)))("%s as PID 1", (shell, words) => {
  test.each(TEXTS)("-c %j replaces itself with the program exactly where the linter says so", (text) => {
    const isReplaced = asPid1([...words, "-c", text]) === "1";
    const isSaid = replacesItself(shell, statementsOf(text) ?? []);
    // The linter may miss one that does; it must never claim that of one that does not.
    if (!isReplaced) expect(isSaid).toBe(false);
    else if (!CAUTIOUS.test(text)) expect(isSaid).toBe(true);
  });
});

/** Where shells differ by their versions, the linter takes them for ones that stay. */
const CAUTIOUS = /\{ |true & /;
