import { posix } from "node:path";

/** The rooms of src/init from the top down; those of one row never know of each other. */
const ROWS = [
  ["full"],
  ["main", "answers"],
  ["limits", "workload", "supervision"],
  ["config"],
  ["report"],
  ["linux"],
  ["text"],
];

/** Rooms without a face: each of their files may be imported. */
const OPEN = ["linux", "text"];

/** The room of a file in src/init: its folder, and for main.ts, full.ts and answers.ts their own name. */
const roomOf = (path: string) => (path.includes("/") ? (path.split("/")[0] ?? "") : posix.basename(path, ".ts"));

const rowOf = (path: string) => ROWS.findIndex((row) => row.includes(roomOf(path)));

/** The files that a source imports, as paths with their ending. */
function importsOf(path: string, source: string): string[] {
  return [...source.matchAll(/^(?:import|export)\b[^";]*?(?:from )?"([^"]+)";/gm)].map(([, target = ""]) =>
    posix.join(posix.dirname(path), target).replace(/(?:\.ts)?$/, ".ts"),
  );
}

/** Each circle of imports within a room, as the paths along it, from the first in the alphabet on. */
function circles(files: Map<string, string>): string[][] {
  const next = new Map(
    [...files].map(([path, source]) => [
      path,
      importsOf(path, source).filter((target) => target !== path && roomOf(target) === roomOf(path)),
    ]),
  );
  const found = new Map<string, string[]>();
  const walk = (trail: string[]): void => {
    for (const target of next.get(trail.at(-1) ?? "") ?? []) {
      const start = trail.indexOf(target);
      // Each circle is found from its first path alone.
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
 * @returns a sentence for each import from elsewhere; its tests may import vitest.
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
 * Checks rules 1 and 2 of the house: imports point one way, also within a room, and a room is entered by its face,
 * ROOM/ROOM.ts.
 *
 * @param files the sources of src/init by their path in it.
 * @returns a sentence for each import that breaks a rule.
 */
export function wrongImports(files: Map<string, string>): string[] {
  const wrong: string[] = [];
  for (const [path, source] of files) {
    if (rowOf(path) < 0) wrong.push(`${path} is in no room: ${ROWS.flat().join(", ")}`);
    for (const target of importsOf(path, source)) {
      const [room, targetRoom] = [roomOf(path), roomOf(target)];
      if (!files.has(target)) wrong.push(`${path} imports ${target}, which is not there`);
      else if (room === targetRoom) continue;
      else if (rowOf(target) < rowOf(path)) wrong.push(`${path} imports ${target}: that is back up`);
      else if (rowOf(target) === rowOf(path)) wrong.push(`${path} imports ${target}: that is sideways`);
      else if (target.includes("/") && !OPEN.includes(targetRoom) && target !== `${targetRoom}/${targetRoom}.ts`) {
        wrong.push(`${path} imports ${target}: the face of that room is ${targetRoom}/${targetRoom}.ts`);
      }
    }
  }
  for (const circle of circles(files)) wrong.push(`${[...circle, circle[0]].join(" imports ")}: that is a circle`);
  return wrong;
}
