/** Values of each kind: right ones to tell places apart by, and wrong ones. */
import type { Kind, Option } from "../../scripts/lib/documents/table.ts";

/** Right values that mean three different things; two where there are no more. */
export function rightValues(option: Option): readonly string[] {
  switch (option.kind) {
    case "FLAG":
    case "PRESENCE":
      return ["yes", "no"];
    case "WORD":
      return option.words;
    case "LEVEL":
      return ["0", "2", "4"];
    case "SIGNAL":
      return ["SIGTERM", "hup", "RTMIN+3"];
    case "DURATION":
      return ["250ms", "7", "2m"];
    case "RESTART":
      return ["always:3", "on-failure", "always"];
    case "SIGNALS":
      return ["TERM,2", "SIGUSR1", "rtmax-1,QUIT"];
    case "REWRITE":
      return ["TERM:QUIT", "hup:0,1:2", "SIGRTMIN+1:RTMAX"];
    case "REMAP":
      return ["143", "1:2,3:4", "0:255"];
    default:
      throw new Error(`--${option.name} has no value`);
  }
}

const WRONG_SIGNALS = [
  "",
  "FOO",
  "SIG",
  "SIGSIGTERM",
  "SIG15",
  "0",
  "65",
  "-1",
  "1000",
  "15x",
  "TERM ",
  " TERM",
].concat([
  "TERM+1",
  "RTMIN-1",
  "RTMAX+1",
  "RTMIN+31",
  "RTMAX-31",
  "RTMIN+",
  "RTMIN+1x",
  "RTMIN+ 1",
  "SIGTERMX",
  "TERM:INT",
  "é",
]);
const NEVER_INCOMING = ["KILL", "SIGSTOP", "chld", "9", "17", "019"];

/** Wrong values of each kind that is a setting. */
export const wrongValues: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  FLAG: ["", "maybe", "Yes", "yess", "ye", "2", "01", "-1", "null", "~", "y", " yes"],
  WORD: ["", "CHILD", "chil", "childs", "group|session", "0", "|", "group ", "group,session"],
  LEVEL: ["-1", "+1", "1000", "1x", " 1", "two", "1.0", "0x1", "١"],
  SIGNAL: [...WRONG_SIGNALS, "TERM,INT"],
  DURATION: [
    ...["", "-1", "+1", "1.5s", "1 s", "s", "ms", "1d", "1sec", "1S", "10ss", "s10", "1h30m", "0x10", "1e3", "1,000"],
    ...["999999999999", "000000000001", "99999999999999999999s", "18446744073709551617", "9223372036854775808ms"],
    ...["forevers", "forever1", "Forever", "offf", "of", "never", "infinity", "∞", "10 ", " 10", "10\u00a0"],
  ],
  RESTART: [
    ...["", "yes", "No", "on-failures", "on_failure", "always:", "always:0", "always:000", "always:1000", "always:-1"],
    ...["no:1", "always:3x", "always:3:4", "always 3", "on-failure:+1", ":3", "3", "no|always"],
  ],
  SIGNALS: [...WRONG_SIGNALS, ...NEVER_INCOMING, "TERM,", ",TERM", "TERM,,INT", "TERM, INT", "TERM;INT", ","],
  REWRITE: [
    ...["", ":", "TERM", "TERM:", ":TERM", "TERM:INT:HUP", "0:TERM", "TERM:-1", "TERM:65", "TERM=INT", "TERM:FOO"],
    ...["TERM:INT,", ",TERM:INT", "TERM:INT,,HUP:INT", "TERM: INT", "FOO:TERM", "TERM:0000", "TERM:0x0"],
    ...NEVER_INCOMING.map((signal) => `${signal}:TERM`),
  ],
  REMAP: [
    ...["", ":", ":1", "1:", "256", "1:256", "-1", "1:-1", "+1", "1x", "1:x", "0x1", "1:2:3", "1,,2", ",1", "1,", " 1"],
    ...["1 ", "1;2", "999999999999999999999", "0001", "1.0", "1: 2"],
  ],
};

/** What a refusal says that would be right, for each kind. */
export const expectation: Readonly<Partial<Record<Kind, RegExp>>> = {
  FLAG: /is not yes or no$/,
  PRESENCE: /is not yes or no$/,
  WORD: /is not \w+\|\w+\|\w+$/,
  LEVEL: /is not a number from 0 to 4$/,
  SIGNAL: /is not a signal: a name like TERM, SIGTERM or RTMIN\+3, or a number from 1 to 64$/,
  DURATION: /is not a time: 250ms, 10s, 2m, 1h, or a number of seconds, up to 24 days(?:; or \w+)?$/,
  RESTART: /is not no, or on-failure or always with or without :N, at most 999$/,
  SIGNALS: /is not a list of signals like TERM,QUIT; KILL, STOP and CHLD never come in$/,
  REWRITE: /is not SIGNAL:SIGNAL, or SIGNAL:0 to drop it; KILL, STOP and CHLD never come in$/,
  REMAP: /is not CODE or CODE:TO, each from 0 to 255$/,
};
