/** Kubernetes: one launch for each container of a Pod, or of a pod template in any resource, recognized by its shape. */
import type { IContainer, IPodSpec } from "kubernetes-models/v1";
import type { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import { type Command, type Launch, NOTHING } from "./launch.ts";
import { kubernetesQuantity, sleepOf } from "./quantities.ts";
import { execCommand, listedWords } from "./words.ts";
import { documentsOf, type Tree } from "./yaml.ts";

/** The common keys of documents. */
interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly generateName?: string };
  /** Of a List. */
  readonly items?: readonly Manifest[];
  /** Of a Template of OpenShift. */
  readonly objects?: readonly Manifest[];
}

type PodSpec = Tree<IPodSpec>;

/** Kinds that only describe pods: admission policies, and schemas. */
const NO_PODS = /Policy$|^(?:CustomResourceDefinition|ConstraintTemplate|ConfigMap|Secret)$/;

/** Kinds whose pods are meant to end: batch jobs, workflows and builds. */
const ENDING = /Job(?:Set|Template)?$|Workflow(?:Template)?$|(?:Task|Pipeline|Build)(?:Run)?$/;

/** Keys of a manifest that contain no pods. */
const BESIDE = new Set(["apiVersion", "kind", "metadata", "status", "data", "stringData"]);

/** How deep a manifest is searched for pod templates. */
const DEEPEST = 12;

/** Whether a map is a pod's spec: it lists containers, each with a name or an image. */
function isPodSpec(tree: Tree): boolean {
  const containers = (tree as PodSpec).get("containers").items();
  return containers.some((one) => one.get("name").text() !== null || one.get("image").text() !== null);
}

/** A pod that a manifest creates. */
interface Pod {
  readonly spec: PodSpec;
  /** A job's: `jobTemplate`, `provider: {job: ...}` of an analysis. */
  readonly isOfJob: boolean;
}

/** The pods that a manifest creates, wherever it has them, even in unknown kinds. */
function podsOf(manifest: Tree<Manifest>): Pod[] {
  const pods: Pod[] = [];
  function walk(tree: Tree, depth: number, isOfJob: boolean): void {
    if (depth > DEEPEST) return;
    if (isPodSpec(tree)) {
      pods.push({ spec: tree, isOfJob });
      return;
    }
    for (const { key, value } of tree.entries()) {
      if (depth > 0 || !BESIDE.has(key.value)) walk(value, depth + 1, isOfJob || /^job|Job/.test(key.value));
    }
    for (const item of tree.items()) walk(item, depth + 1, isOfJob);
  }
  const kind = manifest.get("kind").text();
  if (kind !== null && !NO_PODS.test(kind.value)) walk(manifest, 0, false);
  return pods;
}

type Container = Tree<IContainer>;

function commandOf(container: Container, key: "command" | "args"): Command | null {
  const tree = container.get(key);
  const words = listedWords(tree);
  // An empty list counts as unset: the image's is used.
  return words === null || words.length === 0 ? null : execCommand(words, tree.span, container.whole(key));
}

function environmentOf(container: Container): Map<string, Located<string | null>> {
  const environment = new Map<string, Located<string | null>>();
  for (const item of container.get("env").items()) {
    const name = item.get("name").text();
    const value = item.get("value").text();
    // The kubelet expands $(OTHER).
    const isKnown = value !== null && !value.value.includes("$(");
    if (name !== null) {
      environment.set(name.value, { value: isKnown ? value.value : null, span: value?.span ?? name.span });
    }
  }
  return environment;
}

/** Probes and hooks that run a program in the container. */
function checksOf(container: Container): Command[] {
  const lifecycle = container.get("lifecycle");
  const actions = [
    container.get("livenessProbe").get("exec"),
    container.get("readinessProbe").get("exec"),
    container.get("startupProbe").get("exec"),
    lifecycle.get("preStop").get("exec"),
    lifecycle.get("postStart").get("exec"),
  ];
  return actions.flatMap((action) => {
    const command = action.get("command");
    const words = listedWords(command);
    return words === null || words.length === 0 ? [] : [execCommand(words, command.span, action.span)];
  });
}

