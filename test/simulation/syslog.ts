/** A parser of RFC 5424 that takes what its ABNF (section 6) has, and nothing else. */

/** A line, as it is said there. */
export interface SyslogLine {
  readonly facility: number;
  readonly severity: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly processId: string;
  readonly messageId: string;
  /** The parameters of the one element that there is; none where there is none. */
  readonly data: Readonly<Record<string, string>>;
  readonly message: string;
  /** Whether the message begins with a byte order mark. */
  readonly hasMark: boolean;
}

const HEADER =
  /^<(0|[1-9][0-9]{0,2})>1 (-|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /;
const ELEMENT = /^\[([^\s=\]"]{1,32})((?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\["\\\]])*")*)\]/;

/** Reads a line. @throws Error where it is none. */
export function parseSyslog(line: string): SyslogLine {
  const header = HEADER.exec(line);
  if (!header) throw new Error(`no header of RFC 5424: ${line}`);
  const [start, priority = "", timestamp = "", hostname = "", appName = "", processId = "", messageId = ""] = header;
  if (Number(priority) > 191) throw new Error(`no priority: ${priority}`);
  let rest = line.slice(start.length);
  const data: Record<string, string> = {};
  if (rest.startsWith("-")) {
    rest = rest.slice(1);
  } else {
    const element = ELEMENT.exec(rest);
    if (!element) throw new Error(`no STRUCTURED-DATA: ${rest}`);
    const [whole, , parameters = ""] = element;
    for (const [, name = "", value = ""] of parameters.matchAll(/ ([^\s=\]"]+)="((?:[^"\\\]]|\\["\\\]])*)"/g)) {
      if (name in data) throw new Error(`${name} stands twice: ${rest}`);
      data[name] = value.replaceAll(/\\(["\\\]])/g, "$1");
    }
    rest = rest.slice(whole.length);
  }
  if (rest !== "" && !rest.startsWith(" ")) throw new Error(`no blank before the message: ${rest}`);
  const hasMark = rest.startsWith(" \ufeff");
  return {
    facility: Number(priority) >> 3,
    severity: Number(priority) & 7,
    ...{ timestamp, hostname, appName, processId, messageId, data, hasMark },
    message: rest.slice(hasMark ? 2 : 1),
  };
}
