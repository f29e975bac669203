/** The value that `share` (0 to 1) of the values do not exceed, by the nearest rank; NaN if there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** The middle value, or the mean of the middle two; NaN if there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted.length >> 1;
  const [low, high] = sorted.length % 2 ? [sorted[upper], sorted[upper]] : [sorted[upper - 1], sorted[upper]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}
