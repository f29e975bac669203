/** The meaning of values: the init's rules, written a second time for the tests. Results are texts as --print-config has them. */
import { inject } from "vitest";
import { capabilities } from "../../scripts/lib/documents/capabilities.ts";
import type { Option } from "../../scripts/lib/documents/table.ts";

const names = inject("table").signals;
const REAL_TIME_MINIMUM = 34;
const LAST_SIGNAL = 64;
const KEPT_BY_LIBC = [32, 33];
const NEVER_INCOMING = [9, 17, 19];

/** A number of up to three digits; null for anything else. */
const smallNumber = (text: string): number | null => (/^\d{1,3}$/.test(text) ? Number(text) : null);

/** The number of a signal; null for anything else. */
export function signalNumber(text: string): number | null {
  const number = smallNumber(text);
  if (number !== null) return number >= 1 && number <= LAST_SIGNAL && !KEPT_BY_LIBC.includes(number) ? number : null;
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
/** 24 days. */
const LONGEST_MS = 2_073_600_000n;

function duration(text: string): string | null {
  const [, digits, unit = ""] = /^(\d+)(ms|s|m|h)?$/.exec(text) ?? [];
  if (digits === undefined) return null;
  const milliseconds = BigInt(digits) * BigInt(FACTORS[unit] ?? 0);
  if (milliseconds > LONGEST_MS) return null;
  return milliseconds % 1000n === 0n ? `${milliseconds / 1000n}s` : `${milliseconds}ms`;
}

const MAX = /^max$/i;
const PAGE_BYTES = 4096n;
/** The bounds of pages and of microseconds: those of an i32. */
const MOST = 2n ** 31n - 1n;
/** What the digits of a number may make with its unit, its point left out; and how many may stand behind that. */
const LARGEST = 2n ** 59n;
const FRACTION_DIGITS = 17;
const BASE_UNITS = ["", "k", "m", "g", "t"];

/** A number with its unit, rounded down; null if it is not a number, or has too many digits. */
function scaled(text: string, unit: bigint): bigint | null {
  const [, whole, fraction = ""] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || (unit === 1n && text.includes("."))) return null;
  const digits = BigInt(whole + fraction);
  return digits > LARGEST / unit || fraction.length > FRACTION_DIGITS
    ? null
    : (digits * unit) / 10n ** BigInt(fraction.length);
}

/** A number that is there and lies in a range. */
const within = (value: bigint | null, least: bigint, most: bigint): bigint | null =>
  value !== null && value >= least && value <= most ? value : null;

const orNull = (value: bigint | null, printed = String(value)): string | null => (value === null ? null : printed);

/** A limit of no swap space is valid. */
function size(text: string, leastPages: bigint): string | null {
  if (MAX.test(text)) return "max";
  const percent = /^(\d{1,3})%$/.exec(text)?.[1];
  if (percent !== undefined) return orNull(within(BigInt(percent), 1n, 100n), `${Number(percent)}%`);
  const [, number = "", letter = ""] = /^(.*?)(?:([kmgt])i?)?b?$/i.exec(text) ?? [];
  const bytes = scaled(number, 1024n ** BigInt(BASE_UNITS.indexOf(letter.toLowerCase())));
  const pages = within(bytes === null ? null : bytes / PAGE_BYTES, leastPages, MOST);
  return pages === null ? null : String(pages * PAGE_BYTES);
}

/** A quota in microseconds, and the time in which it may be used up. */
function cpus(text: string): string | null {
  const [first = "", second, ...rest] = text.split(" ");
  if (rest.length > 0) return null;
  const period = second === undefined ? 100_000n : within(scaled(second, 1n), 1000n, 1_000_000n);
  if (period === null) return null;
  if (MAX.test(first)) return `max ${period}`;
  const isPercent = second === undefined && first.endsWith("%");
  const unit = second !== undefined ? 1n : isPercent ? 1000n : 100_000n;
  const quota = within(scaled(isPercent ? first.slice(0, -1) : first, unit), 1000n, MOST);
  return orNull(quota, `${quota} ${period}`);
}

const YES = ["yes", "true", "on", "1"];
const NO = ["no", "false", "off", "0"];

/** The value that a flag sets if it is an alias for a value of another option. */
const STANDS_FOR: Record<string, { yes: string; no: string }> = {
  "kill-process-group": { yes: "group", no: "child" },
  "single-child": { yes: "none", no: "group" },
};

/** The value of an option that is not a list; null if it is wrong. */
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
      const level = smallNumber(text);
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
    case "SIZE":
      return size(text, option.name === "memory-swap-max" ? 0n : 1n);
    case "CPUS":
      return cpus(text);
    case "NUMBER":
      return orNull(within(scaled(text, 1n), 1n, 10_000n), text.replace(/^0+/, ""));
    case "NUMBER_OR_MAX":
      return MAX.test(text) ? "max" : orNull(within(scaled(text, 1n), 1n, 4_194_304n), text.replace(/^0+/, ""));
    case "CPU_LIST":
      return /^\d[\d,-]{0,126}$/.test(text) ? text : null;
    case "NAME":
      return /^[a-z\d][\w.-]{0,126}$/i.test(text) && text !== "init" ? text : null;
    case "MARK":
      return /^[a-z\d][\w.-]{0,47}$/i.test(text) ? text : null;
    case "OCTAL":
      return /^0*[0-7]{1,3}$/.test(text) ? `0${text.replace(/^0+/, "").padStart(3, "0")}` : null;
    case "INTEGER": {
      const [least = 0, most = 0] = (option.value ?? "").split("..").map(Number);
      const number = /^-?\d+$/.test(text) ? Number(text) : NaN;
      return number >= least && number <= most ? String(number + 0) : null;
    }
    case "PATH":
      return text === "" ? null : quoted(text);
    case "SOCKET":
      return text.startsWith("/") && Buffer.byteLength(text) <= 107 ? quoted(text) : null;
    case "USER": {
      const parts = text.split(":");
      return parts.length <= 2 && parts.every(isAccount) ? quoted(text) : null;
    }
    default:
      throw new Error(`--${option.name} has no value`);
  }
}

