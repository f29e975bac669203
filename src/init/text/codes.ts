/** Codes in packed texts that are not characters; the build packs with the same ones (scripts/lib/literals.ts). */

/** Stands before the letter of a placeholder. */
export const PLACE = 11;
/** Stands before the number of a phrase, which is the same part of several texts. */
export const PHRASE = 31;
/** Encloses upper-case letters, which are stored as lower-case ones because these pack better. */
export const SHIFT = 127;
