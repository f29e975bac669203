/** The functions of one side of the system interface: the number of parameters, by name. */
export type Calls = Record<string, number>;

const parametersIn = (list: string) =>
  list.split(",").filter((parameter) => !["", "void"].includes(parameter.trim())).length;

/** The functions that src/init/linux/host.ts declares. */
export function declaredCalls(source: string): Calls {
  const declarations = source.matchAll(/^export declare function (\w+)\(([^)]*)\)/gm);
  return Object.fromEntries([...declarations].map(([, name = "", list = ""]) => [name, parametersIn(list)]));
}

/** The functions that the C of src/host defines: w2c_host_NAME. */
export function definedCalls(source: string): Calls {
  const definitions = source.matchAll(/^\w[\w ]*\bw2c_host_(\w+)\(([^)]*)\)\s*\{/gm);
  return Object.fromEntries([...definitions].map(([, name = "", list = ""]) => [name, parametersIn(list)]));
}
