import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { onTestFinished } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { Output } from "./box.ts";
import { enclose, type Enclosure, groupOf, makeDirectory, sweep } from "./enclosure.ts";
import { INIT } from "./engine.ts";
import { type Entry, tar } from "./tar.ts";

const PREFIX = "tini-ts-podman-";
/** The image that podman uses for the pause container of each Pod. */
const PAUSE = "tini-ts-tests/pause:latest";

/**
 * Puts itself into a control group of its own in each hierarchy, v1 or v2, then takes these groups for the roots of a cgroup
 * namespace and mounts the hierarchies anew: whatever podman makes ("/libpod_parent") is below. The processes stay in a leaf
 * of it, because a cgroup v2 group that has some cannot hand its controllers to groups below it.
 */
const SCRIPT = `
set -e
directory=$0 group=$1 init=$2
hierarchies() {
  if [ -f /sys/fs/cgroup/cgroup.procs ]; then echo /sys/fs/cgroup; return; fi
  for path in /sys/fs/cgroup/*; do [ ! -f "$path/cgroup.procs" ] || echo "$path"; done
}
case $3 in
outside)
  for path in $(hierarchies); do
    mkdir "$path/$group"
    # cpuset (v1): a new group has no CPUs and takes no process until it is given some.
    [ ! -f "$path/cgroup.clone_children" ] || echo 1 >"$path/$group/cgroup.clone_children"
    [ ! -f "$path/$group/cpuset.mems" ] || [ -n "$(cat "$path/$group/cpuset.mems")" ] || {
      cat "$path/cpuset.cpus" >"$path/$group/cpuset.cpus"
      cat "$path/cpuset.mems" >"$path/$group/cpuset.mems"
    }
    echo 0 >"$path/$group/cgroup.procs"
  done
  exec unshare --cgroup sh -ec "$4" "$directory" "$group" "$init" inside "$4"
  ;;
inside)
  for path in $(hierarchies); do
    mount --bind "$path/$group" "$path"
    mkdir "$path/leaf"
    echo 0 >"$path/leaf/cgroup.procs"
  done
  echo >"$directory/ready"
  exec "$init" --pause
  ;;
esac
`;

/** Joins the leaf group and becomes the program. */
const JOIN = `
for path in /sys/fs/cgroup /sys/fs/cgroup/*; do
  [ ! -f "$path/leaf/cgroup.procs" ] || echo 0 >"$path/leaf/cgroup.procs"
done
exec "$@"
`;

/** podman with its own storage, in namespaces of its own, under a guard like Docker's engine. */
export class Podman {
  readonly enclosure: Enclosure;
  readonly #holder: number;

  private constructor(enclosure: Enclosure, holder: number) {
    this.enclosure = enclosure;
    this.#holder = holder;
  }

  static async start(): Promise<Podman> {
    await sweep(PREFIX, () => Promise.resolve(false));
    const directory = await makeDirectory(PREFIX);
    await mkdir(join(directory, "temporary"));
    await writeFile(
      join(directory, "containers.conf"),
      `[containers]
       # Debian's own ask for more than a machine may allow.
       default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
       [engine]
       cgroup_manager = "cgroupfs"
       events_logger = "file"
       infra_image = "${PAUSE}"
       runtime = "runc"`,
    );
    await writeFile(
      join(directory, "storage.conf"),
      `[storage]
       driver = "overlay"
       graphroot = "${join(directory, "graph")}"
       runroot = "${join(directory, "run")}"`,
    );
    const command = ["sh", "-ec", SCRIPT, directory, groupOf(directory), INIT, "outside", SCRIPT];
    const enclosure = await enclose(directory, command, () => Promise.resolve(existsSync(join(directory, "ready"))));
    const { root } = enclosure;
    const holder = Number(await readFile(`/proc/${root}/task/${root}/children`, "utf8"));
    const podman = new Podman(enclosure, holder);
    try {
      await podman.import(
        PAUSE,
        [{ path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 }],
        ['ENTRYPOINT ["/tini-ts", "--pause"]'],
      );
    } catch (error) {
      await podman.stop();
      throw error;
    }
    return podman;
  }

