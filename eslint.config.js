import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["build/", "dist/", "test/kit/fixtures/"]),
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // It wants what no-non-null-assertion forbids.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    // AssemblyScript: what TypeScript sees as one `number` is many types there, and much of TypeScript is not to be had.
    files: ["src/init/**/*.ts"],
    rules: {
      // `x as u8` narrows the value: taking it out breaks the program. `<u8>x` is the same, and binds tighter.
      "@typescript-eslint/consistent-type-assertions": "off",
      "@typescript-eslint/no-unnecessary-type-assertion": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      // `let x: i32 = 0` says which number it is.
      "@typescript-eslint/no-inferrable-types": "off",
      // Enums are numbers there, and convert freely.
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
      // The language lacks them: for-of, ?., ??, `this` types, type imports, #private.
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/prefer-optional-chain": "off",
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      "@typescript-eslint/prefer-return-this-type": "off",
      "@typescript-eslint/no-namespace": "off",
      // `at<T>(address)`: a cast has its type parameter in its result alone.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // Struct views and the tables of names are classes of fields and static members.
      "@typescript-eslint/no-extraneous-class": "off",
      // Struct views need a value for each field (strictPropertyInitialization), also where it is the default.
      "@typescript-eslint/class-literal-property-style": "off",
    },
  },
  {
    // Plain objects for Node, which AssemblyScript's declarations take for instances of its classes; they have no Record.
    files: ["src/init/**/*.data.ts"],
    rules: {
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/consistent-indexed-object-style": "off",
    },
  },
);
