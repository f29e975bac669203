/** Values of each kind: right ones to tell places apart by, and wrong ones. */
import type { Kind, Option } from "../../scripts/lib/documents/table.ts";

/** Three right values with different meanings; two if there are no more. */
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
    case "CODES":
      return ["143", "2,64", "0,007,255"];
    case "SIZE":
      return ["1.5Gi", "80%", "max"];
    case "CPUS":
      return ["1.5", "50000 20000", "max"];
    case "NUMBER":
      return ["1", "250", "10000"];
    case "NUMBER_OR_MAX":
      return ["1", "4194304", "max"];
    case "CPU_LIST":
      return ["0", "0-3,5", "1,3"];
    case "NAME":
      return ["app", "0", "My-app_1.service"];
    case "OCTAL":
      return ["022", "0", "777"];
    case "INTEGER":
      return ["0", "19", "-20"];
    case "PATH":
      return ["/", "/srv/app.d", "sub/../dir"];
    case "SOCKET":
      return ["/dev/log", "/run/systemd/journal/dev-log", `/${"x".repeat(106)}`];
    case "USER":
      return ["app", "1000:www-data", "0:0"];
    case "GROUPS":
      return ["audio", "0,4294967294", "a_b.c,22"];
    case "CAPABILITIES":
      return [option.name === "drop-capabilities" ? "all" : "net_bind_service", "CAP_KILL,chown", "checkpoint_restore"];
    case "VARIABLE":
      return ["A=", "NAME=value", "a.b=c=d:e"];
    case "RLIMITS":
      return ["nofile=1024:65536", "core=unlimited,stack=0", "cpu=7:unlimited"];
    case "MARK":
      return ["app", "0", "4bf92f3577b34da6a3ce929d0e0e4736"];
    default:
      throw new Error(`--${option.name} has no value`);
  }
}

/** For kinds with several spellings of a value: each spelling, and the value as --print-config has it. */
export const spellings: Readonly<Partial<Record<Kind, readonly (readonly [said: string, printed: string])[]>>> = {
  DURATION: [
    ["0", "0s"],
    ["1000ms", "1s"],
    ["1500ms", "1500ms"],
    ["000000000001", "1s"],
    ["90m", "5400s"],
    ["24h", "86400s"],
    ["576h", "2073600s"],
    ["2073600000ms", "2073600s"],
  ],
  SIZE: [
    ["4096", "4096"],
    ["4096b", "4096"],
    // The kernel counts in pages.
    ["8191", "4096"],
    ["8192B", "8192"],
    ["0004096", "4096"],
    ["64k", "65536"],
    ["64K", "65536"],
    ["64kB", "65536"],
    ["64Ki", "65536"],
    ["64KiB", "65536"],
    ["64kIb", "65536"],
    ["4.0k", "4096"],
    ["5.99k", "4096"],
    ["512M", "536870912"],
    ["0.5m", "524288"],
    ["0.00390625M", "4096"],
    ["1.5Gi", "1610612736"],
    ["0.1g", "107372544"],
    ["1T", "1099511627776"],
    ["1.5TiB", "1649267441664"],
    ["7.9999T", "8795983069184"],
    ["8191.999G", "8796091944960"],
    ["8796093022207", "8796093018112"],
    ["1%", "1%"],
    ["080%", "80%"],
    ["100%", "100%"],
    ["MAX", "max"],
    ["Max", "max"],
  ],
  CPUS: [
    ["1", "100000 100000"],
    ["01.50", "150000 100000"],
    ["150%", "150000 100000"],
    ["150000 100000", "150000 100000"],
    ["0.01", "1000 100000"],
    ["1%", "1000 100000"],
    ["33.333%", "33333 100000"],
    ["0.123456789", "12345 100000"],
    ["1000 1000000", "1000 1000000"],
    ["2147483647 1000", "2147483647 1000"],
    ["21474.83647", "2147483647 100000"],
    ["max 50000", "max 50000"],
    ["MAX", "max 100000"],
  ],
  NUMBER: [
    ["00100", "100"],
    ["10000", "10000"],
  ],
  NUMBER_OR_MAX: [
    ["04194304", "4194304"],
    ["mAX", "max"],
  ],
  CPU_LIST: [
    ["0-3,5,7-9", "0-3,5,7-9"],
    [`${"0,".repeat(63)}1`, `${"0,".repeat(63)}1`],
  ],
  NAME: [
    ["Init", "Init"],
    ["initial", "initial"],
    ["true", "true"],
    ["8", "8"],
    ["a--b__c..d", "a--b__c..d"],
    ["x".repeat(127), "x".repeat(127)],
  ],
  OCTAL: [
    ["0000022", "0022"],
    ["7", "0007"],
  ],
  INTEGER: [
    ["007", "7"],
    ["-0", "0"],
    ["-05", "-5"],
  ],
  PATH: [["/données", '"/données"']],
  SOCKET: [["/é", '"/é"']],
  MARK: [
    ["init", "init"],
    ["x".repeat(48), "x".repeat(48)],
  ],
};

