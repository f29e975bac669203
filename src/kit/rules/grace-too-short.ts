import { configurationOf, milliseconds, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Rule } from "./rule.ts";

/** What a platform waits by default between the stop signal and SIGKILL, in milliseconds. */
const DEFAULTS: Readonly<Partial<Record<string, { key: string; unit: string; milliseconds: number }>>> = {
  // https://docs.docker.com/reference/compose-file/services/#stop_grace_period
  compose: { key: "stop_grace_period", unit: "s", milliseconds: 10_000 },
  // https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
  kubernetes: { key: "terminationGracePeriodSeconds", unit: "", milliseconds: 30_000 },
};

const seconds = (time: number) => `${time / 1000}s`;

/** The platform kills before the init's own stop sequence is through. */
export const graceTooShort: Rule = {
  name: "grace-too-short",
  severity: "warning",
  summary: "a platform that kills before the init's delay, grace and linger are over",
  check: (launch, context) => {
    const platform = DEFAULTS[launch.platform];
    const configured = configurationOf(launch, context);
    const settings = settingsOf(configured);
    if (platform === undefined || configured === null || settings === null || !configured.isOurs) return [];
    const given = launch.grace === null ? platform.milliseconds : launch.grace.value;
    // Who sets the init's times wants an orderly stop, also of what ends by itself when nobody stops it before.
    if (given === null) return [];
    const parts = ["delay", "grace", "linger"].flatMap((name) => {
      const setting = settings.get(name);
      const time = milliseconds(setting) ?? 0;
      return setting === undefined || time === 0 ? [] : [{ name, time, setting }];
    });
    const needed = parts.reduce((sum, { time }) => sum + time, 0);
    if (parts.length === 0 || given > needed) return [];
    const places = parts.map(({ setting }) => placeOf(setting, configured, launch));
    const here = places.find(({ source }) => source === launch.source);
    const sum = parts.map(({ name, time }) => `--${name} ${seconds(time)}`).join(" + ");
    const total = parts.length > 1 ? ` = ${seconds(needed)}` : "";
    const is = launch.grace === null ? `${seconds(given)} by default` : seconds(given);
    const enough = `${Math.floor(needed / 1000) + 5}${platform.unit}`;
    return [
      {
        at: launch.grace?.span ?? here?.span ?? launch.span,
        message: `The init takes up to ${sum}${total} to stop, and ${platform.key} is ${is}: the platform kills everything before that.`,
        fix: `Set ${platform.key} to ${enough}, or shorten what the init waits for.`,
      },
    ];
  },
};
