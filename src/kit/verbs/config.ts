import { parseWords, type Verb } from "../command.ts";
import { discover, type Remark } from "../files/discover.ts";
import { Skipped, Unreadable } from "../files/read.ts";
import type { Source as Said } from "../init/init.ts";
import { type Configured, configurationOf, type Place } from "../launches/configuration.ts";
import { frontOf, wordsOf } from "../launches/front.ts";
import type { Launch } from "../launches/launch.ts";
import { Refusal } from "../refusal.ts";
import { Workspace } from "../workspace.ts";

/** The init's configuration in a launch. */
interface Told {
  readonly launch: Launch;
  /** The init's name, and the program with its arguments. */
  readonly init: string | null;
  readonly program: readonly string[];
  /** null if there is no init, or its configuration is unknown. */
  readonly configured: Configured | null;
}

/** The column of the comments. */
const COMMENT_COLUMN = 32;

function tell(launch: Launch, workspace: Workspace): Told {
  const words = wordsOf(launch, workspace);
  const front = frontOf(words, launch, workspace);
  const configured = configurationOf(launch, workspace);
  const program = configured?.program ?? front?.words ?? words;
  return { launch, init: front?.name.value ?? null, program: program.map(({ value }) => value), configured };
}

/** `Dockerfile:9` */
const at = ({ source, span }: Place) => `${source.path}:${source.position(span.offset).line}`;

/** The source as the init names it, and where it is. */
function sourceText(said: Said, configured: Configured): string {
  const place = configured.placeOf(said);
  const where = place === null ? "" : at(place);
  switch (said.kind) {
    case "default":
      return "default";
    case "word":
      return `argument ${said.index + 1}, ${where}`;
    case "variable":
      return `variable ${said.name}, ${where}`;
    case "file": {
      const inImage = said.line === null ? said.path : `${said.path}:${said.line}`;
      return configured.front === null || where === "" ? where || inImage : `${inImage}, ${where}`;
    }
  }
}

/** Words quoted for a shell, for people to read. */
function shown(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

/** The settings as a configuration file; or as a comment, why they are unknown. */
function text({ launch, init, program, configured }: Told): string {
  const where = `# ${at({ source: launch.source, span: launch.span })}: ${launch.name}`;
  const runs = program.length === 0 ? "" : ` runs ${shown(program)}`;
  if (configured === null) {
    if (init !== null) return `${where}: what ${init} is told is not known here\n`;
    const platform = launch.platformInit?.value === true ? ", but the platform's own" : "";
    return `${where}: no init${platform}${program.length === 0 ? "" : ` in front of ${shown(program)}`}\n`;
  }
  const { answer } = configured;
  // Only variables: the init is in an image that is unknown here, or is the platform's.
  const unseen = launch.platform === "tini-yml" ? "" : ": its init, which is taken for tini-ts";
  const head = init === null ? `${where}${unseen}\n` : `${where}: ${init}${runs}\n`;
  switch (answer.outcome) {
    case "refused":
      return `${head}# refused: ${answer.remark.sentence}\n`;
    case "printed":
      return `${head}# it prints this, and runs nothing:\n${answer.text.replaceAll(/^(?=.)/gm, "#   ")}`;
    case "unknown":
      return `${head}# it reads ${answer.path}, and what is in that is not known here\n`;
    case "configured": {
      const lines = answer.warnings.map(({ sentence }) => `# warning: ${sentence}\n`);
      for (const { name, value, source } of answer.settings.values()) {
        const isEmpty = value === null || value.length === 0;
        const setting = `${isEmpty ? "# " : ""}${name}:${typeof value === "string" ? ` ${value}` : ""}`;
        lines.push(`${setting.padEnd(COMMENT_COLUMN)} # ${sourceText(source, configured)}\n`);
        if (Array.isArray(value)) lines.push(...value.map((item: string) => `  - ${item}\n`));
      }
      return head + lines.join("");
    }
  }
}

/** The same for programs. */
function json({ launch, init, program, configured }: Told): object {
  const place = ({ source, span }: Place) => ({ file: source.path, ...source.position(span.offset) });
  const head = { ...place({ source: launch.source, span: launch.span }), name: launch.name, init, program };
  if (configured === null) return { ...head, outcome: init === null ? "no init" : "unknown" };
  const { answer } = configured;
  const source = (said: Said) => {
    const found = configured.placeOf(said);
    return { ...said, place: found === null ? null : place(found) };
  };
  if (answer.outcome !== "configured") {
    const remark = answer.outcome === "refused" ? { message: answer.remark.sentence } : {};
    return { ...head, outcome: answer.outcome, ...remark };
  }
  return {
    ...head,
    outcome: "configured",
    warnings: answer.warnings.map(({ sentence }) => sentence),
    settings: Object.fromEntries(
      [...answer.settings.values()].map(({ name, value, source: said }) => [name, { value, source: source(said) }]),
    ),
  };
}

/** The launches of files: for folders only those with an init, for named files all. */
function look(operands: readonly string[]): { told: Told[]; remarks: Remark[] } {
  const workspace = new Workspace();
  const { files, remarks } = discover(operands.length === 0 ? ["."] : operands);
  const told: Told[] = [];
  for (const { path, isNamed } of files) {
    try {
      const source = workspace.open(path, isNamed);
      const launches = source === null ? [] : workspace.launchesOf(source);
      const all = launches.map((launch) => tell(launch, workspace));
      told.push(...all.filter(({ init, configured }) => isNamed || init !== null || configured !== null));
    } catch (error) {
      if (!(error instanceof Unreadable || error instanceof Skipped)) throw error;
      remarks.push({ path, text: error.message, isFailure: error instanceof Unreadable });
    }
  }
  return { told, remarks: [...remarks] };
}

export const configVerb: Verb = {
  name: "config",
  operands: "[FILES or folders]",
  summary:
    "show what the init would do with a Dockerfile, a Compose file, a pod or a .tini.yml, and the source of each value",
  options: ["--format text|json   text is an equivalent .tini.yml with the sources in comments (default: text)"],
  run: (words, { stdout, stderr }) => {
    const { one, operands } = parseWords(words, { one: ["format"] });
    const format = one.format ?? "text";
    if (format !== "text" && format !== "json") throw new Refusal(`--format ${format}: text or json was expected`);
    const { told, remarks } = look(operands);
    for (const { path, text: why } of remarks) stderr.write(`${path} ${why}\n`);
    if (format === "json") stdout.write(`${JSON.stringify(told.map(json), null, 2)}\n`);
    else stdout.write(told.map(text).join("---\n"));
    if (told.length === 0 && format === "text") stderr.write("tini-ts: no init is started here\n");
    if (remarks.some(({ isFailure }) => isFailure)) return 2;
    return told.some(({ configured }) => configured?.answer.outcome === "refused") ? 1 : 0;
  },
};
