/**
 * uWSGI: its master takes SIGTERM for a request to reload, and lives on, with an init in front or without. `die-on-term`
 * makes it end; so does SIGINT. Without a master it ends (uWSGI 2.0.21, run as PID 1: docs/rules/no-init.md).
 */
import { basename } from "node:path";
import type { Context } from "../workspace.ts";
import { fileBeside } from "./contents.ts";
import type { Launch, Word } from "./launch.ts";

/** Files of settings that are not looked at, and what starts others with settings of their own. */
const OTHER_SETTINGS = /^--?(?:xml|yaml|yml|json|emperor|inherit|include)\b|^[^-].*\.(?:xml|ya?ml|json)$/;

/** An option in a file of settings, where it is on. */
const isOn = (text: string, option: string) =>
  new RegExp(`^[ \\t]*${option}(?:[ \\t]*=[ \\t]*(?:true|1|yes|on)?)?[ \\t]*\\r?$`, "im").test(text);

/** Whether SIGTERM makes a program reload, for sure: a uWSGI with a master, all its settings known. */
export function reloadsAtTerm(
  program: readonly Word[],
  variables: ReadonlyMap<string, { readonly value: string | null }>,
  image: Launch | null,
  context: Context,
): boolean {
  const [name = "", ...words] = program.map(({ value }) => value);
  if (
    !/^uwsgi(?:[-_]\w+)?$/.test(basename(name)) ||
    words.some((word) => OTHER_SETTINGS.test(word) || word.includes("$"))
  )
    return false;
  const isSet = (option: string) => {
    const value = variables.get(`UWSGI_${option.toUpperCase().replaceAll("-", "_")}`)?.value;
    return (
      words.some((word) => word === `--${option}` || word === `--${option}=true`) || /^(?:true|1)$/.test(value ?? "")
    );
  };
  if ([...variables.keys()].some((variable) => /^UWSGI_(?:INI|XML|YAML|JSON|EMPEROR)$/.test(variable))) return false;
  const files = words.flatMap((word, index) =>
    /\.ini(?::\w+)?$/.test(word) || /^(?:--ini|-i)$/.test(words[index - 1] ?? "") ? [word.replace(/^--ini=/, "")] : [],
  );
  const texts = files.map((file) => (image === null ? null : fileBeside(image, file.replace(/:\w+$/, ""), context)));
  if (texts.includes(null) || isSet("die-on-term")) return false;
  const settings = texts.map((file) => file?.text ?? "").join("\n");
  return (isSet("master") || words.includes("-M") || isOn(settings, "master")) && !settings.includes("die-on-term");
}
