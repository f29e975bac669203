/* Enums of the init that the build generates from tables. */

/** `forward-to` as a member of an enum: FORWARD_TO. */
export const member = (name: string): string => name.toUpperCase().replaceAll("-", "_");

/** An enum in AssemblyScript. */
export const enumOf = (name: string, members: readonly string[]): string =>
  `export enum ${name} { ${members.join(", ")} }`;
