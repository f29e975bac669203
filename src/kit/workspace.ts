/** All files that one run of the toolkit reads: each is read once and parsed once. */
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, isAbsolute, join, normalize, relative, resolve, sep } from "node:path";
import { isTemplate, kindOfNamed, kindOfPath, kindOfText } from "./files/kinds.ts";
import { nameMatcher } from "./files/patterns.ts";
import { NotOurs, readText, Skipped, Unreadable } from "./files/read.ts";
import { Source } from "./files/source.ts";
import { composeLaunches, overrideOf } from "./launches/compose.ts";
import { developedService, devContainerLaunches, devContainersAround } from "./launches/devcontainer.ts";
import { contextOf } from "./launches/context.ts";
import { type Dockerfile, readDockerfile } from "./launches/dockerfile.ts";
import { githubLaunches } from "./launches/github.ts";
import { gitlabLaunches, localIncludes } from "./launches/gitlab.ts";
import { kubernetesLaunches } from "./launches/kubernetes.ts";
import type { Launch } from "./launches/launch.ts";
import { hasExpression } from "./launches/templates.ts";
import { tiniYmlLaunches } from "./launches/tini-yml.ts";

/** What a rule may ask for besides its launch. */
export interface Context {
  /** A file of the launch's context folder, by its path there; null if it cannot be read, for whatever reason. */
  readonly fileOf: (launch: Launch, path: string) => Source | null;
  /** The launch in the Dockerfile that builds this launch's image; null if that cannot be read, or this is a Dockerfile's. */
  readonly imageOf: (launch: Launch) => Launch | null;
  /** The services and development containers read so far that run the image of a Dockerfile's launch. */
  readonly servicesOf: (image: Launch) => readonly Launch[];
}

/** Caches what a function of a key returned or threw. */
function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, { readonly value: Value } | { readonly error: unknown }>();
  return (key) => {
    let result = made.get(key);
    if (result === undefined) {
      try {
        result = { value: make(key) };
      } catch (error) {
        result = { error };
      }
      made.set(key, result);
    }
    if ("error" in result) throw result.error;
    return result.value;
  };
}

/** GitLab's own limit. */
const MOST_INCLUDES = 150;

/** The root of the repository that a file is in; the file's folder if it is in none. */
function repositoryOf(path: string): string {
  for (let at = resolve(dirname(path)); ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return isAbsolute(path) ? at : relative(".", at);
    if (dirname(at) === at) return dirname(path);
  }
}

/** The files that a path names, whose last part may be a pattern. */
function filesOf(root: string, path: string): string[] {
  const file = normalize(join(root, path));
  if (relative(root, file).startsWith("..")) return [];
  if (!basename(file).includes("*")) return [file];
  try {
    const names = readdirSync(dirname(file)).filter(nameMatcher(basename(file)));
    return names.sort().map((name) => join(dirname(file), name));
  } catch {
    return [];
  }
}

