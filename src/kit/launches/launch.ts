/**
 * What all formats have in common: a program that is started in a container. Rules look at this alone.
 *
 * Whatever cannot be known (a build argument without a default, an image that somebody else made, a variable of the shell
 * that calls) is null or absent, and a rule says nothing of it.
 */
import type { Located, Span } from "../finding.ts";
import type { Platform } from "../files/kinds.ts";
import type { Source } from "../files/source.ts";

/** One word of a command, as the program will get it; its span has the quotes too. */
export type Word = Located<string>;

/** ENTRYPOINT or CMD, `entrypoint:` or `command:`. */
export interface Command {
  /** The list, or the text of the shell form. */
  readonly span: Span;
  /** The instruction with its keyword, or the key with its value. */
  readonly whole: Span;
  /** "exec": the words are the program's. "shell": the platform puts a shell in front of the text. */
  readonly form: "exec" | "shell";
  /** "exec": the words as written. "shell": the shell's own words and the text as the last of them. */
  readonly words: readonly Word[];
  /** "shell": the text for the shell; lines that go on are joined. */
  readonly script: Word | null;
}

/** One instruction of the Dockerfile that made the image. */
export interface Step {
  /** COPY, RUN, ... in capitals. */
  readonly keyword: string;
  readonly span: Span;
  /** `--from=build` and the like, by name. */
  readonly flags: ReadonlyMap<string, string>;
  /** What follows keyword and flags, lines that go on joined; the variables stand as written. */
  readonly text: string;
  /** The words of COPY, ADD, USER, WORKDIR and others, their variables put in; null where one is not known. */
  readonly words: readonly (string | null)[];
  /** Its here-documents. */
  readonly documents: readonly Located<string>[];
  /** `COPY --from=STAGE`: what that stage is made of; null where it takes from the context folder or from another image. */
  readonly origin: Image | null;
}

/** How an image is made, where that is to be had. */
export interface Recipe {
  /** The Dockerfile's path. */
  readonly dockerfile: string;
  /** The folder that COPY takes from; null where it is none (a URL). */
  readonly context: string | null;
  /** The stage; null for the last. */
  readonly target: string | null;
}

/** What a container is made of. */
export interface Image {
  /**
   * The image as written, with variables put in: in a Dockerfile the one that the chain of stages begins with. null where
   * it cannot be known. "scratch" is the empty one.
   */
  readonly name: Located<string> | null;
  /** Dockerfile: all instructions that the image is made of, those of the stages that it comes FROM first; else none. */
  readonly steps: readonly Step[];
  /** Compose: the Dockerfile that makes the image. */
  readonly recipe: Recipe | null;
}

/** What the platform lets the container use; null where it says nothing. */
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
  /** Where to point when nothing is more precise: the name of the service, the FROM of the stage. */
  readonly span: Span;
  readonly image: Image;
  /** null: not said here, so the image's own holds. Of no words: taken away. */
  readonly entrypoint: Command | null;
  /** What follows the entrypoint; null: not said here. */
  readonly command: Command | null;
  /** A value is null where it is not known. */
  readonly environment: ReadonlyMap<string, Located<string | null>>;
  /** There may be more variables than `environment` has: env_file, envFrom. */
  readonly hasMoreEnvironment: boolean;
  /** The signal that the platform stops the container with, as written; null: TERM, or what the image says. */
  readonly stopSignal: Located<string> | null;
  /** Milliseconds between that signal and SIGKILL, null where they are not known; null where nothing is said, and the platform's default holds. */
  readonly grace: Located<number | null> | null;
  /** Milliseconds that a hook takes from `grace`, before the stop signal, at least; null where that is not known. */
  readonly stopHook: Located<number> | null;
  readonly limits: Limits;
  /** `init: true`, `--init`: the platform puts an init in front. */
  readonly platformInit: Located<boolean> | null;
  /** It cannot be known whether it does: a variable, a file that is not looked at. */
  readonly mayHavePlatformInit: boolean;
  /** PID 1 is somebody else's: shareProcessNamespace, `pid: host`. */
  readonly sharedProcesses: Located<boolean> | null;
  /** What makes cgroups writable: privileged, security options; null where nothing does. */
  readonly writableCgroups: Span | null;
  /** Checks that run a program in the container: HEALTHCHECK, healthcheck.test, probes with exec. */
  readonly checks: readonly Command[];
  /** It is meant to end soon: an init container, a step of a job. */
  readonly isShortLived: boolean;
  /** The folder with the files that are copied into the image; null where it is not to be had. */
  readonly context: string | null;
}

/** A launch that says nothing yet: what parsers begin with. */
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
