import { births } from "./births.ts";
import { endings } from "./endings.ts";
import { options } from "./options.ts";
import { others } from "./others.ts";
import type { Scenario } from "./scenario.ts";
import { signals } from "./signals.ts";

/** Everything that is compared. */
export const scenarios: Scenario[] = [...options, ...endings, ...births, ...signals, ...others];
