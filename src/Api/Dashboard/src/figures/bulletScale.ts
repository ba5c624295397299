/**
 * Where bullet graphs that stand below each other end, in shares of the limit: a little beyond the limit or beyond whatever reaches further,
 * the same for all, so that their limits line up. What lies beyond twice the limit is cut: it would squeeze all others flat.
 */
export function bulletEnd(shares: readonly (number | null | undefined)[]): number {
  const furthest = shares.reduce<number>((most, share) => Math.max(most, share ?? 0), 1.15)
  return 1.06 * Math.min(2, furthest)
}
