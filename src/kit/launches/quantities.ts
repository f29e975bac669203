/** Times and sizes as the platforms write them. */
import { basename } from "node:path";
import { SHELL_NAME } from "./shells.ts";
import { statementsOf } from "./shell.ts";

const UNITS_MS: Record<string, number> = { us: 0.001, µs: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration of Go, which Compose and Docker use: `1m30s`, `500ms`; in milliseconds, null where it is none. */
export function goDuration(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:us|µs|ms|s|m|h))+$/.test(text)) return text === "0" ? 0 : null;
  let milliseconds = 0;
  for (const [, number, unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)/g)) {
    milliseconds += Number(number) * (UNITS_MS[unit] ?? 0);
  }
  return milliseconds;
}

/** A size of Docker and Compose: powers of 1024, `512m`, `1.5gb`, `64k`; in bytes, null where it is none. */
export function dockerSize(text: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([bkmgtp]?)i?b?$/i.exec(text) ?? [];
  if (number === undefined) return null;
  return Math.floor(Number(number) * 1024 ** Math.max(0, "bkmgtp".indexOf(unit.toLowerCase() || "b")));
}

const QUANTITY_SUFFIXES: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A quantity of Kubernetes: `500m`, `64Mi`, `1e3`; null where it is none. */
export function kubernetesQuantity(text: string): number | null {
  const [, number, suffix = ""] = /^(\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text) ?? [];
  return number === undefined ? null : Number(number) * (QUANTITY_SUFFIXES[suffix] ?? NaN);
}

const SLEEP_MS: Readonly<Record<string, number>> = { "": 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How long sleep(1) takes with these words, which it adds up: `5`, `1.5m`; 0 where they are none of its. */
function sleepTime(words: readonly (string | null)[]): number {
  const times = words.map((word) => /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(word ?? ""));
  return times.reduce((sum, time) => sum + Number(time?.[1] ?? 0) * (SLEEP_MS[time?.[2] ?? ""] ?? 0), 0);
}

/**
 * How long a command takes at least, in milliseconds, as far as it sleeps for times that it says: `sleep 5`, or a shell's
 * text with such a command that is run in any case.
 */
export function sleepOf(words: readonly string[]): number {
  const [first = "", ...others] = words;
  if (basename(first) === "sleep") return sleepTime(others);
  const at = others.findIndex((word) => /^-\w*c$/.test(word));
  if (!SHELL_NAME.test(basename(first)) || at < 0) return 0;
  let time = 0;
  for (const { type, words, separator } of statementsOf(others[at + 1] ?? "") ?? []) {
    const [name, ...operands] = words.map(({ value }) => value);
    if (type === "simple" && basename(name ?? "") === "sleep" && separator !== "&") time += sleepTime(operands);
    // What comes behind may not be run.
    if (separator === "||" || name === "exit" || name === "exec") break;
  }
  return time;
}
