/*
 * The system calls that the init makes once its program runs, as a filter for the kernel (seccomp(2)): a program for classic
 * BPF. It is derived from the code itself, so that no call is forgotten: from the functions of the system interface that
 * can be called then (calls-after.ts), and the system calls that src/host makes in them.
 */
import type { OuterCall } from "./calls-after.ts";

/** An instruction of classic BPF, struct sock_filter: code, how many to skip if a comparison holds and if not, its number. */
export type Instruction = readonly [code: number, ifSo: number, ifNot: number, number: number];

/** An argument of a system call: a number, a parameter of the function that makes the call, or null for anything else. */
export type Argument = number | { readonly parameter: number } | null;

/** A system call that a function of the system interface makes. */
export interface SystemCall {
  readonly name: string;
  readonly number: number;
  readonly arguments: readonly Argument[];
}

/** The filter for a CPU. */
export interface Filter {
  readonly architecture: number;
  readonly program: readonly Instruction[];
  /** What each function of the system interface calls. */
  readonly calls: Readonly<Record<string, readonly SystemCall[]>>;
}

/** The section of the checked module that has the filter as JSON. */
export const FILTER_SECTION = "filter";

/** The function that installs the filter, which allows the calls that can follow. */
export const FILTER_CALL = "filterCalls";

/**
 * The index of the argument that selects a call's operation: the filter allows only the values that the init passes, which
 * must be constants.
 */
const CHOOSING: Readonly<Record<string, number>> = {
  ...{ fcntl: 1, fcntl64: 1, ioctl: 1, openat: 2, prctl: 0, ptrace: 0, socket: 0 },
};

/** The C name of a function of the system interface. */
const cName = (name: string): string => `w2c_host_${name}`;

/** Functions of src/host that no module imports: for an internal error, and for the exit. */
const OWN_FUNCTIONS = ["die", cName("exit")];

/**
 * restart_syscall(2): the kernel makes some processes call it that were stopped in the middle of another call. No call of
 * the init is of that kind today.
 */
const OF_KERNEL = "restart_syscall";

/** Functions that start a process, which would inherit the filter and could do nothing. */
const STARTING = ["vfork", "vforkInto", "execve", "execveat"];

/** Bits of an architecture's number, include/uapi/linux/audit.h: 64 bits, and little-endian. */
const AUDIT_ARCH_64BIT = 0x80000000;
const AUDIT_ARCH_LE = 0x40000000;

/** In the text for `readHost`, CALL() becomes CALL_OF(number, name, arguments); the text begins at MARK. */
const CALL_OF = "CALL_OF";
const MARK = "functions_that_call";

/** Further values that the C compiler is asked for. */
const QUESTIONS = ["MACHINE", "__SIZEOF_LONG__", `__NR_${OF_KERNEL}`];
const ANSWERS = "answers_of_the_compiler";

/**
 * The C of src/host with markers, to be preprocessed for `makeFilter`.
 *
 * @throws Error if src/host does not make its calls as expected.
 */
export function questionOf(source: string): string {
  const definition = /^#define CALL\(name, \.\.\.\)(?:.*\\\n)*.*$/m;
  if (!definition.test(source)) throw new Error("src/host has no CALL(name, ...)");
  const asked = `int ${MARK};\n#define CALL(name, ...) ${CALL_OF}(__NR_##name, #name, ##__VA_ARGS__)`;
  return `${source.replace(definition, asked)}\n${ANSWERS}(${QUESTIONS.join()})\n`;
}

/** A system call in src/host: expressions of C. */
interface Use {
  readonly number: string;
  readonly name: string;
  readonly arguments: readonly string[];
}

/** A function of src/host: the system calls in it, and the calls of its other functions. */
interface HostFunction {
  readonly parameters: readonly string[];
  readonly uses: readonly Use[];
  readonly helpers: readonly { readonly name: string; readonly arguments: readonly string[] }[];
}

