/** How Compose files build a Dockerfile: in which folder, which stage, for which platforms. */
import { dirname, normalize, relative } from "node:path";
import { discover } from "../files/discover.ts";
import { kindOfPath } from "../files/kinds.ts";
import { readText } from "../files/read.ts";
import { Source } from "../files/source.ts";
import { composeLaunches } from "../launches/compose.ts";
import { documentsOf } from "../launches/yaml.ts";

export interface Build {
  /** The Compose file. */
  readonly path: string;
  readonly context: string;
  readonly target: string | null;
  /** `platform` and `build.platforms`. */
  readonly platforms: readonly string[];
}

interface File {
  readonly services?: Record<
    string,
    { readonly platform?: string; readonly build?: { readonly platforms?: readonly string[] } }
  >;
}

function platformsIn(source: Source): Map<string, string[]> {
  const platforms = new Map<string, string[]>();
  for (const document of documentsOf<File>(source)) {
    for (const { key, value } of document.get("services").entries()) {
      const said = [...value.get("build").get("platforms").items(), value.get("platform")];
      const known = said.flatMap((each) => each.text()?.value ?? []).filter((each) => !each.includes("$"));
      platforms.set(`service "${key.value}"`, known);
    }
  }
  return platforms;
}

/** How the Compose files below the current folder, or beside the Dockerfile where that lies elsewhere, build it. */
export function buildsOf(dockerfile: string): Build[] {
  const folder = relative(".", dirname(dockerfile)).startsWith("..") ? dirname(dockerfile) : ".";
  const files = discover([folder]).files.filter(({ path }) => kindOfPath(path) === "compose");
  return files.flatMap(({ path }) => {
    try {
      const source = new Source(path, readText(path), "compose");
      const platforms = platformsIn(source);
      return composeLaunches(source).flatMap(({ name, image: { recipe } }) => {
        const context = recipe?.context ?? null;
        if (recipe === null || context === null || normalize(recipe.dockerfile) !== normalize(dockerfile)) return [];
        return [{ path, context, target: recipe.target, platforms: platforms.get(name) ?? [] }];
      });
    } catch {
      // What is wrong with a Compose file is for lint to say.
      return [];
    }
  });
}
