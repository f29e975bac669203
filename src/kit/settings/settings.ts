/** Reads a project's linter settings. */
import { dirname, relative, resolve, sep } from "node:path";
import { Ajv, type ErrorObject } from "ajv";
import ignore from "ignore";
import { isMap, LineCounter, type Node, parseDocument } from "yaml";
import { readText, Unreadable } from "../files/read.ts";
import { didYouMean, Refusal } from "../refusal.ts";
import { KEY, type Settings } from "./project.ts";
import { SCHEMA, type Said } from "./schema.ts";

/** The names of JSON Schema's types in YAML. */
const TYPES: Readonly<Partial<Record<string, string>>> = {
  array: "a list",
  boolean: "true or false",
  object: "a map",
  string: "a text",
};

/** What is wrong, in one sentence, and the path of keys to where. */
function sentenceOf({ keyword, instancePath, params, message, data }: ErrorObject): { at: string[]; text: string } {
  const at = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const where = at.join(".");
  const schema = at.reduce<unknown>((inner, key) => {
    const { properties, items, additionalProperties } = inner as Record<string, Record<string, unknown> | undefined>;
    return properties?.[key] ?? items ?? additionalProperties ?? {};
  }, SCHEMA);
  if (keyword === "additionalProperties") {
    const key = (params as { additionalProperty: string }).additionalProperty;
    const known = Object.keys((schema as { properties?: object }).properties ?? {});
    const hint = didYouMean(key, known) || `: one of ${known.join(", ")} was expected`;
    return { at: [...at, key], text: `${where === "" ? "" : `${where}: `}there is no key ${key}${hint}` };
  }
  if (keyword === "enum") {
    const { allowedValues } = params as { allowedValues: string[] };
    const text = `${where}: one of ${allowedValues.join(", ")} was expected`;
    return { at, text: text + didYouMean(typeof data === "string" ? data : "", allowedValues) };
  }
  if (keyword === "type") {
    const type = (params as { type: string }).type;
    return { at, text: `${where === "" ? "the settings" : where} must be ${TYPES[type] ?? type}` };
  }
  return { at, text: `${where === "" ? "" : `${where} `}${message ?? "is wrong"}` };
}

/** Parses settings. @throws Refusal with one sentence. */
export function parseSettings(path: string, text: string, key: string | null = null): Settings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const placed = (offset: number | undefined, sentence: string) =>
    new Refusal(`${path}${offset === undefined ? "" : `:${lines.linePos(offset).line}`}: ${sentence}`);
  const [error] = document.errors;
  if (error !== undefined) throw placed(error.pos[0], `broken YAML: ${error.message.split("\n")[0] ?? ""}`);
  const before = key === null ? [] : [key];
  const root = key === null ? document.contents : document.get(key, true);
  const value = (root as Node | null | undefined)?.toJS(document) as unknown;
  const said = (value ?? {}) as Said;
  const validate = new Ajv({ strict: false, verbose: true }).compile(SCHEMA);
  if (!validate(said)) {
    const [first] = validate.errors ?? [];
    const { at, text: sentence } = first === undefined ? { at: [], text: "is wrong" } : sentenceOf(first);
    const parts = [...before, ...at];
    const parent = document.getIn(parts.slice(0, -1), true) ?? document.contents;
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === parts.at(-1)) : undefined;
    const node = (pair?.key ?? document.getIn(parts, true)) as Node | undefined;
    throw placed(node?.range?.[0], sentence);
  }
  return settingsOf(path, said);
}

function settingsOf(path: string, said: Said): Settings {
  const folder = resolve(dirname(path));
  /** Whether a file matches any of the patterns; files outside the folder of the settings never do. */
  const matcher = (patterns: readonly string[]) => {
    const rules = ignore().add(patterns);
    return (file: string) => {
      const inside = relative(folder, resolve(file)).split(sep).join("/");
      return inside !== "" && !inside.startsWith("../") && rules.ignores(inside);
    };
  };
  const overrides = (said.overrides ?? []).map(({ files, rules }) => ({ matches: matcher(files), rules }));
  return {
    path,
    isExcluded: matcher(said.exclude ?? []),
    severityOf: ({ rule, file, severity }) =>
      overrides.findLast(({ matches, rules }) => rules[rule] !== undefined && matches(file))?.rules[rule] ??
      said.rules?.[rule] ??
      severity,
    failOn: said["fail-on"] ?? null,
    failOnUnreadable: said["fail-on-unreadable"] ?? false,
    additions: {
      deafPrograms: new Set(said["deaf-programs"]),
      images: new Map(
        Object.entries(said.images ?? {}).map(([name, { entrypoint = [], distribution = "debian", shell = true }]) => [
          name,
          { entrypoint, distribution: distribution === "none" ? null : distribution, hasShell: shell },
        ]),
      ),
    },
  };
}

/** The settings in a file. @throws Refusal if it cannot be read, or is invalid. */
export function readSettings(path: string): Settings {
  try {
    return parseSettings(path, readText(path), path.endsWith("package.json") ? KEY : null);
  } catch (error) {
    if (error instanceof Unreadable) throw new Refusal(`${path} ${error.message}`);
    throw error;
  }
}
