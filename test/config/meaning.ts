/** What values mean: the init's rules, written a second time for the tests. As texts, in the way --print-config has them. */
import { inject } from "vitest";
import type { Option } from "../../scripts/lib/documents/table.ts";

const names = inject("table").signals;
const REAL_TIME_MINIMUM = 34;
const LAST_SIGNAL = 64;
const NEVER_INCOMING = [9, 17, 19];

/** A number of up to three digits, null where it is none. */
const smallNumber = (text: string): number | null => (/^\d{1,3}$/.test(text) ? Number(text) : null);

/** The number of a signal, null where it is none. */
export function signalNumber(text: string): number | null {
  const number = smallNumber(text);
  if (number !== null) return number >= 1 && number <= LAST_SIGNAL ? number : null;
  const name = text.toUpperCase().replace(/^SIG(?=.)/, "");
  const [, base, sign, digits] = /^(RTMIN|RTMAX)(?:([+-])(\d{1,3}))?$/.exec(name) ?? [];
  if (base !== undefined) {
    const offset = Number(digits ?? 0);
    if (offset > LAST_SIGNAL - REAL_TIME_MINIMUM) return null;
    if (sign !== undefined && sign !== (base === "RTMIN" ? "+" : "-")) return null;
    return base === "RTMIN" ? REAL_TIME_MINIMUM + offset : LAST_SIGNAL - offset;
  }
  const index = names.indexOf(name);
  return index < 0 ? null : index + 1;
}

/** A signal's name as the init prints it. */
export function signalName(number: number): string {
  const name = names[number - 1];
  if (name !== undefined) return `SIG${name}`;
  if (number < REAL_TIME_MINIMUM) return String(number);
  return number === REAL_TIME_MINIMUM ? "SIGRTMIN" : `SIGRTMIN+${number - REAL_TIME_MINIMUM}`;
}

const FACTORS: Record<string, number> = { ms: 1, "": 1000, s: 1000, m: 60_000, h: 3_600_000 };

function duration(text: string): string | null {
  const [, digits, unit = ""] = /^(\d{1,11})(ms|s|m|h)?$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const milliseconds = BigInt(digits) * BigInt(FACTORS[unit] ?? 0);
  return milliseconds % 1000n === 0n ? `${milliseconds / 1000n}s` : `${milliseconds}ms`;
}

const YES = ["yes", "true", "on", "1"];
const NO = ["no", "false", "off", "0"];

/** What a flag that stands for a value of another option makes of it. */
const STANDS_FOR: Record<string, { yes: string; no: string }> = {
  "kill-process-group": { yes: "group", no: "child" },
  "single-child": { yes: "none", no: "group" },
};

/** The value of an option that is no list, null where it is wrong. */
function single(option: Option, text: string): string | null {
  switch (option.kind) {
    case "FLAG":
    case "PRESENCE": {
      const said = YES.includes(text) ? "yes" : NO.includes(text) ? "no" : null;
      return said === null ? null : (STANDS_FOR[option.name]?.[said] ?? said);
    }
    case "WORD":
      return option.words.includes(text) ? text : null;
    case "LEVEL": {
      const level = text === "" ? 0 : smallNumber(text);
      return level === null ? null : String(Math.min(level, 4));
    }
    case "SIGNAL": {
      const signal = signalNumber(text);
      return signal === null ? null : signalName(signal);
    }
    case "DURATION":
      return option.words.includes(text) ? text : duration(text);
    case "RESTART": {
      const [, word, times] = /^([a-z-]+)(?::(\d{1,3}))?$/.exec(text) ?? [];
      if (word === undefined || !option.words.includes(word)) return null;
      if (times === undefined) return word;
      return word === option.words[0] || Number(times) === 0 ? null : `${word}:${Number(times)}`;
    }
    default:
      throw new Error(`--${option.name} has no value`);
  }
}

const incoming = (text: string): number | null => {
  const signal = signalNumber(text);
  return signal === null || NEVER_INCOMING.includes(signal) ? null : signal;
};

/** One item of a list: what it is about, and what becomes of that; null where it is wrong. */
function item(option: Option, text: string): [about: number, becomes: number] | null {
  const [before = "", behind, ...rest] = text.split(":");
  if (rest.length > 0) return null;
  if (option.kind === "SIGNALS") {
    const signal = incoming(text);
    return signal === null ? null : [signal, signal];
  }
  if (option.kind === "REWRITE") {
    if (behind === undefined) return null;
    const [from, to] = [incoming(before), smallNumber(behind) === 0 ? 0 : signalNumber(behind)];
    return from === null || to === null ? null : [from, to];
  }
  const [from, to] = [smallNumber(before), behind === undefined ? 0 : smallNumber(behind)];
  return from === null || to === null || from > 255 || to > 255 ? null : [from, to];
}

function printedItem(option: Option, about: number, becomes: number): string {
  if (option.kind === "SIGNALS") return signalName(about);
  if (option.kind === "REWRITE") return `${signalName(about)}:${becomes === 0 ? "0" : signalName(becomes)}`;
  return `${about}:${becomes}`;
}

/**
 * What an option's value, or the values of a list, mean. A later item of a list wins over an earlier one about the same.
 *
 * @returns null where a value is wrong.
 */
export function meaning(option: Option, texts: readonly string[]): string | readonly string[] | null {
  if (!option.isList) return texts.length === 1 ? single(option, texts[0] ?? "") : null;
  const items = new Map<number, number>();
  for (const text of texts.flatMap((each) => each.split(","))) {
    const parsed = item(option, text);
    if (parsed === null) return null;
    items.set(...parsed);
  }
  return [...items]
    .filter(([about, becomes]) => option.kind !== "REMAP" || about !== becomes)
    .sort(([a], [b]) => a - b)
    .map(([about, becomes]) => printedItem(option, about, becomes));
}
