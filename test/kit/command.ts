/** The toolkit's commands in a folder of files that exists during the test. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { main } from "../../src/kit/toolkit.ts";

/** Makes a folder with files in it. */
export function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-kit-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Around {
  readonly environment?: Readonly<Record<string, string>>;
  readonly isTerminal?: boolean;
  /** Removed from the output. */
  readonly folder?: string;
}

/** Runs a command in this process. */
export async function run(
  words: readonly string[],
  { environment = {}, isTerminal, folder }: Around = {},
): Promise<Ran> {
  const said = { stdout: "", stderr: "" };
  const stream = (name: "stdout" | "stderr") => ({
    isTTY: isTerminal === true,
    write: (text: string) => (said[name] += text),
  });
  const code = await main(words, { environment, stdout: stream("stdout"), stderr: stream("stderr") });
  const strip = (text: string) => (folder === undefined ? text : text.replaceAll(`${folder}/`, ""));
  return { code, stdout: strip(said.stdout), stderr: strip(said.stderr) };
}
