/**
 * Whether a program that an interpreter runs handles SIGTERM: by its own text, and by those of its files that it imports.
 *
 * What is compiled first is looked for by the names that compilers keep: dist/server.js comes from src/server.ts.
 */
import { posix } from "node:path";
import type { Source } from "../files/source.ts";
import type { Context } from "../workspace.ts";
import { fileBeside } from "./contents.ts";
import type { Launch, Word } from "./launch.ts";
import { fileOfInterpreter, handlesTerm, moduleOfPython } from "./programs.ts";

/** Files of one program that are looked at; a handler lies near the start. */
const MOST_FILES = 60;

/** Longer texts are no source that somebody wrote. */
const LONGEST_TEXT = 1 << 17;

/** Paths that are looked for, of one program: many of an import's are not there. */
const MOST_PATHS = 5000;

const modulePaths = (module: string) => {
  const path = module.replaceAll(".", "/");
  return [`${path}.py`, `${path}/__init__.py`, `${path}/__main__.py`];
};

/** The paths that a Python file imports, seen from the folder that the program starts in and from its own. */
function importsOfPython(text: string, path: string): string[] {
  const folder = posix.dirname(path);
  const imports =
    /^[ \t]*(?:from[ \t]+(?=[\w.])(\.*)(\w[\w.]*)?[ \t]+import[ \t]+(?=\w)([\w, \t]+)|import[ \t]+(?=\w)([\w., \t]+))/gm;
  return [...text.matchAll(imports)].flatMap(([, dots = "", module = "", names = "", modules = ""]) => {
    const said = modules.split(",").flatMap((each) => /^\s*([\w.]+)/.exec(each)?.[1] ?? []);
    const inside = names.split(",").flatMap((each) => /^\s*(\w+)/.exec(each)?.[1] ?? []);
    const from = module === "" ? inside : [module, ...inside.map((name) => `${module}.${name}`)];
    const paths = [...said, ...from].flatMap(modulePaths);
    // A dot is the file's own folder, each further one the folder around it.
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

/** The file that a compiled one comes from. */
function originsOf(path: string): string[] {
  const [, name] = /^(?:.*\/)?(?:dist|build|lib|out)\/(.+)\.[cm]?js$/.exec(path) ?? [];
  return name === undefined ? [] : [`src/${name}.ts`, `${name}.ts`, `src/${name}.js`];
}

/** Whether a program is the server that Next.js makes with `output: "standalone"`: it stops at SIGTERM. */
function isNextServer(program: readonly Word[], { image }: Launch): boolean {
  const isServer = posix.basename(fileOfInterpreter(program)?.value ?? "") === "server.js";
  return isServer && image.steps.some(({ words }) => words.some((word) => word?.includes(".next/standalone") === true));
}

/** Whether a program handles SIGTERM, as far as its files are in the context folder. */
export function isHandledBy(program: readonly Word[], image: Launch, context: Context): boolean {
  if (isNextServer(program, image)) return true;
  const module = moduleOfPython(program);
  const word = fileOfInterpreter(program)?.value;
  const isPython = module !== null || word?.endsWith(".py") === true;
  const starts = module === null ? (word === undefined ? [] : [word]) : modulePaths(module);
  const found = (path: string): Source | null => fileBeside(image, path, context);
  const queue: { readonly path: string; readonly file: Source }[] = [];
  const seen = new Set<string>();
  const take = (paths: readonly string[], open: (path: string) => Source | null) => {
    for (const path of paths) {
      if (seen.size >= MOST_PATHS) return;
      if (seen.has(path)) continue;
      seen.add(path);
      const file = open(path);
      if (file !== null && file.text.length <= LONGEST_TEXT) queue.push({ path, file });
    }
  };
  take(starts, found);
  if (queue.length === 0) take(starts.flatMap(originsOf), (path) => context.fileOf(image, path));
  const isCompiled = queue.length > 0 && !starts.includes(queue[0]?.path ?? "");
  for (let at = 0; at < queue.length && at < MOST_FILES; at++) {
    const { path, file } = queue[at] ?? {};
    if (path === undefined || file === undefined) break;
    if (handlesTerm(file.text)) return true;
    const imports = isPython ? importsOfPython(file.text, path) : importsOfNode(file.text, path);
    take(imports, isCompiled ? (each) => context.fileOf(image, each) : found);
  }
  return false;
}
