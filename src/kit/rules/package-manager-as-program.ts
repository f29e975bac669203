import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import type { Launch, Word } from "../launches/launch.ts";
import { endsByItself } from "../launches/programs.ts";
import { running } from "../launches/running.ts";
import { statementsOf } from "../launches/shell.ts";
import type { Context } from "../workspace.ts";
import type { Problem, Rule } from "./rule.ts";

/** Package managers and build tools that start the program and stay in front of it, by what they are told to do. */
const MANAGERS: Record<string, { readonly runs: RegExp; readonly instead: string }> = {
  npm: { runs: /^(?:start|stop|test|restart|run|run-script|exec|x)$/, instead: "node FILE" },
  npx: { runs: /^/, instead: "the program that npx looks for, node_modules/.bin/PROGRAM" },
  yarn: { runs: /^(?!install$|add$|--version$|-v$)/, instead: "node FILE" },
  yarnpkg: { runs: /^(?!install$|add$)/, instead: "node FILE" },
  pnpm: { runs: /^(?:start|test|run|exec|dlx|[a-z]+:[a-z:]+|dev|serve)$/, instead: "node FILE" },
  pnpx: { runs: /^/, instead: "node_modules/.bin/PROGRAM" },
  go: { runs: /^run$/, instead: "the program that go build makes" },
  dotnet: { runs: /^(?:run|watch)$/, instead: "dotnet PROGRAM.dll" },
  mvn: { runs: /^(?:[\w.-]+:)+run$|^exec:/, instead: "java -jar PROGRAM.jar" },
  mvnw: { runs: /^(?:[\w.-]+:)+run$|^exec:/, instead: "java -jar PROGRAM.jar" },
  gradle: { runs: /^(?::?[\w-]+:)*(?:run|bootRun)$/, instead: "java -jar PROGRAM.jar" },
  gradlew: { runs: /^(?::?[\w-]+:)*(?:run|bootRun)$/, instead: "java -jar PROGRAM.jar" },
  make: { runs: /^[a-z]/, instead: "what the recipe runs" },
};

const NPM_LIKE = new Set(["npm", "yarn", "yarnpkg", "pnpm"]);

/** What package.json says that a script does; null where it is not to be had. */
function scriptOf(packageFile: Source | null, words: readonly Word[]): { name: string; text: string } | null {
  if (packageFile === null) return null;
  const operands = words.slice(1).flatMap(({ value }) => (value.startsWith("-") ? [] : [value]));
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
  const { program, image } = running(launch, context);
  const [first] = program;
  // What the image alone says is found where the image is made.
  if (first === undefined || (first.source !== launch.source && first.source.kind !== "script")) return [];
  const name = basename(first.value);
  const manager = Object.hasOwn(MANAGERS, name) ? MANAGERS[name] : undefined;
  const operand = program.slice(1).find(({ value }) => !value.startsWith("-"))?.value;
  const verb = operand ?? (name === "yarn" ? "start" : "");
  if (manager?.runs.test(verb) !== true || endsByItself(program)) return [];
  const said = program.map(({ value }) => value).join(" ");
  const script = NPM_LIKE.has(name) ? scriptOf(context.fileOf(image ?? launch, "package.json"), program) : null;
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
      fix: `Run the program itself: ${instead}.`,
    },
  ];
}

export const packageManagerAsProgram: Rule = {
  name: "package-manager-as-program",
  severity: "warning",
  summary: "npm start and the like as the program: signals and the exit code are lost on the way",
  check,
};
