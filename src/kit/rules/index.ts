/** All rules, in the order in which they are listed. Each has a page of its name in docs/rules. */
import { packageManagerAsProgram } from "./package-manager-as-program.ts";
import type { Rule } from "./rule.ts";
import { shellForm } from "./shell-form.ts";

export const RULES: readonly Rule[] = [shellForm, packageManagerAsProgram];
