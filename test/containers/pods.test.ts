import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { withContext } from "./context.ts";
import { PROJECT } from "./engine.ts";
import { busyboxFiles, exampleBase, nodeFiles } from "./images.ts";
import { type Change, Podman, readPod } from "./podman.ts";

const EXAMPLES = join(PROJECT, "examples/kubernetes");

/** The app of Dockerfile.example, as its Pod sees it. */
const APP = "http://127.0.0.1:8080";

let podman: Podman;

/** On a busy machine a second is not enough for anything. */
const SLOW = ["--healthcheck-timeout=60s"];
const probe = (word: string) => ({ exec: { command: ["/tini-ts", ...SLOW, word] }, timeoutSeconds: 120 });

const manifest = (name: string) => join(EXAMPLES, name);
const play = (name: string) => podman.play(manifest(name));

beforeAll(async () => {
  podman = await Podman.start();
  await podman.import(await exampleBase(), await nodeFiles(), ["ENV PATH=/usr/local/bin:/bin"]);
  await podman.import("busybox:1.37", await busyboxFiles(), ["ENV PATH=/bin", 'CMD ["sh"]']);
  // As the comments at the top of the two files say.
  const build = ["build", "--quiet", "--pull-never", "--network=none"];
  await podman.run(...build, "--tag=node-app:1.0.0", `--file=${join(PROJECT, "Dockerfile.example")}`, PROJECT);
  await withContext("kubernetes", (context) => podman.run(...build, "--tag=registry.example/tini-ts:0.1.0", context));
});

afterAll(() => podman.stop());

