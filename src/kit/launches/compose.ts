/** Compose files: one launch for each service. https://docs.docker.com/reference/compose-file/services/ */
import { dirname, join } from "node:path";
import type { Source } from "../files/source.ts";
import type { Located, Span } from "../finding.ts";
import { type Command, type Image, type Launch, type Limits, NOTHING, type Recipe } from "./launch.ts";
import { dockerSize, goDuration } from "./quantities.ts";
import { execCommand, listedWords, shellCommand, wordsIn } from "./words.ts";
import { documentsOf, type Tree, type ValueOf } from "./yaml.ts";

/** The keys of a service that are read. */
interface Service {
  readonly build?: Build;
  readonly cgroup?: string;
  readonly command?: unknown;
  readonly cpus?: number;
  readonly depends_on?: Record<string, { readonly condition?: string }>;
  readonly deploy?: {
    readonly mode?: string;
    readonly resources?: { readonly limits?: DeployLimits };
    readonly restart_policy?: { readonly condition?: string };
  };
  readonly entrypoint?: unknown;
  readonly env_file?: unknown;
  readonly environment?: readonly string[];
  readonly extends?: { readonly file?: string; readonly service?: string };
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly image?: string;
  readonly init?: boolean;
  readonly mem_limit?: string;
  readonly pid?: string;
  readonly pids_limit?: number;
  readonly privileged?: boolean;
  readonly restart?: string;
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly stop_signal?: string;
}

interface Build {
  readonly context?: string;
  readonly dockerfile?: string;
  readonly dockerfile_inline?: string;
  readonly target?: string;
}

interface DeployLimits {
  readonly memory?: string;
  readonly cpus?: string;
  readonly pids?: number;
}

interface ComposeFile {
  readonly services?: Record<string, Service>;
}

/** A text with variables replaced by their defaults; null if one has none. */
function interpolate(text: string): string | null {
  let result = "";
  for (const { 0: piece, 1: fallback, index } of text.matchAll(
    /\$\$|\$\{\w+:?-([^{}$]*)\}|\$(?:\w+|\{[^{}]*\})|[^$]+|\$/g,
  )) {
    // A variable within another, or an unclosed brace.
    if (piece === "$" && text.charAt(index + 1) === "{") return null;
    if (piece === "$$" || piece === "$") result += "$";
    else if (!piece.startsWith("$")) result += piece;
    else if (fallback !== undefined) result += fallback;
    else return null;
  }
  return result;
}

function located<Value>(text: Located<string> | null, read: (text: string) => Value | null): Located<Value> | null {
  const known = text === null ? null : interpolate(text.value);
  const value = known === null ? null : read(known);
  return text === null || value === null ? null : { value, span: text.span };
}

/** How long a chain of `extends` is followed. */
const MOST_LAYERS = 50;

/** A service with what it inherits by `extends` from others in the same file. */
class Layers {
  private readonly layers: readonly Tree<Service>[];
  /** Whether it inherits from a file that is not read. */
  readonly isPartial: boolean;

  constructor(services: Tree<Record<string, Service>>, name: string) {
    const layers: Tree<Service>[] = [];
    const seen = new Set<string>();
    let isPartial = false;
    for (let next: string | undefined = name; next !== undefined && !seen.has(next);) {
      if (seen.size === MOST_LAYERS) {
        isPartial = true;
        break;
      }
      seen.add(next);
      const service: Tree<Service> = services.get(next);
      layers.push(service);
      const base: Tree<NonNullable<Service["extends"]>> = service.get("extends");
      if (base.get("file").isThere) isPartial = true;
      next = base.isMap ? base.get("service").text()?.value : base.text()?.value;
    }
    this.layers = layers;
    this.isPartial = isPartial;
  }

  /** The first layer that sets a key, or the first of all. */
  private layer(key: keyof Service): Tree<Service> {
    const said = this.layers.find((layer) => layer.get(key).hasValue) ?? this.layers[0];
    if (said === undefined) throw new Error("a service of no layers");
    return said;
  }

