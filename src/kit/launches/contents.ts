/** Where the files of an image come from, as far as its Dockerfile says. */
import { posix } from "node:path";
import { Source } from "../files/source.ts";
import type { Located } from "../finding.ts";
import type { Context } from "../workspace.ts";
import { Budget } from "./budget.ts";
import { knownImage } from "./images.ts";
import type { Image, Launch } from "./launch.ts";

/** Where programs without a slash are looked for, the first first. */
const SEARCH_PATH = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** One COPY or ADD: from where, to where. */
export interface Copied {
  /** Comes from the context folder; else from another image, a URL or a text in the Dockerfile. */
  readonly isFromContext: boolean;
  /** Paths as written; null where one is not known. */
  readonly sources: readonly (string | null)[];
  /** An absolute path, without a slash at its end. */
  readonly target: string;
  /** The target is a folder for sure. */
  readonly isFolder: boolean;
  /** The stage that it comes from; null where it comes from elsewhere. */
  readonly origin: Image | null;
  /** Here-documents by the names that they get in the target; of one alone that may be the target's own. */
  readonly documents: ReadonlyMap<string, Located<string>>;
}

/** The here-documents that COPY's words name: `COPY <<run.sh <<stop.sh /srv/`. */
function documentsOf(sources: readonly (string | null)[], documents: readonly Located<string>[]) {
  const named = new Map<string, Located<string>>();
  for (const source of sources) {
    const [, name] = /^<<-?["']?([^"'<]+)["']?$/.exec(source ?? "") ?? [];
    const document = documents[named.size];
    if (name !== undefined && document !== undefined) named.set(name, document);
  }
  return named;
}

/** The file that RUN writes a here-document to: `RUN cat <<EOF > /run.sh`, `RUN cat > /run.sh <<EOF`. */
const WRITTEN = /^cat\s+(?:<<-?\s*\S+\s*>\s*([^\s&|;]+)|>\s*([^\s&|;]+)\s*<<)/;

/** A here-document as a file: all else of the Dockerfile is blank, so that each place is that in the Dockerfile. */
const sourceOfDocument = (source: Source, { value, span }: Located<string>) =>
  new Source(
    source.path,
    source.text.slice(0, span.offset).replaceAll(/[^\n]/g, " ") +
      value +
      source.text.slice(span.offset + span.length).replaceAll(/[^\n]/g, " "),
    "script",
  );

/** PATH_MAX: a longer path is none. */
const LONGEST_PATH = 4096;

/** What is copied into an image, in order, and the folder that its program starts in. */
export interface Contents {
  readonly copied: readonly Copied[];
  /** null where a COPY goes to a place that is not known. */
  readonly isWhole: boolean;
  /** null where it is the base's, which is not known. */
  readonly workingDirectory: string | null;
}

/** Several rules ask for the same. */
const known = new WeakMap<Launch, Contents>();

export function contentsOf(launch: Launch): Contents {
  let contents = known.get(launch);
  if (contents === undefined) known.set(launch, (contents = readContents(launch)));
  return contents;
}

