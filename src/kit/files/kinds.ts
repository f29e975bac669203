import { basename } from "node:path";

/** What starts processes by a file of its own. */
const PLATFORMS = ["dockerfile", "compose", "kubernetes", "github", "gitlab", "devcontainer", "tini-yml"] as const;
export type Platform = (typeof PLATFORMS)[number];

/** What a file is to the linter. A script is only ever read because a Dockerfile runs it. */
export const KINDS = [...PLATFORMS, "script"] as const;
export type Kind = (typeof KINDS)[number];

/** Copies that editors, templates and documents make of a Dockerfile's name. */
const NO_DOCKERFILE =
  /\.(?:dockerignore|md|txt|html?|json|gz|zip|swp|bak|orig|rej|j2|jinja2?|tmpl|template|tpl|erb|ejs|mustache|in|m4)$|~$/i;

const BY_NAME: [Kind, RegExp][] = [
  ["dockerfile", /^(?:Dockerfile|Containerfile)(?:[.\-_].+)?$|\.(?:Dockerfile|Containerfile)$/i],
  ["compose", /^(?:docker-)?compose(?:[.\-_].+)?\.ya?ml$/i],
  ["gitlab", /^\.gitlab-ci\.ya?ml$|\.gitlab-ci\.ya?ml$/i],
  ["devcontainer", /^\.?devcontainer\.json$/],
  ["tini-yml", /^\.?tini\.ya?ml$/],
];

/** A file that may be a Kubernetes manifest: what is in it decides. */
const YAML = /\.ya?ml$/i;

/**
 * What a file is by its path alone.
 *
 * @returns "yaml" where the text has to be looked at, null where it is none of ours.
 */
export function kindOfPath(path: string): Kind | "yaml" | null {
  const name = basename(path);
  if (/(?:^|[\\/])\.github[\\/]workflows[\\/][^\\/]+\.ya?ml$/i.test(path)) return "github";
  for (const [kind, pattern] of BY_NAME) {
    if (pattern.test(name) && !(kind === "dockerfile" && NO_DOCKERFILE.test(name))) return kind;
  }
  return YAML.test(name) ? "yaml" : null;
}

/** `services:` with a map below it, and in that an image or how to build one. */
const SERVICES = /^services[ \t]*:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+["']?[\w.-]+["']?[ \t]*:/m;
const OF_SERVICE = /^[ \t]+(?:image|build)[ \t]*:/m;

/** What else has services of that shape: pipelines, whose containers end with them. */
const NO_COMPOSE = /^(?:apiVersion|jobs|kind|on|pipeline|stages|steps|when)[ \t]*:/m;

/** What a text is by its shape, where its path did not tell; null where it is none of ours. */
export function kindOfText(text: string): Kind | null {
  // In JSON, which YAML takes too, the keys may stand anywhere in a line.
  const before = /^\s*\{/.test(text) ? "[{,\\s]" : "^";
  const has = (key: string) => new RegExp(`${before}["']?${key}["']?\\s*:`, "m").test(text);
  if (has("apiVersion") && has("kind")) return "kubernetes";
  return text.includes("services") && SERVICES.test(text) && OF_SERVICE.test(text) && !NO_COMPOSE.test(text)
    ? "compose"
    : null;
}

/** The same for a file that the user names: whatever it is called, it is meant. */
export function kindOfNamed(text: string): Kind | null {
  const kind = kindOfText(text);
  if (kind !== null) return kind;
  // What comes before the first FROM is comments and arguments.
  const [first = ""] = /^[ \t]*(?!#|ARG\s)\S.*$/im.exec(text) ?? [];
  if (/^\s*FROM\s+\S/i.test(first)) return "dockerfile";
  if (/^services\s*:/m.test(text)) return "compose";
  if (/^jobs\s*:/m.test(text) && /^["']?on["']?\s*:/m.test(text)) return "github";
  return null;
}

/**
 * Whether a YAML text is a template that has yet to be filled in (Helm, Jinja): actions stand where YAML wants its own.
 * `${{ }}` of GitHub and quoted actions are YAML like any other.
 */
export function isTemplate(text: string): boolean {
  return /^[^#\n"']*(?:[:-][ \t]+|[\w/:])\{\{|^[ \t]*\{[{%]/m.test(text);
}
