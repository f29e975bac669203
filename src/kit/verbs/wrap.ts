/** `tini-ts wrap DOCKERFILE`: puts tini-ts into a Dockerfile, and what the build needs for that beside it. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, normalize } from "node:path";
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { parseWords, type Surroundings, type Verb } from "../command.ts";
import { readText, Skipped, Unreadable } from "../files/read.ts";
import { systemReason } from "../files/reasons.ts";
import { Source } from "../files/source.ts";
import { replaceable, Unwritable, writeAtOnce } from "../files/write.ts";
import { ARCHITECTURES, listed } from "../init/binary.ts";
import { setAdditions } from "../launches/additions.ts";
import { Refusal } from "../refusal.ts";
import { findSettings } from "../settings/project.ts";
import { type Build, buildsOf } from "../wrap/builds.ts";
import { isIgnored } from "../files/patterns.ts";
import { type Choice, choiceFor, choiceOf } from "../wrap/platforms.ts";
import { prove } from "../wrap/proof.ts";
import { type Note, NotWrapped, wrap, type Wrapped, type WrapOptions } from "../wrap/wrap.ts";
import { architectureOf, install } from "./install.ts";

/** The default Dockerfile. */
const NAMES = ["Dockerfile", "Containerfile"];

/** A text file before and after. */
interface Change {
  readonly path: string;
  /** null if it does not exist yet. */
  readonly before: string;
  readonly after: string;
}

/** The words of an option with a JSON list, as docker image inspect prints it; null if it is not given. */
function listOf(option: string, said: string | null): string[] | null {
  if (said === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(said);
  } catch {
    value = undefined;
  }
  if (value === null) return [];
  if (!Array.isArray(value) || !value.every((word) => typeof word === "string")) {
    throw new Refusal(`--${option} ${said}: a JSON list of words was expected, like ["npm", "start"]`);
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

/** @throws Refusal if it cannot be read. */
function textOf(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw error instanceof Unreadable ? new Refusal(`${path} ${error.message}`) : error;
  }
}

/** The .dockerignore that keeps the inits out of the build, with lines that let them in; null if none does. */
function letIn(dockerfile: string, context: string, names: readonly string[]): Change | null {
  const path = [`${dockerfile}.dockerignore`, join(context, ".dockerignore")].find((each) => existsSync(each));
  if (path === undefined) return null;
  const before = textOf(path);
  const kept = names.filter((name) => isIgnored(name, before));
  if (kept.length === 0) return null;
  const feed = before.includes("\r\n") ? "\r\n" : "\n";
  const end = before === "" || before.endsWith("\n") ? "" : feed;
  return { path, before, after: `${before}${end}${kept.map((name) => `!${name}${feed}`).join("")}` };
}

/** Writes a change; as a trial, only checks that it is possible. @throws Refusal if it is not. */
function save({ path, after }: Change, { isTrial = false } = {}): void {
  try {
    if (isTrial) {
      replaceable(path);
      return;
    }
    const bytes = readFileSync(path);
    const mark = bytes.subarray(0, 3).equals(Buffer.from("\ufeff")) ? "\ufeff" : "";
    writeAtOnce(path, Buffer.from(mark + after), statSync(path).mode & 0o7777);
  } catch (error) {
    if (error instanceof Unwritable) throw new Refusal(`${path} ${error.message}`);
    throw new Refusal(`cannot write ${path}: ${systemReason(error)}`);
  }
}

function diffOf({ path, before, after }: Change): string {
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, options);
}

/** Reads and wraps a Dockerfile. @throws Refusal if it cannot be read, NotWrapped if it cannot be wrapped. */
function wrapped(path: string, options: WrapOptions): { before: string; result: Wrapped; notes: readonly Note[] } {
  try {
    const before = textOf(path);
    const result = wrap(new Source(path, before, "dockerfile"), options);
    const isTold = new Set(result.notes.map(({ line }) => line));
    const more = prove(path, before, result.text, options.target).filter(({ line }) => !isTold.has(line));
    return { before, result, notes: [...result.notes, ...more] };
  } catch (error) {
    if (error instanceof Skipped) throw new Refusal(`${path} has no FROM: it is no whole Dockerfile`);
    throw error;
  }
}

/** The CPUs of --arch: one, or several for a build for each of them. */
function choiceSaid(said: readonly string[]): Choice {
  return choiceFor(said.flatMap((each) => each.split(",")).map(architectureOf));
}

