// SPDX-License-Identifier: Apache-2.0
// What is said in words of a card, of evidence and of an event.
import type { DiveEvent, EvidenceGroup, ObjectiveCard, ServiceRef } from '../api/types';

// A part of one as a whole: from a capital to a full stop. A name at its begin stays as it is.
export function sentence(text: string): string {
  if (text === '') return '';
  const begin = /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() : text.charAt(0);
  return `${begin}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

// Those that there are: the budget first.
export function card_sentences({ text }: ObjectiveCard): string[] {
  return [text.budget, text.outlook, text.coverage, text.unsure, text.excluded]
    .filter((line) => line !== undefined && line !== '')
    .map(sentence);
}

// Whether both ends saw requests, and not the same.
export function views_differ({ callers, servers }: ObjectiveCard): boolean {
  if (callers.good + callers.bad === 0 || servers.good + servers.bad === 0) return false;
  return callers.good !== servers.good || callers.bad !== servers.bad;
}

// Of an empty word: what its absence means.
export function named(group: EvidenceGroup) {
  return {
    cause: group.cause || 'an unknown cause',
    route: group.route || 'no route matched',
    caller: group.caller || 'unknown',
    workload: group.workload || 'nobody was reached',
    version: group.version || 'none',
  };
}

// Empty where a rollout's says only from what to what, which is shown with it anyway.
export function description_of({ description, rollout }: DiveEvent): string {
  return rollout !== null && description === `${rollout.from} → ${rollout.to}` ? '' : description;
}

// "shop/service/payments" is the page of one of the targets; "shop/deployment/web" is none.
export function about_of(event: DiveEvent): { text: string; service: ServiceRef | null }[] {
  const rest = [...event.targets];
  const about = (event.about ?? []).map((text) => {
    const found = rest.findIndex(
      (target) => text === `${target.namespace}/service/${target.name}`,
    );
    return { text, service: found < 0 ? null : (rest.splice(found, 1)[0] ?? null) };
  });
  // A rollout of a workload is on the pages of services in front of it.
  return about.concat(
    rest.map((target) => ({ text: `${target.namespace}/service/${target.name}`, service: target })),
  );
}

// What was chosen, and what is typed after it: each once, in this order.
export function targets_of(chosen: string[], text: string): string[] {
  const typed = text.split(/[\s,]+/).filter((word) => word !== '');
  return [...new Set([...chosen, ...typed])];
}

export type EventGroup = 'ongoing' | 'scheduled' | 'earlier';

// In the order in which they are shown; within one, as they came.
export function grouped(events: DiveEvent[]): [EventGroup, DiveEvent[]][] {
  const group_of = (event: DiveEvent): EventGroup =>
    event.state === 'ongoing' || event.state === 'scheduled' ? event.state : 'earlier';
  return (['ongoing', 'scheduled', 'earlier'] as const)
    .map((group): [EventGroup, DiveEvent[]] => [
      group,
      events.filter((event) => group_of(event) === group),
    ])
    .filter(([, members]) => members.length > 0);
}
