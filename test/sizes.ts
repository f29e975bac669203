/**
 * The most bytes that the executable may have. The smallest static peer, tini built with musl, has 60 184.
 */
export const FILE_LIMIT_BYTES = 56_000;
