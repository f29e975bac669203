/**
 * What is known of common base images, from their own Dockerfiles: one table, for lint and wrap. An image that is not listed
 * may contain anything.
 */
import { additions } from "./additions.ts";
import { initNamed } from "./inits.ts";

export interface KnownImage {
  /** The words of its ENTRYPOINT; empty if it has none. */
  readonly entrypoint: readonly string[];
  /** The words of its CMD; null if it has none, undefined if that depends on the tag. */
  readonly command: readonly string[] | null | undefined;
  /** Whether its entrypoint begins with an init. */
  readonly hasInit: boolean;
  /** Whether its entrypoint is the program, with CMD's words as arguments; all others here execute what they are given. */
  readonly isProgram: boolean;
  readonly hasShell: boolean;
  /** Its distribution; null if it has no package manager. */
  readonly distribution: "debian" | "alpine" | "redhat" | null;
  /** What its /bin/sh is; null if it has none. */
  readonly shell: "bash" | "busybox" | "dash" | null;
}

/** /bin/sh on each distribution. */
const SHELLS = { debian: "dash", alpine: "busybox", redhat: "bash" } as const;

interface Row {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[] | null;
  readonly isProgram?: boolean;
  readonly distribution?: KnownImage["distribution"];
  readonly hasShell?: boolean;
}

const SCRIPT = ["docker-entrypoint.sh"];
const NGINX = ["/docker-entrypoint.sh"];
const S6 = ["/init"];

