import type { Source } from "../files/source.ts";
import type { Span } from "../finding.ts";
import { configurationOf, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Launch } from "../launches/launch.ts";
import type { Context } from "../workspace.ts";
import type { Problem, Rule } from "./rule.ts";

/** What a platform waits by default between the stop signal and SIGKILL, in milliseconds. */
const DEFAULTS: Readonly<Partial<Record<string, { key: string; unit: string; milliseconds: number }>>> = {
  // https://docs.docker.com/reference/compose-file/services/#stop_grace_period
  compose: { key: "stop_grace_period", unit: "s", milliseconds: 10_000 },
  // https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
  kubernetes: { key: "terminationGracePeriodSeconds", unit: "", milliseconds: 30_000 },
};

const seconds = (time: number) => `${time / 1000}s`;

/** What takes its time before the program has ended. */
interface Part {
  /** As the message has it. */
  readonly name: string;
  readonly milliseconds: number;
  readonly place: { readonly source: Source; readonly span: Span };
}

/** What the init waits for, where it is ours. */
function partsOf(launch: Launch, context: Context): Part[] {
  const configured = configurationOf(launch, context);
  const settings = settingsOf(configured);
  if (configured === null || settings === null || !configured.isOurs) return [];
  return ["delay", "grace", "linger"].flatMap((name) => {
    const setting = settings.get(name);
    const time = setting?.number ?? 0;
    if (setting === undefined || time === 0) return [];
    return [{ name: `--${name} ${seconds(time)}`, milliseconds: time, place: placeOf(setting, configured, launch) }];
  });
}

function check(launch: Launch, context: Context): Problem[] {
  const platform = DEFAULTS[launch.platform];
  if (platform === undefined) return [];
  const given = launch.grace === null ? platform.milliseconds : launch.grace.value;
  // Who sets the init's times wants an orderly stop, also of what ends by itself when nobody stops it before.
  if (given === null) return [];
  const { stopHook: hook } = launch;
  const ofHook =
    hook === null
      ? []
      : [
          {
            name: `the preStop hook's ${seconds(hook.value)}`,
            milliseconds: hook.value,
            place: { source: launch.source, span: hook.span },
          },
        ];
  const parts: Part[] = [...ofHook, ...partsOf(launch, context)];
  const needed = parts.reduce((sum, one) => sum + one.milliseconds, 0);
  if (parts.length === 0 || given > needed) return [];
  const here = parts.find(({ place }) => place.source === launch.source)?.place;
  const sum = parts.map(({ name }) => name).join(" + ");
  const total = parts.length > 1 ? ` = ${seconds(needed)}` : "";
  const is = launch.grace === null ? `${seconds(given)} by default` : seconds(given);
  const enough = `${Math.floor(needed / 1000) + 5}${platform.unit}`;
  const isHookAlone = parts.length === ofHook.length;
  return [
    {
      at: launch.grace?.span ?? here?.span ?? launch.span,
      message: isHookAlone
        ? `The preStop hook takes ${seconds(needed)}, and ${platform.key} is ${is}: the stop signal comes when the time is over, and the kill right behind it.`
        : `${hook === null ? "The init takes" : "Stopping takes"} up to ${sum}${total}${hook === null ? " to stop" : ""}, and ${platform.key} is ${is}: the platform kills everything before that.`,
      fix: isHookAlone
        ? `Set ${platform.key} to more than the hook and the program take, or shorten the hook.`
        : `Set ${platform.key} to ${enough}, or shorten what the init waits for.`,
    },
  ];
}

/** The platform kills before the init's own stop sequence is through. */
export const graceTooShort: Rule = {
  name: "grace-too-short",
  severity: "warning",
  summary: "a platform that kills before the init's delay, grace and linger are over",
  check,
};
