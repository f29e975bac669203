/**
 * Which shell a name means in an image, and whether that shell replaces itself with the program.
 *
 * Found by running each as PID 1 (test/processes/shells.test.ts): bash 5 does so for the last command of a `-c` text,
 * busybox and zsh for more, dash never. None does so for the last command of a script file.
 */
import { basename } from "node:path";
import { knownImage } from "./images.ts";
import type { Launch } from "./launch.ts";
import { allStatements, type Statement } from "./shell.ts";

export type Shell = "bash" | "busybox" | "dash" | "zsh";

/** Names of shells. */
export const SHELL_NAME = /^(?:sh|ash|dash|bash|zsh|ksh|mksh)$/;

/** Package managers, which reveal the distribution of an unknown base image, and so its /bin/sh. */
const BY_PACKAGES: readonly (readonly [RegExp, Shell])[] = [
  [/\bapk\s+(?:-\S+\s+)*(?:add|upgrade|update)\b/, "busybox"],
  [/\b(?:apt|apt-get)\s+(?:-\S+\s+)*(?:install|update)\b/, "dash"],
  [/\b(?:yum|dnf|microdnf)\s+(?:-\S+\s+)*(?:install|update)\b/, "bash"],
];

/** Links that put another shell at /bin/sh, with a group for `bash` or `busybox`. */
const LINK =
  /\bln\s+(?:-\S+\s+)*(?:\/usr)?(?:\/bin\/)?(bash|dash|busybox|zsh)\s+(?:\/usr)?\/bin\/sh\b|dpkg-reconfigure\s+dash/;

/** What /bin/sh is in an image; null if that is unknown. */
function shOf(image: Launch | null, name: string | null): Shell | null {
  const steps = image?.image.steps ?? [];
  const runs = steps.filter(({ keyword }) => keyword === "RUN").map(({ text }) => text);
  const link = runs.map((text) => LINK.exec(text)).findLast((found) => found !== null);
  if (link !== undefined) return (link[1] as Shell | undefined) ?? null;
  const known = knownImage(name);
  if (known !== null) return known.shell;
  if (/(?::|-)alpine/.test(name ?? "")) return "busybox";
  return BY_PACKAGES.find(([pattern]) => runs.some((text) => pattern.test(text)))?.[1] ?? null;
}

/**
 * The shell that a word starts.
 *
 * @param image the launch whose Dockerfile builds the image; null if that is unknown.
 * @param name the image that it begins with.
 * @returns null if it is not a known shell.
 */
export function shellNamed(word: string, image: Launch | null, name: string | null): Shell | null {
  switch (basename(word)) {
    case "bash":
    case "dash":
    case "zsh":
      return basename(word) as Shell;
    case "ash":
      return "busybox";
    case "sh":
      return shOf(image, name);
    default:
      return null;
  }
}

/** Whether busybox and zsh replace themselves with the last command: a program, or a branch or a group that ends in one. */
function isLastBusyboxProgram(statement: Statement | undefined): boolean {
  if (statement === undefined || statement.separator === "&") return false;
  if (statement.type === "simple") return statement.words[0]?.raw !== "!";
  return (
    statement.type === "compound" &&
    statement.keyword !== "[[" &&
    !/^(?:for|while|until|select)$/.test(statement.keyword)
  );
}

/** Whether a shell replaces itself with the last program of a `-c` text. */
export function replacesItself(shell: Shell, statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  const before = statements.at(-2)?.separator;
  // A shell with a trap stays to run it.
  const hasTrap = [...allStatements(statements)].some(({ words }) => words[0]?.raw === "trap");
  if (shell === "dash" || hasTrap || before === "|") return false;
  if (shell === "busybox" || shell === "zsh") return isLastBusyboxProgram(last);
  if (last?.type !== "simple" || last.separator === "&" || last.isRedirected || last.words[0]?.raw === "!")
    return false;
  if (before === "&") return false;
  // In `a; b && c`, the last command is an AND list, for which the shell stays.
  if (before !== "&&" && before !== "||") return true;
  return statements.slice(0, -1).every(({ separator }) => separator === "&&" || separator === "||");
}