/** How long the preStop hook takes at least, in milliseconds; null if that is unknown. */
function stopHookOf(container: Container): Located<number> | null {
  const hook = container.get("lifecycle").get("preStop");
  const seconds = hook.get("sleep").get("seconds").number();
  if (seconds !== null) return { value: seconds.value * 1000, span: seconds.span };
  const command = hook.get("exec").get("command");
  const time = sleepOf((listedWords(command) ?? []).map(({ value }) => value));
  return time === 0 ? null : { value: time, span: command.span };
}

function located<Value>(text: Located<string> | null, read: (text: string) => Value | null): Located<Value> | null {
  const value = text === null ? null : read(text.value);
  return text === null || value === null ? null : { value, span: text.span };
}

function launchOf(source: Source, manifest: Tree<Manifest>, pod: PodSpec, container: Container): Launch {
  const metadata = manifest.get("metadata");
  const owner = metadata.get("name").text() ?? metadata.get("generateName").text();
  const name = container.get("name").text();
  const kind = manifest.get("kind").text()?.value ?? "";
  const limits = container.get("resources").get("limits") as Tree<Record<string, string>>;
  const ofPod = pod.get("resources").get("limits") as Tree<Record<string, string>>;
  const limit = (key: string) => located(limits.get(key).text() ?? ofPod.get(key).text(), kubernetesQuantity);
  const shared = [pod.get("shareProcessNamespace"), pod.get("hostPID")].map((tree) => tree.boolean());
  const privileged = container.get("securityContext").get("privileged").boolean();
  const grace = pod.get("terminationGracePeriodSeconds").number();
  return {
    ...NOTHING,
    source,
    platform: "kubernetes",
    name: `container "${name?.value ?? ""}" of ${kind}${owner === null ? "" : ` "${owner.value}"`}`,
    span: name?.span ?? container.span,
    image: { name: container.get("image").text(), steps: [], recipe: null },
    entrypoint: commandOf(container, "command"),
    command: commandOf(container, "args"),
    environment: environmentOf(container),
    hasMoreEnvironment: container.get("envFrom").items().length > 0,
    stopSignal: container.get("lifecycle").get("stopSignal").text(),
    grace: grace === null ? null : { value: grace.value * 1000, span: grace.span },
    stopHook: stopHookOf(container),
    limits: { memory: limit("memory"), cpus: limit("cpu"), processes: null },
    sharedProcesses: shared.find((value) => value?.value === true) ?? null,
    // A runtime class may be one whose cgroups are writable (containerd: cgroup_writable).
    writableCgroups: (privileged?.value === true ? privileged : pod.get("runtimeClassName").text())?.span ?? null,
    checks: checksOf(container),
  };
}

function launchesOf(source: Source, manifest: Tree<Manifest>): Launch[] {
  const kind = manifest.get("kind").text()?.value ?? "";
  if (kind === "List" || kind === "Template") {
    const items = manifest.get(kind === "List" ? "items" : "objects").items();
    return items.flatMap((item) => launchesOf(source, item));
  }
  return podsOf(manifest).flatMap(({ spec: pod, isOfJob }) => {
    const launch = (container: Container) => launchOf(source, manifest, pod, container);
    // It is meant to end: it is not restarted, or as in jobs only after a failure.
    const isEnding =
      isOfJob || ENDING.test(kind) || /^(?:Never|OnFailure)$/.test(pod.get("restartPolicy").text()?.value ?? "");
    return [
      ...pod
        .get("initContainers")
        .items()
        // An init container that is always restarted is a sidecar; the others end before the containers start.
        .map((container) => ({
          ...launch(container),
          isShortLived: container.get("restartPolicy").text()?.value !== "Always",
        })),
      ...pod
        .get("containers")
        .items()
        .map((container) => ({ ...launch(container), isShortLived: isEnding })),
    ];
  });
}

/**
 * The containers of a file of manifests.
 *
 * @throws Unreadable if it is broken YAML.
 */
export function kubernetesLaunches(source: Source): Launch[] {
  const launches: Launch[] = [];
  // One after the other, so that only one manifest is in memory as a tree.
  for (const manifest of documentsOf<Manifest>(source)) launches.push(...launchesOf(source, manifest));
  return launches;
}
