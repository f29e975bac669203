/**
 * The formats of log lines: every event of the table, with values of its kinds that hold any bytes, is a line that is
 * whole and right by itself. The init's own functions put them together; only the kernel is left out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile } from "../../scripts/lib/compile.ts";
import { member } from "../../scripts/lib/enums.ts";
import { placesIn } from "../../scripts/lib/events.ts";
import { events, fields, levels, type Row } from "../../src/init/report/events.data.ts";
import { parseSyslog } from "./syslog.ts";

const root = join(import.meta.dirname, "../..");
const rows: readonly Row[] = events;
const formats = ["text", "json", "rfc5424"] as const;
/** What a pipe takes at once, PIPE_BUF. */
const LINE_BYTES = 4096;

const ENTRY = `
import { setFormat, setVerbosity, report, traceId } from "./report/report";
import { copy } from "./text/bytes";
import { setMore, setThree } from "./report/sentence";
import { learnPid } from "./linux/ourselves";
export { Log } from "./report/events.data";
export { append } from "./report/sentence";
export const room: usize = zeroedCold(ROOM);
const ROOM: i32 = 16384;
export function say(format: i32, event: i32, trace: usize, a: usize, b: usize, c: usize, d: usize, e: usize): void {
  learnPid();
  setFormat(format);
  setVerbosity(4);
  store<u8>(traceId, 0);
  if (trace !== 0) copy(traceId, endOf(traceId), trace);
  setThree(a, b, c);
  setMore(d, e);
  report(event);
}
`;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly room: { readonly value: number };
  readonly say: (format: number, event: number, ...values: number[]) => void;
}

/** A value as a test gives it to a sentence: a number, a text's bytes, or nothing. */
type Value = number | Uint8Array | null;

async function makeReporter() {
  // The executable with the toolkit has every event.
  const { wasm } = await compile({
    baseDirectory: join(root, "src/init"),
    entry: "full.ts",
    change: (name, text) => (name === "full.ts" ? ENTRY : text),
  });
  let written = Buffer.alloc(0);
  let now = 0;
  const calls: Readonly<Record<string, (...values: number[]) => number>> = {
    clock_gettime: (_clock, time = 0) => {
      const view = new DataView(exports.memory.buffer);
      view.setBigInt64(time, BigInt(Math.floor(now / 1000)), true);
      view.setBigInt64(time + 8, BigInt((now % 1000) * 1_000_000 + 999_999), true);
      return 0;
    },
    writeNoWait: (_fd, address = 0, size = 0) => {
      written = Buffer.from(Buffer.from(exports.memory.buffer, address, size));
      return size;
    },
    getpid: () => 1,
    readEnvironment: () => 0,
  };
  const module = new WebAssembly.Module(Uint8Array.from(wasm));
  const host = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ name }) => [name, calls[name] ?? (() => -38)]),
  );
  const instance = new WebAssembly.Instance(module, { host });
  const exports = instance.exports as object as Exports & Record<string, { readonly value: number }>;
  return {
    /** The line that reports an event with these values, at a time. */
    line(format: (typeof formats)[number], row: Row, values: readonly Value[], trace: string | null, time = 0): Buffer {
      let next = exports.room.value;
      const put = (bytes: Uint8Array): number => {
        const at = next;
        new Uint8Array(exports.memory.buffer).set([...bytes, 0], at);
        next += bytes.length + 1;
        return at;
      };
      const given = values.map((value) => (value === null ? 0 : typeof value === "number" ? value : put(value)));
      const event = exports[`Log.${member(row.name)}`]?.value ?? NaN;
      now = time;
      written = Buffer.alloc(0);
      const five = [...given, 0, 0, 0, 0, 0].slice(0, 5);
      exports.say(formats.indexOf(format), event, trace === null ? 0 : put(Buffer.from(trace)), ...five);
      return written;
    },
  };
}

const reporter = await makeReporter();

/** Bytes as nobody should write them: without NULs, of which no text can have any. */
const anyByte = fc.integer({ min: 1, max: 255 });
const hostile = fc.oneof(
  fc.uint8Array({ min: 1, max: 255, maxLength: 400 }),
  fc.string({ unit: "binary", maxLength: 300 }).map((text) => Uint8Array.from(Buffer.from(text.replaceAll("\0", "")))),
  fc
    .constantFrom('"', "\\", "]", "\n", "\x1b[2J", "\u202e", "\u{e0041}", "é", "\u{1f600}")
    .map((text) => Buffer.from(text.repeat(300))),
  fc.array(anyByte, { minLength: 190, maxLength: 210 }).map((list) => Uint8Array.from(list)),
);
const ours = fc.stringMatching(/^[ -{}~]{0,60}$/).map((text) => Buffer.from(text));