/** The items of an argument list that begins at `start`, split at the commas outside of brackets. */
function partsFrom(text: string, start: number): string[] {
  const parts = [""];
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === ")" && depth-- === 0) return parts.map((part) => part.trim());
    if (character === "(") depth++;
    if (character === "," && depth === 0) parts.push("");
    else parts.push((parts.pop() ?? "") + character);
  }
  throw new Error("src/host: a bracket is never closed");
}

/** Reads the functions of src/host, by their names in C, from the preprocessed text of `questionOf`. */
function readHost(text: string): Map<string, HostFunction> {
  const behind = text.slice(text.indexOf(MARK));
  const definitions = /^\w[\w *(),]*?\**(\w+)\(([^()]*)\)\s*\{(?:\n([^]*?)^\}|(.*)\}$)/gm;
  const found = [...behind.matchAll(definitions)].map(([, name = "", list = "", several = "", one = ""]) => ({
    ...{ name, body: several + one },
    parameters: list.split(",").map((parameter) => /(\w+)$/.exec(parameter.trim())?.[1] ?? ""),
  }));
  const names = new Set(found.map(({ name }) => name));
  const functions = found.map(({ name, body, parameters }): [string, HostFunction] => {
    const calls = [...body.matchAll(/\b(\w+)\(/g)].map((match) => ({
      name: match[1] ?? "",
      arguments: partsFrom(body, match.index + match[0].length),
    }));
    const uses = calls
      .filter((call) => call.name === CALL_OF)
      .map(({ arguments: [number = "", title = "", ...rest] }) => {
        return { number, name: title.slice(1, -1), arguments: rest };
      });
    return [name, { parameters, uses, helpers: calls.filter((call) => names.has(call.name) && call.name !== name) }];
  });
  return new Map(functions);
}

/** An expression with names replaced by other expressions. */
const withValues = (expression: string, values: ReadonlyMap<string, string>): string =>
  expression.replaceAll(/\b[A-Za-z_]\w*/g, (word) => values.get(word) ?? word);

/** The system calls in a function and in those that it calls, in terms of its own parameters. */
function usesIn(functions: ReadonlyMap<string, HostFunction>, name: string): Use[] {
  const found = functions.get(name);
  if (found === undefined) throw new Error(`src/host has no ${name}()`);
  const ofHelpers = found.helpers.flatMap((helper) => {
    const { parameters = [] } = functions.get(helper.name) ?? {};
    const given = parameters.map((each, index): [string, string] => [each, `(${helper.arguments[index] ?? ""})`]);
    return usesIn(functions, helper.name).map((use) => ({
      ...use,
      arguments: use.arguments.map((each) => withValues(each, new Map(given))),
    }));
  });
  return [...found.uses, ...ofHelpers];
}

/** An expression without parentheses around it and without `| 0`. */
function simplified(expression: string): string {
  const simple = expression
    .replace(/^\((.*)\)$/, "$1")
    .replace(/ \| 0$/, "")
    .trim();
  return simple === expression ? simple : simplified(simple);
}

/** The tokens with letters that a constant expression may have: numbers, characters, types, `sizeof`. */
const WORDS_OF_CONSTANTS = /\b0x[\da-f]+|\b\d+[ul]*\b|'.'|\b(?:u?int\d+_t|unsigned|int|long|short|char|sizeof)\b/gi;

const isConstant = (expression: string): boolean => !/\w/.test(expression.replaceAll(WORDS_OF_CONSTANTS, ""));

/** The values to allow for the argument `index`, which selects the call's operation, as expressions. */
interface Allowed {
  readonly index: number | undefined;
  readonly values: Set<string>;
}

