/** What `-h`, `--version` and `-l` print, and what a user sees who gave no program. */
import * as host from "../linux/host";
import * as line from "../text/line";
import { Option, option, OPTIONS, Section } from "./options";
import { VERSION } from "./version";

/** Where the help begins on a line, so that the longest fits 80 columns. */
const HELP_COLUMN: i32 = 31;

/** Writes the line to `fd`. Help may wait for its reader: nothing runs yet. */
function flush(fd: i32): void {
  line.end();
  host.write(fd, line.address(), line.count());
  line.clear();
}

function heading(section: Section): usize {
  switch (section) {
    case Section.SIGNALS:
      return text("Signals");
    case Section.PROCESSES:
      return text("Processes");
    case Section.EXIT:
      return text("Exit code");
    default:
      return text("Reports");
  }
}

function describe(row: Option): void {
  line.put(text("  "));
  if (row.letter !== 0) {
    line.byte(code("-"));
    line.byte(row.letter);
    line.put(text(", "));
  } else {
    line.put(text("    "));
  }
  line.put(text("--"));
  line.put(row.name);
  if (row.value !== 0) {
    line.byte(code(" "));
    line.put(row.value);
  }
  line.pad(HELP_COLUMN);
  line.byte(code(" "));
  line.put(row.help);
}

/** Prints the usage to `fd`. */
export function printUsage(fd: i32): void {
  line.clear();
  line.put(text("tini-ts runs PROGRAM under the supervision of a valid init process (itself)"));
  flush(fd);
  line.put(text("Usage: tini-ts [OPTIONS] [--] PROGRAM [ARGS...]"));
  flush(fd);
  let section = -1;
  for (let id = 0; id < OPTIONS; id++) {
    const row = option(id);
    if (<i32>row.section !== section) {
      section = <i32>row.section;
      flush(fd);
      line.put(heading(row.section));
      flush(fd);
    }
    describe(row);
    flush(fd);
  }
  flush(fd);
  line.put(text("In the environment --forward-to is TINI_FORWARD_TO, and so on."));
  flush(fd);
}

/** Prints the version to `fd`; docker reads what stands before the underscore. */
export function printVersion(fd: i32): void {
  line.clear();
  line.put(text("tini version "));
  line.put(VERSION);
  line.put(text("_tini-ts"));
  flush(fd);
}

/** Prints the license to `fd`. */
export function printLicense(fd: i32): void {
  line.clear();
  line.put(text("tini-ts is free software under the MIT License. Copyright (c) 2026 the tini-ts authors."));
  flush(fd);
  line.put(text("Permission is granted, free of charge, to use, copy, modify, merge, publish, distribute,"));
  flush(fd);
  line.put(text("sublicense and sell copies of it, provided that this notice stays with them."));
  flush(fd);
  line.put(text("It comes as it is, without warranty of any kind."));
  flush(fd);
}
