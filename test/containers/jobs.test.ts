import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Box, start } from "./box.ts";
import { buildExample } from "./context.ts";
import { INIT, PROJECT } from "./engine.ts";
import { tar } from "./tar.ts";

const EXAMPLES = join(PROJECT, "examples");

/** A test that passes and leaves a server behind, which reports SIGTERM. */
const TEST = `
  import { spawn } from "node:child_process";
  import test from "node:test";
  test("leaves something behind", () => new Promise((resolve) => {
    const server = \`
      process.title = "left-behind";
      process.on("SIGTERM", () => { require("node:fs").writeFileSync("/project/told", ""); process.exit(); });
      console.log("ready");
      setInterval(() => undefined, 1000);\`;
    const child = spawn(process.execPath, ["-e", server], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    child.unref();
    child.stdout.once("data", () => { child.stdout.destroy(); resolve(); });
  }));
`;

/** Checks out the project, in effect. */
async function checkOut(box: Box): Promise<void> {
  const files = tar([
    { path: "/project", type: "directory", mode: 0o777 },
    { path: "/project/server.test.mjs", type: "file", content: TEST },
  ]);
  await box.container.putArchive(Readable.from(files), { path: "/" });
}

/** What still runs of the test's server, and whether it got SIGTERM. */
async function left(box: Box): Promise<{ servers: number; told: boolean }> {
  const servers = (await box.processes()).filter(({ name, state }) => name === "left-behind" && state !== "Z").length;
  return { servers, told: (await box.exec(["/bin/sh", "-c", "test -e /project/told"])).code === 0 };
}

describe("examples/github-actions", () => {
  interface Workflow {
    jobs: { test: { container: { image: string; options: string }; steps: { name?: string; run: string }[] } };
  }

  it("a step under tini-ts ends what the tests leave behind, and PID 1 reaps it", async () => {
    const file = join(EXAMPLES, "github-actions/.github/workflows/ci.yml");
    const { container, steps } = (parse(await readFile(file, "utf8")) as Workflow).jobs.test;
    const run = steps.find(({ name }) => name === "Test")?.run ?? "";
    // What the runner does: docker create OPTIONS --entrypoint tail IMAGE -f /dev/null, and docker exec for each step.
    expect(container.options.split(" ")).toEqual(["--init"]);
    const box = await start({
      image: container.image,
      host: { Init: true },
      entrypoint: ["tail"],
      command: ["-f", "/dev/null"],
    });
    await checkOut(box);
    // What the step before does.
    const init = tar([{ path: "/usr/local/bin/tini-ts", type: "copy", from: INIT, mode: 0o755 }]);
    await box.container.putArchive(Readable.from(init), { path: "/" });
    const control = await box.exec(["sh", "-ec", `cd /project; ${run.replace(/^tini-ts .* -- /, "")}`]);
    expect(control.code).toBe(0);
    expect(await left(box)).toEqual({ servers: 1, told: false });
    const step = await box.exec(["sh", "-ec", `cd /project; ${run}`]);
    expect(step).toMatchObject({ code: 0, stderr: "" });
    // The control's is still there.
    expect(await left(box)).toEqual({ servers: 1, told: true });
    expect((await box.processes()).filter(({ state }) => state === "Z")).toEqual([]);
  });
});

describe("examples/gitlab-ci", () => {
  interface Pipeline {
    test: { image: string; script: string[] };
  }
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = parse(await readFile(join(EXAMPLES, "gitlab-ci/.gitlab-ci.yml"), "utf8")) as Pipeline;
    await buildExample("gitlab-ci", pipeline.test.image);
  });

  it("the runner's shell runs under the image's init, and the script ends what the tests leave behind", async () => {
    // What the runner does: docker run -i IMAGE SHELL, and the script on the shell's standard input; so that the container can be
    // looked at, the shell waits here afterwards.
    const script = ["set -e", "cd /project", ...pipeline.test.script, "echo passed", "exec tail -f /dev/null"];
    const box = await start({
      image: pipeline.test.image,
      command: ["sh", "-c", 'while [ ! -e /project/server.test.mjs ]; do sleep 0.1; done; eval "$SCRIPT"'],
      environment: { SCRIPT: script.join("\n") },
    });
    await checkOut(box);
    await box.stdout.until(/^passed$/m);
    expect(await left(box)).toEqual({ servers: 0, told: true });
    const [init] = await box.processes();
    expect(init).toMatchObject({ pid: 1, name: "tini-ts" });
    expect(await box.stop()).toMatchObject({ code: 143, stderr: "" });
  });
});
