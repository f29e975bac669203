import { posix } from "node:path";
import { contentsOf, pathsOf } from "../launches/contents.ts";
import { knownImage, type KnownImage } from "../launches/images.ts";
import { initNamed } from "../launches/inits.ts";
import { withoutWrappers } from "../launches/programs.ts";
import type { Launch, Word } from "../launches/launch.ts";
import type { Problem, Rule } from "./rule.ts";

/** Where the packages of inits put them: tini 0.19, dumb-init 1.2 and catatonit of Debian, Ubuntu, Alpine and EPEL. */
const PACKAGED: Record<NonNullable<KnownImage["distribution"]>, Record<string, string>> = {
  debian: {
    tini: "/usr/bin/tini",
    "tini-static": "/usr/bin/tini-static",
    "dumb-init": "/usr/bin/dumb-init",
    catatonit: "/usr/bin/catatonit",
  },
  alpine: {
    tini: "/sbin/tini",
    "tini-static": "/sbin/tini-static",
    "dumb-init": "/usr/bin/dumb-init",
    catatonit: "/usr/bin/catatonit",
  },
  redhat: { tini: "/usr/bin/tini", "tini-static": "/usr/bin/tini-static", catatonit: "/usr/bin/catatonit" },
};

/** The command that installs a package. */
const INSTALL: Record<NonNullable<KnownImage["distribution"]>, string> = {
  debian: "apt-get install",
  alpine: "apk add",
  redhat: "dnf install",
};

const INSTALLS: Record<NonNullable<KnownImage["distribution"]>, RegExp> = {
  debian: /\b(?:apt|apt-get|aptitude)\s+(?:-\S+\s+)*install\b/,
  alpine: /\bapk\s+(?:-\S+\s+)*add\b/,
  redhat: /\b(?:dnf|microdnf|yum)\s+(?:-\S+\s+)*install\b/,
};