/** The calls to allow, by the expressions for their numbers. @throws Error if that cannot be determined. */
function allow(reached: readonly OuterCall[], functions: ReadonlyMap<string, HostFunction>): Map<string, Allowed> {
  const allowed = new Map<string, Allowed>();
  const starting = reached.find(({ name }) => STARTING.includes(name));
  if (starting !== undefined) throw new Error(`${starting.name}() can be called once the filter is there`);
  const imported = reached.map(({ name, values }) => ({ name: cName(name), values }));
  const own = OWN_FUNCTIONS.map((name) => ({ name, values: [] }));
  for (const { name, values } of [...imported, ...own]) {
    const { parameters = [] } = functions.get(name) ?? {};
    const given = parameters.flatMap((each, index): [string, string][] => {
      const value = values[index] ?? null;
      return value === null ? [] : [[each, `(${String(value)})`]];
    });
    for (const use of usesIn(functions, name)) {
      const index = CHOOSING[use.name];
      const entry = allowed.get(use.number) ?? { index, values: new Set() };
      allowed.set(use.number, entry);
      if (index === undefined) continue;
      const value = withValues(use.arguments[index] ?? "", new Map(given));
      if (!isConstant(value))
        throw new Error(`${name}(): what ${use.name}() is to do is no constant, so the filter cannot know it`);
      entry.values.add(value);
    }
  }
  return allowed;
}

/** The system calls of each function of the system interface, so that the simulation can ask the filter about them. */
function callsOf(
  functions: ReadonlyMap<string, HostFunction>,
  numberOf: (expression: string) => number,
): Record<string, SystemCall[]> {
  const prefix = cName("");
  const ofInterface = [...functions].filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(
    ofInterface.map(([name, { parameters }]) => [
      name.slice(prefix.length),
      usesIn(functions, name).map((use) => ({
        ...{ name: use.name, number: numberOf(use.number) },
        arguments: use.arguments.map((expression, index): Argument => {
          if (CHOOSING[use.name] !== index) return null;
          const parameter = parameters.indexOf(simplified(expression));
          return parameter >= 0 ? { parameter } : isConstant(expression) ? numberOf(expression) : null;
        }),
      })),
    ]),
  );
}

/** Codes of BPF, include/uapi/linux/bpf_common.h: load a word, compare with a number, return. */
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
/** Places in struct seccomp_data, and actions: include/uapi/linux/seccomp.h. */
const DATA_NUMBER = 0;
const DATA_ARCHITECTURE = 4;
const DATA_ARGUMENTS = 16;
const KILL_PROCESS = 0x80000000;
const ALLOW = 0x7fff0000;
/** Up to this many numbers are compared one by one; longer lists are halved first. */
const ROW = 16;

/** An instruction whose targets are labels; null is the next instruction. */
interface Draft {
  readonly code: number;
  readonly number: number;
  readonly ifSo?: string | null;
  readonly ifNot?: string | null;
  readonly label?: string | undefined;
}

/** A system call to allow: if an argument selects its operation, only with these values. */
interface Rule {
  readonly number: number;
  readonly index: number | undefined;
  readonly values: readonly number[];
}

/** Compares the number of the call with the allowed ones, which are sorted. */
function compare(sorted: readonly Rule[], label?: string): Draft[] {
  if (sorted.length > ROW) {
    const half = Math.ceil(sorted.length / 2);
    const middle = sorted[half]?.number ?? 0;
    const above = `above ${String(middle)}`;
    return [
      { code: IF_AT_LEAST, number: middle, ifSo: above, ifNot: null, label },
      ...compare(sorted.slice(0, half)),
      ...compare(sorted.slice(half), above),
    ];
  }
  return sorted.map(({ number, index }, place) => ({
    ...{ code: IF_EQUAL, number, label: place === 0 ? label : undefined },
    ifSo: index === undefined ? "allow" : `check ${String(number)}`,
    ifNot: place === sorted.length - 1 ? "kill" : null,
  }));
}

/** Compares the argument that selects a call's operation. */
function check({ number, index = 0, values }: Rule): Draft[] {
  return [
    { code: LOAD, number: DATA_ARGUMENTS + 8 * index, label: `check ${String(number)}` },
    ...values.map((value, place) => ({
      ...{ code: IF_EQUAL, number: value },
      ...{ ifSo: "allow", ifNot: place === values.length - 1 ? "kill" : null },
    })),
  ];
}

