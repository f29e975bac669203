import type { Edit } from "../finding.ts";
import { configurationOf, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Front } from "../launches/front.ts";
import type { Rule } from "./rule.ts";

/** What puts a word in front of the first behind the init's name, in a list of the same kind; null where that is not sure. */
function insertion({ name, words }: Front, word: string): Edit | null {
  const [first] = words;
  if (first?.source !== name.source) return null;
  const between = name.source.text.slice(name.span.offset + name.span.length, first.span.offset);
  const isList = /^\s*,\s*$/.test(between) || /^[ \t]*\r?\n[ \t]*-[ \t]+$/.test(between);
  return isList ? { offset: first.span.offset, length: 0, text: `"${word}"${between}` } : null;
}

/** tini adopts orphans only where it is PID 1, unless it is told to. */
export const subreaperInSharedPidNamespace: Rule = {
  name: "subreaper-in-shared-pid-namespace",
  severity: "warning",
  summary: "an init that does not adopt orphans where PID 1 is not its own",
  check: (launch, context) => {
    const shared = launch.sharedProcesses;
    // What else is in the environment may be the variable.
    if (shared?.value !== true || launch.hasMoreEnvironment || launch.isShortLived) return [];
    const configured = configurationOf(launch, context);
    const subreaper = settingsOf(configured)?.get("subreaper");
    const front = configured?.front;
    if (configured === null || !front || subreaper === undefined) return [];
    const isTini = front.kind === "tini" || front.kind === "docker-init";
    // Ours is a subreaper by itself, and so is catatonit; dumb-init never is.
    const isMissing = isTini ? subreaper.source.kind === "default" : configured.isOurs && subreaper.value === "no";
    if (!isMissing) return [];
    const said = placeOf(subreaper, configured, launch);
    const edit = isTini && front.name.source === launch.source ? insertion(front, "-s") : null;
    const init = front.name.value;
    return [
      {
        // A Dockerfile that says so is right elsewhere.
        at: said.source === launch.source ? said.span : shared.span,
        message: `${init} is not PID 1 in ${launch.name}, which shares its processes: ${isTini ? "without -s" : "with --no-subreaper"} it adopts no orphans, and warns of that at each start.`,
        fix: isTini ? `Start it as ${init} -s, or set TINI_SUBREAPER.` : "Leave --no-subreaper out.",
        ...(edit === null ? {} : { edits: [edit] }),
      },
    ];
  },
};
