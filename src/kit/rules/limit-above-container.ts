import type { Located } from "../finding.ts";
import { configurationOf, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Problem, Rule } from "./rule.ts";

const UNITS = ["", "Ki", "Mi", "Gi", "Ti"] as const;

/** A size as people write it: 1.5Gi. */
function size(value: number): string {
  const power = value === 0 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(value) / 10));
  return `${Math.round((value / 1024 ** power) * 10) / 10}${UNITS[power] ?? ""}`;
}

/** A limit for the program that the container does not let it have. */
export const limitAboveContainer: Rule = {
  name: "limit-above-container",
  severity: "warning",
  summary: "a limit of the init's that is above the container's own, and so has no effect",
  check: (launch, context) => {
    const configured = configurationOf(launch, context);
    const settings = settingsOf(configured);
    if (configured === null || settings === null || !configured.isOurs) return [];
    const { memory, cpus: cpu, processes } = launch.limits;

    const compare = (
      name: string,
      wanted: number | null,
      limit: Located<number> | null,
      show: (value: number) => string,
    ): Problem[] => {
      if (wanted === null || limit === null || wanted <= limit.value) return [];
      const place = placeOf(settings.get(name), configured, launch);
      return [
        {
          // Where both are known: here, and not in a Dockerfile that others use as well.
          at: place.source === launch.source ? place.span : limit.span,
          message: `--${name} is ${show(wanted)}, and ${launch.name} may use ${show(limit.value)}: the container's own limit strikes first.`,
          fix: `Give the container more, or the program less${name.startsWith("memory") ? `: --${name} 80% is a share of what the container may use` : ""}.`,
        },
      ];
    };
    return [
      ...compare("memory-max", settings.get("memory-max")?.number ?? null, memory, size),
      ...compare("memory-high", settings.get("memory-high")?.number ?? null, memory, size),
      ...compare("cpu-max", settings.get("cpu-max")?.number ?? null, cpu, String),
      ...compare("pids-max", settings.get("pids-max")?.number ?? null, processes, String),
    ];
  },
};
