/** All rules, in the order in which they are listed. Each has a page of its name in docs/rules. */
import { commandDropsInit } from "./command-drops-init.ts";
import { graceTooShort } from "./grace-too-short.ts";
import { healthcheckNeedsShell } from "./healthcheck-needs-shell.ts";
import { initOptionRefused } from "./init-option-refused.ts";
import { initPathMissing } from "./init-path-missing.ts";
import { limitAboveContainer } from "./limit-above-container.ts";
import { limitsWithoutWritableCgroup } from "./limits-without-writable-cgroup.ts";
import { noInit } from "./no-init.ts";
import { packageManagerAsProgram } from "./package-manager-as-program.ts";
import type { Rule } from "./rule.ts";
import { scriptWithoutExec } from "./script-without-exec.ts";
import { shellForm } from "./shell-form.ts";
import { stopSignalsDoNotMeet } from "./stop-signals-do-not-meet.ts";
import { subreaperInSharedPidNamespace } from "./subreaper-in-shared-pid-namespace.ts";
import { twoInits } from "./two-inits.ts";

export const RULES: readonly Rule[] = [
  noInit,
  twoInits,
  commandDropsInit,
  shellForm,
  scriptWithoutExec,
  packageManagerAsProgram,
  healthcheckNeedsShell,
  initPathMissing,
  subreaperInSharedPidNamespace,
  initOptionRefused,
  stopSignalsDoNotMeet,
  graceTooShort,
  limitAboveContainer,
  limitsWithoutWritableCgroup,
];
