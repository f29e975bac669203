/**
 * Mutations in the init's use of memory: the checks of the simulation (memory.ts) find each in one of the lives that use
 * all buffers to their ends (lives.ts).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { expectAbsent } from "../absence.ts";
import { withSection } from "../../scripts/lib/data.ts";
import { type Area, CONSTANTS, MEMORY_SECTION } from "../../scripts/lib/layout.ts";
import { compileChanged } from "./changed.ts";
import { initModule } from "./life.ts";
import { given, live, LIVES, seen } from "./lives.ts";

/** The messages by which a life reports wrong use of memory, or the build a wrong layout. */
const FOUND = /the init used memory that is not its own|access out of bounds|"trap":"|check\(\) is of constants/;

const root = join(import.meta.dirname, "../..");

describe("a buffer that is too short", () => {
  const [section] = WebAssembly.Module.customSections(initModule(), MEMORY_SECTION);
  const areas = (JSON.parse(new TextDecoder().decode(section)) as Area[]).filter(({ name }) => name !== CONSTANTS);
  /** Of each buffer how many bytes are used, and by which life. */
  const most = new Map<string, { used: number; life: string }>();
  beforeAll(() => {
    for (const [life, world] of Object.entries(LIVES)) {
      for (const [name, used] of live(world).used)
        if (used > (most.get(name)?.used ?? 0)) most.set(name, { used, life });
    }
  });

  /** The init with a buffer that ends earlier. */
  function shortened(buffer: string, size: number): WebAssembly.Module {
    const map = areas.map((area) => (area.name === buffer ? { ...area, size } : area));
    const binary = withSection(
      readFileSync(join(root, "build/init.checked.wasm")),
      MEMORY_SECTION,
      new TextEncoder().encode(JSON.stringify(map)),
    );
    return new WebAssembly.Module(new Uint8Array(binary));
  }

  it.each(areas.map(({ name, size }) => [name, size] as const))("is found: %s of %i bytes", (name, size) => {
    const { used, life } = most.get(name) ?? { used: 0, life: "" };
    expect(size - used, `${name}: bytes that no life uses`).toBe(0);
    for (const less of [1, 2, 3, 4, 7, 8, 13, 20]) {
      if (less >= used) break;
      expect(seen(given(life), shortened(name, used - less)), `${less} bytes too short`).toMatch(FOUND);
    }
  });
});

