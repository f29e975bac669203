import type { Edit } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";

/** A new line with `init: true`, the first of a service that is written as a block; null where there can be none. */
export function initLine(launch: Launch): Edit | null {
  if (launch.platform !== "compose" || launch.platformInit !== null) return null;
  const { source, span } = launch;
  const { line, column } = source.position(span.offset);
  const rest = source.line(line).slice(column - 1 + span.length);
  let next = line + 1;
  while (next <= source.lines && /^\s*(?:#|$)/.test(source.line(next))) next++;
  const [indent = ""] = /^ */.exec(source.line(next)) ?? [];
  if (!/^\s*:\s*(?:#.*)?$/.test(rest) || indent.length < column || !/^ *[\w<"']/.test(source.line(next))) return null;
  return { offset: source.offsetOf(next), length: 0, text: `${indent}init: true${endOf(source.text)}` };
}

const endOf = (text: string) => (text.includes("\r\n") ? "\r\n" : "\n");