/** By repository, without docker.io and library. The distribution is that of the plain tags; "alpine" in a tag overrides it. */
const REPOSITORIES: Readonly<Record<string, Row>> = {
  // The empty image.
  scratch: { distribution: null, hasShell: false, command: null },
  // Distributions.
  debian: { command: ["bash"] },
  ubuntu: {},
  "buildpack-deps": {},
  alpine: { distribution: "alpine", command: ["/bin/sh"] },
  busybox: { distribution: null, command: ["sh"] },
  fedora: { distribution: "redhat", command: ["/bin/bash"] },
  centos: { distribution: "redhat" },
  rockylinux: { distribution: "redhat" },
  almalinux: { distribution: "redhat", command: ["/bin/bash"] },
  amazonlinux: { distribution: "redhat", command: ["/bin/bash"] },
  oraclelinux: { distribution: "redhat" },
  "quay.io/centos/centos": { distribution: "redhat" },
  // Languages.
  node: {
    entrypoint: SCRIPT,
    command: ["node"],
  },
  python: { command: ["python3"] },
  pypy: {},
  ruby: { command: ["irb"] },
  jruby: {},
  perl: { command: ["perl", "-de0"] },
  golang: {},
  rust: {},
  gcc: {},
  elixir: { command: ["iex"] },
  erlang: { command: ["erl"] },
  haskell: {},
  clojure: {},
  php: { entrypoint: ["docker-php-entrypoint"] },
  composer: { distribution: "alpine", entrypoint: NGINX },
  openjdk: {},
  "eclipse-temurin": {
    entrypoint: ["/__cacert_entrypoint.sh"],
  },
  amazoncorretto: { distribution: "redhat" },
  "ibm-semeru-runtimes": {},
  sapmachine: {},
  maven: { entrypoint: ["/usr/local/bin/mvn-entrypoint.sh"], command: ["mvn"] },
  gradle: { command: ["gradle"] },
  "oven/bun": { entrypoint: ["/usr/local/bin/docker-entrypoint.sh"] },
  "mcr.microsoft.com/dotnet/sdk": {},
  "mcr.microsoft.com/dotnet/aspnet": {},
  "mcr.microsoft.com/dotnet/runtime": {},
  "mcr.microsoft.com/dotnet/runtime-deps": {},
  "mcr.microsoft.com/playwright": {},
  "mcr.microsoft.com/playwright/python": {},
  // Servers.
  caddy: {
    distribution: "alpine",
    command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
  },
  haproxy: { entrypoint: SCRIPT, command: ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"] },
  httpd: { command: ["httpd-foreground"] },
  mariadb: { entrypoint: SCRIPT },
  memcached: { entrypoint: SCRIPT, command: ["memcached"] },
  mongo: { entrypoint: SCRIPT, command: ["mongod"] },
  mysql: { entrypoint: SCRIPT, distribution: "redhat", command: ["mysqld"] },
  nginx: { entrypoint: NGINX, command: ["nginx", "-g", "daemon off;"] },
  "nginxinc/nginx-unprivileged": {
    entrypoint: NGINX,
    command: ["nginx", "-g", "daemon off;"],
  },
  postgres: { entrypoint: SCRIPT, command: ["postgres"] },
  rabbitmq: { entrypoint: SCRIPT, command: ["rabbitmq-server"] },
  redis: { entrypoint: SCRIPT, command: ["redis-server"] },
  tomcat: { command: ["catalina.sh", "run"] },
  traefik: { entrypoint: ["/entrypoint.sh"], distribution: "alpine", command: ["traefik"] },
  "valkey/valkey": { entrypoint: SCRIPT, command: ["valkey-server"] },
  wordpress: { entrypoint: SCRIPT },
  // Servers with an init of their own.
  "denoland/deno": { entrypoint: ["/tini", "--", "docker-entrypoint.sh"] },
  "jenkins/jenkins": { entrypoint: ["/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"] },
  "n8nio/n8n": { entrypoint: ["tini", "--", "/docker-entrypoint.sh"], distribution: "alpine" },
  "apache/airflow": { entrypoint: ["/usr/bin/dumb-init", "--", "/entrypoint"] },
  "gitlab/gitlab-runner": { entrypoint: ["/usr/bin/dumb-init", "/entrypoint"] },
  "hashicorp/vault": { entrypoint: SCRIPT, distribution: "alpine" },
  elasticsearch: { entrypoint: ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"] },
  "docker.elastic.co/elasticsearch/elasticsearch": {
    entrypoint: ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
  },
  kibana: { entrypoint: ["/bin/tini", "--"] },
  "docker.elastic.co/kibana/kibana": { entrypoint: ["/bin/tini", "--"] },
  // Its program is /sbin/my_init, which most Dockerfiles repeat.
  "phusion/baseimage": {},
};

/** Whole families, by the start of the repository. */
const FAMILIES: readonly (readonly [RegExp, Row])[] = [
  // Versions follow in their names: nodejs22-debian12.
  [
    /^gcr\.io\/distroless\/nodejs/,
    { distribution: null, hasShell: false, entrypoint: ["/nodejs/bin/node"], isProgram: true, command: null },
  ],
  [
    /^gcr\.io\/distroless\/python/,
    { distribution: null, hasShell: false, entrypoint: ["/usr/bin/python3"], isProgram: true, command: null },
  ],
  [
    /^gcr\.io\/distroless\/java(?!-base)/,
    { distribution: null, hasShell: false, entrypoint: ["/usr/bin/java", "-jar"], isProgram: true, command: null },
  ],
  [/^gcr\.io\/distroless\//, { distribution: null, hasShell: false, command: null }],
  [/^registry\.access\.redhat\.com\/ubi\d+(?:\/ubi(?:-minimal|-micro|-init)?)?$/, { distribution: "redhat" }],
  // According to their Dockerfiles (devcontainers/images), based on the languages' images, with their entrypoints.
  [/^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\/(?:javascript|typescript)-node$/, { entrypoint: SCRIPT }],
  [/^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\/php$/, { entrypoint: ["docker-php-entrypoint"] }],
  [
    /^mcr\.microsoft\.com\/(?:vscode\/)?devcontainers\/(?:anaconda|base|cpp|dotnet|go|java|jekyll|miniconda|python|ruby|rust)$/,
    {},
  ],
  [/^(?:quay\.io\/)?jupyter\//, { entrypoint: ["tini", "-g", "--", "start.sh"] }],
  // s6-overlay's /init, without a program.
  [
    /^(?:(?:lscr|ghcr)\.io\/)?linuxserver\/(?:baseimage-)?alpine/,
    { entrypoint: S6, distribution: "alpine", command: null },
  ],
  [/^(?:(?:lscr|ghcr)\.io\/)?linuxserver\//, { entrypoint: S6, command: null }],
];

/** CPUs for which Docker Hub has a namespace with the official images: arm64v8/node. */
const CPUS = /^(?:amd64|arm32v[567]|arm64v8|i386|mips64le|ppc64le|riscv64|s390x)\//;

/** Mirrors of the official images. */
const MIRRORS =
  /^(?:(?:index\.|registry-1\.)?docker\.io\/(?:library\/)?|library\/|public\.ecr\.aws\/docker\/library\/|mirror\.gcr\.io\/(?:library\/)?)/;

/** The repository of an image reference, without its tag, digest, mirror and CPU. */
export function repositoryOf(reference: string): { repository: string; tag: string } {
  const [withoutDigest = ""] = reference.split("@");
  const colon = withoutDigest.lastIndexOf(":");
  const hasTag = colon > withoutDigest.lastIndexOf("/");
  const repository = hasTag ? withoutDigest.slice(0, colon) : withoutDigest;
  const tag = hasTag ? withoutDigest.slice(colon + 1) : "latest";
  return { repository: repository.replace(MIRRORS, "").replace(CPUS, ""), tag };
}

/**
 * What is known of an image.
 *
 * @param reference with its tag, as in FROM; null if it is unknown.
 * @returns null if nothing is known.
 */
export function knownImage(reference: string | null): KnownImage | null {
  if (reference === null) return null;
  const { repository, tag } = repositoryOf(reference);
  const row: Row | undefined =
    additions().images.get(repository) ??
    (Object.hasOwn(REPOSITORIES, repository)
      ? REPOSITORIES[repository]
      : FAMILIES.find(([pattern]) => pattern.test(repository))?.[1]);
  if (row === undefined) return null;
  const { entrypoint = [], command, distribution = "debian", hasShell = true, isProgram = false } = row;
  const own = distribution !== null && tag.includes("alpine") ? "alpine" : distribution;
  const isShell = hasShell || /(?:^|-)debug(?:-|$)/.test(tag);
  return {
    entrypoint,
    command,
    isProgram,
    hasInit: entrypoint.length > 0 && initNamed(entrypoint[0] ?? "") !== null,
    // Each image of distroless has a variant with busybox.
    hasShell: isShell,
    distribution: own,
    // Without a package manager it is busybox, or distroless with it.
    shell: own === null ? (isShell ? "busybox" : null) : SHELLS[own],
  };
}