/** The fault, the file, the text there, its replacement, and the life that finds it. */
const MUTATIONS: readonly (readonly [what: string, file: string, from: string, to: string, life: string])[] = [
  [
    "the end of what could not be read",
    "linux/processes.ts",
    "stat + (count < 0 ? 0 : count)",
    "stat + (count < 0 ? -1 : count)",
    "daemons that cannot be read of",
  ],
  [
    "a directory's room that the deepest group does not need",
    "linux/hierarchy.ts",
    "directory: UserBytes = zeroed(DIRECTORY_BYTES)",
    "directory: UserBytes = zeroed(DIRECTORY_BYTES - 20)",
    "limits",
  ],
  ["a store to NULL", "main.ts", "learnPid();", "learnPid(); store<u8>(0, 1);", "a plain run"],
  ["a store of what is there to NULL", "main.ts", "learnPid();", "learnPid(); store<u8>(0, 0xa5);", "a plain run"],
  ["a load from NULL", "main.ts", "learnPid();", "learnPid(); ourselves.pid |= <i32>load<u32>(0);", "a plain run"],
  ["a field of a struct at NULL", "main.ts", "learnPid();", "learnPid(); store<i32>(0, 1, 40);", "a plain run"],
  ["a store right before the memory", "main.ts", "learnPid();", "store<u8>(0x3fffff, 1);", "a plain run"],
  [
    "a load right behind the memory",
    "main.ts",
    "learnPid();",
    "learnPid(); ourselves.pid = <i32>load<u8>(0x41ffff);",
    "a plain run",
  ],
  ["a store far below", "main.ts", "learnPid();", "learnPid(); store<u8>(0x200000, 1);", "a plain run"],
  ["a store to a constant", "config/usage.ts", "line.put(VERSION);", "store<u8>(VERSION, 49);", "the version"],
  [
    "a copy with one NUL more",
    "text/bytes.ts",
    "if (byte === 0) return to;",
    "if (byte === 0) { store<u8>(to + 1, 0); return to; }",
    "a file with a long path",
  ],
  [
    "a copy from NULL",
    "limits/version2.ts",
    "copy(name, endOf(controller), next);",
    "copy(name, endOf(controller), 0);",
    "limits",
  ],
  [
    "a copy to NULL",
    "limits/version2.ts",
    "copy(name, endOf(controller), next);",
    "copy(0, endOf(controller), next);",
    "limits",
  ],
  [
    "one signal too many",
    "config/settings.ts",
    "signal <= SIGRTMAX; signal++",
    "signal <= SIGRTMAX + 1; signal++",
    "a plain run",
  ],
  [
    "a word that is read too far",
    "config/arguments.ts",
    "word, WORD_BYTES + 1)",
    "word, WORD_BYTES + 5)",
    "a plain run",
  ],
  [
    "a word's end that is off by one",
    "linux/reader.ts",
    "if (--size > 0)",
    "if (size-- > 0)",
    "limits below a mount with long names",
  ],
  [
    "a list that is off by one",
    "config/values.ts",
    "size > most",
    "size > most + 1",
    "a list of CPUs that is too long",
  ],
  [
    "a path that is off by one",
    "config/file.ts",
    "size > PATH_BYTES",
    "size > PATH_BYTES + 1",
    "a file with a path that is too long",
  ],
  [
    "room for hints that is none",
    "limits/hints.ts",
    "endOf(entries) - SHORT_BYTES - end",
    "endOf(entries) + SHORT_BYTES - end",
    "hints",
  ],
  ["an entry behind the environment's end", "limits/hints.ts", "before : count++", "before : ++count", "hints"],
  ["one hint too many", "limits/hints.ts", "row < endOf(variables)", "row < endOf(variables) + 64", "hints"],
  [
    "a file's beginning that is off by two",
    "workload/image.ts",
    "beginning, BEGINNING_BYTES)",
    "beginning, BEGINNING_BYTES + 2)",
    "a program for another CPU",
  ],
  [
    "a process's line that is off by two",
    "linux/processes.ts",
    "stat, STAT_BYTES - 1)",
    "stat, STAT_BYTES + 1)",
    "a check of a socket with a path as long as can be",
  ],
  [
    "a control group's file that is off by two",
    "linux/cgroup.ts",
    "content, CONTENT_BYTES)",
    "content, CONTENT_BYTES + 2)",
    "limits",
  ],
  [
    "a variable that is off by two",
    "workload/service.ts",
    "entry, ENTRY_BYTES - 1)",
    "entry, ENTRY_BYTES + 1)",
    "variables that name a process",
  ],
  [
    "a line's buffer that is too short",
    "text/line.ts",
    "zeroed(CAPACITY + ELLIPSIS_BYTES)",
    "zeroed(CAPACITY + ELLIPSIS_BYTES - 1)",
    "the license",
  ],
  [
    "a line that is unpacked too far",
    "text/line.ts",
    "unpack(next, limit, text)",
    "unpack(next, limit + ELLIPSIS_BYTES, text)",
    "the license",
  ],
  [
    "a line of the file that is not cut",
    "config/file.ts",
    "size === WORD_BYTES",
    "size > WORD_BYTES + 4",
    "a file with a line that is too long",
  ],
  [
    "a name that is off by one",
    "report/source.ts",
    "0, name, NAME_BYTES)",
    "0, name, NAME_BYTES + 2)",
    "a variable as long as can be",
  ],
  [
    "a siginfo that reaches behind the slots",
    "supervision/siginfos.ts",
    "slots.incoming = spare;",
    "slots.incoming = spare + 300;",
    "a plain run",
  ],
  [
    "a siginfo's slot that is skipped",
    "supervision/siginfos.ts",
    "let spare = SLOTS;",
    "let spare = SLOTS + SIGNAL_INFO_BYTES;",
    "a full queue and a stop signal that is held back",
  ],
  [
    "a siginfo that is overwritten while its receiver's queue is full",
    "supervision/siginfos.ts",
    "spare === slots.undelivered || spare",
    "spare",
    "a full queue and a stop signal that is held back",
  ],
  [
    "a siginfo that is overwritten while its signal is held back",
    "supervision/siginfos.ts",
    " || spare === slots.stop)",
    ")",
    "a full queue and a stop signal that is held back",
  ],
  [
    "entries of a directory that are read too far",
    "linux/ownership.ts",
    "if (offset >= size) {",
    "if (offset > size) {",
    "a program that leaves groups of its own",
  ],
  [
    "entries of a directory that do not fit",
    "linux/ownership.ts",
    "scratch, LONG_BYTES)",
    "scratch, LONG_BYTES + 3)",
    "a program that leaves groups of its own",
  ],
  [
    "a group more than there is room for",
    "workload/accounts.ts",
    "groupCount === MOST_GROUPS",
    "groupCount === MOST_GROUPS + 1",
    "more groups than can be",
  ],
  [
    "a list of groups that is read too far",
    "workload/accounts.ts",
    "at < list + ((<usize>count) << 2)",
    "at <= list + ((<usize>count) << 2)",
    "more groups than can be",
  ],
  [
    "a group too many that the kernel gets",
    "workload/credentials.ts",
    "host.setgroups(groupCount, groups)",
    "host.setgroups(groupCount + 1, groups)",
    "as many groups as can be",
  ],
  [
    "room for two ids instead of three",
    "workload/credentials.ts",
    "IDS * ID_BYTES)",
    "IDS * ID_BYTES - 4)",
    "as many groups as can be",
  ],
  [
    "a name of a capability that is unpacked into too little room",
    "workload/credentials.ts",
    "unpack(scratch, endOf(scratch), CAPABILITY_NAMES)",
    "unpack(scratch, scratch + 8, CAPABILITY_NAMES)",
    "a capability that the container lacks",
  ],
  [
    "a number as a name at NULL",
    "workload/identity.ts",
    "decimal(name, number);",
    "decimal(0, number);",
    "a user of a number alone",
  ],
  [
    "a variable that is cut",
    "workload/identity.ts",
    "copy(copy(scratch, endOf(scratch), start), endOf(scratch), value)",
    "copy(copy(scratch, endOf(scratch), start), scratch + 1000, value)",
    "a user whose home is as long as can be",
  ],
  [
    "a program's name that is off by two",
    "workload/misspelled.ts",
    "scratch, LONG_BYTES);",
    "scratch, LONG_BYTES + 2);",
    "a misspelt program that is longer",
  ],
  [
    "a text that is off by one",
    "config/texts.ts",
    "size + 2 > <i32>",
    "size + 1 > <i32>",
    "texts that are a byte too long",
  ],
  [
    "a limit of the next process resource",
    "config/rlimits.ts",
    "limits + ((<usize>number) << 4)",
    "limits + ((<usize>number + 1) << 4)",
    "a directory as long as can be, and every limit",
  ],
];

describe("a fault in the source", () => {
  it.each(MUTATIONS)("is found: %s (%s)", async (_what, file, from, to, life) => {
    const built = await compileChanged(file, [[from, to]]).catch((error: unknown) => String(error));
    const what = typeof built === "string" ? built : seen(given(life), built);
    expectAbsent(FOUND, seen(given(life)), what);
  });
});
