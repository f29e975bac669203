import { posix } from "node:path";

/** The modules of src/init by layer, from the top down; those of one layer never import each other. */
const LAYERS = [
  ["full"],
  ["main", "answers"],
  ["limits", "workload", "supervision", "health"],
  ["config"],
  ["report"],
  ["linux"],
  ["text"],
];

/** Modules without an entry file: each of their files may be imported. */
const OPEN = ["linux", "text"];

/** The module of a file in src/init: its folder; for main.ts, full.ts and answers.ts their own name. */
const moduleOf = (path: string) => (path.includes("/") ? (path.split("/")[0] ?? "") : posix.basename(path, ".ts"));

const layerOf = (path: string) => LAYERS.findIndex((layer) => layer.includes(moduleOf(path)));

/** The files that a source imports, as paths with their ending. */
function importsOf(path: string, source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^";]*?(?:from )?"([^"]+)";/gm)].map(([, target = ""]) =>
    posix.join(posix.dirname(path), target).replace(/(?:\.ts)?$/, ".ts"),
  );
}

/** Each cycle of imports within a module: the paths along it, starting with the alphabetically first. */
function cycles(files: Map<string, string>): string[][] {
  const next = new Map(
    [...files].map(([path, source]) => [
      path,
      importsOf(path, source).filter((target) => target !== path && moduleOf(target) === moduleOf(path)),
    ]),
  );
  const found = new Map<string, string[]>();
  const walk = (trail: string[]): void => {
    for (const target of next.get(trail.at(-1) ?? "") ?? []) {
      const start = trail.indexOf(target);
      // Each cycle is found from its first path alone.
      if (start < 0 && target > (trail[0] ?? "")) walk([...trail, target]);
      else if (start === 0) found.set(trail.join(), trail);
    }
  };
  for (const path of [...files.keys()].sort()) walk([path]);
  return [...found.values()];
}

/**
 * Checks that a folder stands on its own: each file imports files of the folder, and nothing else.
 *
 * @param files the folder's sources by their path in it.
 * @returns a sentence for each import from outside; tests may import vitest.
 */
export function importsFromElsewhere(files: Map<string, string>): string[] {
  return [...files].flatMap(([path, source]) =>
    [
      ...source.matchAll(/^(?:import|export\b[^"';]*\bfrom)\b[^"';]*["']([^"']+)["'];/gm),
      ...source.matchAll(/\b(?:import|require)\(\s*["'`]([^"'`]+)["'`]/g),
    ]
      .map(([, target = ""]) => target)
      .filter((target) => !/^\.\.?\//.test(target) || !files.has(posix.join(posix.dirname(path), target)))
      .filter((target) => target !== "vitest" || !path.endsWith(".test.ts"))
      .map((target) => `${path} imports ${target}`),
  );
}

/**
 * Checks that imports point down the layers, form no cycle within a module, and name of another module only its entry file,
 * MODULE/MODULE.ts.
 *
 * @param files the sources of src/init by their path in it.
 * @returns a sentence for each import that breaks a rule.
 */
export function wrongImports(files: Map<string, string>): string[] {
  const wrong: string[] = [];
  for (const [path, source] of files) {
    if (layerOf(path) < 0) wrong.push(`${path} is in no module: ${LAYERS.flat().join(", ")}`);
    for (const target of importsOf(path, source)) {
      const [module, targetModule] = [moduleOf(path), moduleOf(target)];
      if (!files.has(target)) wrong.push(`${path} imports ${target}, which is not there`);
      else if (module === targetModule) continue;
      else if (layerOf(target) < layerOf(path)) wrong.push(`${path} imports ${target}: that is up`);
      else if (layerOf(target) === layerOf(path)) wrong.push(`${path} imports ${target}: that is the same layer`);
      else if (
        target.includes("/") &&
        !OPEN.includes(targetModule) &&
        target !== `${targetModule}/${targetModule}.ts`
      ) {
        wrong.push(`${path} imports ${target}: the entry file of that module is ${targetModule}/${targetModule}.ts`);
      }
    }
  }
  for (const cycle of cycles(files)) wrong.push(`${[...cycle, cycle[0]].join(" imports ")}: that is a cycle`);
  return wrong;
}
