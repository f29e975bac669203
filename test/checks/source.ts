/** One line of a source that counts: not blank, not a comment, not an import. */
interface Line {
  /** Counted from 1. */
  number: number;
  text: string;
}

/** The lines of a source that count: not blank, not a comment, not an import. */
function linesOf(source: string): Line[] {
  const lines: Line[] = [];
  // Removed text leaves its line feeds, so that line numbers stay right.
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, "");
  const bare = source
    .replaceAll(/^\s*\/\*[^]*?\*\/\s*$/gm, blank)
    .replaceAll(/^(?:import|export)\b(?:[^;"]*\bfrom)? "[^"]+";$/gm, blank);
  for (const [index, line] of bare.split("\n").entries()) {
    const text = line.trim().replaceAll(/\s+/g, " ");
    if (text !== "" && !text.startsWith("//") && !text.startsWith("#include")) lines.push({ number: index + 1, text });
  }
  return lines;
}

/** Duplicate lines. */
export interface Duplicate {
  /** `FILE:LINE`, the first place before the second. */
  places: [string, string];
  lines: string[];
}

/**
 * Finds runs of lines that occur twice, in one file or in two, ignoring comments, imports and indentation.
 *
 * @param files sources by their paths.
 * @param least the least number of lines of a run.
 */
export function duplicates(files: ReadonlyMap<string, string>, least: number): Duplicate[] {
  const sources = [...files].map(([path, source]) => ({ path, lines: linesOf(source) }));
  const seen = new Map<string, { path: string; lines: Line[]; index: number }>();
  const found: Duplicate[] = [];
  for (const { path, lines } of sources) {
    let counted = 0;
    for (let index = 0; index + least <= lines.length; index++) {
      const key = lines
        .slice(index, index + least)
        .map(({ text }) => text)
        .join("\n");
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, { path, lines, index });
        continue;
      }
      if (index < counted || (first.path === path && first.index + least > index)) continue;
      let length = least;
      while (
        lines[index + length] !== undefined &&
        lines[index + length]?.text === first.lines[first.index + length]?.text
      )
        length++;
      counted = index + length;
      const place = (file: string, line: Line | undefined): string => `${file}:${line?.number ?? NaN}`;
      found.push({
        places: [place(first.path, first.lines[first.index]), place(path, lines[index])],
        lines: lines.slice(index, index + length).map(({ text }) => text),
      });
    }
  }
  return found;
}

/** The functions of a source by their names, with their bodies. */
export function functionsOf(source: string): Map<string, string> {
  return new Map(
    [...source.matchAll(/^(?:export )?function (\w+)[^]*?^\}$/gm)].map(([body, name = ""]) => [name, body]),
  );
}

/** One function of a path through the source. */
export interface Step {
  file: string;
  name: string;
}

/**
 * Reads the paths of a document: blocks of lines `FILE  ONE → ANOTHER`, in which an arrow means that one calls the next.
 *
 * @returns the paths by the headings above them.
 */
export function pathsIn(document: string): Map<string, Step[]> {
  const paths = new Map<string, Step[]>();
  for (const [, heading = "", block = ""] of document.matchAll(/^### (.*)\n(?:(?!#)[^]*?)^```\n([^]*?)^```$/gm)) {
    if (!block.includes("→")) continue;
    const steps = block
      .trimEnd()
      .split("\n")
      .flatMap((line) => {
        const [file = "", ...names] = line.split(/\s+(?:→\s+)?/);
        return names.map((name) => ({ file, name }));
      });
    paths.set(heading, steps);
  }
  return paths;
}

/** The faults of a path, as sentences: a function that does not exist, or one that does not call the next. */
export function brokenSteps(steps: readonly Step[], files: ReadonlyMap<string, string>): string[] {
  const bodyOf = ({ file, name }: Step): string | undefined => functionsOf(files.get(file) ?? "").get(name);
  return steps.flatMap((step, index) => {
    const body = bodyOf(step);
    if (body === undefined) return [`${step.file} has no function ${step.name}`];
    const next = steps[index + 1];
    const calls = next === undefined || new RegExp(String.raw`\b${next.name}\(`).test(body.slice(body.indexOf("{")));
    return calls ? [] : [`${step.name} of ${step.file} does not call ${next.name}`];
  });
}
