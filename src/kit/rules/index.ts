/** All rules, in the order in which they are listed. Each has a page of its name in docs/rules. */
import { initOptionRefused } from "./init-option-refused.ts";
import { packageManagerAsProgram } from "./package-manager-as-program.ts";
import type { Rule } from "./rule.ts";
import { shellForm } from "./shell-form.ts";
import { stopSignalsDoNotMeet } from "./stop-signals-do-not-meet.ts";

export const RULES: readonly Rule[] = [shellForm, packageManagerAsProgram, initOptionRefused, stopSignalsDoNotMeet];