/** Turns what a parser throws for a text that it cannot handle, such as one that is nested too deep, into a remark on the file. */
function parse<Parsed>(read: () => Parsed): Parsed {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unreadable || error instanceof Skipped) throw error;
    throw new Unreadable(`cannot be parsed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export class Workspace implements Context {
  /** Services by the path of the Dockerfile that builds their image. */
  private readonly services = new Map<string, Launch[]>();
  /** The paths that were read and those that were parsed, in their order. */
  readonly reads: string[] = [];
  readonly parses: string[] = [];

  private readonly text: (path: string) => string;

  /** @param read the text of a file; throws Unreadable. */
  constructor(read: (path: string) => string = readText) {
    this.text = once((path) => {
      this.reads.push(path);
      return read(path);
    });
  }

  private readonly script = once((path: string): Source => new Source(path, this.text(path), "script"));

  private readonly file = once((path: string): Source | null => {
    const kind = kindOfPath(path);
    const text = this.text(path);
    const known = kind === "yaml" || kind === null ? kindOfText(text) : kind;
    return known === null ? null : new Source(path, text, known);
  });

  private readonly dockerfile = once((path: string): Dockerfile => {
    this.parses.push(path);
    const source = this.open(path, true) ?? new Source(path, this.text(path), "dockerfile");
    return parse(() => readDockerfile(source));
  });

  private readonly parsed = once((source: Source): readonly Launch[] => {
    this.parses.push(source.path);
    return parse(() => this.read(source));
  });

  /** A file that is read together with another; null if it cannot be read, which is reported when it is linted itself. */
  private beside(path: string | null): Source | null {
    if (path === null) return null;
    try {
      const source = this.open(path, true);
      if (source !== null) this.launchesOf(source);
      return source;
    } catch {
      return null;
    }
  }

  /** A CI file of GitLab and the files of the repository that it includes. @throws Unreadable if it is broken itself. */
  private withIncludes(source: Source): Source[] {
    const root = repositoryOf(source.path);
    const all = [source];
    const waiting = localIncludes(source);
    for (let said = waiting.shift(); said !== undefined; said = waiting.shift()) {
      for (const path of filesOf(root, said)) {
        if (all.length >= MOST_INCLUDES || all.some((other) => resolve(other.path) === resolve(path))) continue;
        try {
          const included = new Source(path, this.text(path), "gitlab");
          waiting.push(...localIncludes(included));
          all.push(included);
        } catch {
          // GitLab refuses such a file.
        }
      }
    }
    return all;
  }

  private addService(service: Launch): void {
    const { recipe } = service.image;
    if (recipe === null) return;
    const path = normalize(recipe.dockerfile);
    const others = this.services.get(path);
    if (others === undefined) this.services.set(path, [service]);
    else others.push(service);
  }

  /** A service as a devcontainer.json that uses its Compose file starts it; null if its command is not run. */
  private developed(service: Launch): Launch | null {
    for (const path of devContainersAround(service.source.path)) {
      const source = this.beside(path);
      const said = source === null ? null : developedService(source);
      if (said?.name !== service.name || !said.files.includes(normalize(service.source.path))) continue;
      if (said.isKeptOpen) return null;
      return said.init === null ? service : { ...service, platformInit: said.init };
    }
    return service;
  }

  /** Whether development containers are the only use of an image, and their tools never run its command. */
  private isKeptOpen(image: Launch): boolean {
    const around = devContainersAround(image.source.path);
    if (around.length === 0) return false;
    for (const path of around) this.beside(path);
    const services = this.servicesOf(image);
    return (
      services.length > 0 &&
      services.every(({ platform, entrypoint }) => platform === "devcontainer" && entrypoint !== null)
    );
  }

  private read(source: Source): readonly Launch[] {
    switch (source.kind) {
      case "compose": {
        const all = composeLaunches(source, this.beside(overrideOf(source.path)));
        const services = all.flatMap((service) => this.developed(service) ?? []);
        for (const service of services) this.addService(service);
        return services;
      }
      case "devcontainer": {
        const launches = devContainerLaunches(source);
        // A Dockerfile elsewhere has other uses than development.
        for (const launch of launches) {
          const dockerfile = launch.image.recipe?.dockerfile ?? "";
          if (devContainersAround(dockerfile).includes(normalize(source.path))) this.addService(launch);
        }
        return launches;
      }
      case "kubernetes":
        return kubernetesLaunches(source);
      case "github":
        return githubLaunches(source);
      case "gitlab":
        return this.withIncludes(source).flatMap(gitlabLaunches);
      case "tini-yml":
        return tiniYmlLaunches(source);
      default:
        return [];
    }
  }

  /**
   * Reads a file to be linted.
   *
   * @param isNamed whether the user named it: then it is linted whatever its name is.
   * @returns null if it is not one of the files that are linted.
   * @throws Unreadable if it cannot be read, or is named but its format is unknown.
   */
  open(path: string, isNamed: boolean): Source | null {
    const source = this.file(normalize(path));
    if (source !== null || !isNamed) return source;
    const kind = kindOfNamed(this.text(normalize(path)));
    if (kind !== null) return new Source(normalize(path), this.text(normalize(path)), kind);
    throw new NotOurs("is none of the files that are linted");
  }

  /**
   * The launches of a file.
   *
   * @throws Unreadable if it is broken.
   * @throws Skipped if it is a template.
   */
  launchesOf(source: Source): readonly Launch[] {
    if (source.kind === "dockerfile") {
      return this.dockerfile(source.path).launches.filter((launch) => !this.isKeptOpen(launch));
    }
    const isPlain = source.kind === "compose" || source.kind === "kubernetes";
    if (isPlain && isTemplate(source.text)) {
      throw new Skipped("is skipped: a template, whose {{ }} have to be filled in first");
    }
    try {
      return this.parsed(source);
    } catch (error) {
      if (!(error instanceof Unreadable) || !hasExpression(source.text)) throw error;
      throw new Skipped("is skipped: a template, which has to be filled in first");
    }
  }

  /** The launch of a stage of a Dockerfile; null if there is no such stage. @throws Unreadable, Skipped. */
  stageOf(path: string, target: string | null): Launch | null {
    return this.dockerfile(normalize(path)).target(target);
  }

  /** The folder with a launch's files; for a Dockerfile the build context on which all its users agree, or that has what it copies. */
  private readonly folderOf = once((launch: Launch): string | null => {
    const { context, platform, source } = launch;
    if (platform !== "dockerfile" || context !== dirname(source.path)) return context;
    const services = this.services.get(normalize(source.path)) ?? [];
    const said = new Set(services.flatMap(({ image: { recipe } }) => recipe?.context ?? []));
    const [only] = said;
    return said.size === 1 && only !== undefined ? only : contextOf(launch);
  });

  fileOf(launch: Launch, path: string): Source | null {
    const folder = this.folderOf(launch);
    if (folder === null) return null;
    const inside = relative(folder, join(folder, path));
    if (inside === ".." || inside.startsWith(`..${sep}`)) return null;
    try {
      return this.script(join(folder, inside));
    } catch {
      return null;
    }
  }

  servicesOf(image: Launch): readonly Launch[] {
    const services = this.services.get(image.source.path) ?? [];
    return services.filter((service) => this.imageOf(service)?.name === image.name);
  }

  readonly imageOf = once((launch: Launch): Launch | null => {
    const { recipe } = launch.image;
    if (recipe === null) return null;
    try {
      const image = this.dockerfile(normalize(recipe.dockerfile)).target(recipe.target);
      return image === null ? null : { ...image, context: recipe.context };
    } catch {
      return null;
    }
  });
}
