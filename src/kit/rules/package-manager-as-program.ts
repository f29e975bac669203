import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import type { Launch, Word } from "../launches/launch.ts";
import { endsByItself } from "../launches/programs.ts";
import { isSafeBehind, running } from "../launches/running.ts";
import { statementsOf } from "../launches/shell.ts";
import type { Context } from "../workspace.ts";
import type { Problem, Rule } from "./rule.ts";

/** A package manager or build tool that starts the program and stays in front of it. */
interface Manager {
  /** What it is told to do, its first word that is no option. */
  readonly runs: RegExp;
  readonly instead: string;
  /** Options that have their value in the next word. */
  readonly withValue?: readonly string[];
}

const OF_PNPM =
  "add|audit|bin|cache|ci|config|create|deploy|doctor|env|fetch|i|import|init|install|la|licenses|link|list|ll|ls|outdated|pack|" +
  "patch|prune|publish|rebuild|rb|remove|rm|root|setup|store|unlink|up|update|why";

/** By their names. */
const MANAGERS: Record<string, Manager> = {
  npm: {
    runs: /^(?:start|stop|test|restart|run|run-script|exec|x)$/,
    instead: "node FILE",
    withValue: ["--prefix", "-C", "-w", "--workspace", "--loglevel"],
  },
  npx: {
    runs: /^/,
    instead: "the program that npx looks for, node_modules/.bin/PROGRAM",
    withValue: ["-p", "--package"],
  },
  yarn: { runs: /^(?!install$|add$|--version$|-v$)/, instead: "node FILE", withValue: ["--cwd"] },
  yarnpkg: { runs: /^(?!install$|add$)/, instead: "node FILE", withValue: ["--cwd"] },
  // What it does not know is a script of package.json.
  pnpm: {
    runs: new RegExp(`^(?!(?:${OF_PNPM})$)`),
    instead: "node FILE",
    withValue: ["--filter", "-F", "--dir", "-C", "--prefix", "--loglevel", "--reporter"],
  },
  pnpx: { runs: /^/, instead: "node_modules/.bin/PROGRAM" },
  turbo: { runs: /^(?:run|dev|start|serve)$/, instead: "the program that the task runs" },
  nx: { runs: /^(?:run|serve|start|dev|[\w-]+:[\w:-]+)$/, instead: "the program that the target runs" },
  lerna: { runs: /^(?:run|exec)$/, instead: "the program that the script runs" },
  go: { runs: /^run$/, instead: "the program that go build makes" },
  cargo: { runs: /^(?:run|r|watch)$/, instead: "the program that cargo build makes, target/release/PROGRAM" },
  dotnet: { runs: /^(?:run|watch)$/, instead: "dotnet PROGRAM.dll" },
  mvn: {
    runs: /^(?:[\w.-]+:)+(?:run|dev|start)$|^exec:/,
    instead: "java -jar PROGRAM.jar",
    withValue: ["-f", "-pl", "-P"],
  },
  mvnw: {
    runs: /^(?:[\w.-]+:)+(?:run|dev|start)$|^exec:/,
    instead: "java -jar PROGRAM.jar",
    withValue: ["-f", "-pl", "-P"],
  },
  gradle: { runs: /^(?::?[\w-]+:)*(?:run|bootRun|quarkusDev)$/, instead: "java -jar PROGRAM.jar", withValue: ["-p"] },
  gradlew: { runs: /^(?::?[\w-]+:)*(?:run|bootRun|quarkusDev)$/, instead: "java -jar PROGRAM.jar", withValue: ["-p"] },
  make: { runs: /^[a-z]/, instead: "what the recipe runs", withValue: ["-C", "-f"] },
};

/** The words that are no options, and no option's value. */
function operandsOf({ withValue = [] }: Manager, words: readonly Word[]): string[] {
  return words.flatMap(({ value }, index) =>
    value.startsWith("-") || withValue.includes(words[index - 1]?.value ?? "") ? [] : [value],
  );
}

const NPM_LIKE = new Set(["npm", "yarn", "yarnpkg", "pnpm"]);

/** What package.json says that a script does; null where it is not to be had. */
function scriptOf(packageFile: Source | null, operands: readonly string[]): { name: string; text: string } | null {
  if (packageFile === null) return null;
  const name = /^run(?:-script)?$/.test(operands[0] ?? "") ? operands[1] : operands[0];
  if (name === undefined) return null;
  try {
    const { scripts } = JSON.parse(packageFile.text) as { scripts?: Record<string, unknown> };
    const text = scripts?.[name];
    return typeof text === "string" ? { name, text } : null;
  } catch {
    return null;
  }
}

function check(launch: Launch, context: Context): Problem[] {
  // What ends by itself needs no signal.
  if (launch.isShortLived) return [];
  const run = running(launch, context);
  const { program, image } = run;
  const [first] = program;
  // What the image alone says is found where the image is made.
  if (first === undefined || (first.source !== launch.source && first.source.kind !== "script")) return [];
  const name = basename(first.value);
  const manager = Object.hasOwn(MANAGERS, name) ? MANAGERS[name] : undefined;
  if (manager === undefined) return [];
  const operands = operandsOf(manager, program.slice(1));
  const verb = operands[0] ?? (name === "yarn" ? "start" : "");
  if (verb === "" || !manager.runs.test(verb) || endsByItself(program)) return [];
  const said = program.map(({ value }) => value).join(" ");
  const script = NPM_LIKE.has(name) ? scriptOf(context.fileOf(image ?? launch, "package.json"), operands) : null;
  const statements = script === null ? null : statementsOf(script.text);
  const [only] = statements ?? [];
  const isPlain = statements?.length === 1 && only?.type === "simple" && !only.hasAssignments;
  const list = isPlain && only.words.every(({ value }) => value !== null) ? only.words.map(({ value }) => value) : null;
  const instead =
    script === null
      ? manager.instead
      : list?.[0] === "node"
        ? JSON.stringify(list).replaceAll('","', '", "')
        : `what "${script.name}" in package.json runs: ${script.text}`;
  return [
    {
      at: first.span,
      source: first.source,
      message:
        `${said} starts the program as a child of its own` +
        `${NPM_LIKE.has(name) || name === "npx" || name === "pnpx" ? ", behind a shell" : ""}: ` +
        `signals reach ${name} and not always the program, and the exit code is ${name}'s.`,
      fix: `Run the program itself${isSafeBehind(run, launch) ? "" : ", behind an init"}: ${instead}.`,
    },
  ];
}

export const packageManagerAsProgram: Rule = {
  name: "package-manager-as-program",
  severity: "warning",
  summary: "npm start and the like as the program: signals and the exit code are lost on the way",
  check,
};
