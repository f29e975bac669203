/**
 * Whether a program that an interpreter runs handles SIGTERM, according to its text and the files that it imports.
 *
 * Sources of compiled files are found by the names that compilers keep: dist/server.js comes from src/server.ts.
 */
import { basename, posix } from "node:path";
import type { Source } from "../files/source.ts";
import type { Context } from "../workspace.ts";
import { fileBeside, madeIn, pathsOf } from "./contents.ts";
import type { Launch, Word } from "./launch.ts";
import { fileOfInterpreter, handlesTerm, mentionsTerm, moduleOfPython } from "./programs.ts";

/** How many files of a program are read; a handler is near its entry. */
const MOST_FILES = 60;

/** Longer texts are not hand-written sources. */
const LONGEST_TEXT = 1 << 17;

/** How many paths are tried for a program: an import has many candidates. */
const MOST_PATHS = 5000;

const modulePaths = (module: string) => {
  const path = module.replaceAll(".", "/");
  return [`${path}.py`, `${path}/__init__.py`, `${path}/__main__.py`];
};

/** The paths that a Python file imports, relative to the program's working directory and to the file's folder. */
function importsOfPython(text: string, path: string): string[] {
  const folder = posix.dirname(path);
  const imports =
    /^[ \t]*(?:from[ \t]+(?=[\w.])(\.*)(\w[\w.]*)?[ \t]+import[ \t]+(?=\w)([\w, \t]+)|import[ \t]+(?=\w)([\w., \t]+))/gm;
  return [...text.matchAll(imports)].flatMap(([, dots = "", module = "", names = "", modules = ""]) => {
    const said = modules.split(",").flatMap((each) => /^\s*([\w.]+)/.exec(each)?.[1] ?? []);
    const inside = names.split(",").flatMap((each) => /^\s*(\w+)/.exec(each)?.[1] ?? []);
    const from = module === "" ? inside : [module, ...inside.map((name) => `${module}.${name}`)];
    const paths = [...said, ...from].flatMap(modulePaths);
    // One dot is the file's folder, each further one its parent.
    if (dots !== "") return paths.map((each) => posix.join(folder, "../".repeat(dots.length - 1), each));
    return [...paths, ...paths.map((each) => posix.join(folder, each))];
  });
}

