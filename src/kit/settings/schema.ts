/** The JSON Schema of .tini-ts-lint.yml, which docs/tini-ts-lint.schema.json is made from. */
import { RULES } from "../rules/index.ts";

const LEVELS = ["off", "info", "warning", "error"];

const rules = {
  type: "object",
  description: "How bad the findings of a rule are, or that there are none.",
  additionalProperties: false,
  properties: Object.fromEntries(RULES.map(({ name, summary }) => [name, { enum: LEVELS, description: summary }])),
};

const texts = { type: "array", items: { type: "string", minLength: 1 } };

/** The schema of a settings file. */
export const SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: ".tini-ts-lint.yml: settings of tini-ts lint",
  type: "object",
  additionalProperties: false,
  properties: {
    exclude: {
      ...texts,
      description: "Files and folders to leave out, in the patterns of .gitignore, below this file.",
    },
    "fail-on": { enum: ["info", "warning", "error"], description: "The least severity that ends with exit code 1." },
    "fail-on-unreadable": {
      type: "boolean",
      description: "Whether a file that cannot be looked at ends with exit code 2.",
    },
    rules,
    overrides: {
      type: "array",
      description: "The same for some files alone; of several that match, the last one holds.",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["files", "rules"],
        properties: { files: { ...texts, description: "In the patterns of .gitignore, below this file." }, rules },
      },
    },
    "deaf-programs": { ...texts, description: "Your own programs that SIGTERM does not end as PID 1, by their names." },
    images: {
      type: "object",
      description: "Your own base images, by name without tag.",
      additionalProperties: {
        type: "object",
        additionalProperties: false,
        properties: {
          entrypoint: { type: "array", items: { type: "string" }, description: "Its ENTRYPOINT; none where left out." },
          distribution: { enum: ["debian", "alpine", "redhat", "none"], description: "Whose packages it has." },
          shell: { type: "boolean", description: "Whether it has a shell." },
        },
      },
    },
  },
} as const;

/** The type of settings that match the schema. */
export interface Said {
  readonly exclude?: readonly string[];
  readonly "fail-on"?: "info" | "warning" | "error";
  readonly "fail-on-unreadable"?: boolean;
  readonly rules?: Readonly<Record<string, "off" | "info" | "warning" | "error">>;
  readonly overrides?: readonly {
    readonly files: readonly string[];
    readonly rules: Readonly<Record<string, "off" | "info" | "warning" | "error">>;
  }[];
  readonly "deaf-programs"?: readonly string[];
  readonly images?: Readonly<
    Record<
      string,
      {
        readonly entrypoint?: readonly string[];
        readonly distribution?: "debian" | "alpine" | "redhat" | "none";
        readonly shell?: boolean;
      }
    >
  >;
}