const WRONG_SIGNALS = [
  "",
  "FOO",
  "SIG",
  "SIGSIGTERM",
  "SIG15",
  "0",
  "32",
  "033",
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
const wrongOfKind: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  FLAG: ["", "maybe", "Yes", "yess", "ye", "2", "01", "-1", "null", "~", "y", " yes"],
  WORD: [
    ...["", "CHILD", "chil", "childs", "group|session", "0", "|", "group ", "group,session"],
    ...["Strict", "best_effort", "best", "-effort", "strict|best-effort"],
  ],
  LEVEL: ["", "-1", "+1", "1000", "1x", " 1", "two", "1.0", "0x1", "١"],
  SIGNAL: [...WRONG_SIGNALS, "TERM,INT"],
  DURATION: [
    ...["", "-1", "+1", "1.5s", "1 s", "s", "ms", "1d", "1sec", "1S", "10ss", "s10", "1h30m", "0x10", "1e3", "1,000"],
    ...[
      "999999999999",
      "2073601",
      "577h",
      "34561m",
      "2073600001ms",
      "99999999999999999999s",
      "18446744073709551617",
      "9223372036854775808ms",
    ],
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
  SIZE: [
    ...["", "-1", "+1M", "1.5", "k", "M", "iB", "b", "1.M", ".5M", "1..5M", "1.5.M", "1,5M"],
    ...["64 k", "64k ", " 64k", "64kk", "64kib ", "64kbi", "64ik", "64i", "64iB", "64P", "64x", "0x1000", "1e9", "1M1"],
    ...["8796093022208", "8192G", "8T", "9999999T", "99999999999999999999", "18446744073709555712", "1.000000T"],
    ...[
      "0%",
      "101%",
      "1000%",
      "0080%",
      "8.5%",
      "%",
      "-5%",
      "80%%",
      "80 %",
      "80%M",
      "maxx",
      "ma",
      "max ",
      "-max",
      "none",
    ],
    // More decimal places than a number has room for.
    ...["0.0000000000000000001T", `0.${"0".repeat(63)}1T`],
  ],
  CPUS: [
    ...[
      "",
      "-1",
      "+1",
      "0",
      "0.009",
      "0.00999",
      "0%",
      "0.9%",
      "1.",
      ".5",
      "1..5",
      "1.5.0",
      "1,5",
      "1.5x",
      "150 %",
      "%",
    ],
    ...["1.5 ", " 1.5", "150%%", "21474.83648", "2147483.648%", "99999999999999999999", "1.00000000000000"],
    ...["100000 ", " 100000", "999 100000", "100000 999", "100000 1000001", "100000  100000", "100000 100000 100000"],
    ...["100000,100000", "100000/100000", "100000\t100000", "2147483648 100000", "1.5 100000", "100000 5000.5"],
    ...["150% 100000", "max max", "max ", "max 999", "maxx", "100000 max", "1e5 100000", "0x1", "all"],
    ...["0.0000000000000000001", `0.${"0".repeat(63)}1`],
  ],
  NUMBER: [
    ...["", "0", "00", "-1", "+1", "10001", "99999", "1.0", "1.5", "1x", " 1", "1 ", "1,2", "0x10", "1e3", "max", "5%"],
    ...["1k", "18446744073709551617", "4294967297"],
  ],
  NUMBER_OR_MAX: [
    ...[
      "",
      "0",
      "-1",
      "+1",
      "4194305",
      "1.0",
      "1.5",
      "20.999",
      "1x",
      " 1",
      "1 ",
      "1k",
      "5%",
      "maxx",
      "ma",
      "-max",
      "max 1",
    ],
    ...["18446744073709551617", "4294967297", "unlimited"],
  ],
  CPU_LIST: [
    ...[
      "",
      " ",
      "all",
      "0-3 ",
      " 0",
      "0;1",
      "0:1",
      "0/2",
      "0-31:2/4",
      "0x3",
      "a",
      "max",
      "0+1",
      `${"0,".repeat(63)}10`,
    ],
    // The kernel accepts an empty list, which sets no limit.
    ...[",", "-", ",,", ",1", "-1", "1.5", "."],
  ],
  NAME: [
    ...[
      "",
      "init",
      ".",
      "..",
      ".hidden",
      "a/b",
      "/a",
      "a/",
      "a b",
      " a",
      "a ",
      "é",
      "a\u00a0b",
      "x".repeat(128),
      "{a}",
    ],
    // Not a plain scalar in a file.
    ...[
      "_a",
      "-",
      "--",
      "@a",
      "a:",
      "a:b",
      "a@b",
      "a;b",
      "a=b",
      "<",
      "a>b",
      "?",
      "[a]",
      "a\\b",
      "a^b",
      "a`b",
      "~",
      "a,b",
      "*",
    ],
  ],
  MARK: ["", ".", ".hidden", "a/b", "a b", " a", "a ", "é", "x".repeat(49), "_a", "-", "a:", "a=b", '"', "a]", "a\\b"],
  REMAP: [
    ...["", ":", ":1", "1:", "256", "1:256", "-1", "1:-1", "+1", "1x", "1:x", "0x1", "1:2:3", "1,,2", ",1", "1,", " 1"],
    ...["1 ", "1;2", "999999999999999999999", "0001", "1.0", "1: 2"],
  ],
  CODES: [
    ...["", ":", "256", "-1", "+1", "1x", "0x1", "1:2", "1,,2", ",1", "1,", " 1", "1 ", "1;2", "0001", "1.0", "TERM"],
    ...["1-3", "!1", "999999999999999999999"],
  ],
  OCTAL: ["", "8", "009", "1000", "0o22", "0x12", "-1", "+1", "22 ", " 22", "0,1", "u=rwx", "18446744073709551638"],
  INTEGER: [
    ...["", "-", "+1", "--1", "1-", "1.0", " 1", "1 ", "0x1", "1e1", "1001", "-1001", "99999999999999999999", "max"],
  ],
  PATH: [""],
  SOCKET: ["", "dev/log", "@log", " /dev/log", `/${"x".repeat(107)}`],
  USER: [
    ...["", ":", ":0", "app:", "a:b:c", "4294967295", "4294967296:0", "0:4294967295", "99999999999999999999", "a,b"],
  ],
  GROUPS: ["", ",", "a,", ",a", "a,,b", "a:b", "4294967295", "0,4294967296", "99999999999999999999"],
  CAPABILITIES: [
    ...[
      "",
      "CAP_",
      "CAP",
      "kil",
      "kills",
      "kill,",
      ",kill",
      "kill,,chown",
      "CAP_CAP_KILL",
      "All",
      "0",
      "5",
      "kill chown",
    ],
    ...["none", "cap-kill", "net-bind-service", "-kill", "+kill"],
  ],
  VARIABLE: ["", "NAME", "=", "=value"],
  RLIMITS: [
    ...["", "nofile", "nofile=", "=1", "nofile=1:", "nofile=:1", "nofile=1:2:3", "nofile=-1", "nofile=1k", "NOFILE=1"],
    ...["RLIMIT_NOFILE=1", "nofiles=1", "nofile =1", "nofile= 1", "nofile=1 ", "nofile=1,", ",nofile=1", "nofile:1"],
    ...["nofile=infinity", "nofile=Unlimited", "nofile=1.5", "nofile=288230376151711745", "open files=1", "0=1"],
  ],
};

/** Right only for swap space. */
const LESS_THAN_A_PAGE = ["0", "1", "4095", "4095b", "3.99k", "0.0039M", "0.000003G", "0.0k"];

/** Wrong values of an option that is a setting. */
export function wrongValues(option: Option): readonly string[] {
  const values = wrongOfKind[option.kind === "PRESENCE" ? "FLAG" : option.kind] ?? [];
  if (option.name === "keep-capabilities") return [...values, "all", "kill,all"];
  return option.kind === "SIZE" && option.name !== "memory-swap-max" ? [...values, ...LESS_THAN_A_PAGE] : values;
}

/** What a refusal names as right, for each kind. */
export const expectation: Readonly<Partial<Record<Kind, RegExp>>> = {
  FLAG: /is not yes or no$/,
  PRESENCE: /is not yes or no$/,
  WORD: /is not [a-z\d-]+(?:\|[a-z\d-]+)+$/,
  LEVEL: /is not a number from 0 to 4$/,
  SIGNAL:
    /is not a signal: a name like TERM, SIGTERM or RTMIN\+3, or a number from 1 to 64 but 32 and 33, which the C library keeps$/,
  DURATION: /is not a time: 250ms, 10s, 2m, 1h, or a number of seconds, up to 24 days(?:; or \w+)?$/,
  RESTART: /is not no, or on-failure or always with or without :N, at most 999$/,
  SIZE: /is not a size of at least 4096 bytes: 512M, 1\.5Gi, 64k, 80% or max$/,
  CPUS: /is not CPUs: 1\.5, 150%, max, or QUOTA PERIOD in microseconds, at least 0\.01 CPUs$/,
  NUMBER: /is not a number from 1 to 10000$/,
  NUMBER_OR_MAX: /is not a number from 1 to 4194304, or max$/,
  CPU_LIST: /is not a list of CPUs: 0-3,5$/,
  MARK: /is not up to 48 letters, digits, - \. and _$/,
  NAME: /is not a name of letters, digits, - \. and _, not init$/,
  SIGNALS: /is not a list of signals like TERM,QUIT; KILL, STOP, CHLD, 32 and 33 never come in$/,
  REWRITE: /is not SIGNAL:SIGNAL, or SIGNAL:0 to drop it; KILL, STOP, CHLD, 32 and 33 never come in$/,
  REMAP: /is not CODE or CODE:TO, each from 0 to 255$/,
  OCTAL: /is not an octal number from 0 to 777$/,
  INTEGER: /is not -(?:20\.\.19|1000\.\.1000)$/,
  PATH: /is not a path$/,
  SOCKET: /is not an absolute path of up to 107 bytes$/,
  USER: /is not USER or USER:GROUP, each a name or a number up to 4294967294$/,
  GROUPS: /is not a list of groups, each a name or a number up to 4294967294$/,
  CAPABILITIES: /is not a list of capabilities like net_bind_service,chown; all is for --drop-capabilities$/,
  VARIABLE: /is not NAME=VALUE$/,
  RLIMITS:
    /is not NAME=SOFT or NAME=SOFT:HARD, like nofile=1024:65536 or core=unlimited, the soft limit not above the hard one$/,
  CODES: /is not a list of exit codes like 2,64, each from 0 to 255$/,
};
