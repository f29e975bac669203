/** --healthcheck as a real engine runs it: in an image without a shell, as another user, and with `docker run --init`. */
import { describe, expect, it } from "vitest";
import { eventually, start } from "./box.ts";
import { connect, type Info } from "./docker.ts";
import { busybox, importImage, SCRATCH } from "./images.ts";
import { INIT } from "./engine.ts";

const IMAGE = "tini-ts-tests/healthcheck:latest";

/** The state of a container's health checks. */
const healthOf = (info: Info) => info.State.Health;

describe("HEALTHCHECK in an image FROM scratch", () => {
  it("P62: is healthy, then unhealthy with a reason while the program is stopped, then healthy again", async () => {
    const docker = await connect();
    await importImage(
      docker,
      IMAGE,
      [
        { path: "/tini-ts", type: "copy", from: INIT, mode: 0o755 },
        { path: "/busybox", type: "copy", from: await busybox(), mode: 0o755 },
      ],
      ['ENTRYPOINT ["/tini-ts", "--"]', 'HEALTHCHECK --interval=100ms --retries=1 CMD ["/tini-ts", "--healthcheck"]'],
    );
    const box = await start({ image: IMAGE, command: ["/busybox", "sleep", "1000"] });
    const becomes = (status: string) =>
      eventually(
        async () => healthOf(await box.container.inspect()),
        (health) => health?.Status === status,
      );
    await becomes("healthy");
    const main = (await box.processes()).find(({ name, parent }) => name === "busybox" && parent === 1);
    const pid = String(main?.pid);
    expect((await box.exec(["/busybox", "kill", "-STOP", pid])).code).toBe(0);
    const health = await becomes("unhealthy");
    expect(health?.Log.find(({ ExitCode }) => ExitCode !== 0)).toMatchObject({
      ExitCode: 1,
      Output: expect.stringMatching(/^\[FATAL tini-ts \(\d+\)\] unhealthy: main child \d+ is stopped\n$/) as string,
    });
    await box.exec(["/busybox", "kill", "-CONT", pid]);
    await becomes("healthy");
  });
});

describe("docker exec", () => {
  it("P62: a check works for every user, and asks the program", async () => {
    const box = await start({
      image: SCRATCH,
      entrypoint: ["/tini-ts", "--"],
      command: ["/busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/"],
      host: { CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
    });
    await box.process("busybox", "S");
    for (const User of ["0", "65534"]) {
      await eventually(
        () => box.exec(["/tini-ts", "--healthcheck=http:8080/busybox"], { User }),
        ({ code }) => code === 0,
      );
      expect(await box.exec(["/tini-ts", "--healthcheck"], { User })).toEqual({ code: 0, stdout: "", stderr: "" });
      const missing = await box.exec(["/tini-ts", "--healthcheck=http:8080/nothing"], { User });
      expect(missing.code).toBe(1);
      expect(missing.stderr).toMatch(/unhealthy: http:8080\/nothing answers with status 404\n$/);
    }
  });

  it("P62: with docker run --init the engine's own init is the one that is asked about", async () => {
    const box = await start({ command: ["sleep", "1000"], host: { Init: true } });
    await box.process("sleep", "S");
    expect(await box.exec(["/sbin/docker-init", "--healthcheck"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("P62: in a container without the init, PID 1 is named", async () => {
    const box = await start({ entrypoint: ["sleep", "1000"] });
    await box.process("sleep", "S");
    const { code, stderr } = await box.exec(["/tini-ts", "--healthcheck"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/unhealthy: no tini-ts runs here; PID 1 is sleep\n$/);
  });
});
