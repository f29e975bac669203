/**
 * What all formats have in common: a program that is started in a container. Rules use only this.
 *
 * What is unknown (a build argument without a default, an unknown image, a variable of the caller's shell) is null or absent,
 * and rules do not report it.
 */
import type { Located, Span } from "../finding.ts";
import type { Platform } from "../files/kinds.ts";
import type { Source } from "../files/source.ts";

/** A word of a command, as the program gets it; its span includes quotes. */
export type Word = Located<string>;

/** ENTRYPOINT or CMD, `entrypoint:` or `command:`. */
export interface Command {
  /** The list, or the text of the shell form. */
  readonly span: Span;
  /** The instruction with its keyword, or the key with its value. */
  readonly whole: Span;
  /** "exec": the words are the program and its arguments. "shell": the platform runs the text in a shell. */
  readonly form: "exec" | "shell";
  /** "exec": the words as written. "shell": the shell's words and, last, the text. */
  readonly words: readonly Word[];
  /** "shell": the text for the shell, with continued lines joined. */
  readonly script: Word | null;
}

/** An instruction of the Dockerfile that builds the image. */
export interface Step {
  /** COPY, RUN, ... in upper case. */
  readonly keyword: string;
  readonly span: Span;
  /** `--from=build` and the like, by name. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows the keyword and flags, with continued lines joined; variables are not expanded. */
  readonly text: string;
  /** The words of COPY, ADD, USER, WORKDIR and others, with variables expanded; null if one is unknown. */
  readonly words: readonly (string | null)[];
  /** Its here-documents. */
  readonly documents: readonly Located<string>[];
  /** `COPY --from=STAGE`: that stage; null if it copies from the context folder or another image. */
  readonly origin: Image | null;
}

/** How an image is built, if that is known. */
export interface Recipe {
  /** The Dockerfile's path. */
  readonly dockerfile: string;
  /** The folder that COPY copies from; null if it is not a folder (but a URL). */
  readonly context: string | null;
  /** The stage; null for the last. */
  readonly target: string | null;
}

/** The image of a container. */
export interface Image {
  /**
   * The image as written, with variables expanded: in a Dockerfile, the base of the first stage of the chain. null if it is
   * unknown. "scratch" is the empty one.
   */
  readonly name: Located<string> | null;
  /** Dockerfile: all instructions that build the image, those of the stages that it is based on first; else none. */
  readonly steps: readonly Step[];
  /** Compose: the Dockerfile that builds the image. */
  readonly recipe: Recipe | null;
}

/** The container's limits; null if they are not set. */
export interface Limits {
  /** Bytes. */
  readonly memory: Located<number> | null;
  /** CPUs: 1.5 is one and a half. */
  readonly cpus: Located<number> | null;
  readonly processes: Located<number> | null;
}

export interface Launch {
  readonly source: Source;
  readonly platform: Platform;
  /** For messages: `stage "web"`, `service "web"`, `container "web" of Deployment "shop"`. */
  readonly name: string;
  /** The place of findings that have none more precise: the name of the service, the FROM of the stage. */
  readonly span: Span;
  readonly image: Image;
  /** null: not set here, so the image's is used. Without words: removed. */
  readonly entrypoint: Command | null;
  /** What follows the entrypoint; null: not set here. */
  readonly command: Command | null;
  /** A value is null if it is unknown. */
  readonly environment: ReadonlyMap<string, Located<string | null>>;
  /** Whether there may be more variables than in `environment`: env_file, envFrom. */
  readonly hasMoreEnvironment: boolean;
  /** The signal with which the platform stops the container, as written; null: the image's, or TERM. */
  readonly stopSignal: Located<string> | null;
  /** Milliseconds between that signal and SIGKILL, a null value if they are unknown; null if the platform's default applies. */
  readonly grace: Located<number | null> | null;
  /** How many milliseconds of `grace` a hook takes at least, before the stop signal; null if that is unknown. */
  readonly stopHook: Located<number> | null;
  readonly limits: Limits;
  /** `init: true`, `--init`: the platform puts an init in front. */
  readonly platformInit: Located<boolean> | null;
  /** Whether that is unknown: a variable, or a file that is not read. */
  readonly mayHavePlatformInit: boolean;
  /** Whether PID 1 is another container's or the host's: shareProcessNamespace, `pid: host`. */
  readonly sharedProcesses: Located<boolean> | null;
  /** What makes cgroups writable: privileged, security options; null if nothing does. */
  readonly writableCgroups: Span | null;
  /** Checks that run a program in the container: HEALTHCHECK, healthcheck.test, probes with exec. */
  readonly checks: readonly Command[];
  /** Whether it is meant to end: an init container, a step of a job. */
  readonly isShortLived: boolean;
  /** The folder with the files that are copied into the image; null if it is unknown. */
  readonly context: string | null;
}

/** An empty launch, with which parsers begin. */
export const NOTHING = {
  image: { name: null, steps: [], recipe: null },
  entrypoint: null,
  command: null,
  environment: new Map<string, Located<string | null>>(),
  hasMoreEnvironment: false,
  stopSignal: null,
  grace: null,
  stopHook: null,
  limits: { memory: null, cpus: null, processes: null },
  platformInit: null,
  mayHavePlatformInit: false,
  sharedProcesses: null,
  writableCgroups: null,
  checks: [],
  isShortLived: false,
  context: null,
} satisfies Partial<Launch>;
