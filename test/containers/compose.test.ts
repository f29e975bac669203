import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { eventually } from "./box.ts";
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
    expect(await logOf(web)).not.toContain('"event":"stopping"');
    await stopped;
    expect(await logOf(web)).toContain('"event":"end"');
    expect(await exitCodeOf(web)).toBe(0);
    // Its PID 1 is the engine's init, here tini-ts; httpd itself would not have heard the stop.
    expect(await exitCodeOf(files)).toBe(143);
  });
});
