/** The version in package.json; test/checks compares them. */
export const VERSION: usize = cString("0.1.0");
