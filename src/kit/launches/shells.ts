/**
 * Which shell a name stands for in an image, and whether that shell puts the program in its own place.
 *
 * Seen by running each as PID 1 (test/kit/shells.test.ts): bash 5 does so for the last command of a `-c` text, busybox and
 * zsh for more, dash never. None does for the last command of a script file.
 */
import { basename } from "node:path";
import { knownImage } from "./images.ts";
import type { Launch } from "./launch.ts";
import { allStatements, type Statement } from "./shell.ts";

export type Shell = "bash" | "busybox" | "dash" | "zsh";

/** Names of shells. */
export const SHELL_NAME = /^(?:sh|ash|dash|bash|zsh|ksh|mksh)$/;

/** What installs packages tells what a base is that nobody knows, and what /bin/sh is there. */
const BY_PACKAGES: readonly (readonly [RegExp, Shell])[] = [
  [/\bapk\s+(?:-\S+\s+)*(?:add|upgrade|update)\b/, "busybox"],
  [/\b(?:apt|apt-get)\s+(?:-\S+\s+)*(?:install|update)\b/, "dash"],
  [/\b(?:yum|dnf|microdnf)\s+(?:-\S+\s+)*(?:install|update)\b/, "bash"],
];

/** Links that put another shell at /bin/sh, with the shell behind `bash` or `busybox`. */
const LINK =
  /\bln\s+(?:-\S+\s+)*(?:\/usr)?(?:\/bin\/)?(bash|dash|busybox|zsh)\s+(?:\/usr)?\/bin\/sh\b|dpkg-reconfigure\s+dash/;

/** What /bin/sh is in an image; null where that is not known. */
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
 * @param image what the image is made by; null where that is not known.
 * @param name the image that it begins with.
 * @returns null where it is none that is known.
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

/** Whether busybox and zsh replace themselves by what stands last: a program, or a branch or a group that ends in one. */
function isLastBusyboxProgram(statement: Statement | undefined): boolean {
  if (statement === undefined || statement.separator === "&") return false;
  if (statement.type === "simple") return statement.words[0]?.raw !== "!";
  return (
    statement.type === "compound" &&
    statement.keyword !== "[[" &&
    !/^(?:for|while|until|select)$/.test(statement.keyword)
  );
}

/** Whether a shell puts the last program of a `-c` text in its own place. */
export function replacesItself(shell: Shell, statements: readonly Statement[]): boolean {
  const last = statements.at(-1);
  const before = statements.at(-2)?.separator;
  // A trap is the shell's to keep.
  const hasTrap = [...allStatements(statements)].some(({ words }) => words[0]?.raw === "trap");
  if (shell === "dash" || hasTrap || before === "|") return false;
  if (shell === "busybox" || shell === "zsh") return isLastBusyboxProgram(last);
  if (last?.type !== "simple" || last.separator === "&" || last.isRedirected || last.words[0]?.raw === "!")
    return false;
  if (before === "&") return false;
  // Of `a; b && c` the list is the last command, and stays.
  if (before !== "&&" && before !== "||") return true;
  return statements.slice(0, -1).every(({ separator }) => separator === "&&" || separator === "||");
}
