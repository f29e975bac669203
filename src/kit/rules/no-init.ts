import { basename } from "node:path";
import type { Edit } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";
import { DEAF, HANDLED, type Reason } from "../launches/as-pid-1.ts";
import { isHandledBy } from "../launches/handlers.ts";
import { endsByItself, reasonAgainst } from "../launches/programs.ts";
import { type Running, running } from "../launches/running.ts";
import type { Context } from "../workspace.ts";
import type { PlacedWord } from "../launches/front.ts";
import { initLine } from "./init-line.ts";
import type { Problem, Rule } from "./rule.ts";

const SHELL: Reason = {
  text: "forwards no signal to what it runs, and SIGTERM does nothing to a shell that is PID 1",
  isStoppable: false,
};

function reasonOf(run: Running, context: Context): { name: string; reason: Reason } | null {
  const { shell, program } = run;
  const [first] = program;
  const name = basename(first?.value ?? "");
  if (endsByItself(program)) return null;
  const known = reasonAgainst(program);
  if (shell !== null) {
    if (shell.hasCare || shell.mayBeReplaced) return null;
    if (known === null) {
      // A script that comes to an end is no service. Other shells than those of the best known bases may be gone by then.
      const isEndless = shell.isSure && shell.endings.some((ending) => ending.isEndless);
      return isEndless ? { name: basename(shell.word.value), reason: SHELL } : null;
    }
  }
  if (known === null) return null;
  return {
    name,
    reason: known === DEAF && run.image !== null && isHandledBy(program, run.image, context) ? HANDLED : known,
  };
}

function remedy(launch: Launch): { fix: string; edits?: Edit[] } {
  switch (launch.platform) {
    case "compose": {
      const edit = initLine(launch);
      const fix = `Add init: true to ${launch.name}, or put an init into its image.`;
      return edit === null ? { fix } : { fix, edits: [edit] };
    }
    case "kubernetes":
      return { fix: 'Put an init into the image and in front of the command: ["/tini-ts", "--", ...].' };
    case "github":
      return { fix: "Add --init to the options of the container." };
    default:
      return {
        fix: `Put an init in front, ENTRYPOINT ["/tini-ts", "--"]: tini-ts wrap ${launch.source.path} shows how.`,
      };
  }
}

/** Whether all that runs the image does so with an init of the platform's, or may. */
function isStartedWithInit(launch: Launch, context: Context): boolean {
  const services = context.servicesOf(launch);
  return (
    services.length > 0 &&
    services.every(({ platformInit, mayHavePlatformInit }) => platformInit?.value === true || mayHavePlatformInit)
  );
}

/** Whether the launch itself says a word, and not the image that it names. */
const isSaid = ({ source, span }: PlacedWord, launch: Launch) =>
  source === launch.source && span !== launch.image.name?.span;

/** Whether the launch itself names the program, or the shell that stays in front of it. */
function isOwn({ program, shell, words }: Running, { source }: Launch): boolean {
  return [program[0], shell?.word, words[0]].some((word) => word?.source === source);
}

function check(launch: Launch, context: Context): Problem[] {
  if (launch.isShortLived || launch.platformInit?.value === true || launch.mayHavePlatformInit) return [];
  if (launch.sharedProcesses !== null || isStartedWithInit(launch, context)) return [];
  const run = running(launch, context);
  const [first] = run.words;
  const found = reasonOf(run, context);
  if (!run.isWhole || run.inits.length > 0 || first === undefined || found === null) return [];
  // What the image alone says is found where the image is made; so is what its script runs, whatever arguments it is given.
  const isImages = run.image !== null && run.image.source !== launch.source && !isOwn(run, launch);
  if (isImages || run.words.every((word) => !isSaid(word, launch))) return [];
  const own = run.program.find((word) => isSaid(word, launch)) ?? first;
  const { reason, name } = found;
  return [
    {
      at: own.source === launch.source ? own.span : launch.span,
      ...(reason.severity === undefined ? {} : { severity: reason.severity }),
      message: `${name} runs without an init in front: it ${reason.text}.`,
      ...remedy(launch),
    },
  ];
}

export const noInit: Rule = {
  name: "no-init",
  severity: "warning",
  summary: "a program that is no good PID 1 runs without an init in front",
  // What stands in front of the program is told of there, and that an init is missing.
  unless: ["command-drops-init", "package-manager-as-program", "script-without-exec", "shell-form"],
  check,
};
