/**
 * The names that the project and its releases are published under: whoever owns others changes them here alone. Nothing is
 * published under them yet.
 */

/** The address of the project. */
export const HOME = "https://github.com/tini-ts/tini-ts";

/** The image that has the init and nothing else, for `COPY --from`. */
export const IMAGE = "tini-ts/tini-ts";

/** The folder of a release's files. */
export function downloadsOf(version: string): string {
  return `${HOME}/releases/download/v${version}`;
}
