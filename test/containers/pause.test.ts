import { describe, expect, it } from "vitest";
import { eventually, start } from "./box.ts";
import { SCRATCH } from "./images.ts";

/** The sandbox container of a pod: others join its namespaces. */
const sandbox = { image: SCRATCH, entrypoint: ["/tini-ts", "--pause"] };

describe("--pause as the sandbox of a pod", () => {
  it("P63: docker stop ends it with 0, at once", async () => {
    const box = await start(sandbox);
    await box.process("tini-ts", "S");
    expect(await box.stop(20)).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  it("P11, P63: it reaps what a container leaves behind that joined its processes, and takes it along when it ends", async () => {
    const pod = await start(sandbox);
    await pod.process("tini-ts", "S");
    const script =
      "for i in 1 2 3 4 5; do sh -c 'sleep 0.1 & echo $! >>/tmp/pids'; done; cat /tmp/pids; echo ready; exec sleep 100000";
    const member = await start({
      command: ["sh", "-c", script],
      host: { PidMode: `container:${pod.container.id}` },
    });
    await member.stdout.until(/ready/);
    const pids = member.stdout.text.trim().split("\n").slice(0, -1).map(Number);
    expect(pids).toHaveLength(5);
    await eventually(
      () => pod.processes(),
      (all) => all.every(({ pid, state }) => !pids.includes(pid) && state !== "Z"),
    );
    const all = await pod.processes();
    expect(all.find(({ pid }) => pid === 1)?.name).toBe("tini-ts");
    expect(all.some(({ name }) => name === "sleep")).toBe(true);
    expect((await pod.stop(20)).code).toBe(0);
    // Its PID namespace ends with PID 1: the kernel kills the member.
    expect((await member.end()).code).toBe(137);
  });

  it("P11: a container that ends leaves no zombie in the sandbox that it joined", async () => {
    const pod = await start(sandbox);
    await pod.process("tini-ts", "S");
    const member = await start({
      command: ["sh", "-c", "sleep 0.3 & exit 4"],
      host: { PidMode: `container:${pod.container.id}` },
    });
    expect((await member.end()).code).toBe(4);
    await eventually(
      () => pod.processes(),
      (all) => all.length === 1,
    );
  });
});
