import type { TestProject } from "vitest/node";
import { connect, useEngine } from "./docker.ts";
import { INIT, initIsBuilt, obstacle, startEngine } from "./engine.ts";
import { makeImages } from "./images.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** DOCKER_HOST of the engine that was started for the tests; empty if there is none. */
    containersHost: string;
    /** The process id of that engine's PID 1. */
    containersRoot: number;
  }
}

/**
 * vitest's globalSetup: starts the engine and makes the images; the function that it returns removes them again.
 * A machine that lacks something never gets here, because the survey of the grounds leaves these tests out and says so.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reason = obstacle() ?? (initIsBuilt() ? undefined : `needs ${INIT} (npm run build)`);
  if (reason !== undefined) throw new Error(`test/containers ${reason}`);
  const engine = await startEngine(INIT);
  try {
    useEngine(engine.host);
    await makeImages(await connect());
  } catch (error) {
    await engine.stop();
    throw error;
  }
  project.provide("containersHost", engine.host);
  project.provide("containersRoot", engine.root);
  return () => engine.stop();
}
