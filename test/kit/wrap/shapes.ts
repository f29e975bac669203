/**
 * Dockerfiles of many shapes, in folders below `shapes`, each with the result that `tini-ts wrap` has to produce
 * (`Dockerfile.wrapped`). The ground `containers` builds and runs them.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";

export const SHAPES_FOLDER = join(import.meta.dirname, "shapes");

/** The properties of a shape besides its files. */
export interface Shape {
  readonly name: string;
  /** Further arguments for `tini-ts wrap`. */
  readonly options?: readonly string[];
  /** The program and its arguments, as printed by the program in test/containers/wrap.test.ts. */
  readonly runs: string;
  /** The output of wrap on stderr. */
  readonly note?: RegExp;
}

const shapes: readonly Shape[] = [
  { name: "already", runs: "node <server.js>" },
  { name: "argument", runs: "node <server.js>" },
  { name: "backtick", runs: "node <server.js>" },
  { name: "byte-order-mark", runs: "python <app.py> <--name=Jörg>" },
  { name: "carriage-returns", runs: "node <server.js>" },
  { name: "cmd-commands", runs: "gunicorn <main:app>" },
  { name: "cmd-continued", runs: "gunicorn <--workers> <2> <--threads> <4> <main:app>" },
  { name: "cmd-for-entrypoint-of-base", runs: "node <server.js>" },
  { name: "cmd-list", runs: "node <server.js>" },
  { name: "cmd-of-stage", runs: "node <server.js>" },
  { name: "cmd-quotes", runs: 'node <a  b> <c "d"> <e f>' },
  { name: "cmd-shell", runs: "python <app.py> <--port> <8080>" },
  { name: "cmd-variables", runs: "gunicorn <--bind> <:8080> <--workers> <2> <main:app>" },
  { name: "cmd-variables-without-exec", runs: "java <-Xmx64m> <-Xms32m> <-jar> </app.jar>" },
  { name: "dumb-init", runs: "node <server.js>" },
  { name: "entry-script", runs: "node <server.js>" },
  { name: "entrypoint-lines", runs: "node <--enable-source-maps> <server.js> <--port> <8080>" },
  { name: "entrypoint-list", runs: "node <server.js> <--verbose>" },
  { name: "entrypoint-of-stage", runs: "node <server.js>" },
  { name: "entrypoint-shell", runs: "node <server.js> <--port> <8080>" },
  { name: "entrypoint-shell-with-cmd", runs: "node <server.js>" },
  { name: "entrypoint-taken-away", runs: "node <server.js>" },
  { name: "from-alone", runs: "redis-server" },
  { name: "ignored", runs: "node </server.js>" },
  { name: "init-copied", runs: "node <server.js>" },
  { name: "locked", runs: "node <server.js>" },
  { name: "no-last-line-feed", runs: "python <app.py>" },
  { name: "nothing-said", runs: "nginx <-g> <daemon off;>" },
  { name: "onbuild", runs: "node <server.js>" },
  { name: "other-shell", runs: "node <server.js>" },
  { name: "said-twice", runs: "node <server.js>" },
  { name: "scratch", runs: "server" },
  { name: "small-letters", runs: "python <app.py>" },
  { name: "stages", runs: "server <--listen> <:8080>" },
  { name: "target", options: ["--target", "production"], runs: "node <server.js>" },
  { name: "tini", runs: "node <server.js>" },
  { name: "tini-as-cmd", runs: "python <app.py>" },
  { name: "tini-shell", runs: "node <server.js>" },
  {
    name: "unknown-base-told",
    options: ["--entrypoint", '["docker-entrypoint.sh"]', "--cmd", '["node", "server.js"]'],
    runs: "node <server.js>",
  },
];

/** All shapes. @throws Error if the list does not match the folders. */
export function allShapes(): readonly Shape[] {
  const names = shapes.map(({ name }) => name);
  const folders = readdirSync(SHAPES_FOLDER).sort();
  if (names.join() !== folders.join()) throw new Error(`shapes.ts lists ${names.join()}, there are ${folders.join()}`);
  return shapes;
}
