/*
 * The documents' texts about sections and kinds of values; those about options are in their rows
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

/** What the documents call a value of each kind, and its description; null if it needs none. */
export const values: Readonly<Record<Kind, { readonly term: string; readonly text: string } | null>> = {
  ACTION: null,
  PROBE: null,
  COUNT: null,
  FLAG: {
    term: "Flags",
    text: "`--name` turns a flag on, `--no-name` off. With a value, it accepts `yes`, `no`, `true`, `false`, `on`, `off`, `1` or `0`.",
  },
  PRESENCE: {
    term: "TINI_SUBREAPER, TINI_KILL_PROCESS_GROUP",
    text: "These two variables mean yes if they exist, whatever their value, as in tini.",
  },
  WORD: null,
  LEVEL: null,
  SIGNAL: {
    term: "SIG",
    text: "A signal: `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-1`, in upper or lower case; but not 32 and 33, which the C library reserves.",
  },
  DURATION: {
    term: "TIME",
    text: "`250ms`, `10s`, `2m` or `1h`; a number without a unit means seconds. There are no fractions.",
  },
  RESTART: null,
  SIZE: {
    term: "SIZE",
    text: "`512M`, `1.5Gi`, `64k`, in powers of 1024, at least 4096 bytes and less than 8 TiB; a number without a unit means bytes. `80%` is of the memory that the container may use, or else of the machine's; `max` is no limit. Sizes are rounded down to pages of 4096 bytes.",
  },
  CPUS: {
    term: "CPUS",
    text: "`1.5`, `150%`, `QUOTA PERIOD` in microseconds (the period 1000 to 1000000, by default 100000; the quota at least 1000), or `max`. At least 0.01 CPUs.",
  },
  NUMBER: { term: "N", text: "A whole number from 1 to 10000; for `--pids-max` from 1 to 4194304, or `max`." },
  NUMBER_OR_MAX: null,
  CPU_LIST: { term: "LIST", text: "Numbers and ranges of CPUs, separated by commas: `0-3,5`, at most 127 characters." },
  NAME: {
    term: "NAME",
    text: "At most 127 letters, digits, `-`, `.` and `_`; it begins with a letter or a digit, and is not `init`.",
  },
  OCTAL: { term: "OCTAL", text: "An octal number from 0 to 777, with or without leading zeros." },
  INTEGER: null,
  PATH: { term: "DIR", text: "A path, absolute or from the working directory of tini-ts." },
  USER: {
    term: "USER[:GROUP]",
    text: "Names without `:` and `,`, or numbers from 0 to 4294967294.",
  },
  SOCKET: { term: "PATH", text: "An absolute path of at most 107 bytes." },
  MARK: {
    term: "TAG, ID",
    text: "Letters, digits, `-`, `.` and `_`, at most 48; it begins with a letter or a digit.",
  },
  FILE: null,
  SIGNALS: {
    term: "SIG,...",
    text: "A list of signals, separated by commas or given several times. KILL, STOP, CHLD, 32 and 33 are never received.",
  },
  REWRITE: {
    term: "A:B",
    text: "Two signals, or a signal and 0. A list: separated by commas or given several times. A must not be KILL, STOP, CHLD, 32 or 33.",
  },
  REMAP: {
    term: "CODE[:TO]",
    text: "Exit codes from 0 to 255. A list: separated by commas or given several times.",
  },
  RLIMITS: {
    term: "NAME=SOFT[:HARD]",
    text: "A limit's name in lower case, and numbers or `unlimited`, the soft limit not above the hard one. A list: separated by commas or given several times.",
  },
  GROUPS: { term: "GROUP,...", text: "Groups by name or number. A list: separated by commas or given several times." },
  CAPABILITIES: {
    term: "NAME,...",
    text: "Capabilities by name, with or without `CAP_`, in upper or lower case. A list: separated by commas or given several times.",
  },
  VARIABLE: { term: "NAME=VALUE", text: "A name without `=`, and any value. A list: given several times." },
  CODES: { term: "CODE,...", text: "A list of exit codes from 0 to 255, separated by commas or given several times." },
};