  get<Key extends keyof Service>(key: Key): Tree<ValueOf<Service, Key>> {
    return this.layer(key).get(key);
  }

  whole(key: keyof Service): Span {
    return this.layer(key).whole(key);
  }
}

function commandOf(service: Layers, key: "entrypoint" | "command", source: Source): Command | null {
  const tree: Tree = service.get(key);
  if (!tree.hasValue) return null;
  const read = (text: string) => interpolate(text) ?? text;
  const words = listedWords(tree, read) ?? wordsIn(tree, source, read);
  return words === null ? null : execCommand(words, tree.span, service.whole(key));
}

function checkOf(service: Layers, source: Source): Command[] {
  const test = service.get("healthcheck").get("test");
  const whole = service.whole("healthcheck");
  if (!test.isList) {
    const script = test.text();
    return script === null ? [] : [shellCommand(script, whole)];
  }
  const [kind, ...words] = listedWords(test) ?? [];
  const [script] = words;
  if (kind?.value === "CMD") return [execCommand(words, test.span, whole)];
  return kind?.value === "CMD-SHELL" && script !== undefined && source.text !== "" ? [shellCommand(script, whole)] : [];
}

function environmentOf(tree: Tree<readonly string[]>): Map<string, Located<string | null>> {
  const environment = new Map<string, Located<string | null>>();
  for (const { key, value } of tree.entries()) {
    const text = (value as Tree).text();
    environment.set(key.value, {
      value: text === null ? null : interpolate(text.value),
      span: text?.span ?? key.span,
    });
  }
  for (const item of tree.items()) {
    const text = item.text();
    const [, name, value] = /^([^=]+)(?:=(.*))?$/s.exec(text?.value ?? "") ?? [];
    if (text === null || name === undefined) continue;
    environment.set(name, { value: value === undefined ? null : interpolate(value), span: text.span });
  }
  return environment;
}

/** The image: built from a Dockerfile, or a name. */
function imageOf(service: Layers, folder: string): Image {
  const build = service.get("build");
  if (build.hasValue && !service.isPartial) {
    const context = located(build.isMap ? build.get("context").text() : build.text(), (text) => text);
    const path = build.isMap && !build.get("context").isThere ? "." : (context?.value ?? null);
    const isFolder = path !== null && !/^[a-z][a-z+]*:|^git@/.test(path);
    const target = build.get("target");
    const file = build.get("dockerfile");
    const named = file.isThere ? located(file.text(), (text) => text) : { value: "Dockerfile" };
    const isKnown = isFolder && named !== null && !build.get("dockerfile_inline").isThere;
    const stage = target.isThere ? located(target.text(), (text) => text) : null;
    const recipe: Recipe | null =
      isKnown && (stage !== null || !target.isThere)
        ? {
            context: join(folder, path),
            dockerfile: named.value.startsWith("/") ? named.value : join(folder, path, named.value),
            target: stage?.value ?? null,
          }
        : null;
    return { name: null, steps: [], recipe };
  }
  const name = service.isPartial ? null : located(service.get("image").text(), (text) => text || null);
  return { name, steps: [], recipe: null };
}

/** `deploy` overrides the older keys. */
function limitsOf(service: Layers): Limits {
  const limits = service.get("deploy").get("resources").get("limits");
  const positive = (text: string) => (Number(text) > 0 ? Number(text) : null);
  return {
    memory: located(limits.get("memory").text() ?? service.get("mem_limit").text(), dockerSize),
    cpus: located(limits.get("cpus").text() ?? service.get("cpus").text(), positive),
    processes: located(limits.get("pids").text() ?? service.get("pids_limit").text(), positive),
  };
}

/** A value that is set but unknown (a variable, a service of another file) is not the default. */
function graceOf(service: Layers, span: Span): Launch["grace"] {
  const text = service.get("stop_grace_period").text();
  if (text === null) return service.isPartial ? { value: null, span } : null;
  return { value: located(text, goDuration)?.value ?? null, span: text.span };
}