/** Characters that are shown as question marks: text/visible.ts. */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cc}\u2028\u2029\ufff9-\ufffb]/gu;

/** A text as it is printed. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&").replaceAll(HIDDEN, "?")}"`;

/** A user or a group: a number, or a name. */
const isAccount = (text: string): boolean =>
  /^\d+$/.test(text) ? BigInt(text) < 2n ** 32n - 1n : text !== "" && !/[:,]/.test(text);

/** The items of a list of texts, as they are printed; null if one is wrong. */
function listed(option: Option, texts: readonly string[]): readonly string[] | null {
  const items = option.kind === "VARIABLE" ? texts : texts.flatMap((each) => each.split(","));
  if (option.kind !== "CAPABILITIES") {
    const isRight = option.kind === "VARIABLE" ? (text: string) => /^[^=]+=/.test(text) : isAccount;
    return items.every(isRight) ? items.map(quoted) : null;
  }
  const numbers = items.map((item) =>
    item === "all" && option.name === "drop-capabilities"
      ? Infinity
      : capabilities.indexOf(item.toUpperCase().replace(/^CAP_/, "")),
  );
  if (numbers.includes(-1)) return null;
  if (numbers.includes(Infinity)) return ["all"];
  return [...new Set(numbers)].sort((a, b) => a - b).map((number) => capabilities[number] ?? "");
}

/** The names of the kernel's limits in the order of their numbers. */
const RLIMITS = ["cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile"].concat([
  "memlock",
  "as",
  "locks",
  "sigpending",
  "msgqueue",
  "nice",
  "rtprio",
  "rttime",
]);

/** The number of a limit, and the limit as it is printed; null if it is wrong. */
function rlimit(text: string): [about: number, printed: string] | null {
  const [, name = "", soft = "", hard = soft] = /^([a-z]+)=(\w+)(?::(\w+))?$/.exec(text) ?? [];
  const amount = (each: string): bigint | null =>
    each === "unlimited" ? 2n ** 64n : /^\d+$/.test(each) ? within(BigInt(each), 0n, 2n ** 58n) : null;
  const [low, high] = [amount(soft), amount(hard)];
  const about = RLIMITS.indexOf(name);
  if (about < 0 || low === null || high === null || low > high) return null;
  const printed = [low, high].map((each) => (each === 2n ** 64n ? "unlimited" : String(each)));
  return [about, `${name}=${printed.join(":")}`];
}

const incoming = (text: string): number | null => {
  const signal = signalNumber(text);
  return signal === null || NEVER_INCOMING.includes(signal) ? null : signal;
};

/** One item of a list: its key and its value; null if it is wrong. */
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
  if (option.kind === "CODES" && behind !== undefined) return null;
  const [from, to] = [smallNumber(before), behind === undefined ? 0 : smallNumber(behind)];
  return from === null || to === null || from > 255 || to > 255 ? null : [from, to];
}

function printedItem(option: Option, about: number, becomes: number): string {
  if (option.kind === "SIGNALS") return signalName(about);
  if (option.kind === "REWRITE") return `${signalName(about)}:${becomes === 0 ? "0" : signalName(becomes)}`;
  return option.kind === "CODES" ? String(about) : `${about}:${becomes}`;
}

/**
 * What an option's value, or the values of a list, mean. A later item of a list wins over an earlier one with the same key.
 *
 * @returns null if a value is wrong.
 */
export function meaning(option: Option, texts: readonly string[]): string | readonly string[] | null {
  if (!option.isList) return texts.length === 1 ? single(option, texts[0] ?? "") : null;
  if (["GROUPS", "CAPABILITIES", "VARIABLE"].includes(option.kind)) return listed(option, texts);
  if (option.kind === "RLIMITS") {
    const limits = new Map<number, string>();
    for (const text of texts.flatMap((each) => each.split(","))) {
      const parsed = rlimit(text);
      if (parsed === null) return null;
      limits.set(...parsed);
    }
    return [...limits].sort(([a], [b]) => a - b).map(([, printed]) => printed);
  }
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

/** Without `memory-high`, `memory-signal` sets it to nine tenths of `memory-max`, or of the available memory. */
function settleMemorySignal(said: Map<string, ReturnType<typeof meaning>>): void {
  const name = "memory-high";
  if (!said.has("memory-signal") || said.has(name)) return;
  const most = said.get("memory-max") ?? "max";
  if (typeof most !== "string") throw new Error("memory-max is no list");
  const nineTenths = (amount: bigint) => {
    const part = (amount * 9n) / 10n;
    return part > 0n ? part : 1n;
  };
  const percent = most === "max" ? "100" : /^(\d+)%$/.exec(most)?.[1];
  const high =
    percent === undefined ? nineTenths(BigInt(most) / PAGE_BYTES) * PAGE_BYTES : `${nineTenths(BigInt(percent))}%`;
  said.set(name, String(high));
}

/**
 * Adds the settings that follow from others.
 *
 * @param said the settings by name, as `meaning` has them.
 */
export function settle(said: Map<string, ReturnType<typeof meaning>>): void {
  settleMemorySignal(said);
  // A program that is started again would inherit the lockdown.
  if ((said.get("restart") ?? "no") !== "no") said.set("lockdown", "no");
}
