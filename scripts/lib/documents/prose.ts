/*
 * What the documents say of sections and of the kinds of values; what they say of an option is in its row
 * (src/init/config/options.data.ts). In these texts `code` is what a user writes or sees; there is no other markup.
 */
import type { Kind, Section } from "./table.ts";

/** The headings. */
export const headings: Readonly<Record<Section, string>> = {
  STOPPING: "Stopping",
  SIGNALS: "Signals",
  PROCESSES: "Processes",
  IDENTITY: "Identity",
  LIMITS: "Limits",
  EXIT: "Exit code",
  REPORTS: "Reports",
};

/** What a value of each kind is, and what the documents call that; null where there is nothing to say. */
export const values: Readonly<Record<Kind, { readonly term: string; readonly text: string } | null>> = {
  ACTION: null,
  PROBE: null,
  COUNT: null,
  FLAG: {
    term: "Flags",
    text: "A flag that is named is on, and off with `--no-` before its name. With a value it takes `yes`, `no`, `true`, `false`, `on`, `off`, `1` or `0`.",
  },
  PRESENCE: {
    term: "TINI_SUBREAPER, TINI_KILL_PROCESS_GROUP",
    text: "These two variables mean yes where they exist, whatever they say, as in tini.",
  },
  WORD: null,
  LEVEL: null,
  SIGNAL: {
    term: "SIG",
    text: "A signal: `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`, in capitals or not. 32 and 33 are none: the C library keeps them for itself.",
  },
  DURATION: {
    term: "TIME",
    text: "`250ms`, `10s`, `2m` or `1h`; a bare number means seconds. There are no fractions.",
  },
  RESTART: null,
  SIZE: {
    term: "SIZE",
    text: "`512M`, `1.5Gi`, `64k`, in powers of 1024, at least 4096 bytes and less than 8 TiB; a bare number means bytes. `80%` is of what the container may use, or else of the machine's memory; `max` is no limit. It is rounded down to pages of 4096 bytes.",
  },
  CPUS: {
    term: "CPUS",
    text: "`1.5`, `150%`, `QUOTA PERIOD` in microseconds (the period 1000 to 1000000, 100000 where none is given; the quota at least 1000), or `max`. At least 0.01 CPUs.",
  },
  NUMBER: { term: "N", text: "A whole number from 1 to 10000; of `--pids-max` from 1 to 4194304, or `max`." },
  NUMBER_OR_MAX: null,
  CPU_LIST: { term: "LIST", text: "Numbers and ranges of CPUs with commas between: `0-3,5`, at most 127 characters." },
  NAME: {
    term: "NAME",
    text: "Letters, digits, `-`, `.` and `_`, at most 127; it begins with a letter or a digit, and is not `init`.",
  },
  OCTAL: { term: "OCTAL", text: "An octal number from 0 to 777, with or without zeros before it." },
  INTEGER: null,
  PATH: { term: "DIR", text: "A path, absolute or from the working directory of tini-ts." },
  USER: {
    term: "USER[:GROUP]",
    text: "Names, in which `:` and `,` cannot be, or numbers from 0 to 4294967294.",
  },
  FILE: null,
  SIGNALS: {
    term: "SIG,...",
    text: "A list of signals, with commas or said several times. KILL, STOP, CHLD, 32 and 33 never come in.",
  },
  REWRITE: {
    term: "A:B",
    text: "Two signals, or a signal and 0. A list: with commas or said several times. A is never KILL, STOP, CHLD, 32 or 33.",
  },
  REMAP: {
    term: "CODE[:TO]",
    text: "Exit codes from 0 to 255. A list: with commas or said several times.",
  },
  RLIMITS: {
    term: "NAME=SOFT[:HARD]",
    text: "A limit's name in small letters, and numbers or `unlimited`, the soft limit not above the hard one. A list: with commas or said several times.",
  },
  GROUPS: { term: "GROUP,...", text: "Groups, by their names or numbers. A list: with commas or said several times." },
  CAPABILITIES: {
    term: "NAME,...",
    text: "Capabilities by their names, with `CAP_` before or not, in capitals or not. A list: with commas or said several times.",
  },
  VARIABLE: { term: "NAME=VALUE", text: "A name without `=`, and any value. A list: said several times." },
  CODES: { term: "CODE,...", text: "A list of exit codes from 0 to 255, with commas or said several times." },
};