/** A value of a field. */
function valueOf(name: string): fc.Arbitrary<Value> {
  const { kind } = fields[name as keyof typeof fields];
  switch (kind) {
    case "NUMBER":
    case "PAGES":
      return fc.integer();
    case "ERRNO":
      return fc.integer({ min: -133, max: 133 });
    case "SIGNAL":
      return fc.integer({ min: 1, max: 64 });
    case "QUOTED":
    case "BEGINNING":
      return hostile;
    case "VALUE":
      return fc.option(hostile);
    case "TEXT":
    case "PART":
      return fc.option(ours.map((text) => Buffer.from(text.toString().replaceAll(/[^a-z ]/g, ""))));
    case "WORD":
      return fc.stringMatching(/^[a-z-]{1,20}$/).map((word) => Buffer.from(`${word}|other`));
    default:
      // An argument, or a line of the file; the name of a variable is in the lives.
      return fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1 << 24, max: (1 << 24) + 999 }));
  }
}

/** Checks each event with several values. */
function eachEvent(check: (row: Row, values: readonly Value[], traceId: string | null) => void): void {
  for (const row of rows) {
    const values = fc.tuple(...placesIn(row.message).map(valueOf));
    fc.assert(
      fc.property(values, trace, (given, traceId) => {
        check(row, given, traceId);
      }),
      { numRuns: 15 },
    );
  }
}
/** Whether a value stands as a whole in a line that has all of them: a sentence ends after 1200 bytes, and some values sooner. */
const isShort = (value: Uint8Array, all: readonly Value[]): boolean =>
  value.length < 60 && all.every((other) => !(other instanceof Uint8Array) || other.length < 500);
const trace = fc.option(fc.stringMatching(/^[0-9a-f]{32}$/));

/** The schema, in which an event has no other fields than those that it is to have: a later version may have more. */
function strictSchema(): object {
  const path = join(root, "docs/tini-ts-events.schema.json");
  const schema = JSON.parse(readFileSync(path, "utf8")) as {
    properties: object;
    allOf: { then: { properties: Record<string, object> } }[];
  };
  return {
    ...schema,
    allOf: schema.allOf.map((each) => ({
      ...each,
      then: {
        ...each.then,
        properties: { ...schema.properties, ...each.then.properties },
        additionalProperties: false,
      },
    })),
  };
}
const validate = new Ajv2020({ strict: false }).compile(strictSchema());

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** The line's text: one line, of UTF-8, of printable characters. Throws where it is not. */
function textOf(line: Buffer): string {
  expect(line.length).toBeLessThanOrEqual(LINE_BYTES);
  expect(line.at(-1)).toBe(10);
  const text = utf8.decode(line.subarray(0, -1));
  expect(text).toMatch(/^[^\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]*$/u);
  return text;
}

