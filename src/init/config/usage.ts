/** Prints what `-h`, `--version` and `-l` ask for; the usage also if no program was given. */
import * as line from "../text/line";
import { idOf, Kind, names, Option, option, OPTIONS } from "./options";
import { printLine } from "./output";
import { VERSION } from "./version";
import { Message, Text } from "../text/views";

/** The column of the help, so that the longest line has at most 80. */
const HELP_COLUMN: i32 = 36;

/** The headings of the sections, in the order of `Section`. */
const headings: Text = cString("Stopping|Signals|Processes|Identity|Limits|Exit code|Reports");

/** What the usage calls the option's value, or 0. */
function valueName(row: Option): Text {
  if (row.kind < Kind.WORD) return 0;
  return row.kind === Kind.DURATION ? cString("TIME") : row.detail;
}

function describe(row: Option): void {
  line.put(message("  "));
  if (row.letter !== 0) {
    line.byte(char("-"));
    line.byte(row.letter);
    line.put(message(", "));
  } else {
    line.put(message("    "));
  }
  line.put(message("--"));
  line.choice(names(), idOf(row));
  const value = valueName(row);
  if (value !== 0) {
    line.byte(char(" "));
    line.put(value);
  }
  line.pad(HELP_COLUMN);
  line.byte(char(" "));
  line.put(row.help);
  if (row.defaultValue === 0) return;
  line.put(message(" (default: "));
  line.put(row.defaultValue);
  line.byte(char(")"));
}

/** Prints the usage to `fd`. */
export function printUsage(fd: i32): void {
  line.clear();
  line.put(message("tini-ts runs PROGRAM under the supervision of a valid init process"));
  printLine(fd);
  line.put(message("Usage: tini-ts [OPTIONS] [--] PROGRAM [ARGS...]"));
  printLine(fd);
  let section = -1;
  for (let id = 0; id < OPTIONS; id++) {
    const row = option(id);
    if (<i32>row.section !== section) {
      section = row.section;
      printLine(fd);
      line.choice(headings, section);
      printLine(fd);
    }
    describe(row);
    printLine(fd);
  }
  printLine(fd);
  line.put(message("In the environment --grace is TINI_GRACE, in the file grace:"));
  printLine(fd);
}

/**
 * Prints the version to `fd`: the version of tini whose command line this accepts, so that tools that compare versions
 * find it new enough, then our own. dockerd shows what follows "tini version " (`docker version`).
 */
export function printVersion(fd: i32): void {
  line.clear();
  line.put(message("tini version 0.19.0_tini-ts-"));
  line.put(VERSION);
  printLine(fd);
}

/** The LICENSE file, word for word, as the license demands; test/checks compares them. */
const LICENSE: Message = message(
  "MIT License\n" +
    "\n" +
    "Copyright (c) 2026 the tini-ts authors\n" +
    "\n" +
    "Permission is hereby granted, free of charge, to any person obtaining a copy\n" +
    'of this software and associated documentation files (the "Software"), to deal\n' +
    "in the Software without restriction, including without limitation the rights\n" +
    "to use, copy, modify, merge, publish, distribute, sublicense, and/or sell\n" +
    "copies of the Software, and to permit persons to whom the Software is\n" +
    "furnished to do so, subject to the following conditions:\n" +
    "\n" +
    "The above copyright notice and this permission notice shall be included in all\n" +
    "copies or substantial portions of the Software.\n" +
    "\n" +
    '\u0001the software is provided "as is", without warranty of any kind, express or\n' +
    "implied, including but not limited to the warranties of merchantability,\n" +
    "fitness for a particular purpose and noninfringement. in no event shall the\n" +
    "authors or copyright holders be liable for any claim, damages or other\n" +
    "liability, whether in an action of contract, tort or otherwise, arising from,\n" +
    "out of or in connection with the software or the use or other dealings in the\n" +
    "software.\u0001",
);

/** Prints the license to `fd`. */
export function printLicense(fd: i32): void {
  line.clear();
  line.put(LICENSE);
  printLine(fd);
}
