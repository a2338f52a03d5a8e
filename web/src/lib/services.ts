// SPDX-License-Identifier: Apache-2.0
// Which services are shown first, and how objectives stand as a whole. Pure.
import type { Dashboard, NamespaceGroup, ObjectiveState, ServiceRow } from '../api/types';
import { is_striking, plural } from './figures';

// In this order; what is in none of these stays where it is.
const kUrgent: ((row: ServiceRow) => boolean)[] = [
  (row) => has_objective_that(row, 'exhausted'),
  (row) => has_objective_that(row, 'burning'),
  ({ golden }) => is_striking(golden.good, golden.bad),
];

function has_objective_that({ objectives }: ServiceRow, is: ObjectiveState): boolean {
  return objectives.some(({ state }) => state === is);
}

function urgency(row: ServiceRow | undefined): number {
  const found = row === undefined ? -1 : kUrgent.findIndex((is) => is(row));
  return found < 0 ? kUrgent.length : found;
}

// Services that fail before all others, and of those the worst success first; so are namespaces in
// which some do.
export function failing_first(groups: NamespaceGroup[]): NamespaceGroup[] {
  return groups
    .map((group) => ({ ...group, services: [...group.services].sort(by_urgency) }))
    .sort((a, b) => by_urgency(a.services[0], b.services[0]));
}

function by_urgency(a: ServiceRow | undefined, b: ServiceRow | undefined): number {
  const difference = urgency(a) - urgency(b);
  if (difference !== 0 || urgency(a) === kUrgent.length) return difference;
  return failed_share(b) - failed_share(a);
}

// Who was asked nothing has failed less than anybody else.
function failed_share(row: ServiceRow | undefined): number {
  const { good, bad } = row?.golden ?? { good: 0, bad: 0 };
  return good + bad === 0 ? -1 : bad / (good + bad);
}

// Only what has requests can be promised anything of.
export function may_promise(row: Pick<ServiceRow, 'state' | 'tcp'>): boolean {
  return row.state === undefined ? row.tcp == null : row.state !== 'opaque';
}

export interface Standing {
  total: number; // of objectives
  all_healthy: boolean;
  sentence: string; // "all 3 objectives are healthy"
}

// What is said of one, and of several.
const kWords: [ObjectiveState, string, string][] = [
  ['healthy', 'is healthy', 'are healthy'],
  ['exhausted', 'is exhausted', 'are exhausted'],
  ['burning', 'burns', 'burn'],
  ['unreadable', 'cannot be read', 'cannot be read'],
  ['partial data', 'has partial data', 'have partial data'],
  ['no traffic', 'has no traffic', 'have no traffic'],
];

// How the objectives of all services stand. One of a workload is with each of its services, and
// counts once; of one whose service is not there nothing is known but that it is promised.
export function standing_of({ namespaces, objectives }: Dashboard): Standing {
  const states = new Map<string, ObjectiveState>();
  for (const row of namespaces.flatMap((group) => group.services)) {
    for (const { name, state } of row.objectives) states.set(name, state);
  }
  const total = Math.max(objectives ?? 0, states.size);
  const parts = kWords.map(([wanted, one, many]): [number, string, string] => [
    [...states.values()].filter((state) => state === wanted).length,
    one,
    many,
  ]);
  const healthy = parts[0]?.[0] ?? 0;
  if (total > 0 && healthy === total) {
    const who = total === 1 ? 'the one objective is' : `all ${total} objectives are`;
    return { total, all_healthy: true, sentence: `${who} healthy` };
  }
  const told = parts
    .concat([[total - states.size, 'is of what does not run', 'are of what does not run']])
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
  const sentence = `of ${plural(total, 'objective')} ${told.join(', ')}`;
  return { total, all_healthy: false, sentence };
}
