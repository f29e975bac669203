import { knownImage } from "../launches/images.ts";
import type { Launch } from "../launches/launch.ts";
import { running } from "../launches/running.ts";
import type { Context } from "../workspace.ts";
import type { Rule } from "./rule.ts";

/** The init that the launch's image begins with where nobody says another entrypoint; null where none is known. */
function initOfImage(launch: Launch, context: Context): string | null {
  const image = context.imageOf(launch);
  if (image !== null) return running(image, context).inits[0]?.word.value ?? null;
  const known = knownImage(launch.image.name?.value ?? null);
  return known?.hasInit === true ? (known.entrypoint[0] ?? null) : null;
}

/** A pod's `command` or a service's `entrypoint` that replaces an ENTRYPOINT with an init. */
export const commandDropsInit: Rule = {
  name: "command-drops-init",
  severity: "warning",
  summary: "a command that replaces the image's ENTRYPOINT, and with it the image's init",
  check: (launch, context) => {
    const { entrypoint, platformInit, platform } = launch;
    if (entrypoint === null || platform === "dockerfile" || launch.isShortLived) return [];
    if (platformInit?.value === true || launch.mayHavePlatformInit) return [];
    const dropped = initOfImage(launch, context);
    const { inits, words } = running(launch, context);
    const [first] = words;
    if (dropped === null || first === undefined || inits.length > 0) return [];
    const isKubernetes = platform === "kubernetes";
    const key = isKubernetes ? "command" : "entrypoint";
    const instead = isKubernetes ? "args" : "command";
    return [
      {
        at: entrypoint.span,
        message: `This ${key} replaces the image's ENTRYPOINT, and ${dropped} with it: ${first.value} is PID 1.`,
        fix: `Say the program in ${instead}, which leaves the ENTRYPOINT as it is; or begin ${key} with ["${dropped}", "--"].`,
      },
    ];
  },
};
