/** The version in package.json; test/checks holds them together. */
export const VERSION: usize = cString("0.1.0");
