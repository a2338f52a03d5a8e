// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { DiveEvent, EvidenceGroup, ObjectiveCard } from '../api/types';
import {
  about_of,
  card_sentences,
  description_of,
  grouped,
  named,
  sentence,
  targets_of,
  views_differ,
} from './sentences';

const kText: ObjectiveCard['text'] = {
  goal: '',
  allowance: '',
  compliance: '',
  left: '',
  spent: '',
  recent: '',
  burn: '',
  budget: 'no request may still fail',
  outlook: '',
  coverage: '',
  unsure: '',
  excluded: '',
};

function card(more: Partial<ObjectiveCard>): ObjectiveCard {
  return {
    name: 'x',
    description: '',
    kind: 'success',
    state: 'healthy',
    from_ms: 0,
    to_ms: 1,
    text: kText,
    counts: { good: 0, bad: 0 },
    callers: { good: 0, bad: 0 },
    servers: { good: 0, bad: 0 },
    left_share: 1,
    ...more,
  };
}

function event(more: Partial<DiveEvent>): DiveEvent {
  return {
    id: '1',
    kind: 'process',
    state: 'ongoing',
    phase: '',
    title: 'x',
    description: '',
    starts_ms: 0,
    ends_ms: null,
    by: '',
    targets: [],
    about: [],
    rollout: null,
    ...more,
  };
}

describe('sentences of a card', () => {
  it('begin with a capital and end with a full stop', () => {
    expect(sentence('no request may fail')).toBe('No request may fail.');
    expect(sentence('')).toBe('');
  });
  it('keep the stop that they have, and a name at their begin', () => {
    expect(sentence('The database is locked.')).toBe('The database is locked.');
    expect(sentence('payments-success-7d is not known')).toBe('payments-success-7d is not known.');
    expect(sentence('about: there is no "srv/x"')).toBe('about: there is no "srv/x".');
  });
  it('are those that there are, the budget first', () => {
    const text = { ...kText, excluded: '2 requests of probes are excluded' };
    expect(card_sentences(card({ text }))).toEqual([
      'No request may still fail.',
      '2 requests of probes are excluded.',
    ]);
  });
  it('tell of two views only where both ends saw requests and not the same', () => {
    const seen = { good: 10, bad: 1 };
    expect(views_differ(card({ callers: seen, servers: seen }))).toBe(false);
    expect(views_differ(card({ callers: seen }))).toBe(false);
    expect(views_differ(card({ callers: seen, servers: { good: 11, bad: 0 } }))).toBe(true);
  });
});

describe('a group of evidence', () => {
  it('says what it means that a word is missing', () => {
    const group: EvidenceGroup = {
      count: 1,
      route: '',
      caller: 'shop/web',
      workload: '',
      version: '',
      cause: 'connect timeout',
      example: null,
    };
    expect(named(group)).toEqual({
      cause: 'connect timeout',
      route: 'no route matched',
      caller: 'shop/web',
      workload: 'nobody was reached',
      version: 'none',
    });
  });
});

describe('the description of an event', () => {
  const rollout = { from: 'v1', to: 'v2', pods: 1, ready: 1 };
  it('is left out where a rollout says it already', () => {
    expect(description_of(event({ description: 'v1 → v2', rollout }))).toBe('');
    expect(description_of(event({ description: 'v1 → v2' }))).toBe('v1 → v2');
    expect(description_of(event({ description: 'faster', rollout }))).toBe('faster');
  });
});

describe('what an event is about', () => {
  const payments = { cluster: 'c', namespace: 'shop', name: 'payments' };
  it('leads to the pages of services', () => {
    const told = event({ about: ['shop/service/payments', 'ns/shop'], targets: [payments] });
    expect(about_of(told)).toEqual([
      { text: 'shop/service/payments', service: payments },
      { text: 'ns/shop', service: null },
    ]);
  });
  it('names the services in front of a workload, too', () => {
    const rollout = event({ about: ['shop/deployment/payments'], targets: [payments] });
    expect(about_of(rollout)).toEqual([
      { text: 'shop/deployment/payments', service: null },
      { text: 'shop/service/payments', service: payments },
    ]);
  });
  it('is what was chosen and what is typed, each once', () => {
    expect(targets_of(['ns/shop'], ' svc/web,ns/shop  svc/web,')).toEqual(['ns/shop', 'svc/web']);
    expect(targets_of([], ' ')).toEqual([]);
  });
  it('keeps services of the same name apart by their cluster', () => {
    const other = { ...payments, cluster: 'd' };
    const both = ['shop/service/payments', 'shop/service/payments'];
    const told = event({ about: both, targets: [payments, other] });
    expect(about_of(told).map((one) => one.service)).toEqual([payments, other]);
  });
});

describe('a list of events', () => {
  it('shows what goes on, then what is to come, then what is over, each as it came', () => {
    const events = [
      event({ id: 'a', state: 'concluded' }),
      event({ id: 'b', state: 'scheduled' }),
      event({ id: 'c' }),
      event({ id: 'd', state: 'undone' }),
      event({ id: 'e' }),
    ];
    const ids = grouped(events).map(([group, members]) => [group, members.map(({ id }) => id)]);
    expect(ids).toEqual([
      ['ongoing', ['c', 'e']],
      ['scheduled', ['b']],
      ['earlier', ['a', 'd']],
    ]);
  });
  it('has no empty group', () => {
    expect(grouped([])).toEqual([]);
  });
});
