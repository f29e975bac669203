import { basename } from "node:path";
import type { Edit } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";
import { DEAF, HANDLED, type Reason, UNKNOWN } from "../launches/as-pid-1.ts";
import { type Handling, handlingOf } from "../launches/handlers.ts";
import { endsByItself, reasonAgainst } from "../launches/programs.ts";
import { type Running, running } from "../launches/running.ts";
import { reloadsAtTerm } from "../launches/uwsgi.ts";
import type { Context } from "../workspace.ts";
import { environmentOf, type PlacedWord } from "../launches/front.ts";
import { initLine } from "./init-line.ts";
import type { Problem, Rule } from "./rule.ts";

const SHELL: Reason = {
  text: "forwards no signal to what it runs, and SIGTERM does nothing to a shell that is PID 1",
  isStoppable: false,
};

const OF_PROGRAM: Readonly<Record<Handling, Reason>> = { handled: HANDLED, unknown: UNKNOWN, none: DEAF };

/** Flask's server watches its files, and handles SIGTERM, where a variable says so. */
function isReloading(name: string, launch: Launch, context: Context): boolean {
  if (name !== "flask") return false;
  const variables = environmentOf(launch, context);
  return (
    /^(?:1|true|yes)$/i.test(variables.get("FLASK_DEBUG")?.value ?? "") ||
    variables.get("FLASK_ENV")?.value === "development"
  );
}

function reasonOf(run: Running, launch: Launch, context: Context): { name: string; reason: Reason } | null {
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
  if (known !== DEAF) return { name, reason: known };
  if (isReloading(name, launch, context)) return { name, reason: HANDLED };
  return { name, reason: run.image === null ? DEAF : OF_PROGRAM[handlingOf(program, run.image, context)] };
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

/** What an init cannot help: the program ends at another signal, or by an option. */
function checkReload(launch: Launch, context: Context): Problem[] {
  if (launch.isShortLived) return [];
  const { program, shell, image } = running(launch, context);
  const [first] = program;
  const signal = launch.stopSignal ?? image?.stopSignal ?? null;
  if (
    first?.source !== launch.source ||
    shell !== null ||
    (signal !== null && !/^(?:SIG)?TERM$|^15$/i.test(signal.value))
  )
    return [];
  if (!reloadsAtTerm(program, environmentOf(launch, context), image, context)) return [];
  return [
    {
      at: first.span,
      message: `${basename(first.value)} takes SIGTERM for a request to reload, and does not end: it is killed when the time is up. An init in front does not change that.`,
      fix: "Add --die-on-term (die-on-term = true in its file).",
    },
  ];
}

function check(launch: Launch, context: Context): Problem[] {
  const reload = checkReload(launch, context);
  if (reload.length > 0) return reload;
  if (launch.isShortLived || launch.platformInit?.value === true || launch.mayHavePlatformInit) return [];
  if (launch.sharedProcesses !== null || isStartedWithInit(launch, context)) return [];
  const run = running(launch, context);
  const [first] = run.words;
  const found = reasonOf(run, launch, context);
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
