/**
 * What a run cost and why it ended (--summary): a few lines for people, or a JSON object.
 *
 * The file (--summary-file) is opened before the program starts: the program cannot replace it by a link, errors are reported
 * early, and the lockdown need not allow creating files.
 */
import { get, Id, isSet, Summary, textOf } from "../config/config";
import { NONE } from "../linux/cgroup";
import { isBroken, now } from "../linux/clock";
import {
  F_DUPFD_CLOEXEC,
  FIRST_OTHER,
  O_APPEND,
  O_CLOEXEC,
  O_NOCTTY,
  O_NONBLOCK,
  O_TRUNC,
  O_WRONLY,
} from "../linux/constants";
import { keep } from "../linux/descriptors";
import { ENOSPC } from "../linux/errno";
import * as host from "../linux/host";
import { SIGKILL } from "../linux/signals";
import { beginReport, emit, Level, Log, reportTwo, signal } from "../report/report";
import * as line from "../text/line";
import { Message } from "../text/views";
import { sequence } from "./ending";
import { Counted, countedIn, Figure, FIGURE_NAMES, figure, gather, isPeakOfGroup, setFigure } from "./figures";
import { State } from "./stopping";
import { supervisee } from "./supervisee";

/** The causes of a run's end, in the order of their words in `object` and `table`. */
enum Cause {
  EXITED,
  SIGNALLED,
  OOM,
  TIMEOUT,
  KILLED,
  NOT_STARTED,
  UNKNOWN,
}

/** The open file; below 0 if there is none. */
let fd: i32 = -1;
let startedAt: i64 = 0;

/** Reports that the file cannot be written. */
function refuse(errno: i32): void {
  reportTwo(Log.SUMMARY_NOT_WRITTEN, textOf(Id.SUMMARY_FILE, 0), errno);
}

/** Begins to measure and opens the file, before the program is started for the first time. */
export function prepareSummary(): void {
  supervisee.keepsGroups = true;
  startedAt = now();
  if (isBroken) startedAt = NONE;
  if (!isSet(Id.SUMMARY_FILE)) return;
  const flags = O_WRONLY | O_TRUNC | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  fd = host.create(textOf(Id.SUMMARY_FILE, 0), flags);
  if (fd >= 0 && fd < FIRST_OTHER) {
    // In the place of a closed standard descriptor, the file would get what is written to that.
    const low = fd;
    fd = host.fcntl(low, F_DUPFD_CLOEXEC, FIRST_OTHER);
    host.close(low);
  }
  if (fd < 0) refuse(fd);
  else keep(fd);
}

/** The cause of the end. */
function cause(): Cause {
  if (sequence.timedOut) return Cause.TIMEOUT;
  if (sequence.state === State.STARTING) return Cause.NOT_STARTED;
  if (!supervisee.ended) return Cause.UNKNOWN;
  if (supervisee.outOfMemory) return Cause.OOM;
  if (supervisee.deathSignal === 0) return Cause.EXITED;
  return supervisee.killed && supervisee.deathSignal === SIGKILL ? Cause.KILLED : Cause.SIGNALLED;
}

/** The signal that killed the program; 0 if none did. */
function deathSignal(): i32 {
  return sequence.state === State.STARTING ? 0 : supervisee.deathSignal;
}

/** Appends the name of a signal to an object, or null if it is 0. */
function signalMember(number: i32): void {
  if (number === 0) {
    line.put(message("null"));
    return;
  }
  line.byte(char('"'));
  signal(number);
  line.byte(char('"'));
}

/** Composes the object. */
function object(): void {
  beginReport(Level.INFO, cString("summary"));
  const names = line.template(FIGURE_NAMES);
  for (let which = 0; which < Figure.COUNT; which++) {
    line.put(message(',"'));
    line.choice(names, which);
    line.put(message('":'));
    if (figure(which) === NONE) line.put(message("null"));
    else line.number(figure(which));
  }
  line.put(message(',"memory_peak_of":"'));
  line.put(isPeakOfGroup ? message("group") : message("process"));
  line.put(message('","group":'));
  line.choice(cString('null|"program"|"own"'), countedIn);
  line.put(message(',"signal":'));
  signalMember(deathSignal());
  line.put(message(',"stop_signal":'));
  signalMember(supervisee.stopSignal);
  line.put(message(',"cause":"'));
  line.choice(line.template(message("exited|signalled|oom|timeout|killed|not-started|unknown")), cause());
  line.put(message('","message":"summary of the run"}\n'));
}

