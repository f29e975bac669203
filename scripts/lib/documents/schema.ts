/*
 * The JSON Schema of a configuration file. An editor reads the file with YAML 1.2's default types, so `grace: 10` is a
 * number and `tie: true` a boolean; a parser without types passes strings. Both are valid.
 */
import { capabilities } from "./capabilities.ts";
import { values } from "./prose.ts";
import type { Option, Table } from "./table.ts";

type Schema = Record<string, unknown>;

/** A pattern for a word in upper or lower case. */
function anyCase(word: string): string {
  return word.replaceAll(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`);
}

const LAST_SIGNAL = 64;
/** Signals that are never received: SIGKILL, SIGCHLD, SIGSTOP. */
const NEVER_INCOMING = [9, 17, 19];

/** Patterns for numbers of up to three digits: signals, offsets from RTMIN, exit codes. */
const SIGNAL_NUMBER = "0{0,2}[1-9]|0?[1245][0-9]|0?3[014-9]|0?6[0-4]";
/** The signals that the C library reserves. */
const KEPT_BY_LIBC = [32, 33];
const OFFSET = "0{0,2}[0-9]|0?[12][0-9]|0?30";
const EXIT_CODE = "(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5])";
const RESTARTS = "(?!0+$)[0-9]{1,3}";

/** The longest time, by unit: 24 days. */
const LONGEST = { ms: 2_073_600_000, s: 2_073_600, m: 34_560, h: 576 };

/** A pattern for whole numbers from 0 to `most`, with leading zeros; the pattern `before` may precede each digit. */
function upTo(most: bigint | number, before = ""): string {
  const digits = Array.from(String(most));
  const any = (count: string): string => (before === "" ? `[0-9]{${count}}` : `(?:${before}[0-9]){${count}}`);
  const sequence = (these: readonly string[]): string => these.map((digit) => before + digit).join("");
  const below = digits.flatMap((digit, index) =>
    digit === "0"
      ? []
      : [
          sequence([...digits.slice(0, index), `[0-${String(Number(digit) - 1)}]`]) +
            any(String(digits.length - index - 1)),
        ],
  );
  const zeros = before === "" ? "0*" : `(?:${before}0)*`;
  return `(?=[0-9])${zeros}(?:${any(`0,${String(digits.length - 1)}`)}|${[...below, sequence(digits)].join("|")})`;
}

/** A pattern for whole numbers in a range. */
function between(least: number, most: number): string {
  return `(?!${upTo(least - 1)}(?![0-9]))${upTo(most)}`;
}

/** A pattern for numbers, with a fraction or not, that are less than `bound`, which has no zeros at its end. */
function below(bound: string): string {
  const [whole = "", fraction = ""] = bound.split(".");
  // After a common beginning, either nothing follows or a smaller digit does.
  const less = Array.from(fraction).map((digit, index) => {
    const smaller = digit === "0" ? "" : `(?:[0-${String(Number(digit) - 1)}][0-9]*)?`;
    return fraction.slice(0, index) + smaller;
  });
  const patterns = [
    ...(whole === "0" ? [] : [`${upTo(BigInt(whole) - 1n)}(?:\\.[0-9]+)?`]),
    ...(fraction === "" ? [] : [`0*${whole}(?:\\.(?:${less.join("|")}))?`]),
  ];
  return `(?:${patterns.join("|")})`;
}

/** A bound for a number's digits, without its decimal point, times its unit; and how many digits may follow the point. */
const LARGEST = 1n << 59n;
const FRACTION_DIGITS = 17;

/** A pattern for a number of units, as values.ts reads it: from `least` to below `bound`. */
function scaled(unit: bigint, least: string, bound: string): string {
  const end = "(?![0-9.])";
  const fraction = unit === 1n ? "" : `(?:\\.[0-9]{1,${String(FRACTION_DIGITS)}})?`;
  const unless = least === "0" ? "" : `(?!${below(least)}${end})`;
  return `(?=[0-9]+${fraction}${end})(?=${upTo(LARGEST / unit, "\\.?")}${end})${unless}${below(bound)}`;
}

/** A pattern for a time. A number without a unit is seconds. */
const TIME = Object.entries({ ...LONGEST, "": LONGEST.s })
  .map(([unit, most]) => upTo(most) + unit)
  .join("|");

const MAX = anyCase("max");

/** Sizes of memory are counted in pages, in an i32: values.ts has the same bounds. */
const PAGE_BYTES = 4096;
const BOUND_BYTES = PAGE_BYTES * 2 ** 31;

/** A pattern for a size of memory. */
function size(least: number): string {
  const numbers = ["", "K", "M", "G", "T"].map((letter, power) => {
    const unit = 1024 ** power;
    // 1/2^n has n decimal places.
    const exact = (least / unit).toFixed(10 * power);
    const from = power === 0 ? exact : exact.replace(/\.?0+$/, "");
    const suffix = letter === "" ? "" : `${anyCase(letter)}[Ii]?`;
    return scaled(BigInt(unit), from, String(BOUND_BYTES / unit)) + suffix;
  });
  return `(?:${numbers.join("|")})[Bb]?|(?=[0-9]{1,3}%)${between(1, 100)}%|${MAX}`;
}

/** CPUs: a quota in microseconds, from 1 ms to the largest i32, per period of 1 ms to 1 s. */
const PERIOD = 100_000;
const LEAST_QUOTA = 1000;
const MOST_QUOTA = 2 ** 31 - 1;
const MOST_PERIOD = 1_000_000;
const CPUS = [
  scaled(BigInt(PERIOD), String(LEAST_QUOTA / PERIOD), String((MOST_QUOTA + 1) / PERIOD)),
  `${scaled(BigInt(PERIOD / 100), String(LEAST_QUOTA / (PERIOD / 100)), String((MOST_QUOTA + 1) / (PERIOD / 100)))}%`,
  `(?:${between(LEAST_QUOTA, MOST_QUOTA)}|${MAX}) ${between(LEAST_QUOTA, MOST_PERIOD)}`,
  MAX,
].join("|");

const MOST_WEIGHT = 10_000;
const MOST_PIDS = 4_194_304;

/** The names of resource limits, and a pattern for a limit's value. */
const RLIMITS = "as|core|cpu|data|fsize|locks|memlock|msgqueue|nice|nofile|nproc|rss|rtprio|rttime|sigpending|stack";
const AMOUNT = `(?:unlimited|${upTo(1n << 58n)})`;

/** Users and groups: 2^32 - 1 is none. A name is no number, and has no `:` or `,`. */
const LARGEST_ID = 4_294_967_294;
const ACCOUNT = `(?:${upTo(LARGEST_ID)}|(?![0-9]+(?:[:,]|$))[^:,\\u0000]+)`;

const CAPABILITY = `(?:${anyCase("CAP")}_)?(?:${capabilities.map(anyCase).join("|")})`;

/** A pattern for a signal by name or number, except some. */
function signal(names: readonly string[], but: readonly number[] = []): string {
  const named = names.filter((_, index) => !but.includes(index + 1)).map(anyCase);
  const realTime = [`${anyCase("RTMIN")}(?:\\+(?:${OFFSET}))?`, `${anyCase("RTMAX")}(?:-(?:${OFFSET}))?`];
  const unless = but.length === 0 ? "" : `(?!0*(?:${but.join("|")})(?![0-9]))`;
  return `(?:(?:${anyCase("SIG")})?(?:${[...named, ...realTime].join("|")})|${unless}(?:${SIGNAL_NUMBER}))`;
}

/** A text that matches a pattern as a whole, or one of the other schemas. */
function textOr(pattern: string, ...others: Schema[]): Schema {
  const text = { type: "string", pattern: `^(?:${pattern})$` };
  return others.length === 0 ? text : { anyOf: [text, ...others] };
}

const integer = (minimum: number, maximum: number): Schema => ({ type: "integer", minimum, maximum });

/** A list: one text with commas, or items, each of which may itself have commas. */
function list(item: string, number?: Schema): Schema {
  const text = textOr(`(?:${item}(?:,(?!$)|$))+`, ...(number === undefined ? [] : [number]));
  return { anyOf: [text, { type: "array", items: text, minItems: 1 }] };
}

/** What one option's value must be. */
function valueSchema(option: Option, signals: readonly string[]): Schema {
  const words = option.words.join("|");
  switch (option.kind) {
    case "FLAG":
    case "PRESENCE":
      return { enum: ["yes", "no", "true", "false", "on", "off", "1", "0", true, false, 1, 0] };
    case "WORD":
      return { enum: option.words };
    case "LEVEL":
      return textOr("[0-9]{1,3}", integer(0, 999));
    case "SIGNAL":
      return textOr(signal(signals), { ...integer(1, LAST_SIGNAL), not: { enum: KEPT_BY_LIBC } });
    case "DURATION":
      return textOr([TIME, words].filter(Boolean).join("|"), integer(0, LONGEST.s));
    case "RESTART": {
      const [never = "", ...counted] = option.words;
      return textOr(`${never}|(?:${counted.join("|")})(?::${RESTARTS})?`);
    }
    case "SIZE": {
      // A limit of no swap space is valid.
      const least = option.name === "memory-swap-max" ? 0 : PAGE_BYTES;
      return textOr(size(least), integer(least, BOUND_BYTES - 1));
    }
    case "CPUS":
      return textOr(CPUS, { type: "number", minimum: LEAST_QUOTA / PERIOD, maximum: MOST_QUOTA / PERIOD });
    case "NUMBER":
      return textOr(between(1, MOST_WEIGHT), integer(1, MOST_WEIGHT));
    case "NUMBER_OR_MAX":
      return textOr(`${between(1, MOST_PIDS)}|${MAX}`, integer(1, MOST_PIDS));
    case "CPU_LIST":
      return textOr("[0-9][0-9,-]{0,126}", { type: "integer", minimum: 0 });
    case "NAME":
      // An editor sees numbers and truth values in some names.
      return textOr("(?!init$)[A-Za-z0-9][A-Za-z0-9._-]{0,126}", { type: "number", minimum: 0 }, { type: "boolean" });
    case "OCTAL":
      // An editor sees a decimal number in 022.
      return textOr("0*[0-7]{1,3}", integer(0, 777));
    case "INTEGER": {
      const [least = 0, most = 0] = (option.value ?? "").split("..").map(Number);
      return textOr(`${upTo(most)}|-${upTo(-least)}`, integer(least, most));
    }
    case "PATH":
      return textOr("[^\\u0000]+", { type: "number" }, { type: "boolean" });
    case "SOCKET":
      return textOr("/[^\\u0000]{0,106}");
    case "MARK":
      return textOr("[A-Za-z0-9][A-Za-z0-9._-]{0,47}", { type: "number", minimum: 0 }, { type: "boolean" });
    case "SIGNALS":
      return list(signal(signals, NEVER_INCOMING), {
        ...integer(1, LAST_SIGNAL),
        not: { enum: [...NEVER_INCOMING, ...KEPT_BY_LIBC] },
      });
    case "REWRITE":
      return list(`${signal(signals, NEVER_INCOMING)}:(?:0{1,3}|${signal(signals)})`);
    case "REMAP":
      return list(`${EXIT_CODE}(?::${EXIT_CODE})?`, integer(0, 255));
    case "CODES":
      return list(EXIT_CODE, integer(0, 255));
    case "RLIMITS":
      return list(`(?:${RLIMITS})=${AMOUNT}(?::${AMOUNT})?`);
    case "USER":
      // An editor sees numbers and truth values in some names.
      return textOr(`${ACCOUNT}(?::${ACCOUNT})?`, integer(0, LARGEST_ID), { type: "boolean" });
    case "GROUPS":
      return list(ACCOUNT, integer(0, LARGEST_ID));
    case "CAPABILITIES":
      return list(option.name === "drop-capabilities" ? `(?:${CAPABILITY}|all)` : CAPABILITY);
    case "VARIABLE": {
      const variable = textOr("[^=\\u0000]+=[^\\u0000]*");
      return { anyOf: [variable, { type: "array", items: variable, minItems: 1 }] };
    }
    default:
      throw new Error(`--${option.name} has no place in a file`);
  }
}

/** Matches if a setting has one of these values. */
const says = (name: string, ...these: unknown[]): Schema => ({
  required: [name],
  properties: { [name]: { enum: these } },
});
const YES = ["yes", "true", "on", "1", true, 1];

/** Settings that exclude each other in one source: settleContradictions in config.ts. */
const CONTRADICTIONS: { why: string; sides: Schema[][] }[] = [
  {
    why: "Only a group of its own can be forwarded to.",
    sides: [
      [says("forward-to", "group"), says("kill-process-group", ...YES)],
      [says("isolate", "none"), says("single-child", ...YES)],
    ],
  },
  {
    why: "Nothing runs that could be started again.",
    sides: [[says("pause", ...YES)], [{ required: ["restart"], properties: { restart: { not: { const: "no" } } } }]],
  },
];

/** The description of the option's value; none for flags, whose values in a file differ. */
function valueText({ kind }: Option): string {
  return kind === "FLAG" || kind === "PRESENCE" ? "" : (values[kind]?.text ?? "");
}

/** The default as the file has it. */
function defaultOf(option: Option): Schema {
  if (option.default === null) return {};
  return { default: option.isList ? option.default.split(",") : option.default };
}

/** The schema, as JSON. */
export function schemaOf(table: Table): string {
  const properties = Object.fromEntries(
    table.options
      .filter(({ inFile }) => inFile)
      .map((option) => [
        option.name,
        {
          description: [option.manual, valueText(option)].filter(Boolean).join(" ").replaceAll("`", ""),
          ...valueSchema(option, table.signals),
          ...defaultOf(option),
        },
      ]),
  );
  return JSON.stringify({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "tini-ts",
    description: "The configuration file of tini-ts: /etc/tini.yml, /.tini.yml, or what --config or TINI_CONFIG names.",
    // A file with nothing but comments is valid, and not an object.
    type: ["object", "null"],
    additionalProperties: false,
    properties,
    allOf: CONTRADICTIONS.map(({ why, sides }) => ({
      $comment: why,
      not: { type: "object", allOf: sides.map((anyOf) => ({ anyOf })) },
    })),
  });
}