/** The value on which all builds agree, or null; if they differ, calls `tell` with the values. */
function sole<Value>(values: readonly Value[], tell: (values: readonly Value[]) => void): Value | null {
  const different = [...new Set(values)];
  if (different.length > 1) tell(different);
  return different.length === 1 ? (different[0] ?? null) : null;
}

/** What Compose files set for the build, as far as the user does not. */
function fromBuilds(builds: readonly Build[], tell: (text: string) => void) {
  const files = [...new Set(builds.map(({ path }) => path))].join(", ");
  return {
    target: sole(
      builds.map(({ target }) => target),
      (targets) =>
        tell(
          `${files} run different stages (${targets.map((each) => each ?? "the last").join(", ")}): --target says which`,
        ),
    ),
    context: sole(
      builds.map(({ context }) => context),
      (contexts) => tell(`${files} build it in different folders (${contexts.join(", ")}): --context says which`),
    ),
    choice: choiceOf(builds.flatMap(({ platforms }) => platforms)),
  };
}

async function run(words: readonly string[], { stdout, stderr }: Surroundings): Promise<number> {
  const { one, many, flags, operands } = parseWords(words, {
    one: ["target", "context", "image", "entrypoint", "cmd"],
    many: ["arch"],
    flags: ["write"],
  });
  const path = dockerfileOf(operands);
  const settings = findSettings([path]);
  // The project's settings describe its own images.
  if (settings !== null) {
    const { readSettings } = await import("../settings/settings.ts");
    setAdditions(readSettings(settings).additions);
  }
  const builds = fromBuilds(buildsOf(path), (note) => stderr.write(`${path}: ${note}\n`));
  const options: WrapOptions = {
    target: one.target ?? builds.target,
    image: one.image ?? null,
    entrypoint: listOf("entrypoint", one.entrypoint),
    command: listOf("cmd", one.cmd),
    choice: choiceSaid(many.arch) ?? builds.choice,
    machine: ARCHITECTURES.find((arch) => arch === process.arch) ?? "x64",
  };
  let done;
  try {
    done = wrapped(path, options);
  } catch (error) {
    if (!(error instanceof NotWrapped)) throw error;
    stderr.write(`${path}:${error.line}: ${error.message}\n`);
    return 1;
  }
  const { before, result, notes } = done;
  for (const note of notes) stderr.write(`${path}:${note.line}: ${note.text}\n`);

  const context = one.context ?? builds.context ?? result.context;
  const changes: Change[] = result.isUnchanged ? [] : [{ path, before, after: result.text }];
  const ignores =
    result.inits.length === 0
      ? null
      : letIn(
          path,
          context,
          result.inits.map(({ name }) => name),
        );
  if (ignores !== null) changes.push(ignores);
  // Checked before anything is written: the last write must not fail.
  const missing = result.inits
    .map(({ name, arch }) => ({ name, arch, ...install(context, arch, { isTrial: true, name }) }))
    .filter(({ isUnchanged }) => !isUnchanged);

  if (changes.length === 0 && missing.length === 0) {
    stdout.write(`${path}: tini-ts is in it already\n`);
    return 0;
  }
  if (!flags.write) {
    stdout.write(changes.map(diffOf).join(""));
    const also = missing.map((init) => `, and puts the init for ${init.arch} at ${init.path}`).join("");
    stderr.write(`tini-ts: --write does this${also}\n`);
    return 0;
  }
  for (const change of changes) save(change, { isTrial: true });
  for (const { name, arch } of missing) install(context, arch, { name });
  for (const change of changes.toReversed()) save(change);
  const written = [
    ...changes.map((change) => change.path),
    ...missing.map((init) => `${init.path} (for ${init.arch})`),
  ];
  stdout.write(`${path}: tini-ts is in it now; written: ${written.join(", ")}\n`);
  return 0;
}

export const wrapVerb: Verb = {
  name: "wrap",
  operands: "[DOCKERFILE]",
  summary: "show the changes that put tini-ts into a Dockerfile, or make them",
  options: [
    "--write             make the changes, and put the init beside the Dockerfile for COPY",
    "--target STAGE      the stage that is run (default: a Compose file's target, or the last)",
    "--context FOLDER    the build context (default: a Compose file's, or where the copied files are)",
    `--arch ARCH,...     ${listed(ARCHITECTURES, "or")} (default: FROM --platform's, or this machine's)`,
    "--image IMAGE       copy the init from this image instead",
    "--entrypoint LIST   the base image's ENTRYPOINT, if it is unknown: '[\"docker-entrypoint.sh\"]'",
    "--cmd LIST          the base image's CMD, if it is unknown",
  ],
  run,
};
