// SPDX-License-Identifier: Apache-2.0
// Counts by name, as they stand in a tally: statuses, causes, who answered.

export type Counts = Record<string, number>;

/** Names beyond this many are counted as `other`: what a peer sends must not grow us. */
const MOST_NAMES = 50;

export function count(counts: Counts, name: string): void {
  const known = Object.hasOwn(counts, name) || Object.keys(counts).length < MOST_NAMES;
  const key = known ? name : 'other';
  counts[key] = (Object.hasOwn(counts, key) ? counts[key] ?? 0 : 0) + 1;
}

export function addCounts(to: Counts, from: Counts): void {
  for (const [name, value] of Object.entries(from)) to[name] = (to[name] ?? 0) + value;
}
