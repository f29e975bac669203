import { configurationOf } from "../launches/configuration.ts";
import type { Remark } from "../init/init.ts";
import type { InitName } from "../launches/inits.ts";
import type { Rule } from "./rule.ts";

/** Runs the init's own parser on what the container would give it. */
export const initOptionRefused: Rule = {
  name: "init-option-refused",
  severity: "error",
  summary: "options, variables or a .tini.yml that the init refuses to start with",
  check: (launch, context) => {
    const configured = configurationOf(launch, context);
    if (configured === null) return [];
    const { answer, front, isOurs, placeOf } = configured;
    const placed = ({ source }: Remark) => {
      const place = (source === null ? null : placeOf(source)) ?? front?.name;
      return place === undefined ? { at: launch.span } : { at: place.span, source: place.source };
    };
    if (answer.outcome === "refused") {
      // Where to look for ours is no help with another.
      const sentence = answer.remark.sentence.replace(/; tini-ts -h lists the options$/, "");
      // Others have less to refuse; what they do not know they do not know.
      if (!isOurs && !(isTini(front?.kind) && answer.remark.reason === "unknown-option")) return [];
      return [
        {
          ...placed(answer.remark),
          message: `${front?.name.value ?? "The init"} refuses to start, and the container exits with 1: ${sentence}.`,
          fix: hint(answer.remark),
        },
      ];
    }
    if (answer.outcome !== "configured" || !isOurs) return [];
    return answer.warnings.map((warning) => ({
      ...placed(warning),
      severity: "warning" as const,
      message: `${front?.name.value ?? "The init"} warns at each start: ${warning.sentence}`,
      fix: "Correct the variable's name, or take it out: nobody reads it.",
    }));
  },
};

const isTini = (kind: InitName | undefined) => kind === "tini" || kind === "docker-init";

/** What to do about a refusal. */
function hint({ reason }: Remark): string {
  if (reason === "contradiction" || reason === "given-twice") return "Leave one of the two out.";
  if (reason === "unknown-option") return "Correct its name, or put -- in front of the program.";
  return "Correct it; docs/options.md explains each option.";
}
