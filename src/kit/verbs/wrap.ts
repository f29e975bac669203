/** `tini-ts wrap DOCKERFILE`: puts tini-ts into a Dockerfile, and what the build needs for it beside. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { parseWords, type Surroundings, type Verb } from "../command.ts";
import { readText, Skipped, Unreadable } from "../files/read.ts";
import { systemReason } from "../files/reasons.ts";
import { Source } from "../files/source.ts";
import { writeAtOnce } from "../files/write.ts";
import type { Architecture } from "../init/binary.ts";
import { Refusal } from "../refusal.ts";
import { isIgnored } from "../wrap/context.ts";
import { NotWrapped, wrap, type Wrapped } from "../wrap/wrap.ts";
import { architectureOf, install, INSTALLED_NAME } from "./install.ts";

/** What a Dockerfile is called where the user names none. */
const NAMES = ["Dockerfile", "Containerfile"];

/** A text file before and after. */
interface Change {
  readonly path: string;
  /** null: there is none yet. */
  readonly before: string;
  readonly after: string;
}

/** The words of an option that takes a JSON list, as docker image inspect prints them; null where it is not there. */
function listOf(option: string, said: readonly string[]): string[] | null {
  const last = said.at(-1);
  if (last === undefined) return null;
  let value: unknown;
  try {
    value = JSON.parse(last);
  } catch {
    value = undefined;
  }
  if (value === null) return [];
  if (!Array.isArray(value) || !value.every((word) => typeof word === "string")) {
    throw new Refusal(`--${option} ${last}: a JSON list of words was expected, like ["npm", "start"]`);
  }
  return value;
}

/** The Dockerfile that the user means. */
function dockerfileOf(operands: readonly string[]): string {
  const [path, other] = operands;
  if (other !== undefined) throw new Refusal(`wrap takes one Dockerfile, and ${other} is another`);
  if (path !== undefined) {
    const inside = NAMES.map((name) => join(path, name)).find((each) => existsSync(each));
    return normalize(inside ?? path);
  }
  const found = NAMES.find((name) => existsSync(name));
  if (found === undefined) throw new Refusal(`there is no ${NAMES.join(" and no ")} here: name the file`);
  return found;
}

/** The .dockerignore that keeps the init from the build, with a line that lets it in; null where nothing does. */
function letIn(dockerfile: string, context: string): Change | null {
  const path = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((each) => existsSync(each));
  if (path === undefined) return null;
  const before = readText(path);
  if (!isIgnored(INSTALLED_NAME, before)) return null;
  const feed = before.includes("\r\n") ? "\r\n" : "\n";
  const end = before === "" || before.endsWith("\n") ? "" : feed;
  return { path, before, after: `${before}${end}!${INSTALLED_NAME}${feed}` };
}

function save({ path, after }: Change): void {
  try {
    const bytes = readFileSync(path);
    const mark = bytes.subarray(0, 3).equals(Buffer.from("\ufeff")) ? "\ufeff" : "";
    writeAtOnce(realpathSync(path), Buffer.from(mark + after), statSync(path).mode & 0o7777);
  } catch (error) {
    throw new Refusal(`cannot write ${path}: ${systemReason(error)}`);
  }
}

function diffOf({ path, before, after }: Change): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, options);
}

/** Reads and wraps a Dockerfile. @throws Refusal where it cannot be read, NotWrapped where it cannot be wrapped. */
function wrapped(path: string, options: Parameters<typeof wrap>[1]): { before: string; result: Wrapped } {
  try {
    const before = readText(path);
    return { before, result: wrap(new Source(path, before, "dockerfile"), options) };
  } catch (error) {
    if (error instanceof Unreadable) throw new Refusal(`${path} ${error.message}`);
    if (error instanceof Skipped) throw new Refusal(`${path} has no FROM: it is no whole Dockerfile`);
    throw error;
  }
}

function run(words: readonly string[], { stdout, stderr }: Surroundings): number {
  const { text, flags, operands } = parseWords(words, {
    text: ["target", "context", "image", "arch", "entrypoint", "cmd"],
    flags: ["write"],
  });
  const path = dockerfileOf(operands);
  const arch: Architecture = architectureOf(text.arch.at(-1) ?? process.arch);
  const options = {
    target: text.target.at(-1) ?? null,
    image: text.image.at(-1) ?? null,
    entrypoint: listOf("entrypoint", text.entrypoint),
    command: listOf("cmd", text.cmd),
  };
  let done;
  try {
    done = wrapped(path, options);
  } catch (error) {
    if (!(error instanceof NotWrapped)) throw error;
    stderr.write(`${path}:${error.line}: ${error.message}\n`);
    return 1;
  }
  const { before, result } = done;
  for (const note of result.notes) stderr.write(`${path}:${note.line}: ${note.text}\n`);

  const context = text.context.at(-1) ?? result.context;
  const changes: Change[] = result.isUnchanged ? [] : [{ path, before, after: result.text }];
  const ignores = result.fromContext ? letIn(path, context) : null;
  if (ignores !== null) changes.push(ignores);
  // Before anything is written: what comes last must not fail.
  const init = result.fromContext ? install(context, arch, true) : null;
  const isInitThere = init === null || init.isUnchanged;

  if (changes.length === 0 && isInitThere) {
    stdout.write(`${path}: tini-ts is in it already\n`);
    return 0;
  }
  if (!flags.write) {
    stdout.write(changes.map(diffOf).join(""));
    const also = isInitThere ? "" : `, and puts the init for ${arch} at ${init.path}`;
    stderr.write(`tini-ts: --write does this${also}\n`);
    return 0;
  }
  if (!isInitThere) install(context, arch);
  changes.toReversed().forEach(save);
  const written = [...changes.map((change) => change.path), ...(isInitThere ? [] : [`${init.path} (for ${arch})`])];
  stdout.write(`${path}: tini-ts is in it now; written: ${written.join(", ")}\n`);
  return 0;
}

export const wrapVerb: Verb = {
  name: "wrap",
  operands: "[DOCKERFILE]",
  summary: "show what puts tini-ts into a Dockerfile, or do it",
  options: [
    "--write             write it, and put the init beside it for COPY",
    "--target STAGE      the stage that is run: the last",
    "--context FOLDER    the folder that is built: the Dockerfile's",
    "--arch ARCH         x64 or arm64, for the init in that folder: this machine's",
    "--image IMAGE       copy the init from this image instead",
    "--entrypoint LIST   what the base image runs, where that is not known: '[\"docker-entrypoint.sh\"]'",
    "--cmd LIST          the same of its CMD",
  ],
  run,
};
