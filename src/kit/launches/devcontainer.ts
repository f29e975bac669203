/**
 * Development containers: devcontainer.json, JSON with comments. https://containers.dev/implementors/json_reference/
 *
 * The tools start every container by a shell of their own, in the place of the image's ENTRYPOINT. By default (of an image
 * or a Dockerfile; not of a Compose service) it stays: it has a trap for TERM and waits, so that it stops at once, and
 * reaps. With `"overrideCommand": false` it becomes what the image, or the service, runs.
 */
import { dirname, join, normalize } from "node:path";
import { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import { dockerOptions } from "./docker-options.ts";
import { type Launch, NOTHING } from "./launch.ts";
import { execCommand, listedWords } from "./words.ts";
import { documentsOf, environmentOf, type Tree } from "./yaml.ts";

interface DevContainer {
  readonly build?: { readonly dockerfile?: string; readonly context?: string; readonly target?: string };
  readonly containerEnv?: Record<string, string>;
  readonly context?: string;
  readonly dockerComposeFile?: unknown;
  readonly dockerFile?: string;
  readonly image?: string;
  readonly init?: boolean;
  readonly overrideCommand?: boolean;
  readonly privileged?: boolean;
  readonly runArgs?: readonly string[];
  readonly service?: string;
}

/** What the tools run where nothing else is said, in short. */
export const OPEN = ["/bin/sh", "-c", 'trap "exit 0" 15; while sleep 1 & wait $!; do :; done'];

/** The text as YAML: comments and tabs, which that does not have, are blanks. */
function withoutComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*.*?\*\/|\t/gs, (piece) =>
    piece.startsWith('"') ? piece : piece.replaceAll(/[^\n]/g, " "),
  );
}

const documentOf = (source: Source): Tree<DevContainer> | undefined =>
  [...documentsOf<DevContainer>(new Source(source.path, withoutComments(source.text), source.kind))][0];

/** A text without `${localEnv:NAME}`, which may be anything. */
const known = (text: Located<string> | null) => (text?.value.includes("${") === true ? null : text);

function launchOf(source: Source, file: Tree<DevContainer>): Launch {
  const folder = dirname(source.path);
  const build = file.get("build");
  const dockerfile = known(build.get("dockerfile").text() ?? file.get("dockerFile").text());
  const context = known(build.get("context").text() ?? file.get("context").text());
  const target = known(build.get("target").text());
  const image = known(file.get("image").text());
  const set = dockerOptions(listedWords(file.get("runArgs")) ?? []);
  const words = OPEN.map((value) => ({ value, span: file.span }));
  const isKeptOpen = file.get("overrideCommand").boolean()?.value !== false;
  const privileged = file.get("privileged").boolean();
  const init = file.get("init").boolean();
  return {
    ...NOTHING,
    ...set,
    source,
    platform: "devcontainer",
    name: "the development container",
    span: (dockerfile ?? image ?? file).span,
    image: {
      name: image,
      steps: [],
      recipe:
        dockerfile === null
          ? null
          : {
              dockerfile: join(folder, dockerfile.value),
              context: join(folder, context?.value ?? (build.isThere ? "." : dirname(dockerfile.value))),
              target: target?.value ?? null,
            },
    },
    entrypoint: isKeptOpen ? execCommand(words, file.span, file.span) : null,
    environment: new Map([...environmentOf(file.get("containerEnv"), known), ...(set.environment ?? [])]),
    // The shell that stays does what an init is for.
    platformInit: isKeptOpen ? { value: true, span: file.span } : (init ?? set.platformInit ?? null),
    writableCgroups: privileged?.value === true ? privileged.span : (set.writableCgroups ?? null),
  };
}

/**
 * The container that a devcontainer.json starts itself; a service of a Compose file is that file's.
 *
 * @throws Unreadable where it is broken.
 */
export function devContainerLaunches(source: Source): Launch[] {
  const file = documentOf(source);
  if (file?.isMap !== true || file.get("dockerComposeFile").isThere) return [];
  return [launchOf(source, file)];
}

/** What a devcontainer.json does with one of its services. */
export interface DevelopedService {
  /** The Compose files, normalized. */
  readonly files: readonly string[];
  /** As a launch has it: `service "app"`. */
  readonly name: string;
  /** The service's own command is not run. */
  readonly isKeptOpen: boolean;
  readonly init: Located<boolean> | null;
}

/** The service of a Compose file that a devcontainer.json makes its container; null where it is of none. */
export function developedService(source: Source): DevelopedService | null {
  const file = documentOf(source);
  const compose = file?.get("dockerComposeFile");
  const service = file?.get("service").text();
  if (file === undefined || compose?.isThere !== true || service === null || service === undefined) return null;
  const paths = [compose.text(), ...compose.items().map((item) => item.text())].flatMap((path) => path?.value ?? []);
  return {
    files: paths.map((path) => normalize(join(dirname(source.path), path))),
    name: `service "${service.value}"`,
    isKeptOpen: file.get("overrideCommand").boolean()?.value === true,
    init: file.get("init").boolean(),
  };
}

/** The files that may say how a file in a folder of development containers is used, the nearest first. */
export function devContainersAround(path: string): string[] {
  const around: string[] = [];
  for (let at = dirname(normalize(path)); /(?:^|[\\/])\.devcontainer(?:[\\/]|$)/.test(at); at = dirname(at)) {
    around.push(join(at, "devcontainer.json"));
  }
  return around;
}
