/** Edits of a text: which of them are compatible, and applying them. */
import type { Edit } from "./finding.ts";

/** Two insertions at one place overlap as well, because their order would be arbitrary. */
function overlap(one: Edit, other: Edit): boolean {
  if (one.offset === other.offset) return true;
  const [first, second] = one.offset < other.offset ? [one, other] : [other, one];
  return first.offset + first.length > second.offset;
}

/** Edits that do not overlap, in the order of their offsets. */
export class EditSet {
  private readonly taken: Edit[] = [];

  /** Adds all of them; or none, if one overlaps with another or with one added before. */
  takeAll(edits: readonly Edit[]): boolean {
    const isFree = edits.every((edit, index) => {
      const place = this.placeOf(edit);
      const others = [this.taken[place - 1], this.taken[place], ...edits.slice(0, index)];
      return others.every((other) => other === undefined || !overlap(edit, other));
    });
    if (!isFree) return false;
    for (const edit of edits) this.taken.splice(this.placeOf(edit), 0, edit);
    return true;
  }

  get all(): readonly Edit[] {
    return this.taken;
  }

  /** The index of the first edit that begins at the same offset or after. */
  private placeOf({ offset }: Edit): number {
    let low = 0;
    let high = this.taken.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.taken[middle]?.offset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Applies edits that do not overlap; of insertions at one place, the later one in the list comes first. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const ordered = edits
    .map((edit, index) => ({ ...edit, index }))
    .sort((one, other) => one.offset - other.offset || one.length - other.length || other.index - one.index);
  const pieces: string[] = [];
  let end = 0;
  for (const { offset, length, text: put } of ordered) {
    pieces.push(text.slice(end, offset), put);
    end = offset + length;
  }
  return [...pieces, text.slice(end)].join("");
}
