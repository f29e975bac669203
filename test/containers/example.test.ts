import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GenericContainer, Wait } from "testcontainers";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { get } from "./app.ts";
import { type Box, eventually, type Process, run, start } from "./box.ts";
import { connect, type HostConfig } from "./docker.ts";
import { findAll, PROJECT } from "./engine.ts";

const execute = promisify(execFile);
const IMAGE = "tini-ts-tests/example:latest";
const DOCKERFILE = "Dockerfile.example";

/** As the first lines of Dockerfile.example tell the user to run it. */
const LOCKED: HostConfig = {
  NetworkMode: "bridge",
  ReadonlyRootfs: true,
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
};

beforeAll(async () => {
  await GenericContainer.fromDockerfile(PROJECT, DOCKERFILE).build(IMAGE, { deleteOnExit: false });
});

/** The image matches the Dockerfile, and its app starts and stops. */
async function verify(image: string): Promise<void> {
  const { Config: config } = await (await connect()).getImage(image).inspect();
  expect(config).toMatchObject({
    Entrypoint: ["/tini-ts", "--"],
    Cmd: ["node", "server.mjs"],
    User: "node",
    WorkingDir: "/app",
  });
  const box = await start({ image, host: LOCKED });
  await box.stdout.until(/"event":"listening"/);
  expect((await box.stop()).code).toBe(0);
}

describe("Dockerfile.example is built unchanged", () => {
  it("by testcontainers with the classic builder", async () => {
    await verify(IMAGE);
  });

  it("by testcontainers with BuildKit", async () => {
    const image = "tini-ts-tests/example-buildkit:latest";
    await GenericContainer.fromDockerfile(PROJECT, DOCKERFILE).withBuildkit().build(image, { deleteOnExit: false });
    await verify(image);
  });

  it.each([
    { builder: "the classic builder", buildkit: "0" },
    { builder: "BuildKit", buildkit: "1" },
  ])("by docker build with $builder", async ({ buildkit }) => {
    // Nothing of the user's own configuration (contexts, credentials, a default builder) may take part.
    const config = await mkdtemp(join(tmpdir(), "tini-ts-docker-"));
    onTestFinished(() => rm(config, { recursive: true }));
    const environment = { ...process.env, DOCKER_CONFIG: config, DOCKER_BUILDKIT: buildkit };
    const docker = await command(buildkit === "1", environment);
    const image = `tini-ts-tests/example-command-${buildkit}:latest`;
    await execute(docker, ["build", "-f", DOCKERFILE, "-t", image, "."], { cwd: PROJECT, env: environment });
    await verify(image);
  });
});

/** A docker command that can build: from version 23 on it needs a plugin, buildx, for BuildKit. */
async function command(buildkit: boolean, environment: NodeJS.ProcessEnv): Promise<string> {
  for (const docker of findAll("docker")) {
    if (!buildkit) return docker;
    const { stdout } = await execute(docker, ["version", "--format", "{{.Client.Version}}"], { env: environment });
    if (Number.parseInt(stdout) < 23) return docker;
    const { stdout: help } = await execute(docker, ["--help"], { env: environment });
    if (/^ +buildx\*? /m.test(help)) return docker;
  }
  throw new Error("no docker command that can build is installed (Debian: apt install docker.io)");
}

