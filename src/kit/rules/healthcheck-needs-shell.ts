import { basename } from "node:path";
import { contentsOf, hasNoShell } from "../launches/contents.ts";
import type { Command, Launch } from "../launches/launch.ts";
import type { Context } from "../workspace.ts";
import type { Problem, Rule } from "./rule.ts";

/** Programs that come with a distribution, and that an image of a few files has not unless it is given them. */
const OF_DISTRIBUTIONS = /^(?:sh|ash|bash|dash|curl|wget|nc|cat|grep|pgrep|test|true|ls|ps|kill|sleep|echo)$/;

/** Whether a program may have been put into the image: a file of its name, or a folder that it may be in. */
function mayBeThere(image: Launch, program: string): boolean {
  const name = basename(program);
  return contentsOf(image).copied.some(
    ({ sources, target }) =>
      basename(target) === name ||
      sources.some((source) => source === null || basename(source) === name) ||
      target === "/",
  );
}

function check(launch: Launch, context: Context): Problem[] {
  const image = launch.platform === "dockerfile" ? launch : context.imageOf(launch);
  const from = image ?? launch;
  const name = from.image.name?.value ?? null;
  if (name === null || !hasNoShell(from)) return [];
  const isOwn = (command: Command) => launch.platform !== "dockerfile" || launch.checks.includes(command);
  return launch.checks.filter(isOwn).flatMap((command): Problem[] => {
    const [first] = command.words;
    if (first === undefined) return [];
    const whose = launch.platform === "dockerfile" ? "HEALTHCHECK" : `The check of ${launch.name}`;
    if (command.form === "shell") {
      return [
        {
          at: command.span,
          message: `${whose} is run by ${first.value}, and ${name} has no shell: the check fails each time, and the container is unhealthy.`,
          fix: "Write the check as a list, and take a program that is in the image.",
        },
      ];
    }
    if (!OF_DISTRIBUTIONS.test(basename(first.value)) || mayBeThere(from, first.value)) return [];
    return [
      {
        at: first.span,
        message: `${whose} runs ${first.value}, which is not in ${name}: the check fails each time, and the container is unhealthy.`,
        fix: `Take a program that is in the image, or copy ${basename(first.value)} into it.`,
      },
    ];
  });
}

export const healthcheckNeedsShell: Rule = {
  name: "healthcheck-needs-shell",
  severity: "error",
  summary: "a health check that needs a shell or its tools in an image that has none",
  check,
};
