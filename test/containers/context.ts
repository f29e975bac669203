import { copyFile, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GenericContainer } from "testcontainers";
import { INIT, PROJECT } from "./engine.ts";

/** Copies an example to a folder of its own and puts the init beside it, as its Dockerfile's first lines describe. */
export async function withContext<T>(example: string, use: (context: string) => Promise<T>): Promise<T> {
  const context = await mkdtemp(join(tmpdir(), "tini-ts-context-"));
  try {
    await cp(join(PROJECT, "examples", example), context, { recursive: true });
    await copyFile(INIT, join(context, "tini-ts"));
    return await use(context);
  } finally {
    await rm(context, { recursive: true });
  }
}

/** Builds an example's Dockerfile unchanged. */
export async function buildExample(example: string, image: string): Promise<void> {
  await withContext(example, (context) =>
    GenericContainer.fromDockerfile(context).build(image, { deleteOnExit: false }),
  );
}
