/** GitHub workflows: the containers of jobs, their services, and steps that run an image. */
import type { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import { dockerOptions } from "./docker-options.ts";
import { type Launch, NOTHING } from "./launch.ts";
import { execCommand, wordsIn } from "./words.ts";
import { documentsOf, environmentOf, type Tree } from "./yaml.ts";

interface Container {
  readonly image?: string;
  readonly env?: Record<string, string>;
  readonly options?: string;
}

interface Workflow {
  readonly jobs?: Record<string, Job>;
}

interface Job {
  readonly container?: Container;
  readonly services?: Record<string, Container>;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly with?: { readonly args?: string; readonly entrypoint?: string };
  readonly env?: Record<string, string>;
}

/** A text, or null if it has a `${{ }}`, which may be anything. */
const known = (text: Located<string> | null) => (text?.value.includes("${{") === true ? null : text);

/** A container of a job or one of its services: `container: IMAGE`, or a map. */
function containerLaunch(source: Source, name: string, tree: Tree<Container>): Launch {
  const image = tree.isMap ? tree.get("image").text() : tree.text();
  const options = tree.get("options");
  const text = known(options.text());
  const set = text === null ? {} : dockerOptions(wordsIn(options, source) ?? []);
  return {
    ...NOTHING,
    source,
    platform: "github",
    name,
    span: image?.span ?? tree.span,
    ...set,
    image: { ...NOTHING.image, name: known(image) },
    mayHavePlatformInit: options.isThere && text === null,
    environment: new Map([...environmentOf(tree.get("env"), known), ...(set.environment ?? [])]),
  };
}

function jobLaunches(source: Source, name: string, job: Tree<Job>): Launch[] {
  const launches: Launch[] = [];
  const container = job.get("container");
  if (container.hasValue) {
    const launch = containerLaunch(source, `the container of job "${name}"`, container);
    // The runner starts `tail -f /dev/null` instead of the image's command, and runs the steps beside it.
    const words = ["tail", "-f", "/dev/null"].map((value) => ({ value, span: launch.span }));
    const entrypoint = execCommand(words, launch.span, launch.span);
    // The runner removes it when the job is done.
    launches.push({ ...launch, entrypoint, command: null, isShortLived: true });
  }
  for (const { key, value } of job.get("services").entries()) {
    launches.push(containerLaunch(source, `service "${key.value}" of job "${name}"`, value));
  }
  for (const step of job.get("steps").items()) {
    const uses = step.get("uses").text();
    if (uses?.value.startsWith("docker://") !== true) continue;
    const entrypoint = step.get("with").get("entrypoint");
    const args = step.get("with").get("args");
    const commandOf = (tree: Tree) => {
      const words = known(tree.text()) === null ? null : wordsIn(tree, source);
      return words === null ? null : execCommand(words, tree.span, tree.span);
    };
    launches.push({
      ...NOTHING,
      source,
      platform: "github",
      name: `a step of job "${name}"`,
      span: uses.span,
      image: { ...NOTHING.image, name: known({ ...uses, value: uses.value.slice("docker://".length) }) },
      entrypoint: commandOf(entrypoint),
      command: commandOf(args),
      environment: environmentOf(step.get("env"), known),
      isShortLived: true,
    });
  }
  return launches;
}

/**
 * The containers of a workflow.
 *
 * @throws Unreadable if it is broken YAML.
 */
export function githubLaunches(source: Source): Launch[] {
  return [...documentsOf<Workflow>(source)].flatMap((workflow) =>
    workflow
      .get("jobs")
      .entries()
      .flatMap(({ key, value }) => jobLaunches(source, key.value, value)),
  );
}