/** The services for whose successful end others wait. */
function endingServices(services: Tree<Record<string, Service>>): Set<string> {
  const ending = new Set<string>();
  for (const { value } of services.entries()) {
    for (const { key, value: dependency } of value.get("depends_on").entries()) {
      if (dependency.get("condition").text()?.value === "service_completed_successfully") ending.add(key.value);
    }
  }
  return ending;
}

/** Whether a service is not restarted after its end, because it is meant to end. */
function isEnding(service: Layers): boolean {
  const deploy = service.get("deploy");
  return (
    service.get("restart").text()?.value === "no" ||
    deploy.get("mode").text()?.value.endsWith("-job") === true ||
    deploy.get("restart_policy").get("condition").text()?.value === "none"
  );
}

function launchOf(
  source: Source,
  services: Tree<Record<string, Service>>,
  key: Located<string>,
  ending: ReadonlySet<string>,
): Launch {
  const service = new Layers(services, key.value);
  const pid = located(service.get("pid").text(), (text) => /^(?:host|service:|container:)/.test(text));
  const image = imageOf(service, dirname(source.path));
  const security = service
    .get("security_opt")
    .items()
    .find((item) => /^(?:writable-cgroups[=:]true|unmask[=:].+)$/.test(item.text()?.value ?? ""));
  const privileged = service.get("privileged").boolean();
  const check = service.get("healthcheck").get("disable").boolean()?.value === true ? [] : checkOf(service, source);
  return {
    ...NOTHING,
    source,
    platform: "compose",
    name: `service "${key.value}"`,
    span: key.span,
    image,
    entrypoint: commandOf(service, "entrypoint", source),
    command: commandOf(service, "command", source),
    environment: environmentOf(service.get("environment")),
    hasMoreEnvironment: service.get("env_file").hasValue || service.isPartial,
    stopSignal: located(service.get("stop_signal").text(), (text) => text),
    grace: graceOf(service, key.span),
    limits: limitsOf(service),
    platformInit: service.get("init").boolean(),
    mayHavePlatformInit: service.isPartial || (service.get("init").hasValue && service.get("init").boolean() === null),
    sharedProcesses: pid?.value === true ? { value: true, span: pid.span } : null,
    writableCgroups: privileged?.value === true ? privileged.span : (security?.span ?? null),
    checks: check,
    isShortLived: isEnding(service) || ending.has(key.value),
    context: image.recipe?.context ?? null,
  };
}

/** The file that Compose reads with another by default, `compose.override.yaml`; null if it reads none. */
export function overrideOf(path: string): string | null {
  const [, stem, ending] = /^(.*?(?:docker-)?compose)(\.ya?ml)$/i.exec(path) ?? [];
  return stem === undefined || !/(?:^|[\\/])(?:docker-)?compose$/i.test(stem)
    ? null
    : `${stem}.override${ending ?? ""}`;
}

/** The services whose `init` a file sets. */
function servicesWithInit(source: Source | null): Set<string> {
  const files = source === null ? [] : [...documentsOf<ComposeFile>(source)];
  const services = files.flatMap((file) => file.get("services").entries());
  return new Set(services.flatMap(({ key, value }) => (value.get("init").hasValue ? [key.value] : [])));
}

/**
 * The services of a Compose file.
 *
 * @param override the file that Compose reads with it; null if there is none.
 * @throws Unreadable if one of them is broken YAML.
 */
export function composeLaunches(source: Source, override: Source | null = null): Launch[] {
  const withInit = servicesWithInit(override);
  return [...documentsOf<ComposeFile>(source)].flatMap((file) => {
    const services = file.get("services");
    const ending = endingServices(services);
    return services
      .entries()
      .filter(({ value }) => value.isMap)
      .map(({ key }) => {
        const launch = launchOf(source, services, key, ending);
        return withInit.has(key.value) ? { ...launch, platformInit: null, mayHavePlatformInit: true } : launch;
      });
  });
}
