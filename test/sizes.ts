/**
 * The most bytes that the executable may have: 64 KiB, less than a tenth of Debian's static tini and catatonit. A file that is written
 * at once lies in the page cache in pieces of up to its size, and the kernel maps whole ones.
 */
export const FILE_LIMIT_BYTES = 65_536;
