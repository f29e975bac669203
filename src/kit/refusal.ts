import { distance } from "fastest-levenshtein";

/** A mistake of the user's, in one sentence; the command exits with 2. */
export class Refusal extends Error {}

/** `; did you mean X?` for the nearest of the words; nothing if none is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map((name) => ({ name, away: distance(word, name) }))
    .filter(({ name, away }) => away <= Math.max(1, Math.floor(Math.max(name.length, word.length) / 3)))
    .sort((one, other) => one.away - other.away);
  return nearest === undefined ? "" : `; did you mean ${nearest.name}?`;
}
