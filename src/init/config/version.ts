/** The version in package.json; test/checks holds them together. */
export const VERSION: usize = text("0.1.0");
