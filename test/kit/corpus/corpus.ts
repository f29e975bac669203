/**
 * How often the linter is right: lints each case of the corpus, and compares the findings with what really happens.
 *
 * `npm run corpus` prints the figures of each rule, and each miss and false finding. A case is a project in one of the
 * texts beside this file:
 *
 *     === name of the case
 *     why: what happens when it runs as PID 1, in one sentence
 *     finds: RULE FILE[:LINE] [info]
 *     may: RULE FILE[:LINE]
 *     near: RULE, RULE
 *     --- Dockerfile
 *     FROM ...
 *
 * `finds` lists the expected findings, one a line; `RULE|RULE` if either rule may report the problem; with `info`, no higher
 * severity is right. `may` lists findings that are true, but follow from others or do not matter to everybody: they count
 * neither as right nor as wrong. `near` names the rules that the case could mislead: they must find nothing beyond
 * `finds`. A case is one person's judgement of what happens, made before the linter was run on it.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Finding } from "../../../src/kit/finding.ts";
import { lint } from "../../../src/kit/lint.ts";
import { RULES } from "../../../src/kit/rules/index.ts";

/** A finding as a case writes it. */
export interface Expected {
  /** The rules that may report the problem; it counts for the first. */
  readonly rules: readonly string[];
  readonly file: string;
  /** null for anywhere in the file. */
  readonly line: number | null;
  /** Whether the severity may be no higher than info. */
  readonly isInfo: boolean;
}

export interface Case {
  /** Its file of cases, and its name. */
  readonly name: string;
  readonly why: string;
  readonly finds: readonly Expected[];
  readonly may: readonly Expected[];
  readonly near: readonly string[];
  /** Texts by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** The results of one rule. */
export interface Figures {
  /** The number of findings that the cases expect. */
  expected: number;
  /** The number of cases that could mislead it. */
  near: number;
  right: number;
  wrong: number;
  missed: number;
}

/** The share of the findings that are right; 1 if there are none. */
export const precisionOf = ({ right, wrong }: Figures): number => (right + wrong === 0 ? 1 : right / (right + wrong));

/** The share of the expected findings that are found; 1 if none is expected. */
export const recallOf = ({ right, expected }: Figures): number => (expected === 0 ? 1 : right / expected);

const NAMES = new Set(RULES.map(({ name }) => name));

function expectedOf(text: string, where: string): Expected {
  const [names = "", place = "", severity, ...rest] = text.trim().split(/\s+/);
  const rules = names.split("|");
  const [, file = "", line] = /^(.+?)(?::(\d+))?$/.exec(place) ?? [];
  const isSound = rules.every((rule) => NAMES.has(rule)) && file !== "" && rest.length === 0;
  if (!isSound || !(severity === undefined || severity === "info"))
    throw new Error(`${where}: not understood: ${text}`);
  return { rules, file, line: line === undefined ? null : Number(line), isInfo: severity === "info" };
}

/** @throws Error if the text is not in the format of cases. */
function casesOf(family: string, text: string): Case[] {
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [head = "", ...pieces] = part.split(/^--- (?=\S)/m);
      const [title = "", ...lines] = head.trim().split("\n");
      const name = `${family}: ${title}`;
      const said = (key: string) =>
        lines.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
      const [why = ""] = said("why");
      const strange = lines.find((line) => !/^(?:why|finds|may|near): \S/.test(line));
      if (why === "" || pieces.length === 0 || strange !== undefined) {
        throw new Error(
          `${name}: ${strange === undefined ? "has no reason or no file" : `not understood: ${strange}`}`,
        );
      }
      const near = said("near").flatMap((line) => line.split(/,\s*/));
      const unknown = near.find((rule) => !NAMES.has(rule));
      if (unknown !== undefined) throw new Error(`${name}: there is no rule ${unknown}`);
      const files = Object.fromEntries(
        pieces.map((piece) => {
          const end = piece.indexOf("\n");
          return [piece.slice(0, end).trim(), piece.slice(end + 1)];
        }),
      );
      const finds = said("finds").map((line) => expectedOf(line, name));
      const may = said("may").map((line) => expectedOf(line, name));
      for (const { file, line } of [...finds, ...may]) {
        const lines = files[file]?.split("\n").length;
        if (lines === undefined || (line !== null && line > lines)) throw new Error(`${name}: has no ${file}:${line}`);
      }
      return { name, why, finds, may, near, files };
    });
}