/** Whether a text names a word, and not only as a part of another. */
function names(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0 && word !== ""; at = text.indexOf(word, at + 1)) {
    const before = text.charAt(at - 1);
    const behind = text.charAt(at + word.length);
    if ((at === 0 || /[\s=/"'[,:]/.test(before)) && (behind === "" || /[\s=;&|"'\],@~<>*]/.test(behind))) return true;
  }
  return false;
}

/**
 * Whether commands may install anything, by a list that is not to be seen: packages in a variable, from a list or as files, scripts of
 * one's own and of others.
 */
function mayInstall(text: string): boolean {
  if (/\|\s*(?:sudo\s+)?(?:ba|da|a)?sh\b/.test(text)) return true;
  return text.split(/[\n;&|]+/).some((command) => {
    const words = command.trim().split(/\s+/);
    const [first = ""] = words;
    if (/^\.?\/(?!bin\/|usr\/|sbin\/)/.test(first) || /^(?:conda|mamba|micromamba|dpkg|rpm)$/.test(first)) return true;
    if (words.some((word) => word === "xargs" || /\.(?:sh|bash|py|pl)$/.test(word))) return true;
    const at = words.findIndex((word) => word === "install" || word === "add");
    return (
      at >= 0 && words.slice(at + 1).some((word) => /^(?:-r|--requirement.*)$|\$|\.(?:deb|rpm|apk|whl)$/.test(word))
    );
  });
}

/**
 * The path that a package manager puts the init at.
 *
 * @returns null where no RUN has it installed, undefined where the image may have it from elsewhere.
 */
function packagedAt(launch: Launch, base: KnownImage, word: string): string | null | undefined {
  const name = posix.basename(word);
  const { distribution } = base;
  let found: string | null = null;
  let isUnknown = false;
  for (const { keyword, text: line, documents } of launch.image.steps) {
    if (keyword !== "RUN") continue;
    const text = [line, ...documents.map(({ value }) => value)].join("\n");
    if (!names(text, name)) {
      isUnknown ||= mayInstall(text);
      continue;
    }
    const path = distribution === null ? undefined : PACKAGED[distribution][name];
    if (path === undefined || distribution === null || !INSTALLS[distribution].test(text)) return undefined;
    // What else it does with it is not known: a download, a link, a move.
    const rest = text.replace(INSTALLS[distribution], "");
    if (names(rest, word) && word.includes("/")) return undefined;
    if (/\b(?:ln|mv|cp|install|curl|wget|pip|conda|mamba)\s/.test(rest)) return undefined;
    found = path;
  }
  return found === null && isUnknown ? undefined : found;
}

/** Whether a COPY or ADD may bring the file. */
function mayBeCopied(launch: Launch, path: string): boolean {
  const { copied, isWhole } = contentsOf(launch);
  if (!isWhole) return true;
  return copied.some(({ sources, target, isFromContext, isFolder }) => {
    const inside = posix.relative(target, path);
    if (inside === "") return true;
    if (inside.startsWith("..")) return false;
    // A folder, or an archive, may have it anywhere below the target.
    const isFile = (source: string | null) =>
      source !== null &&
      isFolder &&
      isFromContext &&
      posix.basename(source) !== inside &&
      /\.[a-z0-9]{1,4}$/.test(source);
    return !sources.every((source) => isFile(source) && !/\.(?:tar|tgz|gz|xz|bz2|zst)$/.test(source ?? ""));
  });
}

function problemOf(launch: Launch, base: KnownImage, word: Word): Problem[] {
  const { value } = word;
  const packaged = packagedAt(launch, base, value);
  if (packaged === undefined) return [];
  const name = posix.basename(value);
  if (packaged !== null) {
    // /bin and /sbin are links to those in /usr, on Alpine since 3.23.
    const tag = launch.image.name?.value.split(":")[1] ?? "";
    const [, minor] = base.distribution === "alpine" ? (/(?:^|-alpine)3\.(\d+)/.exec(tag) ?? []) : [];
    const isApart = minor !== undefined && Number(minor) < 23;
    const merged = (path: string) => (isApart ? path : path.replace(/^\/(bin|sbin)\//, "/usr/$1/"));
    if (pathsOf(launch, value).some((path) => merged(path) === merged(packaged) || mayBeCopied(launch, path)))
      return [];
    return [
      {
        at: word.span,
        message: `${value} is not there: the package puts ${name} at ${packaged}, and the container cannot start.`,
        fix: `Write ${packaged}.`,
        edits: [{ ...word.span, text: JSON.stringify(packaged) }],
      },
    ];
  }
  if (launch.environment.get("PATH")?.value === null) return [];
  const paths = pathsOf(launch, value);
  if (paths.length === 0 || paths.some((path) => mayBeCopied(launch, path))) return [];
  const { distribution } = base;
  const path = distribution === null ? undefined : PACKAGED[distribution][name];
  const fix =
    distribution === null || path === undefined
      ? `Copy it there: COPY ${name} ${value.startsWith("/") ? value : `/${name}`}.`
      : `Install it, ${INSTALL[distribution]} ${name}, or copy one there; the package's path is ${path}.`;
  return [
    {
      at: word.span,
      message: `Nothing in the Dockerfile puts ${value} into the image, and ${launch.image.name?.value ?? "its base"} has none: the container cannot start.`,
      fix,
    },
  ];
}

/** Bases that have an init somewhere, though they do not begin with it. */
const WITH_INIT = /^phusion\/baseimage\b|^(?:docker\.io\/)?docker\b|airflow|jenkins|jupyter/;

function check(launch: Launch): Problem[] {
  if (launch.platform !== "dockerfile") return [];
  const name = launch.image.name?.value ?? "";
  const base = knownImage(name);
  if (base === null || base.hasInit || WITH_INIT.test(name)) return [];
  return [launch.entrypoint, launch.command].flatMap((command, index) => {
    if (command?.form !== "exec") return [];
    // CMD is a program only where there is no entrypoint.
    if (index === 1 && launch.entrypoint !== null) return [];
    const [word] = withoutWrappers(command.words);
    const init = word === undefined ? null : initNamed(word.value);
    return word === undefined || init === null || init === "s6" || init === "my_init"
      ? []
      : problemOf(launch, base, word);
  });
}

export const initPathMissing: Rule = {
  name: "init-path-missing",
  severity: "error",
  summary: "an init that is not where ENTRYPOINT says: the container cannot start",
  check,
};
