import { getContainerRuntimeClient } from "testcontainers";

/** The API client that testcontainers uses (dockerode), for what GenericContainer has no method for. */
export type Docker = Awaited<ReturnType<typeof getContainerRuntimeClient>>["container"]["dockerode"];
export type Container = ReturnType<Docker["getContainer"]>;
export type CreateOptions = NonNullable<Parameters<Docker["createContainer"]>[0]>;
/** HostConfig, with an option that dockerode's types lack. */
export type HostConfig = NonNullable<CreateOptions["HostConfig"]> & { CgroupnsMode?: "host" | "private" };
export type Info = Awaited<ReturnType<Container["inspect"]>>;
export type State = Info["State"];

/** The client of the engine that DOCKER_HOST names. */
export async function connect(): Promise<Docker> {
  return (await getContainerRuntimeClient()).container.dockerode;
}

/** Reads a stream of progress messages (import, build) to its end; an error among them rejects. */
export async function followed(progress: NodeJS.ReadableStream): Promise<void> {
  let text = "";
  for await (const part of progress) text += String(part);
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const message = JSON.parse(line) as { error?: string };
    if (message.error !== undefined) throw new Error(message.error);
  }
}

/** Points the Docker clients of this process (testcontainers, dockerode, the command line) at an engine. */
export function useEngine(host: string): void {
  process.env["DOCKER_HOST"] = host;
  // Ryuk would be pulled from a registry; the engine goes away as a whole instead.
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  // If it runs inside a container (/.dockerenv), testcontainers would look for a bridge's address.
  process.env["TESTCONTAINERS_HOST_OVERRIDE"] = "localhost";
}
