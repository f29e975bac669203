/** What a project says of its own programs and images, beside what is known here: set from its settings, once for a run. */

/** An image as a project describes it. */
export interface AddedImage {
  readonly entrypoint: readonly string[];
  readonly distribution: "debian" | "alpine" | "redhat" | null;
  readonly hasShell: boolean;
}

export interface Additions {
  /** Programs that SIGTERM does not end as PID 1, by the last part of their paths. */
  readonly deafPrograms: ReadonlySet<string>;
  /** By repository, without its tag. */
  readonly images: ReadonlyMap<string, AddedImage>;
}

export const NO_ADDITIONS: Additions = { deafPrograms: new Set(), images: new Map() };

let current = NO_ADDITIONS;

/** What holds from now on. */
export function setAdditions(additions: Additions): void {
  current = additions;
}

export function additions(): Additions {
  return current;
}
