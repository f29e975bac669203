/**
 * What is known of images that many others come FROM, as their own Dockerfiles say. An image that is not here may have
 * anything in it.
 */
import { initNamed } from "./inits.ts";

export interface KnownImage {
  /** The words of its ENTRYPOINT; none: it has none. */
  readonly entrypoint: readonly string[];
  /** Its entrypoint begins with an init; every other one here runs what it is given in its own place. */
  readonly hasInit: boolean;
  readonly hasShell: boolean;
  /** Whose packages it has; null where it has no package manager. */
  readonly distribution: "debian" | "alpine" | "redhat" | null;
  /** What its /bin/sh is; null where it has none. */
  readonly shell: "bash" | "busybox" | "dash" | null;
}

/** What /bin/sh is on the distributions. */
const SHELLS = { debian: "dash", alpine: "busybox", redhat: "bash" } as const;

interface Row {
  readonly entrypoint?: readonly string[];
  readonly distribution?: KnownImage["distribution"];
  readonly hasShell?: boolean;
}

/** By repository, without docker.io and library. The distribution is that of the plain tags; "alpine" in a tag tells. */
const REPOSITORIES: Record<string, Row> = {
  // Nothing at all.
  scratch: { distribution: null, hasShell: false },
  // Distributions.
  debian: {},
  ubuntu: {},
  "buildpack-deps": {},
  alpine: { distribution: "alpine" },
  busybox: { distribution: null },
  fedora: { distribution: "redhat" },
  centos: { distribution: "redhat" },
  rockylinux: { distribution: "redhat" },
  almalinux: { distribution: "redhat" },
  amazonlinux: { distribution: "redhat" },
  oraclelinux: { distribution: "redhat" },
  "quay.io/centos/centos": { distribution: "redhat" },
  // Languages.
  node: { entrypoint: ["docker-entrypoint.sh"] },
  python: {},
  pypy: {},
  ruby: {},
  jruby: {},
  perl: {},
  golang: {},
  rust: {},
  gcc: {},
  elixir: {},
  erlang: {},
  haskell: {},
  clojure: {},
  php: { entrypoint: ["docker-php-entrypoint"] },
  composer: { distribution: "alpine", entrypoint: ["/docker-entrypoint.sh"] },
  openjdk: {},
  "eclipse-temurin": { entrypoint: ["/__cacert_entrypoint.sh"] },
  amazoncorretto: { distribution: "redhat" },
  "ibm-semeru-runtimes": {},
  sapmachine: {},
  maven: { entrypoint: ["/usr/local/bin/mvn-entrypoint.sh"] },
  gradle: {},
  "oven/bun": { entrypoint: ["/usr/local/bin/docker-entrypoint.sh"] },
  "mcr.microsoft.com/dotnet/sdk": {},
  "mcr.microsoft.com/dotnet/aspnet": {},
  "mcr.microsoft.com/dotnet/runtime": {},
  "mcr.microsoft.com/dotnet/runtime-deps": {},
  "mcr.microsoft.com/playwright": {},
  "mcr.microsoft.com/playwright/python": {},
  "public.ecr.aws/docker/library/node": { entrypoint: ["docker-entrypoint.sh"] },
  "public.ecr.aws/docker/library/python": {},
  // Servers with an init of their own.
  "denoland/deno": { entrypoint: ["/tini", "--", "docker-entrypoint.sh"] },
  "jenkins/jenkins": { entrypoint: ["/usr/bin/tini", "--", "/usr/local/bin/jenkins.sh"] },
  "n8nio/n8n": { entrypoint: ["tini", "--", "/docker-entrypoint.sh"], distribution: "alpine" },
  "apache/airflow": { entrypoint: ["/usr/bin/dumb-init", "--", "/entrypoint"] },
  "gitlab/gitlab-runner": { entrypoint: ["/usr/bin/dumb-init", "/entrypoint"] },
  "hashicorp/vault": { entrypoint: ["docker-entrypoint.sh"], distribution: "alpine" },
  elasticsearch: { entrypoint: ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"] },
  "docker.elastic.co/elasticsearch/elasticsearch": {
    entrypoint: ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"],
  },
  kibana: { entrypoint: ["/bin/tini", "--"] },
  "docker.elastic.co/kibana/kibana": { entrypoint: ["/bin/tini", "--"] },
  // Its program is /sbin/my_init, which most name again.
  "phusion/baseimage": {},
};

/** Whole families, by the start of the repository. */
const FAMILIES: [RegExp, Row][] = [
  [/^gcr\.io\/distroless\//, { distribution: null, hasShell: false }],
  [/^registry\.access\.redhat\.com\/ubi\d+(?:\/ubi(?:-minimal|-micro|-init)?)?$/, { distribution: "redhat" }],
  [/^(?:quay\.io\/)?jupyter\//, { entrypoint: ["tini", "-g", "--", "start.sh"] }],
];

/** The repository of an image reference, without its tag, digest and what Docker's own hub needs not be told. */
function repositoryOf(reference: string): { repository: string; tag: string } {
  const [withoutDigest = ""] = reference.split("@");
  const colon = withoutDigest.lastIndexOf(":");
  const hasTag = colon > withoutDigest.lastIndexOf("/");
  const repository = hasTag ? withoutDigest.slice(0, colon) : withoutDigest;
  const tag = hasTag ? withoutDigest.slice(colon + 1) : "latest";
  return { repository: repository.replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, ""), tag };
}

/**
 * What is known of an image.
 *
 * @param reference with its tag, as in FROM; null is unknown.
 * @returns null where nothing is known.
 */
export function knownImage(reference: string | null): KnownImage | null {
  if (reference === null) return null;
  const { repository, tag } = repositoryOf(reference);
  const row = Object.hasOwn(REPOSITORIES, repository)
    ? REPOSITORIES[repository]
    : FAMILIES.find(([pattern]) => pattern.test(repository))?.[1];
  if (row === undefined) return null;
  const { entrypoint = [], distribution = "debian", hasShell = true } = row;
  const own = distribution !== null && tag.includes("alpine") ? "alpine" : distribution;
  const isShell = hasShell || /(?:^|-)debug(?:-|$)/.test(tag);
  return {
    entrypoint,
    hasInit: entrypoint.length > 0 && initNamed(entrypoint[0] ?? "") !== null,
    // distroless has one with a busybox for each image.
    hasShell: isShell,
    distribution: own,
    // Without a package manager it is busybox itself, or what distroless has of it.
    shell: own === null ? (isShell ? "busybox" : null) : SHELLS[own],
  };
}
