/**
 * What well-known images run where a Dockerfile says nothing: as their own Dockerfiles have it, the same in all of their
 * tags. Images whose tags differ in it are not here.
 */

import { knownImage } from "../launches/images.ts";
import { entrypointIn } from "./tags.ts";

/** ENTRYPOINT and CMD of an image. */
export interface Runs {
  /** Of no words: it has none. */
  readonly entrypoint: readonly string[];
  /** null: it has none; undefined: it depends on the tag. */
  readonly command: readonly string[] | null | undefined;
}

const runs = (entrypoint: string | null, command?: readonly string[] | null): Runs => ({
  entrypoint: entrypoint === null ? [] : entrypoint.split(" "),
  command,
});

const SCRIPT = "docker-entrypoint.sh";

/** By name without registry and tag. */
const IMAGES: Readonly<Partial<Record<string, Runs>>> = {
  scratch: runs(null, null),
  // Systems
  alpine: runs(null, ["/bin/sh"]),
  almalinux: runs(null, ["/bin/bash"]),
  amazonlinux: runs(null, ["/bin/bash"]),
  busybox: runs(null, ["sh"]),
  debian: runs(null, ["bash"]),
  fedora: runs(null, ["/bin/bash"]),
  ubuntu: runs(null),
  // Languages
  elixir: runs(null, ["iex"]),
  erlang: runs(null, ["erl"]),
  golang: runs(null),
  gradle: runs(null, ["gradle"]),
  maven: runs("/usr/local/bin/mvn-entrypoint.sh", ["mvn"]),
  node: runs(SCRIPT, ["node"]),
  openjdk: runs(null),
  perl: runs(null, ["perl", "-de0"]),
  php: runs("docker-php-entrypoint"),
  python: runs(null, ["python3"]),
  ruby: runs(null, ["irb"]),
  rust: runs(null),
  // Servers
  caddy: runs(null, ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]),
  haproxy: runs(SCRIPT, ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]),
  httpd: runs(null, ["httpd-foreground"]),
  mariadb: runs(SCRIPT),
  memcached: runs(SCRIPT, ["memcached"]),
  mongo: runs(SCRIPT, ["mongod"]),
  mysql: runs(SCRIPT, ["mysqld"]),
  nginx: runs("/docker-entrypoint.sh", ["nginx", "-g", "daemon off;"]),
  "nginxinc/nginx-unprivileged": runs("/docker-entrypoint.sh", ["nginx", "-g", "daemon off;"]),
  postgres: runs(SCRIPT, ["postgres"]),
  rabbitmq: runs(SCRIPT, ["rabbitmq-server"]),
  redis: runs(SCRIPT, ["redis-server"]),
  tomcat: runs(null, ["catalina.sh", "run"]),
  traefik: runs("/entrypoint.sh", ["traefik"]),
  "valkey/valkey": runs(SCRIPT, ["valkey-server"]),
  wordpress: runs(SCRIPT),
};

/** Images without a shell, whose names go on with versions: gcr.io/distroless/nodejs22-debian12. */
const DISTROLESS: readonly (readonly [RegExp, Runs])[] = [
  [/^(?:static|base|cc|java-base)(?:-|$)/, runs(null, null)],
  [/^nodejs\d*(?:-|$)/, runs("/nodejs/bin/node", null)],
  [/^java\d*(?:-|$)/, runs("/usr/bin/java -jar", null)],
];

/** A repository without what Docker's own hub needs not be told, and without the CPU of its images. */
const officialOf = (bare: string) =>
  bare
    .replace(/^(?:(?:index\.)?docker\.io\/(?:library\/)?|public\.ecr\.aws\/docker\/library\/|library\/)/, "")
    .replace(/^(?:amd64|arm64v8|arm32v[567]|i386|ppc64le|riscv64|s390x)\/(?=[^/]+$)/, "");

/**
 * What an image runs, by its name as FROM has it; null where that is not known, and "unknown" where it depends on when the
 * image of that tag was built.
 */
export function runsOf(name: string): Runs | "unknown" | null {
  const found = todaysRunsOf(name);
  const [, repository = "", tag = "latest"] = /^(.+?)(?::([^/:@]+))?(?:@.*)?$/.exec(name) ?? [];
  if (found === null || found.entrypoint.length === 0) return found;
  switch (entrypointIn(officialOf(repository), tag)) {
    case "has":
      return found;
    case "lacks":
      return { ...found, entrypoint: [] };
    case "unknown":
      return "unknown";
  }
}

function todaysRunsOf(name: string): Runs | null {
  const bare = name.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const distroless = /^gcr\.io\/distroless\/(.+)$/.exec(bare)?.[1];
  if (distroless !== undefined) return DISTROLESS.find(([pattern]) => pattern.test(distroless))?.[1] ?? null;
  if (/^mcr\.microsoft\.com\/dotnet\/(?:aspnet|runtime|runtime-deps|sdk)$/.test(bare)) return runs(null);
  const official = officialOf(bare);
  const { [official]: known } = IMAGES;
  if (known !== undefined) return known;
  const other = knownImage(name) ?? knownImage(name.replace(bare, () => official));
  return other === null ? null : { entrypoint: other.entrypoint, command: undefined };
}

/** Whether an image is one of Windows, where there is no init to put in. */
export function isWindows(name: string): boolean {
  return /^mcr\.microsoft\.com\/(?:windows|.*-?(?:nanoserver|servercore))|[:-](?:nanoserver|windowsservercore)/.test(
    name,
  );
}