  /** Ends podman's containers, and removes every trace. */
  stop(): Promise<void> {
    return this.enclosure.stop();
  }

  /** Runs podman and resolves with its standard output; rejects with its output if the exit code is not 0. */
  run(...words: string[]): Promise<string> {
    return this.execute("podman", ...words);
  }

  /** The same with a program of the host, in podman's namespaces. */
  execute(...words: string[]): Promise<string> {
    const [file, arguments_, options] = this.#command(words);
    return new Promise((resolve, reject) => {
      execFile(file, arguments_, { ...options, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${words.join(" ")} ended with ${String(error.code)}:\n${stdout}${stderr}`));
      });
    });
  }

  /** `podman run` in the background, without a network; resolves with the container's id. Removed after the test. */
  async start(...words: string[]): Promise<string> {
    const id = (await this.run("run", "--detach", "--network=none", ...words)).trim();
    onTestFinished(async () => {
      await this.run("rm", "--force", "--time=0", id);
    });
    return id;
  }

  /** Starts podman, whose outputs can be waited for. */
  follow(...words: string[]): Output {
    const [file, arguments_, options] = this.#command(["podman", ...words]);
    const child = spawn(file, arguments_, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const output = new Output();
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => output.add(part));
    child.on("close", () => output.end());
    onTestFinished(() => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      child.stderr.destroy();
    });
    return output;
  }

  /** Makes an image of these files; `changes` are lines of a Dockerfile. */
  async import(image: string, entries: readonly Entry[], changes: readonly string[] = []): Promise<void> {
    const words = ["podman", "import", "--quiet", ...changes.flatMap((change) => ["--change", change]), "-", image];
    const [file, arguments_, options] = this.#command(words);
    const child = spawn(file, arguments_, { ...options, stdio: ["pipe", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (part: Buffer) => (errors += String(part)));
    const code = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    // If podman ends early, the pipe breaks; its own message is more useful.
    const [status] = await Promise.all([
      code,
      pipeline(Readable.from(tar(entries)), child.stdin).catch(() => undefined),
    ]);
    if (status !== 0) throw new Error(`podman import of ${image} ended with ${String(status)}:\n${errors}`);
  }

  #command(words: readonly string[]): [string, string[], { env: NodeJS.ProcessEnv }] {
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    const enter = [`--target=${this.#holder}`, ...namespaces, "--wd=/", "sh", "-c", JOIN, "sh"];
    return [
      "nsenter",
      [...enter, ...words],
      {
        env: {
          ...process.env,
          CONTAINERS_CONF: join(this.enclosure.directory, "containers.conf"),
          CONTAINERS_STORAGE_CONF: join(this.enclosure.directory, "storage.conf"),
          // Health checks run when they are asked for: there is no systemd whose timers could.
          DISABLE_HC_SYSTEMD: "true",
          TMPDIR: join(this.enclosure.directory, "temporary"),
        },
      },
    ];
  }

  /**
   * Runs the Pod of a manifest, or of its Deployment, in a network of its own without a way out, and removes it after the
   * test. `change` adapts what podman needs in another form than Kubernetes.
   */
  async play(file: string, change: Change = () => undefined): Promise<Pod> {
    const documents = await readManifests(file);
    const spec = onlyPod(documents);
    // Otherwise podman 4.3 starts again whatever ends, initContainers too.
    spec.restartPolicy = "Never";
    // podman refuses ports where there is no network, although the app could be reached inside.
    for (const container of spec.containers) delete container.ports;
    change(spec);
    const manifest = join(this.enclosure.directory, "manifest.yaml");
    await writeFile(manifest, documents.map((document) => stringify(document)).join("---\n"));
    onTestFinished(async () => {
      await this.run("pod", "rm", "--all", "--force", "--time=0");
    });
    await this.run("kube", "play", "--quiet", "--network=none", manifest);
    // Of a Deployment's replicas the first will do.
    const [name = ""] = (await this.run("pod", "ps", "--format={{.Name}}"))
      .split("\n")
      .sort()
      .filter((line) => line !== "");
    return new Pod(this, name, spec.terminationGracePeriodSeconds ?? 30);
  }
}

async function readManifests(file: string): Promise<Manifest[]> {
  return parseAllDocuments(await readFile(file, "utf8")).map((document) => document.toJS() as Manifest);
}

/** The spec of the one Pod in a file. */
export async function readPod(file: string): Promise<PodSpec> {
  return onlyPod(await readManifests(file));
}

function onlyPod(documents: readonly Manifest[]): PodSpec {
  const specs = documents.flatMap((document) => {
    if (document.kind === "Pod") return [document.spec];
    return document.kind === "Deployment" ? [document.spec.template.spec] : [];
  });
  const [spec] = specs;
  if (spec === undefined || specs.length !== 1)
    throw new Error(`expected one Pod in the manifest, got ${specs.length}`);
  return spec;
}

type Manifest =
  | { kind: "Pod"; spec: PodSpec }
  | { kind: "Deployment"; spec: { template: { spec: PodSpec } } }
  | { kind: "Service" | "RuntimeClass" };

/** Changes a Pod's spec. */
export type Change = (spec: PodSpec) => void;

/** The parts of a Pod's `spec` that the tests read or change. */
export interface PodSpec {
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  securityContext?: { runAsUser?: number };
  volumes?: { name: string; image?: { reference: string }; hostPath?: { path: string; type: string } }[];
  containers: {
    name: string;
    image: string;
    command?: string[];
    args?: string[];
    env?: { name: string; value: string }[];
    ports?: unknown[];
    livenessProbe?: { exec: { command: string[] }; timeoutSeconds?: number };
    volumeMounts?: { name: string; mountPath: string }[];
    securityContext?: { privileged?: boolean; runAsUser?: number };
  }[];
}

/** A Pod that runs. */
export class Pod {
  readonly #podman: Podman;
  readonly #name: string;
  readonly #graceSeconds: number;

  constructor(podman: Podman, name: string, graceSeconds: number) {
    this.#podman = podman;
    this.#name = name;
    this.#graceSeconds = graceSeconds;
  }

  /** A container's output, from its beginning on. */
  log(container: string): Output {
    return this.#podman.follow("logs", "--follow", this.#full(container));
  }

  /** Runs a program in a container, and resolves with its standard output. */
  exec(container: string, ...command: string[]): Promise<string> {
    return this.#podman.run("exec", this.#full(container), ...command);
  }

  /** Asks a container's server, from its network: `podman exec` is refused while a container is being stopped. */
  async get(container: string, url: string): Promise<string> {
    const pid = (await this.#podman.run("inspect", "--format={{.State.Pid}}", this.#full(container))).trim();
    const script = `const response = await fetch(process.argv[1]);
      process.stdout.write(\`\${response.status} \${await response.text()}\`)`;
    const node = [process.execPath, "--input-type=module", "-e", script, url];
    return this.#podman.execute("nsenter", `--target=${pid}`, "--net", ...node);
  }

  /**
   * Stops a container as the kubelet does: SIGTERM, and SIGKILL after terminationGracePeriodSeconds. Resolves with its exit code,
   * 137 if it had to be killed.
   */
  async stop(container: string): Promise<number> {
    await this.#podman.run("stop", `--time=${this.#graceSeconds}`, this.#full(container));
    return this.exitCode(container);
  }

  /** The exit code of a container once it has ended. */
  async exitCode(container: string): Promise<number> {
    return Number(await this.#podman.run("wait", this.#full(container)));
  }

  /** Runs a container's probe. The exit code is 0 if it is healthy, and otherwise 1. */
  async probe(container: string): Promise<number> {
    return this.#podman.run("healthcheck", "run", this.#full(container)).then(
      () => 0,
      () => 1,
    );
  }

  #full(container: string): string {
    return `${this.#name}-${container}`;
  }
}
