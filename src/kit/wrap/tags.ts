/**
 * Since when images have the ENTRYPOINT that they have today, by their tags: an old tag is an old image, and an ENTRYPOINT
 * of a script that it lacks could not start.
 */

/** Whether the image of a tag has today's ENTRYPOINT: `lacks` means that it has none at all, `unknown` that nobody here can tell. */
export type Since = "has" | "lacks" | "unknown";

/** The numbers that a tag begins with: `1.18-alpine` has 1 and 18; none where it begins with a word, as `lts` does. */
function numbersOf(tag: string): number[] {
  const [found = ""] = /^v?\d+(?:[._]\d+)*(?=$|[-_.+])/.exec(tag) ?? [];
  return found === "" ? [] : found.replace(/^v/, "").split(/[._]/).map(Number);
}

/**
 * nginx: https://github.com/nginxinc/docker-nginx has its script since 26 May 2020, in 1.19.0 and in 1.18.0, which was built
 * before and after. `1` is the newest of them.
 */
function nginx(tag: string): Since {
  const [major = 1, minor = Infinity] = numbersOf(tag);
  if (major > 1 || minor >= 19) return "has";
  return minor === 18 ? "unknown" : "lacks";
}

/**
 * node: https://github.com/nodejs/docker-node has its script since 4 June 2019. A tag was built anew until the next version
 * came, so that of those which were the newest at that time nobody can tell.
 */
function node(tag: string): Since {
  if (/^(?:argon|boron)(?:-|$)/.test(tag)) return "lacks";
  const [major = Infinity, minor, patch] = numbersOf(tag);
  if (major >= 13) return "has";
  const first = { 8: 16, 10: 16, 12: 4 }[major];
  if (major === 11) return minor !== undefined && minor < 15 ? "lacks" : "unknown";
  if (first === undefined) return "lacks";
  if (minor === undefined || minor > first) return "has";
  if (major === 8) return minor < 16 ? "lacks" : patch === 0 ? "unknown" : "has";
  if (minor === first) return "has";
  return minor === first - 1 ? "unknown" : "lacks";
}

/** eclipse-temurin: https://github.com/adoptium/containers has its script since August 2023, in the releases behind these. */
function temurin(tag: string): Since {
  const [, update] = /^8u(\d+)/.exec(tag) ?? [];
  if (update !== undefined) return Number(update) < 382 ? "lacks" : Number(update) === 382 ? "unknown" : "has";
  const [feature = Infinity, , release, extra = 0] = numbersOf(tag.replace(/_.*$/, ""));
  if (feature >= 21) return "has";
  const last = { 8: 0, 11: 20, 17: 8, 20: 2 }[feature];
  if (last === undefined) return "lacks";
  if (release === undefined) return feature === 20 ? "unknown" : "has";
  if (release < last) return "lacks";
  return release > last || extra > 0 ? "has" : "unknown";
}

const PHP_THEN: ReadonlyMap<string, number> = new Map([
  ["5.6", 29],
  ["7.0", 14],
  ["7.1", 0],
]);

/** php: https://github.com/docker-library/php has its script since 15 December 2016, when these were the newest. */
function php(tag: string): Since {
  const [major = Infinity, minor = Infinity, patch = Infinity] = numbersOf(tag);
  if (major < 5 || (major === 5 && minor < 6)) return "lacks";
  const newest = PHP_THEN.get(`${major}.${minor}`) ?? -1;
  if (patch === newest) return "unknown";
  return patch < newest ? "lacks" : "has";
}

/** traefik: its images of version 1 were made of nothing but the program, or of Alpine Linux with a script. */
function traefik(tag: string): Since {
  const [major = Infinity] = numbersOf(tag);
  return major < 2 ? "unknown" : "has";
}

const IMAGES: Readonly<Partial<Record<string, (tag: string) => Since>>> = {
  "eclipse-temurin": temurin,
  "nginxinc/nginx-unprivileged": nginx,
  nginx,
  node,
  php,
  traefik,
};

/**
 * Whether the image of a tag has the ENTRYPOINT that the repository's images have today.
 *
 * @param repository without Docker's own registry and `library/`.
 * @param tag `latest` where none is said.
 */
export function entrypointIn(repository: string, tag: string): Since {
  const { [repository]: since } = IMAGES;
  return since?.(tag) ?? "has";
}
