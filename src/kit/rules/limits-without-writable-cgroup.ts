import type { Setting } from "../init/init.ts";
import { configurationOf, placeOf, settingsOf } from "../launches/configuration.ts";
import type { Platform } from "../files/kinds.ts";
import type { Rule } from "./rule.ts";

/** The settings that need a control group of the program's own. */
const LIMITS = [
  ...["memory-max", "memory-high", "memory-swap-max", "memory-oom-group", "cpu-max", "cpu-weight", "cpuset-cpus"],
  ...["pids-max", "io-weight", "memory-signal", "cgroup"],
];

/** What makes control groups writable. */
const WAYS: Readonly<Partial<Record<Platform, string>>> = {
  compose: "security_opt: [writable-cgroups=true] (Docker 28), [unmask=/sys/fs/cgroup] (Podman), or privileged: true",
  kubernetes: "a runtimeClassName whose handler has cgroup_writable (containerd), or securityContext.privileged: true",
};

const isAsked = (setting: Setting | undefined): setting is Setting =>
  setting !== undefined && setting.source.kind !== "default" && setting.value !== "no";

/** Limits are asked for, and the platform mounts the control groups read-only. */
export const limitsWithoutWritableCgroup: Rule = {
  name: "limits-without-writable-cgroup",
  severity: "error",
  summary: "limits of the init's where the platform gives no writable control group",
  check: (launch, context) => {
    const way = WAYS[launch.platform];
    const configured = configurationOf(launch, context);
    const settings = settingsOf(configured);
    if (way === undefined || configured === null || settings === null || !configured.isOurs) return [];
    // A service of another file, that this one extends, may say it.
    if (launch.writableCgroups !== null || launch.mayHavePlatformInit) return [];
    const asked = LIMITS.map((name) => settings.get(name)).filter(isAsked);
    const [first] = asked;
    if (first === undefined) return [];
    const isBestEffort = settings.get("limits")?.value === "best-effort";
    const places = asked.map((setting) => placeOf(setting, configured, launch));
    const here = places.find(({ source }) => source === launch.source);
    const names = asked.map(({ name }) => `--${name}`).join(", ");
    const effect = isBestEffort
      ? "the init warns at each start, and the program runs without them"
      : "the init starts nothing and exits with 125";
    return [
      {
        at: here?.span ?? launch.span,
        ...(isBestEffort ? { severity: "info" } : {}),
        message: `${names} ${asked.length === 1 ? "needs" : "need"} a writable /sys/fs/cgroup, and ${launch.name} has none: ${effect}.`,
        fix: `Say ${way}; or leave the limits to the platform.`,
      },
    ];
  },
};