describe("a container of Dockerfile.example", () => {
  it("runs with testcontainers on a read-only root, as an ordinary user, without a capability", async () => {
    const container = await new LockedContainer(IMAGE)
      .withWaitStrategy(Wait.forLogMessage(/"event":"listening"/))
      .start();
    onTestFinished(async () => {
      await container.stop();
    });
    const status = await container.exec([
      "/bin/sh",
      "-c",
      "id -u; grep -E 'CapEff|NoNewPrivs' /proc/1/status; echo >/x",
    ]);
    expect(status.stdout).toBe("1000\nNoNewPrivs:\t1\nCapEff:\t0000000000000000\n".replace(/(N.*\n)(C.*\n)/, "$2$1"));
    expect(status.stderr).toMatch(/read-only/i);
    expect(await get(container.getIpAddress("bridge"), "/")).toBe("200 ok\n");
  });

  it.each([
    ["P11: reaps the orphans that the app leaves", ["/tini-ts", "--"], ""],
    ["keeps them as zombies where node is PID 1 itself: the control", [], "ZZZZZ"],
  ])("%s", async (_, entrypoint, states) => {
    const box = await start({ image: IMAGE, entrypoint, command: ["node", "server.mjs"], host: LOCKED });
    await box.stdout.until(/"event":"listening"/);
    const pids = JSON.parse((await get(await address(box), "/orphans?count=5")).replace(/^200 /, "")) as number[];
    expect(pids).toHaveLength(5);
    const orphans = async (): Promise<Process[]> => (await box.processes()).filter(({ pid }) => pids.includes(pid));
    await eventually(orphans, (all) => all.map(({ state }) => state).join("") === states);
  });

  it("P20, P30: docker stop lets the app finish the open request; its exit code is the container's", async () => {
    const box = await start({ image: IMAGE, host: LOCKED, environment: { EXIT_CODE: "7" } });
    await box.stdout.until(/"event":"listening"/);
    const answer = get(await address(box), "/slow?ms=700");
    await box.stdout.until(/"event":"slow request"/);
    const [end, text] = await Promise.all([box.stop(), answer]);
    expect(end.stdout).toMatch(/"event":"stopping","openRequests":1}/);
    expect(text).toBe("200 done\n");
    expect(end).toMatchObject({ code: 7, stderr: "" });
  });

  it("stops within 100 ms of the app's own end", async () => {
    const delays: number[] = [];
    // The machine may be busy with something else in any one run; the best of several shows what the init costs.
    for (let attempt = 0; attempt < 5 && !delays.some((delay) => delay < 100); attempt++) {
      const box = await start({ image: IMAGE, host: LOCKED });
      await box.stdout.until(/"event":"listening"/);
      const end = await box.stop();
      // The last thing that the app does before it exits is to say the time.
      const [, ended] = /"time":([\d.]+),"event":"end"/.exec(end.stdout) ?? [];
      expect(end.code).toBe(0);
      delays.push(Date.parse(end.state.FinishedAt) - Number(ended));
    }
    expect(Math.min(...delays), `milliseconds: ${delays.join(", ")}`).toBeLessThan(100);
    expect(Math.min(...delays)).toBeGreaterThan(-5);
  });

  it("P2: the words after the image's name take the place of the command", async () => {
    const end = await run({ image: IMAGE, host: LOCKED, command: ["node", "-p", "process.ppid", "--", "-v"] });
    expect(end).toMatchObject({ code: 0, stdout: "1\n", stderr: "" });
  });
});

describe("a container of Dockerfile.example with limits, as its first lines describe", () => {
  /** The options of the second `docker run` there. */
  async function options(): Promise<{ host: HostConfig; environment: Record<string, string>; user: string }> {
    const text = (await readFile(join(PROJECT, DOCKERFILE), "utf8")).replace(/ \\\n#/g, "");
    const [, line = ""] = /^# +(docker run .*--memory .*)$/m.exec(text) ?? [];
    const all = [...line.matchAll(/--([\w-]+) (?!-)(\S+)/g)].map(([, name = "", value = ""]) => [name, value] as const);
    const of = (wanted: string) => all.filter(([name]) => name === wanted).map(([, value]) => value);
    expect(of("security-opt")).toEqual(["writable-cgroups=true"]);
    expect(of("memory")).toEqual(["256m"]);
    return {
      host: { Memory: 2 ** 28 },
      environment: Object.fromEntries(of("env").map((variable) => variable.split("=") as [string, string])),
      user: of("user")[0] ?? "",
    };
  }

  it("P41: nothing is started where the engine does not allow it, and the message names the way out", async () => {
    const { host, environment, user } = await options();
    const end = await run({ image: IMAGE, host, environment, create: { User: user } });
    expect(end).toMatchObject({ code: 125, stdout: "" });
    expect(end.stderr).toContain("docker run --security-opt writable-cgroups=true");
  });

  it("P32, P45: an app that needs too much is killed alone, which is logged, and started again", async () => {
    const { host, environment, user } = await options();
    const end = await run({
      image: IMAGE,
      // An engine of before 28 does not know the option.
      host: { ...host, Binds: ["/sys/fs/cgroup:/sys/fs/cgroup"] },
      environment: { ...environment, TINI_RESTART: "on-failure:1" },
      // Outside of the heap, whose size the hints limit.
      command: ["node", "-e", "console.log(process.env.NODE_OPTIONS); Buffer.alloc(2 ** 28, 1)"],
      create: { User: user },
    });
    expect(end).toMatchObject({ code: 137, stdout: "--max-old-space-size=153\n".repeat(2) });
    expect(end.stderr.match(/A process was killed by the kernel's OOM killer: memory.max 214745088/g)).toHaveLength(2);
    expect(end.state.OOMKilled).toBe(false);
  });
});

/** GenericContainer has no methods for these options of `docker run`. */
class LockedContainer extends GenericContainer {
  protected override hostConfig: HostConfig = LOCKED;
}

/** A container's address on the engine's default network. */
async function address(box: Box): Promise<string> {
  const { NetworkSettings: settings } = await box.container.inspect();
  return settings.Networks["bridge"]?.IPAddress ?? "";
}
