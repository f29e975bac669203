/** Finds out which CPUs an image is built for, and so which init it needs. */
import type { Source } from "../files/source.ts";
import { type Architecture, architectureNamed } from "../init/binary.ts";
import { type Instruction, instructionsOf } from "../launches/instructions.ts";
import type { Launch } from "../launches/launch.ts";

/** The CPUs that builds for several are for, as far as nobody says: those of most images. */
export const USUAL: readonly Architecture[] = ["x64", "arm64"];

/** Which init a build copies. */
export type Choice =
  /** The same one for every build. */
  | { readonly how: "one"; readonly arch: Architecture }
  /** The one that an argument of the build names, which Docker sets: TARGETARCH, or BUILDARCH. */
  | { readonly how: "each"; readonly argument: "TARGETARCH" | "BUILDARCH"; readonly archs: readonly Architecture[] }
  /** There is no init for that platform. */
  | { readonly how: "none"; readonly platform: string }
  /** The Dockerfile does not tell. */
  | null;

/** A choice for CPUs that are all known; null where none is. */
export function choiceFor(archs: Iterable<Architecture>): Choice {
  const [arch, ...others] = new Set(archs);
  if (arch === undefined) return null;
  if (others.length === 0) return { how: "one", arch };
  return { how: "each", argument: "TARGETARCH", archs: [arch, ...others] };
}

/** A choice for platforms that are all known. */
export function choiceOf(platforms: readonly string[]): Choice {
  const archs: Architecture[] = [];
  for (const platform of platforms) {
    const arch = architectureNamed(platform);
    if (arch === null) return { how: "none", platform };
    archs.push(arch);
  }
  return choiceFor(archs);
}

/** Docker's images for one CPU: `arm64v8/node`. */
const PREFIXES: readonly (readonly [RegExp, string])[] = [
  [/^(?:docker\.io\/)?arm64v8\//, "linux/arm64"],
  [/^(?:docker\.io\/)?amd64\//, "linux/amd64"],
  [/^(?:docker\.io\/)?arm32(v[567])\//, "linux/arm/$1"],
  [/^(?:docker\.io\/)?(i386|ppc64le|riscv64|s390x)\//, "linux/$1"],
];

interface From {
  readonly instruction: Instruction;
  readonly image: string;
  readonly name: string | null;
}

function* fromsOf(source: Source): Generator<From> {
  for (const instruction of instructionsOf(source)) {
    if (instruction.keyword !== "FROM") continue;
    const [, image = "", name] = /^(\S+)(?:\s+AS\s+(\S+))?/i.exec(instruction.rest.text) ?? [];
    yield { instruction, image, name: name?.toLowerCase() ?? null };
  }
}

/** The default of an ARG before the first FROM; null if it has none. */
function argument(source: Source, name: string): string | null {
  for (const { keyword, rest } of instructionsOf(source)) {
    if (keyword === "FROM") return null;
    const [, value] = new RegExp(`(?:^|\\s)${name}=["']?([^\\s"']+)`).exec(rest.text) ?? [];
    if (keyword === "ARG" && value !== undefined) return value;
  }
  return null;
}

/** A `--platform` with its variable put in, where that is known. */
function platformOf(source: Source, written: string): string {
  const [, name, fallback] = /^\$\{?(\w+)(?::?-([^}]*))?\}?$/.exec(written) ?? [];
  if (name === undefined || /^(?:TARGET|BUILD)/.test(name)) return written;
  return argument(source, name) ?? fallback ?? written;
}

/**
 * Which init the stage needs, as far as the Dockerfile says: the `--platform` of its FROM or of the stage that it comes
 * from, an image that is made for one CPU, or the arguments of builds for several CPUs.
 */
export function platformOfStage(source: Source, launch: Launch): Choice {
  const froms = [...fromsOf(source)];
  let at = froms.findIndex(({ instruction }) => instruction.whole.offset === launch.span.offset);
  while (at >= 0) {
    const { instruction, image } = froms[at] as From;
    const written = instruction.flags.get("platform");
    if (written !== undefined) {
      const platform = platformOf(source, written.replace(/^(["'])(.*)\1$/, "$2"));
      if (platform.includes("BUILD")) return { how: "each", argument: "BUILDARCH", archs: USUAL };
      if (platform.includes("$")) return { how: "each", argument: "TARGETARCH", archs: USUAL };
      return choiceOf([platform]);
    }
    const parent = froms.slice(0, at).findLastIndex(({ name }) => name === image.toLowerCase());
    if (parent < 0) break;
    at = parent;
  }
  const name = launch.image.name?.value ?? "";
  const [pattern, platform] = PREFIXES.find(([prefix]) => prefix.test(name)) ?? [];
  if (pattern !== undefined && platform !== undefined) {
    const [start = ""] = pattern.exec(name) ?? [];
    return choiceOf([start.replace(pattern, platform)]);
  }
  const isForSeveral = [...instructionsOf(source)].some(
    ({ keyword, rest, flags }) =>
      /\bTARGET(?:ARCH|PLATFORM|VARIANT)\b/.test(rest.text) ||
      (keyword === "FROM" && (flags.get("platform") ?? "").includes("BUILDPLATFORM")),
  );
  return isForSeveral ? { how: "each", argument: "TARGETARCH", archs: USUAL } : null;
}
