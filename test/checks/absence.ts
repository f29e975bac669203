/** Assertions that something is absent, without a control. */
const BARE = [
  /\.not\.(?:toContain|toContainEqual|toMatch|toHaveProperty|toHaveBeenCalled)\(/,
  /\bcounts\.(?:get|has)\([^()]*\)\)?[^;]*\.(?:toBeUndefined\(\)|toBe\(false\))/,
  /\b(?:trace\.(?!text\b)|sent\(|tooLate\(|timeouts\()[^;]*\.(?:toEqual\(\[\]|toHaveLength\(0\)|toBe\(false\)|toBe\(0\))/,
];

/**
 * Finds assertions of absence that do not show that they could fail, as {@link expectAbsent} does.
 *
 * @param source the text of a test file.
 * @returns the number of each such line.
 */
export function bareAbsences(source: string): number[] {
  return source.split("\n").flatMap((line, index) => (BARE.some((pattern) => pattern.test(line)) ? [index + 1] : []));
}
