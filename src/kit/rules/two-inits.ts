import { running } from "../launches/running.ts";
import type { Problem, Rule } from "./rule.ts";

/** Inits that refuse to be anything but PID 1: s6-overlay's first program, phusion's my_init, the init systems. */
const PID_1_ONLY = /^(?:\/init|(?:\/usr)?\/s?bin\/(?:init|my_init)|\/(?:usr\/)?lib\/systemd\/systemd)$/;

const isOnlyPid1 = (word: string | undefined) => word !== undefined && PID_1_ONLY.test(word);

/** An init in front of another init. */
export const twoInits: Rule = {
  name: "two-inits",
  severity: "warning",
  summary: "an init that starts another init",
  check: (launch, context) => {
    const { inits, program } = running(launch, context);
    const problems: Problem[] = [];
    const [first, second] = inits;
    // What a Compose file inherits from a Dockerfile is said of the Dockerfile.
    const isOwn = inits.some(({ word }) => word.source === launch.source) || launch.platform === "dockerfile";
    if (first !== undefined && second !== undefined && isOwn) {
      const isRefused = PID_1_ONLY.test(second.word.value);
      problems.push({
        at: second.word.span,
        source: second.word.source,
        ...(isRefused ? { severity: "error" } : {}),
        message: isRefused
          ? `${first.word.value} starts ${second.word.value}, which only works as PID 1.`
          : `${first.word.value} starts ${second.word.value}: each signal goes through both, and the second is not PID 1.`,
        fix: "Leave one of the two out, and give its options to the other.",
      });
    }

    if (launch.sharedProcesses?.value === true && isOnlyPid1(first?.word.value ?? program[0]?.value)) {
      problems.push({
        at: launch.sharedProcesses.span,
        severity: "error",
        message: `${first?.word.value ?? ""} only works as PID 1, which it is not in ${launch.name}: its processes are shared.`,
        fix: "Do not share the processes of this container, or take an image without an init of its own.",
      });
    }

    const inner = first?.word.value ?? program[0]?.value ?? "";
    const isRefused = PID_1_ONLY.test(inner);
    if (launch.platformInit?.value !== true || (first === undefined && !isRefused)) return problems;
    const at = launch.platformInit.span;
    problems.push({
      at,
      ...(isRefused ? { severity: "error" } : {}),
      message: isRefused
        ? `The platform puts an init in front of ${inner}, which only works as PID 1.`
        : `The platform puts an init in front of ${inner}, which is one itself and is not PID 1 then.`,
      fix: "Take the platform's init away: the image brings its own.",
      ...(launch.source.slice(at) === "true" ? { edits: [{ ...at, text: "false" }] } : {}),
    });
    return problems;
  },
};
