/** An init's system calls while something happens, by strace. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Init } from "./namespace.ts";
import { program, temporaryDirectory } from "./subject.ts";
import { until } from "./waiting.ts";

/**
 * Attaches strace to the init, waits for `meanwhile`, and for strace's end: it ends with the init, or when
 * `meanwhile` asks it to. Returns strace's output.
 */
export async function traced(init: Init, meanwhile: (stop: () => void) => Promise<unknown>): Promise<string> {
  const log = join(temporaryDirectory(), "strace");
  const strace = spawn("strace", ["-p", String(init.pid), "-o", log], { stdio: "ignore" });
  const ended = once(strace, "close");
  await until("strace is attached", () => Number(init.status("TracerPid")) > 0);
  await meanwhile(() => strace.kill("SIGINT"));
  await ended;
  return readFileSync(log, "latin1");
}

/** The system calls of an undisturbed init, during ten ticks of another process's clock. */
export async function callsWhileIdle(init: Init): Promise<string[]> {
  const trace = await traced(init, async (stop) => {
    await once(spawn(program("tick"), ["10"]), "close");
    stop();
  });
  return trace.split("\n").filter((line) => /^\w+\(/.test(line));
}
