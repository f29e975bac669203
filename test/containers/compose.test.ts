import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { expectAbsent } from "../absence.ts";
import { eventually } from "./box.ts";
import { parse, stringify } from "yaml";
import { get } from "./app.ts";
import { connect, type Container } from "./docker.ts";
import { PROJECT } from "./engine.ts";
import { busyboxFiles, importImage } from "./images.ts";

const EXAMPLE = join(PROJECT, "examples/compose");
const PROJECT_NAME = "example";

beforeAll(async () => {
  await importImage(await connect(), "busybox:1.37", await busyboxFiles());
});

/** Runs docker-compose in the example's folder; resolves when it has ended well. */
function compose(...words: string[]): Promise<void> {
  const child = spawn("docker-compose", [`--project-name=${PROJECT_NAME}`, ...words], {
    cwd: EXAMPLE,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += String(part)));
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`docker-compose ${words.join(" ")} ended with ${String(code)}:\n${output}`));
    });
  });
}

/** The container of a service. */
async function service(name: string): Promise<Container> {
  const docker = await connect();
  const filters = { label: [`com.docker.compose.service=${name}`] };
  const [container] = await docker.listContainers({ all: true, filters });
  if (container === undefined) throw new Error(`no container of the service ${name}`);
  return docker.getContainer(container.Id);
}

const logOf = async (container: Container) => (await container.logs({ stdout: true, stderr: true })).toString();

const exitCodeOf = async (container: Container) => (await container.inspect()).State.ExitCode;

describe("examples/compose", () => {
  it("compose.yaml: serves on for TINI_DELAY after the stop has begun, and all end within their time", async () => {
    onTestFinished(() => compose("down", "--volumes", "--timeout=0"));
    await compose("up", "--build", "--detach");
    const [web, files] = [await service("web"), await service("files")];
    const { NetworkSettings: settings } = await web.inspect();
    const address = settings.Networks[`${PROJECT_NAME}_default`]?.IPAddress ?? "";
    await eventually(
      () => logOf(web),
      (log) => log.includes('"event":"listening"'),
    );
    const events = await (await connect()).getEvents({ filters: { event: ["kill"], container: [web.id] } });
    onTestFinished(() => void (events as unknown as Readable).destroy());
    const told = new Promise((resolve) => events.once("data", resolve));
    const stopped = compose("stop");
    stopped.catch(() => undefined);
    await told;
    expect(await get(address, "/")).toBe("200 ok\n");
    const meanwhile = await logOf(web);
    await stopped;
    expectAbsent('"event":"stopping"', meanwhile, await logOf(web));
    expect(await logOf(web)).toContain('"event":"end"');
    expect(await exitCodeOf(web)).toBe(0);
    // Its PID 1 is the engine's init, here tini-ts; httpd itself would not have heard the stop.
    expect(await exitCodeOf(files)).toBe(143);
  });

  /** Starts the services with compose.limits.yaml, in which `change` is made to the one that has limits. */
  async function upWithLimits(change: (web: Web) => void): Promise<Container> {
    const folder = await mkdtemp(join(tmpdir(), "tini-ts-compose-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const limits = parse(await readFile(join(EXAMPLE, "compose.limits.yaml"), "utf8")) as { services: { web: Web } };
    const { web } = limits.services;
    // An engine of before 28 does not know the option.
    expect(web.security_opt).toContain(WRITABLE);
    web.security_opt = web.security_opt.filter((option) => option !== WRITABLE);
    change(web);
    const file = join(folder, "compose.limits.yaml");
    await writeFile(file, stringify(limits));
    onTestFinished(() => compose("down", "--volumes", "--timeout=0"));
    await compose("--file=compose.yaml", `--file=${file}`, "up", "--build", "--detach", "web");
    return service("web");
  }

  it("P41: compose.limits.yaml: without a writable cgroup file system nothing is started, and the message says how to get one", async () => {
    const web = await upWithLimits(() => undefined);
    await web.wait();
    expect(await exitCodeOf(web)).toBe(125);
    const log = await logOf(web);
    expect(log).toMatch(/--memory-max: .*read-only/);
    expect(log).toContain(`docker run --security-opt ${WRITABLE}`);
    const server = await readFile(join(EXAMPLE, "../node-app/server.mjs"), "utf8");
    expectAbsent("listening", log, server);
  });

  it("P41: compose.limits.yaml: with best-effort it is a warning, and the app runs", async () => {
    const web = await upWithLimits(({ environment }) => (environment["TINI_LIMITS"] = "best-effort"));
    const log = await eventually(
      () => logOf(web),
      (log) => log.includes("listening"),
    );
    expect(log).toMatch(/WARN .*--memory-max: .*read-only/);
    await compose("stop", "web");
    expect(await exitCodeOf(web)).toBe(0);
  });

  it("P45: compose.limits.yaml: where the app may write to its cgroups it has its share of the container's", async () => {
    // What the option does with cgroup v2 in a safe way.
    const web = await upWithLimits((web) => (web.volumes = ["/sys/fs/cgroup:/sys/fs/cgroup"]));
    await eventually(
      () => logOf(web),
      (log) => log.includes("listening"),
    );
    const [memory, pids] = ["memory/*/memory.limit_in_bytes", "pids/*/pids.max"].map((pattern) =>
      globSync(`/sys/fs/cgroup/${pattern.replace("*", `*/${web.id}/workload`)}`).map((file) =>
        readFileSync(file, "utf8"),
      ),
    );
    expect(memory?.map(Number)).toEqual([Math.floor((2 ** 28 * 0.8) / 4096) * 4096]);
    expect(pids?.map(Number)).toEqual([64]);
    await compose("stop", "web");
    expect(await exitCodeOf(web)).toBe(0);
  });
});

const WRITABLE = "writable-cgroups=true";

/** Of a service what the tests look at or change. */
interface Web {
  security_opt: string[];
  environment: Record<string, string>;
  volumes?: string[];
}
