import { beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { type Box, eventually, start } from "./box.ts";
import { buildExample } from "./context.ts";
import { connect, type HostConfig } from "./docker.ts";
import { distrolessFiles, importImage, javaFiles, pythonFiles } from "./images.ts";
import { leavesOne } from "./programs.ts";

/** As the comments at the top of the Dockerfiles tell the user to run them. */
const LOCKED: HostConfig = { ReadonlyRootfs: true, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] };

const imageOf = (example: string) => `tini-ts-tests/${example}:latest`;

describe("examples/distroless-node", () => {
  const image = imageOf("distroless-node");

  beforeAll(async () => {
    const base = "gcr.io/distroless/nodejs24-debian12:nonroot";
    await importImage(await connect(), base, await distrolessFiles(), [
      'ENTRYPOINT ["/nodejs/bin/node"]',
      "USER 65532",
    ]);
    await buildExample("distroless-node", image);
  });

  it("serves, is healthy, and ends in order", async () => {
    const box = await start({ image, host: LOCKED });
    await box.stdout.until(/listening/);
    const { Config: config } = await (await connect()).getImage(image).inspect();
    const [kind, ...check] = config.Healthcheck?.Test ?? [];
    expect(kind).toBe("CMD");
    expect(await box.exec(check)).toMatchObject({ code: 0, stderr: "" });
    expect(await box.stop()).toMatchObject({ code: 0, stdout: "listening\nclosed\n", stderr: "" });
  });
});

describe("examples/python", () => {
  const image = imageOf("python");

  beforeAll(async () => {
    await importImage(await connect(), "python:3.13-slim-bookworm", await pythonFiles());
    await buildExample("python", image);
  });

  it("reaps what the worker leaves, and unwinds it when it is stopped", async () => {
    const box = await start({ image, host: LOCKED });
    await box.stdout.until(/done 3/);
    await eventually(
      () => box.processes(),
      (all) => all.every(({ state }) => state !== "Z") && all.length > 1,
    );
    const { code, stdout, stderr } = await box.stop();
    expect(code).toBe(0);
    // The last job's process lives for a moment.
    expect(["", leavesOne(1)]).toContain(stderr);
    expect(stdout).toMatch(/done (\d+)\nput away \1\n$/);
  });

  it("neither reaps nor gets the stop signal where Python is PID 1 itself: the control", async () => {
    const box = await start({ image, host: LOCKED, entrypoint: [] });
    await box.process("sleep", "Z");
    const { code, stdout } = await box.stop(1);
    expect(code).toBe(137);
    const behindInit = await start({ image, host: LOCKED });
    await behindInit.stdout.until(/done/);
    expectAbsent("put away", stdout, (await behindInit.stop()).stdout);
  });
});

describe("examples/java", () => {
  const image = imageOf("java");

  beforeAll(async () => {
    const docker = await connect();
    await importImage(docker, "eclipse-temurin:21-jdk", await javaFiles());
    const jdk = docker.getImage("eclipse-temurin:21-jdk");
    await jdk.tag({ repo: "eclipse-temurin", tag: "21-jre" });
    await buildExample("java", image);
  });

  /** As its first lines describe. */
  const host: HostConfig = { Memory: 2 ** 29, NanoCpus: 1e9 };
  const heap = async (box: Box) =>
    (await box.stdout.until(/running: (\d+) processors, (\d+) MiB of heap\n/)).slice(1).map(Number);

  it("P44: has a heap of three quarters of the container's memory, and ends in order, which is no failure", async () => {
    const box = await start({ image, host });
    const [processors, megabytes = 0] = await heap(box);
    expect(processors).toBe(1);
    // What the JVM calls its heap is somewhat less than what it may use for it.
    expect(megabytes).toBeGreaterThan(340);
    expect(megabytes).toBeLessThanOrEqual(384);
    const { code, stdout } = await box.stop();
    expect({ code, end: stdout.split("\n").slice(-2) }).toEqual({ code: 0, end: ["closed", ""] });
  });

  it("has a quarter, and a failure, without the init: the control", async () => {
    const box = await start({ image, host, entrypoint: [] });
    const [, megabytes = 0] = await heap(box);
    expect(megabytes).toBeLessThanOrEqual(128);
    expect((await box.stop()).code).toBe(143);
  });
});
