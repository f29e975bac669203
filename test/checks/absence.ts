/** The assertions that something is absent, and that know no control. */
const BARE = [
  /\.not\.(?:toContain|toContainEqual|toMatch|toHaveProperty|toHaveBeenCalled)\(/,
  /\bcounts\.(?:get|has)\([^()]*\)\)?[^;]*\.(?:toBeUndefined\(\)|toBe\(false\))/,
  /\b(?:trace\.(?!text\b)|sent\(|tooLate\(|timeouts\()[^;]*\.(?:toEqual\(\[\]|toHaveLength\(0\)|toBe\(false\)|toBe\(0\))/,
];

/**
 * Looks for tests that something is absent which do not show that they would see it: {@link expectAbsent} does.
 *
 * @param source the text of a test file.
 * @returns the number of each such line.
 */
export function bareAbsences(source: string): number[] {
  return source.split("\n").flatMap((line, index) => (BARE.some((pattern) => pattern.test(line)) ? [index + 1] : []));
}
