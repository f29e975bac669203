import { configurationOf, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Context } from "../workspace.ts";
import type { Launch } from "../launches/launch.ts";
import type { Source } from "../files/source.ts";
import type { Span } from "../finding.ts";
import { knownImage } from "../launches/images.ts";
import type { Problem, Rule } from "./rule.ts";

interface Said {
  readonly signal: string;
  readonly place: { readonly source: Source; readonly span: Span } | null;
}

/** The names of signals by their numbers, signal(7), as far as somebody stops with them. */
const NUMBERS: Readonly<Record<string, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  9: "SIGKILL",
  10: "SIGUSR1",
  12: "SIGUSR2",
  15: "SIGTERM",
  28: "SIGWINCH",
  37: "SIGRTMIN+3",
};

/** The name as the init says it: `SIGTERM`, `SIGRTMIN+3`. */
function nameOf(signal: string): string {
  const upper = signal.toUpperCase();
  return NUMBERS[upper] ?? (upper.startsWith("SIG") ? upper : `SIG${upper}`);
}

/** What the platform stops the container with; null where the image may say it, and that is not known. */
function stopSignalOf(launch: Launch, context: Context): Said | null {
  const image = context.imageOf(launch);
  for (const from of [launch, image]) {
    if (from?.stopSignal?.value.includes("$") === true) return null;
    if (from?.stopSignal) {
      const { value, span } = from.stopSignal;
      return { signal: nameOf(value), place: { source: from.source, span } };
    }
  }
  const name = (image ?? launch).image.name?.value ?? "";
  // Of the well-known ones only servers have a STOPSIGNAL: PHP's with Apache or FPM, Red Hat's with systemd.
  const isPlain = /^(?:docker\.io\/)?(?:library\/)?node(?::|$)/.test(name) || knownImage(name)?.entrypoint.length === 0;
  return isPlain && !/php|ubi-init/.test(name) ? { signal: "SIGTERM", place: null } : null;
}

function check(launch: Launch, context: Context): Problem[] {
  const configured = configurationOf(launch, context);
  const settings = settingsOf(configured);
  const said = stopSignalOf(launch, context);
  if (configured === null || settings === null || said === null) return [];
  const { signal } = said;
  const stops = settings.get("stop-signals");
  const signals = Array.isArray(stops?.value) ? stops.value.map(String) : [];
  const place = said.place ?? placeOf(stops, configured, launch);
  const at = { at: place.span, source: place.source };
  if (signal === "SIGKILL") {
    return [
      {
        ...at,
        message: `${signal} ends ${configured.front?.name.value ?? "the init"} at once, and the kernel kills the program with it: nothing can shut down.`,
        fix: "Stop with SIGTERM, or with the signal at which the program shuts down.",
      },
    ];
  }
  if (!configured.isOurs || stops === undefined || signals.includes(signal)) return [];
  const isRestarted = settings.get("restart")?.value !== "no";
  const waits = ["delay", "grace"].filter((name) => (settings.get(name)?.number ?? 0) > 0);
  // Without any of these nothing is lost: the signal is forwarded as any other.
  if (!isRestarted && waits.length === 0) return [];
  const effect = isRestarted
    ? "the program is started again when it ends"
    : `--${waits.join(" and --")} ${waits.length === 1 ? "has" : "have"} no effect`;
  return [
    {
      ...at,
      message: `The container is stopped with ${signal}, which is none of the init's stop signals (${signals.join(", ")}): ${effect}.`,
      fix: `Add ${signal} to --stop-signals, or stop the container with ${signals.includes("SIGTERM") ? "SIGTERM" : (signals[0] ?? "")}.`,
    },
  ];
}

/** STOPSIGNAL or stop_signal is none of the signals at which the init's stop sequence begins. */
export const stopSignalsDoNotMeet: Rule = {
  name: "stop-signals-do-not-meet",
  severity: "warning",
  summary: "a stop signal of the platform that the init does not take for one",
  check: (launch, context) => {
    const image = context.imageOf(launch);
    // The Dockerfile is told already.
    return image !== null && check(image, context).length > 0 ? [] : check(launch, context);
  },
};