/** The width of the titles of rows, including two blanks. */
const TITLE_BYTES: i32 = 12;

/** Begins a row. */
function row(title: Message): void {
  line.put(message("\n  "));
  const start = line.count();
  line.put(title);
  line.pad(start + TITLE_BYTES);
}

/** Appends a name and a figure. */
function counted(name: Message, which: Figure): void {
  line.put(name);
  line.number(figure(which));
}

/** Appends `value / parts` as a decimal fraction; `parts` is a power of ten. */
function fraction(value: i64, parts: i64): void {
  line.number(value / parts);
  line.byte(char("."));
  for (let rest = value % parts; parts > 1; rest %= parts) {
    parts /= 10;
    line.byte(char("0") + <i32>(rest / parts));
  }
}

/** Appends a name and a time in seconds. */
function seconds(name: Message, which: Figure): void {
  line.put(name);
  if (figure(which) === NONE) {
    line.put(message("unknown"));
    return;
  }
  fraction(figure(which), 1000);
  line.put(message(" s"));
}

/** Composes the lines for people. */
function table(): void {
  line.clear();
  line.put(message("summary of the run"));
  row(message("ended"));
  line.choice(
    line.template(
      message(
        "exited|killed by a signal|killed by the OOM killer|stopped by --timeout|killed after the grace period|not started again|unknown",
      ),
    ),
    cause(),
  );
  if (deathSignal() !== 0) {
    line.put(message(" ("));
    signal(deathSignal());
    line.byte(char(")"));
  }
  if (supervisee.stopSignal !== 0) {
    line.put(message(", after "));
    signal(supervisee.stopSignal);
  }
  counted(message(", exit code "), Figure.EXIT_CODE);
  row(message("time"));
  seconds(0, Figure.WALL);
  seconds(message(", CPU time "), Figure.USER);
  seconds(message(" of its own and "), Figure.SYSTEM);
  line.put(message(" in the kernel"));
  row(message("memory"));
  if (figure(Figure.PEAK) !== NONE) {
    line.put(message("peak "));
    fraction((figure(Figure.PEAK) * 10) >> 20, 10);
    line.put(isPeakOfGroup ? message(" MiB") : message(" MiB, of the largest process"));
  } else line.put(message("unknown"));
  if (figure(Figure.MAX_EVENTS) !== NONE) counted(message(", limit reached "), Figure.MAX_EVENTS);
  if (figure(Figure.OOM_KILLS) !== NONE) counted(message(", OOM kills "), Figure.OOM_KILLS);
  if (figure(Figure.PERIODS) !== NONE && figure(Figure.PERIODS) > 0) {
    row(message("throttled"));
    seconds(0, Figure.THROTTLED);
    counted(message(", in "), Figure.THROTTLED_PERIODS);
    counted(message(" of "), Figure.PERIODS);
    line.put(message(" periods"));
  }
  if (figure(Figure.CPU_STALL) !== NONE || figure(Figure.MEMORY_STALL) !== NONE) {
    row(message("waited"));
    seconds(message("for CPUs "), Figure.CPU_STALL);
    seconds(message(", for memory "), Figure.MEMORY_STALL);
    seconds(message(", for disks "), Figure.IO_STALL);
  }
  row(message("processes"));
  counted(message("reaped "), Figure.REAPED);
  counted(message(", signals forwarded "), Figure.FORWARDED);
  counted(message(", restarts "), Figure.RESTARTS);
  if (countedIn !== Counted.NOWHERE) {
    row(message("group"));
    line.put(countedIn === Counted.PROGRAM ? message("made for the program") : message("that of tini-ts"));
  }
  line.end();
}

/** Reports the run's cost and its end with `exitCode`; nothing if no program was ever started. */
export function summarize(exitCode: i32): void {
  if (supervisee.child === 0) return;
  gather();
  setFigure(Figure.EXIT_CODE, exitCode);
  if (startedAt !== NONE) {
    const wall = now() - startedAt;
    if (!isBroken) setFigure(Figure.WALL, wall);
  }
  if (get(Id.SUMMARY) === Summary.JSON) object();
  else table();
  const size = line.count();
  // First the file: a line about dropped ones, which may follow on standard error, takes the place of this.
  const written = fd < 0 ? size : host.write(fd, line.address(), size);
  if (get(Id.SUMMARY) !== Summary.NONE) emit();
  if (written < size) refuse(written < 0 ? written : -ENOSPC);
}
