// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { Dashboard, NamespaceGroup, ObjectiveState, ServiceRow } from '../api/types';
import { failing_first, may_promise, standing_of } from './services';

function row(name: string, good: number, bad: number, ...states: ObjectiveState[]): ServiceRow {
  return {
    service: { cluster: 'c', namespace: 'shop', name },
    golden: {
      good,
      bad,
      excluded: 0,
      cancelled: 0,
      rps: null,
      p50_ms: null,
      p95_ms: null,
      p99_ms: null,
    },
    objectives: states.map((state, i) => ({ name: `${name}-${i}`, state, left: '' })),
    coverage: { measured: 0, expected: 0 },
    last_rollout: null,
  };
}

function group(name: string, ...services: ServiceRow[]): NamespaceGroup {
  return { cluster: 'c', name, meshed_pods: 0, pods: 0, services };
}

function dashboard(...namespaces: NamespaceGroup[]): Dashboard {
  return {
    now_ms: 0,
    from_ms: 0,
    complete_until_ms: null,
    clusters: [],
    attention: [],
    namespaces,
  };
}

function names(groups: NamespaceGroup[]): string[] {
  return groups.flatMap((one) => one.services.map(({ service }) => service.name));
}

describe('services', () => {
  it('come with those that fail first, the worst success before the others', () => {
    const well = [row('a', 100, 0), row('b', 999, 1), row('quiet', 0, 0)];
    const bad = [row('c', 90, 10), row('d', 50, 50)];
    expect(names(failing_first([group('shop', ...well, ...bad)]))).toEqual([
      'd',
      'c',
      'a',
      'b',
      'quiet',
    ]);
  });
  it('whose budget is gone or burns come before those that nothing was promised of', () => {
    const rows = [
      row('unpromised', 1, 99),
      row('burns', 100, 0, 'healthy', 'burning'),
      row('gone-quiet', 0, 0, 'exhausted'),
      row('gone', 90, 10, 'exhausted'),
    ];
    expect(names(failing_first([group('shop', ...rows)]))).toEqual([
      'gone',
      'gone-quiet',
      'burns',
      'unpromised',
    ]);
  });
  it('lead their namespace to the top when they fail, and else leave it where it is', () => {
    const groups = [
      group('a', row('well', 9, 0)),
      group('empty'),
      group('b', row('fails', 1, 9)),
      group('c', row('fails-worse', 0, 9)),
    ];
    const order = failing_first(groups).map(({ name }) => name);
    expect(order).toEqual(['c', 'b', 'a', 'empty']);
  });
  it('of forwarded bytes cannot be promised anything of', () => {
    const tcp = { opened: 1, closed: 0, failed: 0, read_bytes: 0, written_bytes: 0 };
    expect(may_promise(row('web', 0, 0))).toBe(true);
    expect(may_promise({ ...row('mail', 0, 0), tcp })).toBe(false);
    expect(may_promise({ ...row('mail', 0, 0), state: 'opaque' })).toBe(false);
    expect(may_promise({ ...row('both', 1, 0), state: 'no objective', tcp })).toBe(true);
  });
});

describe('objectives as a whole', () => {
  it('are not well where there is none', () => {
    expect(standing_of(dashboard(group('shop', row('web', 9, 0))))).toMatchObject({
      total: 0,
      all_healthy: false,
    });
  });
  it('are well where each is', () => {
    const one = dashboard(group('shop', row('web', 9, 0, 'healthy')));
    expect(standing_of(one)).toMatchObject({
      all_healthy: true,
      sentence: 'the one objective is healthy',
    });
    const two = dashboard(group('shop', row('web', 9, 0, 'healthy', 'healthy')));
    expect(standing_of(two).sentence).toBe('all 2 objectives are healthy');
  });
  it('are not where one has no traffic, and are counted by their states', () => {
    const mixed = dashboard(group('shop', row('web', 9, 0, 'healthy', 'no traffic', 'healthy')));
    expect(standing_of(mixed)).toEqual({
      total: 3,
      all_healthy: false,
      sentence: 'of 3 objectives 2 are healthy, 1 has no traffic',
    });
  });
  it('count once where several services show them, and also where none does', () => {
    const shared = row('web', 9, 0, 'healthy');
    const twice = { ...row('api', 9, 0), objectives: shared.objectives };
    const told = { ...dashboard(group('shop', shared, twice)), objectives: 2 };
    expect(standing_of(told)).toMatchObject({
      total: 2,
      all_healthy: false,
      sentence: 'of 2 objectives 1 is healthy, 1 is of what does not run',
    });
  });
});
