/** A project's own programs and images, in addition to the known ones: set once for a run, from its settings. */

/** An image as a project's settings describe it. */
export interface AddedImage {
  readonly entrypoint: readonly string[];
  readonly distribution: "debian" | "alpine" | "redhat" | null;
  readonly hasShell: boolean;
}

export interface Additions {
  /** Programs that SIGTERM does not end when they are PID 1, by the last part of their paths. */
  readonly deafPrograms: ReadonlySet<string>;
  /** By repository, without its tag. */
  readonly images: ReadonlyMap<string, AddedImage>;
}

export const NO_ADDITIONS: Additions = { deafPrograms: new Set(), images: new Map() };

let current = NO_ADDITIONS;

/** Sets the additions. */
export function setAdditions(additions: Additions): void {
  current = additions;
}

export function additions(): Additions {
  return current;
}