describe("examples/kubernetes", () => {
  it("inject-init-container.yaml: a program that would ignore the stop signal as PID 1 ends at once", async () => {
    const pod = await play("inject-init-container.yaml");
    expect(await pod.exec("app", "cat", "/proc/1/comm")).toBe("tini-ts\n");
    expect(await pod.stop("app")).toBe(143);
  });

  it("inject-init-container.yaml without the init: the control is killed when its time is over", async () => {
    const pod = await podman.play(manifest("inject-init-container.yaml"), (spec) => {
      delete spec.containers[0]?.command;
      spec.terminationGracePeriodSeconds = 1;
    });
    expect(await pod.exec("app", "cat", "/proc/1/comm")).toBe("httpd\n");
    expect(await pod.stop("app")).toBe(137);
  });

  it("inject-image-volume.yaml: the image's files are where the command looks for the init", async () => {
    const spec = await readPod(manifest("inject-image-volume.yaml"));
    const [app] = spec.containers;
    const [mount] = app?.volumeMounts ?? [];
    const volume = spec.volumes?.find(({ name }) => name === mount?.name);
    // podman 4.3 knows image volumes, but not in a manifest.
    const words = [
      `--mount=type=image,source=${volume?.image?.reference ?? ""},destination=${mount?.mountPath ?? ""}`,
      `--user=${spec.securityContext?.runAsUser ?? ""}`,
      `--entrypoint=${JSON.stringify(app?.command)}`,
      app?.image ?? "",
      ...(app?.args ?? []),
    ];
    const name = await podman.start("--read-only", "--cap-drop=all", "--security-opt=no-new-privileges", ...words);
    expect(await podman.run("exec", name, "cat", "/proc/1/comm")).toBe("tini-ts\n");
    await podman.run("stop", `--time=${spec.terminationGracePeriodSeconds ?? 0}`, name);
    expect(await podman.run("wait", name)).toBe("143\n");
  });

  it("rollout.yaml: requests are served after the stop has begun, and finished before the app ends", async () => {
    const pod = await play("rollout.yaml");
    const log = pod.log("app");
    await log.until(/"event":"listening"/);
    const slow = pod.get("app", `${APP}/slow?ms=7000`);
    await log.until(/"event":"slow request"/);
    const stopped = pod.stop("app");
    // Whatever fails first is what the test ends with.
    for (const promise of [slow, stopped]) promise.catch(() => undefined);
    await log.until(/Stopping by SIGTERM/);
    // The Service may still send some: the app has not been told yet.
    expect(await pod.get("app", `${APP}/`)).toBe("200 ok\n");
    const meanwhile = log.text;
    await log.until(/"event":"stopping","openRequests":1/);
    expectAbsent('"event":"stopping"', meanwhile, log.text);
    expect(await slow).toBe("200 done\n");
    expect(await stopped).toBe(0);
  });

  it("shared-pid-namespace.yaml: the init is not PID 1, and adopts and reaps the app's orphans all the same", async () => {
    const pod = await podman.play(manifest("shared-pid-namespace.yaml"), ({ containers: [app] }) => {
      app?.env?.push({ name: "TINI_WARN_ON_REAP", value: "1" });
    });
    const log = pod.log("app");
    await log.until(/"event":"listening"/);
    expect(await pod.exec("shell", "cat", "/proc/1/cmdline")).toBe("/tini-ts\0--pause\0");
    const orphans = await pod.get("app", `${APP}/orphans?count=3`);
    for (const pid of JSON.parse(orphans.replace(/^200 /, "")) as number[]) {
      await log.until(new RegExp(`Reaped zombie process with pid=${pid}\n`));
    }
    expect(await pod.stop("app")).toBe(0);
    expect(await pod.stop("shell")).toBe(143);
  });

  it("P62: shared-pid-namespace.yaml: an exec probe finds the app's own init, though PID 1 is another tini-ts", async () => {
    const pod = await podman.play(manifest("shared-pid-namespace.yaml"), ({ containers: [app] }) => {
      if (app) app.livenessProbe = probe("--healthcheck");
    });
    await pod.log("app").until(/"event":"listening"/);
    expect(await pod.probe("app")).toBe(0);
    const own = (name: string) => `grep -lx '${name}' /proc/[0-9]*/cmdline | tr -dc '0-9 \\n'`;
    await pod.exec("shell", "sh", "-c", `kill -STOP $(${own("node.server.mjs.")})`);
    expect(await pod.probe("app")).toBe(1);
    await pod.exec("shell", "sh", "-c", `kill -CONT $(${own("node.server.mjs.")})`);
    expect(await pod.probe("app")).toBe(0);
  });

  it("P62: rollout.yaml: an exec probe asks the app by HTTP, as its user and without a shell", async () => {
    const pod = await podman.play(manifest("rollout.yaml"), ({ containers: [app] }) => {
      if (app) app.livenessProbe = probe("--healthcheck=http:8080/");
    });
    await pod.log("app").until(/"event":"listening"/);
    expect(await pod.probe("app")).toBe(0);
    await expect(pod.exec("app", "/tini-ts", ...SLOW, "--healthcheck=http:8080/nothing")).rejects.toThrow("status 404");
  });

  it("P61: termination-message.yaml: the file that the status comes from says how the app ended, as its user", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tini-ts-termination-"));
    const file = join(folder, "termination-log");
    // As the kubelet makes it; podman has no terminationMessagePath.
    writeFileSync(file, "");
    chmodSync(file, 0o666);
    try {
      const pod = await podman.play(manifest("termination-message.yaml"), (spec) => {
        spec.volumes = [{ name: "log", hostPath: { path: file, type: "File" } }];
        for (const container of spec.containers)
          container.volumeMounts = [{ name: "log", mountPath: "/dev/termination-log" }];
      });
      await pod.log("app").until(/"event":"listening"/);
      expect(await pod.stop("app")).toBe(0);
      expect(readFileSync(file, "utf8")).toMatch(
        /^summary of the run\n {2}ended {7}exited, after SIGTERM, exit code 0\n {2}time /,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("P41: limits.yaml: without a writable cgroup file system nothing is started, and the message says how to get one", async () => {
    const pod = await play("limits.yaml");
    expect(await pod.exitCode("app")).toBe(125);
    const log = pod.log("app");
    await log.ended;
    expect(log.text).toMatch(/--memory-max: .*read-only/);
    expect(log.text).toMatch(/Kubernetes cgroup_writable = true/);
    expectAbsent("listening", log.text, readFileSync(join(PROJECT, "examples/node-app/server.mjs"), "utf8"));
  });

  /** podman 4.3 knows no RuntimeClass, nor another way to a writable cgroup file system in a manifest. */
  const privileged: Change = ({ containers: [app] }) => {
    if (app !== undefined) app.securityContext = { ...app.securityContext, privileged: true };
  };

  it("P44, P45: limits.yaml: the app has its share of the container's limits, and gets it by hints", async () => {
    const pod = await podman.play(manifest("limits.yaml"), privileged);
    await pod.log("app").until(/"event":"listening"/);
    const files = ["memory/memory.limit_in_bytes", "memory/workload/memory.limit_in_bytes", "pids/workload/pids.max"];
    const values = await pod.exec("app", "sh", "-c", `cd /sys/fs/cgroup && cat ${files.join(" ")}`);
    // 80 % in whole pages.
    expect(values.split("\n").slice(0, -1).map(Number)).toEqual([
      2 ** 28,
      Math.floor((2 ** 28 * 0.8) / 4096) * 4096,
      64,
    ]);
    const environment = "tr '\\0' '\n' <$(grep -lx 'node.server.mjs.' /proc/[0-9]*/cmdline | sed 's/cmdline/environ/')";
    const variables = (await pod.exec("app", "sh", "-c", environment)).split("\n");
    expect(variables).toEqual(expect.arrayContaining(["GOMAXPROCS=1", "NODE_OPTIONS=--max-old-space-size=153"]));
    expect(await pod.stop("app")).toBe(0);
  });

  it("P32, P45: limits.yaml: an app that needs too much is killed alone, which is logged, and started again", async () => {
    const pod = await podman.play(manifest("limits.yaml"), (spec) => {
      privileged(spec);
      const [app] = spec.containers;
      for (const variable of app?.env ?? []) if (variable.name === "TINI_RESTART") variable.value = "on-failure:1";
      // Outside of the heap, whose size the hints limit.
      if (app !== undefined) app.args = ["node", "-e", "console.log('started'); Buffer.alloc(2 ** 28, 1)"];
    });
    expect(await pod.exitCode("app")).toBe(137);
    const log = pod.log("app");
    await log.ended;
    expect(log.text.match(/started/g)).toHaveLength(2);
    expect(log.text.match(/killed by the kernel's OOM killer/g)).toHaveLength(2);
  });
});
