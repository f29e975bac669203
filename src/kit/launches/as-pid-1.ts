/**
 * What programs do as PID 1, by their names: a table, with the evidence for each row.
 *
 * A row with "run" is proved by test/processes/deaf.test.ts, which runs its program as PID 1. The others were run by hand or
 * follow from the program's source; docs/rules/no-init.md describes each.
 */
import type { Severity } from "../finding.ts";

/** Why a program should not be PID 1, in words that follow its name. */
export interface Reason {
  readonly text: string;
  /** The severity, if it is not the rule's. */
  readonly severity?: Severity;
  /** Whether SIGTERM stops it gracefully. */
  readonly isStoppable: boolean;
}

/** Without a handler, SIGTERM does nothing: the kernel gives PID 1 no default action. */
export const DEAF: Reason = {
  text: "has no default action for SIGTERM as PID 1, and reaps no orphans",
  isStoppable: false,
};
/** Versions differ: npm 11 exits with 1 without forwarding the signal, pnpm 12 does not end. */
const MANAGER: Reason = {
  text: "stands between SIGTERM and the program, loses the program's exit code, and reaps no orphans",
  isStoppable: false,
};
/** It handles SIGTERM, but does not reap orphans. */
const CHILDLESS: Reason = {
  text: "stops at SIGTERM, but reaps no process that it did not start, so that what its children leave behind stays as zombies",
  severity: "info",
  isStoppable: true,
};
const CROWD: Reason = {
  text: "starts a crowd of programs, and reaps none that they leave behind",
  isStoppable: true,
};
const SUPERVISORD: Reason = {
  text: "reaps what it can, once a second, but its exit code tells nothing of the programs that it starts",
  severity: "info",
  isStoppable: true,
};
/** A shell script that waits for the program in the foreground. */
const SCRIPT: Reason = {
  text: "is a shell script that stays in front of the program, and forwards no signal to it",
  isStoppable: false,
};

/** What a family of programs does as PID 1. */
export interface Row {
  /** Its name in docs/rules/no-init.md and the test. */
  readonly title: string;
  /** The last part of the program's path. */
  readonly names: RegExp;
  /** A pattern for its arguments, joined by blanks; absent if they do not matter. */
  readonly words?: RegExp;
  /** null: it stops at SIGTERM and reaps, so there is no finding. */
  readonly reason: Reason | null;
  /** "run": the test runs it as PID 1. "tried": run by hand, with the version in the document. "told": according to its source. */
  readonly seen: "run" | "tried" | "told";
}

/** The first row that matches applies. */
export const AS_PID_1: readonly Row[] = [
  { title: "node --watch", names: /^node$/, words: /^(?:-\S+ )*--watch/, reason: null, seen: "tried" },
  { title: "node", names: /^(?:node|nodejs)$/, reason: DEAF, seen: "run" },
  { title: "deno, bun, ts-node", names: /^(?:deno|bun|ts-node)$/, reason: DEAF, seen: "told" },
  {
    title: "runserver",
    names: /^(?:(?:python|pypy)[\d.]*|manage\.py|django-admin)$/,
    words: /(?:^|manage\.py )runserver(?:_plus)?(?: (?!--noreload(?: |$))\S+)*$/,
    reason: CHILDLESS,
    seen: "tried",
  },
  { title: "python", names: /^(?:python|pypy)[\d.]*$/, reason: DEAF, seen: "run" },
  {
    title: "runserver --noreload",
    names: /^(?:manage\.py|django-admin)$/,
    words: /^runserver/,
    reason: DEAF,
    seen: "tried",
  },
  {
    title: "flask run --debug",
    names: /^flask$/,
    words: /^(?!.*(?:^| )--no-reload(?: |$)).*(?:^| )--debug(?: |$)/,
    reason: CHILDLESS,
    seen: "tried",
  },
  { title: "flask run", names: /^flask$/, words: /(?:^| )run(?: |$)/, reason: DEAF, seen: "run" },
  { title: "mkdocs serve", names: /^mkdocs$/, words: /(?:^| )serve(?: |$)/, reason: DEAF, seen: "told" },
  { title: "perl", names: /^perl[\d.]*$/, reason: DEAF, seen: "run" },
  { title: "php", names: /^php[\d.]*$/, reason: DEAF, seen: "run" },
  { title: "tail", names: /^tail$/, reason: DEAF, seen: "run" },
  { title: "sleep", names: /^sleep$/, reason: DEAF, seen: "run" },
  { title: "cat", names: /^cat$/, reason: DEAF, seen: "run" },
  { title: "cron -f", names: /^cron$/, reason: DEAF, seen: "run" },
  // cronie does not have this option, and stops.
  { title: "crond -f", names: /^crond$/, words: /(?:^| )-\w*f/, reason: DEAF, seen: "run" },
  // Apache's -f takes a file.
  { title: "busybox httpd -f", names: /^httpd$/, words: /(?:^| )-v*f(?: -|$)/, reason: DEAF, seen: "run" },
  { title: "inotifywait -m", names: /^inotifywait$/, words: /(?:^| )(?:-\w*m|--monitor)/, reason: DEAF, seen: "tried" },
  { title: "json-server, live-server", names: /^(?:json-server|live-server)$/, reason: DEAF, seen: "tried" },
  { title: "ng serve", names: /^ng$/, words: /^(?:serve|s)(?: |$)/, reason: DEAF, seen: "told" },
  { title: "npm, npx, yarn, pnpm", names: /^(?:npm|npx|yarn|yarnpkg|pnpm|pnpx)$/, reason: MANAGER, seen: "tried" },
  { title: "nodemon", names: /^nodemon$/, reason: null, seen: "tried" },
  {
    title: "xvfb-run",
    names: /^xvfb-run$/,
    reason: SCRIPT,
    seen: "tried",
  },
  {
    title: "vite, tsx, serve, http-server, webpack",
    names: /^(?:vite|tsx|serve|http-server|webpack|webpack-dev-server)$/,
    reason: null,
    seen: "tried",
  },
  {
    title: "next, nuxt, react-scripts, vue-cli-service, jupyter, streamlit",
    names: /^(?:next|nuxt|react-scripts|vue-cli-service|jupyter|jupyter-(?:lab|notebook|server)|streamlit)$/,
    reason: null,
    seen: "told",
  },
  { title: "java", names: /^java$/, reason: CHILDLESS, seen: "tried" },
  { title: "celery", names: /^celery$/, words: /(?:^| )(?:worker|beat)(?: |$)/, reason: null, seen: "tried" },
  { title: "ruby, puma, rackup", names: /^(?:ruby[\d.]*|puma|rackup)$/, reason: null, seen: "tried" },
  { title: "rails server", names: /^rails$/, words: /^(?:server|s)(?: |$)/, reason: null, seen: "told" },
  {
    title: "pm2, foreman and others",
    names: /^(?:pm2|pm2-runtime|pm2-docker|foreman|honcho|concurrently|npm-run-all|run-p|overmind|hivemind|goreman)$/,
    reason: CROWD,
    seen: "told",
  },
  { title: "supervisord", names: /^supervisord$/, reason: SUPERVISORD, seen: "tried" },
];

/** What an interpreter does whose program is unknown. */
export const UNKNOWN: Reason = {
  text: "stops at SIGTERM only if its program handles that, and reaps no orphans",
  severity: "info",
  isStoppable: false,
};

/** What an interpreter does whose program handles SIGTERM. */
export const HANDLED: Reason = {
  text: "runs a program that handles SIGTERM, but reaps no process that it did not start, so that what its children leave behind stays as zombies",
  severity: "info",
  isStoppable: true,
};