/**
 * The program: another architecture's calls, and all that are not listed, end the process. x32's numbers (bit 30 on
 * x86_64) are not listed.
 */
function assemble(architecture: number, rules: readonly Rule[]): Instruction[] {
  const sorted = rules.toSorted((a, b) => a.number - b.number);
  const drafts: Draft[] = [
    { code: LOAD, number: DATA_ARCHITECTURE },
    { code: IF_EQUAL, number: architecture, ifSo: null, ifNot: "kill" },
    { code: LOAD, number: DATA_NUMBER },
    ...compare(sorted),
    ...sorted.filter(({ index }) => index !== undefined).flatMap(check),
    { code: RETURN, number: KILL_PROCESS, label: "kill" },
    { code: RETURN, number: ALLOW, label: "allow" },
  ];
  const distance = (to: string | null | undefined, from: number): number => {
    if (to === undefined || to === null) return 0;
    const between = drafts.findIndex(({ label }) => label === to) - from - 1;
    if (between < 0 || between > 255) throw new Error(`the filter is too long to jump to "${to}"`);
    return between;
  };
  return drafts.map(({ code, number, ifSo, ifNot }, at) => [code, distance(ifSo, at), distance(ifNot, at), number]);
}

/**
 * Makes the filter for a CPU.
 *
 * @param reached the calls that the init can make once the filter is installed.
 * @param host the preprocessed text of `questionOf`, for this CPU.
 * @param evaluate returns the values of constant C expressions on that CPU, in their order, as unsigned 32-bit numbers.
 * @param withheld system calls that are nevertheless not allowed: for tests of the consequences.
 * @throws Error if the calls to allow cannot be determined.
 */
export async function makeFilter(
  reached: readonly OuterCall[],
  host: string,
  evaluate: (expressions: readonly string[]) => Promise<readonly number[]>,
  withheld: readonly string[] = [],
): Promise<Filter> {
  const functions = readHost(host);
  const uses = [...functions.keys()].flatMap((name) => usesIn(functions, name));
  const allowed = allow(reached, functions);
  const [machine = "", long = "", ofKernel = ""] = partsFrom(host, host.lastIndexOf(ANSWERS) + ANSWERS.length + 1);
  allowed.set(ofKernel, { index: undefined, values: new Set() });
  const constants = uses.flatMap((use) =>
    use.arguments.filter((each, index) => CHOOSING[use.name] === index && isConstant(each)),
  );
  const expressions = [
    ...new Set([machine, long, ...allowed.keys(), ...[...allowed.values()].flatMap(({ values }) => [...values])]),
    ...new Set([...uses.map(({ number }) => number), ...constants]),
  ];
  const values = await evaluate(expressions);
  const known = new Map(expressions.map((expression, index) => [expression, values[index]]));
  const numberOf = (expression: string): number => {
    const value = known.get(expression);
    if (value === undefined) throw new Error(`the C compiler does not know the value of ${expression}`);
    return value;
  };
  const calls = callsOf(functions, numberOf);
  const withheldNumbers = uses.filter(({ name }) => withheld.includes(name)).map(({ number }) => numberOf(number));
  const rules = [...allowed].map(([number, { index, values: chosen }]) => ({
    ...{ number: numberOf(number), index },
    values: [...new Set([...chosen].map(numberOf))].sort((a, b) => a - b),
  }));
  const bits = numberOf(long) === 8 ? AUDIT_ARCH_64BIT : 0;
  const architecture = (numberOf(machine) | bits | AUDIT_ARCH_LE) >>> 0;
  const kept = rules.filter(({ number }) => !withheldNumbers.includes(number));
  return { architecture, program: assemble(architecture, kept), calls };
}

/** The filter as C. */
export function filterSource({ program }: Filter): string {
  const rows = program.map(([code, ifSo, ifNot, number]) => `{${[code, ifSo, ifNot].join(",")},${String(number)}u}`);
  return `static const struct sock_filter filter[] = {${rows.join(",")}};\n`;
}