/** The paths that a JavaScript or TypeScript file imports. */
function importsOfNode(text: string, path: string): string[] {
  const imports = /(?:\brequire\(|\bimport\(|\bfrom|\bimport)\s*["'](\.{1,2}\/[^"'\n]+)["']/g;
  return [...text.matchAll(imports)].flatMap(([, said = ""]) => {
    const target = posix.join(posix.dirname(path), said);
    const bare = target.replace(/\.[cm]?jsx?$/, "");
    return [target, ...["ts", "js", "mjs", "cjs", "mts"].flatMap((end) => [`${bare}.${end}`, `${bare}/index.${end}`])];
  });
}

/** The source of a compiled file. */
function originsOf(path: string): string[] {
  const [, before = "", name] = /^(\/.*\/|(?:.*\/)??)(?:dist|build|lib|out)\/(.+)\.[cm]?js$/.exec(path) ?? [];
  if (name === undefined) return [];
  const folder = path.startsWith("/") ? before : "";
  return [`src/${name}.ts`, `${name}.ts`, `src/${name}.js`].map((each) => folder + each);
}

/** The folders of a repository's packages: @shop/core may be packages/core/src/index.ts. */
const FOLDERS_OF_PACKAGES = ["packages", "libs", "shared"];

/** The files that a text imports from other packages of its repository, relative to the context folder. */
function packagesOf(text: string): string[] {
  const imports = /(?:\brequire\(|\bimport\(|\bfrom|\bimport)\s*["'](@[\w.-]+\/[\w-]+)(\/[\w./-]+)?["']/g;
  return [...text.matchAll(imports)].flatMap(([, name = "", inside = ""]) => {
    const folder = name.slice(name.indexOf("/") + 1);
    const files = inside === "" ? ["src/index.ts", "index.ts"] : [`src${inside}.ts`, `src${inside}/index.ts`];
    return FOLDERS_OF_PACKAGES.flatMap((each) => files.map((file) => `${each}/${folder}/${file}`));
  });
}

/** Whether a program is the server that Next.js generates with `output: "standalone"`, which stops at SIGTERM. */
function isNextServer(program: readonly Word[], { image }: Launch): boolean {
  const isServer = posix.basename(fileOfInterpreter(program)?.value ?? "") === "server.js";
  return isServer && image.steps.some(({ words }) => words.some((word) => word?.includes(".next/standalone") === true));
}

/** Servers in Python's standard library, which handle no signals. */
const OWN_SERVERS = /^(?:http\.server|SimpleHTTPServer|smtpd|aiosmtpd)$/;

/** Modules of Python's standard library that a text for `python -c` may import. */
const OWN_MODULES = /^(?:asyncio|http|json|os|pathlib|signal|socket|socketserver|subprocess|sys|threading|time)\b/;

/** Whether a text for `python -c` runs third-party code. */
function isForeignText(text: string): boolean {
  return [...text.matchAll(/\b(?:from|import)\s+(\w+)/g)].some(([, module = ""]) => !OWN_MODULES.test(module));
}

/** The extensions that Node tries for a name without one. */
const nodePaths = (path: string) =>
  /\.[cm]?js$/.test(path) ? [path] : [path, `${path}.js`, posix.join(path, "index.js")];

/** What a program does with SIGTERM. "unknown": its source is not here, or mentions the signal in an unknown way. */
export type Handling = "handled" | "unknown" | "none";

/** Whether a program handles SIGTERM, as far as its files are in the context folder. */
export function handlingOf(program: readonly Word[], image: Launch, context: Context): Handling {
  if (isNextServer(program, image)) return "handled";
  const [, option, text] = program.map(({ value }) => value);
  if (option === "-c" && text !== undefined) {
    return handlesTerm(text) ? "handled" : isForeignText(text) ? "unknown" : "none";
  }
  const module = moduleOfPython(program);
  const word = fileOfInterpreter(program)?.value;
  if (module === null && word === undefined) return "none";
  const isPython = module !== null || word?.endsWith(".py") === true;
  const isNode = basename(program[0]?.value ?? "").startsWith("node");
  const starts = module === null ? (isNode ? nodePaths(word ?? "") : [word ?? ""]) : modulePaths(module);
  // Where it is built, its sources are, too.
  const [path = null] = pathsOf(image, starts[0]?.includes("/") === true ? starts[0] : `./${starts[0] ?? ""}`);
  const made = path === null ? null : madeIn(image, path);
  const found = (name: string): Source | null =>
    fileBeside(image, name, context) ?? (made === null ? null : fileBeside(made.launch, name, context));
  const inRoot = (name: string) => context.fileOf(image, name);
  const queue: { readonly path: string; readonly file: Source }[] = [];
  const seen = new Set<string>();
  const take = (paths: readonly string[], open: (path: string) => Source | null) => {
    for (const each of paths) {
      if (seen.size >= MOST_PATHS) return;
      if (seen.has(each)) continue;
      seen.add(each);
      const file = open(each);
      if (file !== null && file.text.length <= LONGEST_TEXT) queue.push({ path: each, file });
    }
  };
  take(starts, found);
  if (queue.length === 0 && module !== null) take(modulePaths(`src.${module}`), found);
  if (queue.length === 0 && made !== null) take(originsOf(made.path), found);
  const isMade = queue.length > 0;
  if (queue.length === 0) take(starts.flatMap(originsOf), inRoot);
  // A file that is not copied is mounted, usually from the same folder.
  if (queue.length === 0 && starts[0]?.startsWith("/") === false)
    take(
      starts.map((start) => `./${start}`),
      inRoot,
    );
  const isOfRoot = queue.length > 0 && !isMade;
  if (queue.length === 0) {
    if (module !== null) return OWN_SERVERS.test(module) ? "none" : "unknown";
    return made?.isOwn === false ? "unknown" : "none";
  }
  let isMentioned = false;
  for (let at = 0; at < queue.length && at < MOST_FILES; at++) {
    const one = queue[at];
    if (one === undefined) break;
    if (handlesTerm(one.file.text)) return "handled";
    isMentioned ||= mentionsTerm(one.file.text);
    const imports = isPython ? importsOfPython(one.file.text, one.path) : importsOfNode(one.file.text, one.path);
    take(imports, isOfRoot ? inRoot : found);
    if (!isPython) take(packagesOf(one.file.text), inRoot);
  }
  return isMentioned ? "unknown" : "none";
}
