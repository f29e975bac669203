/** GitLab's CI file: the images of jobs and their services. https://docs.gitlab.com/ci/yaml/ */
import type { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import { type Command, type Launch, NOTHING } from "./launch.ts";
import { execCommand, listedWords } from "./words.ts";
import { documentsOf, environmentOf, type Tree } from "./yaml.ts";

interface Container {
  readonly name?: string;
  readonly alias?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly variables?: Record<string, string>;
}

interface Job {
  readonly image?: Container;
  readonly services?: readonly Container[];
  readonly variables?: Record<string, string>;
}

type File = Record<string, Job> & { readonly default?: Job };

/** Top-level keys that are not jobs. */
const NO_JOBS = new Set([
  "stages",
  "variables",
  "workflow",
  "include",
  "spec",
  "cache",
  "before_script",
  "after_script",
]);

/** A text, or null if it has variables, which may be anything. */
const known = (text: Located<string> | null) => (text === null || /\$(?:\w|\{|\[\[)/.test(text.value) ? null : text);

function commandOf(tree: Tree<Container>, key: "entrypoint" | "command"): Command | null {
  const list = tree.get(key);
  const words = listedWords(list);
  // [""] is how GitLab's users remove an entrypoint.
  return words === null
    ? null
    : execCommand(
        words.filter(({ value }) => value !== ""),
        list.span,
        tree.whole(key),
      );
}

function launchOf(source: Source, name: string, tree: Tree<Container>, variables: Launch["environment"]): Launch {
  tree.visit(variables.size);
  const image = tree.isMap ? tree.get("name").text() : tree.text();
  return {
    ...NOTHING,
    source,
    platform: "gitlab",
    name,
    span: image?.span ?? tree.span,
    image: { ...NOTHING.image, name: known(image) },
    entrypoint: commandOf(tree, "entrypoint"),
    command: commandOf(tree, "command"),
    environment: new Map([...variables, ...environmentOf(tree.get("variables"), known)]),
    // The project's settings may define variables, too.
    hasMoreEnvironment: true,
  };
}

function jobLaunches(source: Source, name: string, job: Tree<Job>, variables: Launch["environment"]): Launch[] {
  const launches: Launch[] = [];
  const image = job.get("image");
  if (!image.hasValue && !job.get("services").isList) return [];
  job.visit(variables.size);
  const all = new Map([...variables, ...environmentOf(job.get("variables"), known)]);
  if (image.hasValue) launches.push(launchOf(source, `the image of ${name}`, image, all));
  for (const service of job.get("services").items()) {
    const said = service.isMap ? service.get("name").text() : service.text();
    launches.push(launchOf(source, `service "${said?.value ?? ""}" of ${name}`, service, all));
  }
  return launches;
}

/**
 * The files of the same repository that a CI file includes, as it names them: paths from the repository's root, in which `*`
 * stands for any name. Files from elsewhere are not read.
 *
 * @throws Unreadable if it is broken YAML.
 */
export function localIncludes(source: Source): string[] {
  return [...documentsOf<{ readonly include?: unknown }>(source)].flatMap((file) => {
    const include = file.get("include");
    return [include, ...include.items()].flatMap((one) => {
      const map = one as Tree<{ readonly local?: string }>;
      const path = known(map.isMap ? map.get("local").text() : one.text());
      return path === null || /^https?:/.test(path.value) ? [] : path.value.replace(/^\/+/, "");
    });
  });
}

/**
 * The containers of a CI file. `default` (in older files the top level) applies to all jobs.
 *
 * @throws Unreadable if it is broken YAML.
 */
export function gitlabLaunches(source: Source): Launch[] {
  return [...documentsOf<File>(source)].flatMap((file) => {
    const variables = environmentOf(file.get("variables"), known);
    const top = jobLaunches(source, "all jobs", file as unknown as Tree<Job>, new Map());
    const jobs = file
      .entries()
      .filter(({ key, value }) => value.isMap && !NO_JOBS.has(key.value) && key.value !== "image")
      .flatMap(({ key, value }) =>
        jobLaunches(source, key.value === "default" ? "all jobs" : `job "${key.value}"`, value, variables),
      );
    return [...top, ...jobs];
  });
}