function readContents(launch: Launch): Contents {
  const copied: Copied[] = [];
  let isWhole = true;
  const base = launch.image.name?.value ?? null;
  let directory: string | null = knownImage(base) === null || /^php\b/.test(base ?? "") ? null : "/";
  for (const { keyword, words, flags, text, documents, origin } of launch.image.steps) {
    const [, behind, before] = keyword === "RUN" ? (WRITTEN.exec(text) ?? []) : [];
    const written = behind ?? before;
    const [document] = documents;
    if (document !== undefined && written?.startsWith("/") === true) {
      const target = posix.normalize(written);
      const one = { isFromContext: false, sources: [], target, isFolder: false, origin: null };
      copied.push({ ...one, documents: new Map([["", document]]) });
    }
    if (keyword === "WORKDIR") {
      const [path] = words;
      if (path === undefined || path === null) directory = null;
      else directory = path.startsWith("/") ? path : directory === null ? null : posix.join(directory, path);
      if (directory !== null && directory.length > LONGEST_PATH) directory = null;
    } else if (keyword === "COPY" || keyword === "ADD") {
      const sources = words.slice(0, -1);
      const target = words.at(-1) ?? null;
      if (target === null || (directory === null && !target.startsWith("/"))) {
        isWhole = false;
        continue;
      }
      const path = posix.resolve("/", directory ?? "/", target);
      copied.push({
        isFromContext:
          !flags.has("from") && sources.every((source) => source === null || !/^<<|^[a-z]+:\/\//.test(source)),
        sources,
        target: path,
        origin,
        documents: documentsOf(sources, documents),
        isFolder: sources.length > 1 || /(?:^|\/)\.?$/.test(target),
      });
    }
  }
  return { copied, isWhole, workingDirectory: directory };
}

/** The absolute paths that a word may name as a program; none where that is not known. */
export function pathsOf(launch: Launch, word: string): string[] {
  if (word.startsWith("/")) return [posix.normalize(word)];
  if (word.includes("/")) {
    const { workingDirectory } = contentsOf(launch);
    return workingDirectory === null ? [] : [posix.join(workingDirectory, word)];
  }
  const path = launch.environment.get("PATH");
  const own = path?.value?.split(":") ?? [];
  return [...own, ...SEARCH_PATH].map((folder) => posix.join(folder, word));
}

/** Names that are followed from stage to stage, of one path: several COPYs to one place, in several stages, multiply. */
const MOST_NAMES = 200;

/** Several paths are looked for in one stage. */
const stages = new WeakMap<Launch, Map<Image, Launch>>();

/** A stage that a launch takes files from, as if it was run: from the same context folder. */
function stageOf(launch: Launch, origin: Image): Launch {
  const ofLaunch = stages.get(launch) ?? new Map<Image, Launch>();
  stages.set(launch, ofLaunch);
  const found = ofLaunch.get(origin) ?? { ...launch, image: origin, environment: new Map() };
  ofLaunch.set(origin, found);
  return found;
}

/** Whether a pattern of a COPY takes a file: a few stars, so that nothing is tried for long. */
function isTakenBy(pattern: string, name: string): boolean {
  if (!/^(?:[\w.-]*[*?]){1,3}[\w.-]*$/.test(pattern) || pattern.length > 100 || name.length > 100) return false;
  const text = pattern.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*").replaceAll("?", ".");
  return new RegExp(`^${text}$`).test(name);
}

/** What a path inside a COPY's target is called where it is taken from. */
const namesBefore = (sources: Copied["sources"], inside: string): string[] =>
  sources.flatMap((source) => {
    if (source === null) return [];
    if (inside === "") return [source];
    // `COPY *.sh /opt/`: of what the pattern takes, one file.
    if (/[*?]/.test(posix.basename(source))) {
      return !inside.includes("/") && isTakenBy(posix.basename(source), inside)
        ? [posix.join(posix.dirname(source), inside)]
        : [];
    }
    return [posix.join(source, inside), ...(posix.basename(source) === inside ? [source] : [])];
  });

/** The file of the context folder that lies at a path of the image; null where it comes from elsewhere. */
function fileAt(launch: Launch, path: string, context: Context, budget = new Budget(MOST_NAMES)): Source | null {
  // What is copied last holds.
  for (const { isFromContext, sources, target, documents, origin } of contentsOf(launch).copied.toReversed()) {
    const inside = posix.relative(target, path);
    if (inside.startsWith("..")) continue;
    const document = inside === "" ? [...documents.values()][0] : documents.get(inside);
    if (document !== undefined) return sourceOfDocument(launch.source, document);
    for (const name of isFromContext || origin !== null ? namesBefore(sources, inside) : []) {
      if (origin === null) {
        const file = context.fileOf(launch, name);
        if (file !== null) return file;
      } else if (budget.take(1)) {
        const file = fileAt(stageOf(launch, origin), posix.resolve("/", name), context, budget);
        if (file !== null) return file;
      }
    }
    if (!isFromContext && inside === "") return null;
  }
  return null;
}

/** The file of the context folder that is a program of the image; null where it comes from elsewhere. */
export function fileOfProgram(launch: Launch, word: string, context: Context): Source | null {
  for (const path of pathsOf(launch, word)) {
    const file = fileAt(launch, path, context);
    if (file !== null) return file;
  }
  return null;
}

/** Where a file of an image is made: the stage, and its path there. */
export interface Made {
  readonly launch: Launch;
  readonly path: string;
  /**
   * Something of the context folder is copied to where it lies: it is a part of that, or is made of it; or nothing is there
   * before the image is run.
   */
  readonly isOwn: boolean;
}

/** Whether a file in a COPY's target may come from one of its sources: in a folder, if that is one, or by its own name. */
const mayHold = (source: string | null, inside: string) =>
  source === null || inside === "" || posix.basename(source) === inside || !/\w\.\w+$/.test(posix.basename(source));

/** The stage that a file comes from in the end, through all that only hand it on. */
export function madeIn(launch: Launch, path: string): Made {
  for (const { isFromContext, sources, target, origin } of contentsOf(launch).copied.toReversed()) {
    const inside = posix.relative(target, path);
    if (inside.startsWith("..")) continue;
    if (isFromContext && sources.some((source) => mayHold(source, inside))) return { launch, path, isOwn: true };
    if (origin === null) continue;
    const names = namesBefore(sources, inside);
    const [name] = names.length > 1 ? names.toReversed() : names;
    // A stage takes from those before it alone, so that this comes to an end.
    if (name !== undefined) return madeIn(stageOf(launch, origin), posix.resolve("/", name));
  }
  // Where nothing else could have made it, it is mounted when the image is run.
  const { name, steps } = launch.image;
  const isMade = steps.some(({ keyword, flags }) => keyword === "RUN" || keyword === "ADD" || flags.has("from"));
  return { launch, path, isOwn: !isMade && knownImage(name?.value ?? null) !== null };
}

/** The file that a shell or an interpreter is given: it looks in the folder that it starts in first, and not in PATH. */
export function fileBeside(launch: Launch, word: string, context: Context): Source | null {
  return fileOfProgram(launch, word.includes("/") ? word : `./${word}`, context);
}

/** What a COPY may bring a shell by: all of a root, a folder of programs, a shell, or what is not known. */
const MAY_BE_SHELL = /^\/?\.?$|(?:^|\/)(?:ba|da|a)?sh$|busybox|toybox|(?:^|\/)bin\/?\*?$|rootfs/;

/** Whether an image has no shell for sure: its base has none, and nothing that is copied may be one. */
export function hasNoShell(image: Launch): boolean {
  if (knownImage(image.image.name?.value ?? null)?.hasShell !== false) return false;
  return image.image.steps.every(
    ({ keyword, words, flags }) =>
      (keyword !== "COPY" && keyword !== "ADD") ||
      words.every((word, index) => {
        if (word === null) return false;
        // From the context a folder may be anything; its target tells more than its name.
        const isSource = index < words.length - 1;
        return !(isSource && !flags.has("from") && word === "." ? words.at(-1) === "/" : MAY_BE_SHELL.test(word));
      }),
  );
}