/** All cases, by family and name. */
export function readCorpus(folder: string = import.meta.dirname): Case[] {
  const families = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  return families.sort().flatMap((name) => casesOf(name.slice(0, -4), readFileSync(join(folder, name), "utf8")));
}

/** What the linter finds in a case, with the paths of the case. */
function findingsOf({ files }: Case): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), "tini-ts-corpus-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return lint([folder]).findings.map((finding) => ({ ...finding, file: finding.file.slice(folder.length + 1) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const meets = (finding: Finding, { rules, file, line, isInfo }: Expected) =>
  rules.includes(finding.rule) &&
  finding.file === file &&
  (line === null || finding.start.line === line) &&
  (!isInfo || finding.severity === "info");

export interface Measured {
  /** By rule. */
  readonly figures: ReadonlyMap<string, Figures>;
  /** Each miss and each false finding, as a sentence. */
  readonly faults: readonly string[];
}

/** Lints all cases. */
export function measure(cases: readonly Case[]): Measured {
  const figures = new Map(RULES.map(({ name }) => [name, { expected: 0, near: 0, right: 0, wrong: 0, missed: 0 }]));
  const of = (rule: string): Figures => {
    const found = figures.get(rule);
    if (found === undefined) throw new Error(`there is no rule ${rule}`);
    return found;
  };
  const faults: string[] = [];
  for (const one of cases) {
    const left = findingsOf(one);
    for (const rule of one.near) of(rule).near++;
    for (const expected of one.finds) {
      const [rule = ""] = expected.rules;
      of(rule).expected++;
      const met = left.filter((finding) => meets(finding, expected));
      // If either rule is right, it counts for the first.
      const best = met.find((finding) => finding.rule === rule) ?? met[0];
      if (best !== undefined) {
        of(rule).right++;
        left.splice(left.indexOf(best), 1);
        continue;
      }
      of(rule).missed++;
      const place = `${expected.file}${expected.line === null ? "" : `:${expected.line}`}`;
      faults.push(`missed: ${rule} at ${place} in "${one.name}": ${one.why}`);
    }
    for (const finding of left) {
      if (one.may.some((expected) => meets(finding, expected))) continue;
      of(finding.rule).wrong++;
      const { rule, severity, file, start, message } = finding;
      faults.push(`wrong: ${rule} (${severity}) at ${file}:${start.line} in "${one.name}": ${message} But: ${one.why}`);
    }
  }
  return { figures, faults };
}

/** The figures as a table, one rule a line. */
export function table(figures: ReadonlyMap<string, Figures>): string {
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
  const total: Figures = { expected: 0, near: 0, right: 0, wrong: 0, missed: 0 };
  for (const one of figures.values()) for (const key of Object.keys(total) as (keyof Figures)[]) total[key] += one[key];
  const line = (name: string, one: Figures) => {
    const numbers = [one.expected, one.right + one.wrong, one.right, one.wrong, one.near];
    const shares = [percent(precisionOf(one)), percent(recallOf(one))];
    return [name.padEnd(34), ...[...numbers, ...shares].map((value) => String(value).padStart(10))].join("");
  };
  const heads = ["expected", "found", "right", "wrong", "near", "precision", "recall"];
  return [
    ["rule".padEnd(34), ...heads.map((head) => head.padStart(10))].join(""),
    ...[...figures].map(([name, one]) => line(name, one)),
    line("all", total),
  ].join("\n");
}

if (import.meta.main) {
  const cases = readCorpus();
  const { figures, faults } = measure(cases);
  for (const fault of faults) console.log(`${fault}\n`);
  console.log(table(figures));
  console.log(`\n${cases.length} cases, ${cases.filter(({ finds }) => finds.length === 0).length} of them fine`);
}