/** What each byte or character of a text becomes in a value that is short enough. */
function shown(bytes: Uint8Array, isJson: boolean): string {
  let text = "";
  const broken = (from: number, to: number): string =>
    Array.from(bytes.subarray(from, to), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  for (let at = 0; at < bytes.length;) {
    const sizes = [1, 2, 3, 4].filter((size) => {
      try {
        return Array.from(utf8.decode(bytes.subarray(at, at + size))).length === 1;
      } catch {
        return false;
      }
    });
    const [size] = sizes;
    const character = size === undefined ? "" : utf8.decode(bytes.subarray(at, at + size));
    const isHidden = /^[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u2028\u2029\ufff0-\ufffb]$/u.test(
      character,
    );
    text += size === undefined ? broken(at, at + 1) : isHidden && !isJson ? broken(at, at + size) : character;
    at += size ?? 1;
  }
  return text;
}

describe("P60: formats of log lines", () => {
  it("each event is an object of JSON in one line, by the schema, whatever its values are", () => {
    eachEvent((row, values, traceId) => {
      const line = JSON.parse(textOf(reporter.line("json", row, values, traceId))) as Record<string, unknown>;
      expect(validate(line), JSON.stringify(validate.errors)).toBe(true);
      expect(line).toMatchObject({ event: row.name, level: row.level.toLowerCase(), tag: "tini-ts" });
      expect(line["trace_id"]).toBe(traceId ?? undefined);
      for (const [index, name] of placesIn(row.message).entries()) {
        const value = values[index] ?? null;
        const { kind } = fields[name as keyof typeof fields];
        if (kind === "NUMBER") expect(line[name]).toBe(value);
        if (kind === "PAGES") expect(line[name]).toBe(Number(value) < 0 ? null : Number(value) * 4096);
        if (kind === "ERRNO") expect(line["errno"]).toBe(Math.abs(Number(value)));
        if (value instanceof Uint8Array && isShort(value, values) && ["QUOTED", "BEGINNING", "VALUE"].includes(kind))
          expect(line[name]).toBe(shown(value, true));
      }
    });
  });

  it("each event is a line of RFC 5424, whatever its values are", () => {
    eachEvent((row, values, traceId) => {
      const text = textOf(reporter.line("rfc5424", row, values, traceId));
      const line = parseSyslog(text);
      expect(line).toMatchObject({ facility: 3, hostname: "-", appName: "tini-ts", messageId: row.name });
      expect(line.severity).toBe([2, 4, 6, 7, 7][levels.indexOf(row.level)]);
      if (Buffer.byteLength(line.message) > line.message.length) expect(line.hasMark).toBe(true);
      expect(line.data["trace_id"]).toBe(traceId ?? undefined);
      for (const [index, name] of placesIn(row.message).entries()) {
        const value = values[index] ?? null;
        const { kind } = fields[name as keyof typeof fields];
        if (kind === "NUMBER") expect(line.data[name]).toBe(String(value));
        if (kind === "ERRNO") expect(line.data["errno"]).toBe(String(Math.abs(Number(value))));
        if (value instanceof Uint8Array && isShort(value, values) && ["QUOTED", "BEGINNING", "VALUE"].includes(kind))
          expect(line.data[name]).toBe(shown(value, false));
      }
    });
  });

  it("each event is one line of text", () => {
    eachEvent((row, values) => {
      expect(textOf(reporter.line("text", row, values, null))).toMatch(
        /^\[(?:FATAL|WARN |INFO |DEBUG) tini-ts \(1\)\] /,
      );
    });
  });

  it("what is too long is cut behind a whole character or escape, in each value and in the sentence", () => {
    const row = rows.find(({ name }) => name === "limit-not-written");
    const cut = new Set<number>();
    for (let size = 0; size < 1300; size += 7)
      for (const unit of ["\x01", "é", "\u{e0041}", '"', "x", "\xff"]) {
        const path = Buffer.from(unit.repeat(size), unit === "\xff" ? "latin1" : "utf8");
        for (const format of ["json", "rfc5424"] as const) {
          if (!row) throw new Error("the event is gone");
          const text = textOf(
            reporter.line(format, row, [Buffer.from("option|"), Buffer.from("1"), path, -13], "a".repeat(32)),
          );
          const message =
            format === "json" ? (JSON.parse(text) as { message: string }).message : parseSyslog(text).message;
          const whole = message.endsWith(": permission denied");
          cut.add(Number(whole));
          if (!whole) expect(message).toMatch(/(?:[^\\]|\\x[0-9a-f]{2})\.\.\.$/);
        }
      }
    expect(cut.size).toBe(2);
  });

  it("time is that of a calendar, in UTC with milliseconds, until the year 9999", () => {
    const row = rows.find(({ name }) => name === "parent-died");
    if (!row) throw new Error("the event is gone");
    const timeOf = (time: number): string =>
      (JSON.parse(reporter.line("json", row, [], null, time).toString()) as { time: string }).time;
    for (const day of [
      "1970-01-01",
      "1972-02-29",
      "2000-02-29",
      "2000-03-01",
      "2100-02-28",
      "2100-03-01",
      "2400-12-31",
    ])
      for (const clock of ["00:00:00.000Z", "23:59:59.999Z"])
        expect(timeOf(Date.parse(`${day}T${clock}`))).toBe(`${day}T${clock}`);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.parse("9999-12-31T23:59:59.999Z") }), (time) => {
        expect(timeOf(time)).toBe(new Date(time).toISOString());
      }),
      { numRuns: 1000 },
    );
  });

  it("each name fits RFC 5424's MSGID, and no event has a field twice, or more than the init keeps", () => {
    for (const { name, message, more = [] } of rows) {
      expect(name).toMatch(/^[a-z0-9-]{1,32}$/);
      const apart = placesIn(message).filter((field) => fields[field as keyof typeof fields].kind !== "PART");
      expect(new Set([...apart, ...more]).size).toBe(apart.length + more.length);
      expect(apart.length + more.length).toBeLessThanOrEqual(4);
    }
    for (const name of Object.keys(fields)) expect(name).toMatch(/^[a-z_]{1,32}$/);
  });
});
