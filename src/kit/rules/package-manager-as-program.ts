import { basename } from "node:path";
import type { Source } from "../files/source.ts";
import { tellApart } from "../launches/inits.ts";
import type { Launch, Word } from "../launches/launch.ts";
import { statementsOf } from "../launches/shell.ts";
import { withoutWrappers } from "../launches/programs.ts";
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

/** The words that are run, behind inits, wrappers and a shell that is told to run them. */
function programOf(launch: Launch): readonly Word[] {
  const commands = [launch.entrypoint, launch.command].flatMap((command) => command ?? []);
  const [first] = commands;
  if (first?.form === "shell" && first.script !== null) return fromShell(first.script);
  const { program } = tellApart(commands.flatMap(({ words }) => words));
  const [shell, option, script] = program;
  const isShell = /^(?:sh|ash|dash|bash)$/.test(basename(shell?.value ?? "")) && /^-[a-z]*c$/.test(option?.value ?? "");
  return isShell && script !== undefined ? fromShell(script) : program;
}

/** The words of the last command of a shell's text, all of them at the place of that text. */
function fromShell({ value, span }: Word): readonly Word[] {
  const last = statementsOf(value)?.at(-1);
  if (last?.type !== "simple") return [];
  return withoutWrappers(last.words.map((word) => ({ value: word.value ?? word.raw, span })));
}

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
  const program = programOf(launch);
  const [first] = program;
  if (first === undefined) return [];
  const name = basename(first.value);
  const manager = Object.hasOwn(MANAGERS, name) ? MANAGERS[name] : undefined;
  const operand = program.slice(1).find(({ value }) => !value.startsWith("-"))?.value;
  const verb = operand ?? (name === "yarn" ? "start" : "");
  if (manager?.runs.test(verb) !== true) return [];
  const said = program.map(({ value }) => value).join(" ");
  const script = NPM_LIKE.has(name) ? scriptOf(context.fileOf(launch, "package.json"), program) : null;
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
