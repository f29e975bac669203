import { basename } from "node:path";
import type { Edit } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";
import { endsByItself, type Reason, reasonAgainst } from "../launches/programs.ts";
import { type Running, running } from "../launches/running.ts";
import type { Context } from "../workspace.ts";
import type { Problem, Rule } from "./rule.ts";
import { scriptWithoutExec } from "./script-without-exec.ts";
import { shellForm } from "./shell-form.ts";

const SHELL: Reason = {
  text: "forwards no signal to what it runs, and SIGTERM does nothing to a shell that is PID 1",
  isStoppable: false,
};

function reasonOf({ shell, program }: Running): { name: string; reason: Reason } | null {
  const [first] = program;
  const name = basename(first?.value ?? "");
  if (endsByItself(program)) return null;
  const known = reasonAgainst(program);
  if (shell !== null) {
    if (shell.hasCare || shell.mayBeReplaced) return null;
    // Another shell than that of the best known bases may be none that stays.
    if (known === null) return shell.isSure ? { name: basename(shell.word.value), reason: SHELL } : null;
  }
  return known === null ? null : { name, reason: known };
}

/** A new line with `init: true`, the first of a service that is written as a block. */
function initLine(launch: Launch): Edit | null {
  const { source, span } = launch;
  const { line, column } = source.position(span.offset);
  const rest = source.line(line).slice(column - 1 + span.length);
  let next = line + 1;
  while (next <= source.lines && /^\s*(?:#|$)/.test(source.line(next))) next++;
  const [indent = ""] = /^ */.exec(source.line(next)) ?? [];
  if (!/^\s*:\s*(?:#.*)?$/.test(rest) || indent.length < column || !/^ *[\w<"']/.test(source.line(next))) return null;
  return { offset: source.offsetOf(next), length: 0, text: `${indent}init: true${endOf(source.text)}` };
}

const endOf = (text: string) => (text.includes("\r\n") ? "\r\n" : "\n");

function remedy(launch: Launch): { fix: string; edits?: Edit[] } {
  switch (launch.platform) {
    case "compose": {
      const edit = launch.platformInit === null ? initLine(launch) : null;
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

/** Whether all that runs the image does so with an init of the platform's. */
function isStartedWithInit(launch: Launch, context: Context): boolean {
  const services = context.servicesOf(launch);
  return services.length > 0 && services.every(({ platformInit }) => platformInit?.value === true);
}

function check(launch: Launch, context: Context): Problem[] {
  if (launch.isShortLived || launch.platformInit?.value === true || launch.mayHavePlatformInit) return [];
  if (launch.sharedProcesses !== null || isStartedWithInit(launch, context)) return [];
  const run = running(launch, context);
  const [first] = run.words;
  const found = reasonOf(run);
  if (!run.isWhole || run.inits.length > 0 || first === undefined || found === null) return [];
  // What the image alone says is found where the image is made.
  if (run.words.every(({ source }) => source !== launch.source)) return [];
  // The shell that stays is told of already, and what to do about it.
  const isTold =
    found.reason === SHELL && [shellForm, scriptWithoutExec].some((rule) => rule.check(launch, context).length > 0);
  if (isTold) return [];
  const own = run.program.find(({ source }) => source === launch.source) ?? first;
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
  check,
};
