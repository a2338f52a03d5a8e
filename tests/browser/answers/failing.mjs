// SPDX-License-Identifier: Apache-2.0
// The same shop on a bad day: one route of payments v2.8 fails for one caller, counts are missing,
// a rollout is stuck, an agent is silent.
import { busy } from './busy.mjs';
import {
  card,
  charts,
  edge,
  event,
  golden,
  kHour,
  kMinute,
  kNow,
  kSecond,
  ref,
  rollout,
  row,
  workload,
} from './shapes.mjs';

const cards = [
  card(
    'payments-success-7d',
    'exhausted',
    {
      compliance: '96.1%',
      left: '-289.7%',
      spent: '389.7%',
      recent: '88.2%',
      burn: '11.8x',
      budget:
        '553 failures over budget; recovers after 55,232 good requests in a row, or in 4 days as ' +
        'old failures age out',
      excluded: '120 requests of probes are excluded',
    },
    {
      counts: { good: 18_325, bad: 743 },
      callers: { good: 18_325, bad: 743 },
      servers: { good: 18_368, bad: 700 },
      left_share: 0,
    },
  ),
  card(
    'payments-latency-30d',
    'partial data',
    {
      goal: '99.9% of successful requests over a rolling 30-day window are answered within 50ms',
      allowance: '1 of every 1,000 requests may be late',
      compliance: '99.94%',
      left: '40.2%',
      recent: '99.95%',
      burn: '0.5x',
      budget: "11 requests may still be late at this window's traffic",
      coverage: '91.4% of the counts are there; until they are complete this is no verdict',
    },
    { kind: 'latency', counts: { good: 18_000, bad: 7 }, left_share: 0.402 },
  ),
];

const gap = { from_ms: kNow - 41 * kMinute, to_ms: kNow - 35 * kMinute };
const stuck = rollout('payments', 'v2.7', 'v2.8', kNow - 26 * kMinute, {
  state: 'ongoing',
  phase: 'stalled',
  ends_ms: null,
  rollout: { from: 'v2.7', to: 'v2.8', pods: 3, ready: 1 },
});
const undone = rollout('web', 'v5', 'v6', kNow - 90 * kMinute, { state: 'undone' });
const overdue = event('process.9', 'Deploy payments from staging to QA', {
  state: 'scheduled',
  phase: 'overdue',
  starts_ms: kNow - 15 * kMinute,
  about: ['shop/service/payments'],
  targets: [ref('payments')],
});

export const failing = {
  session: busy.session,
  dashboard: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    complete_until_ms: kNow - 2 * kMinute,
    clusters: [
      { name: 'local', connected: true, last_seen_ms: kNow },
      { name: 'edge-frankfurt', connected: false, last_seen_ms: kNow - 17 * kMinute },
    ],
    attention: [
      {
        severity: 'failing',
        title: 'payments-success-7d: the budget is gone',
        sentence:
          '553 failures over budget; recovers after 55,232 good requests in a row, or in 4 days ' +
          'as old failures age out.',
        service: ref('payments'),
        objective: 'payments-success-7d',
      },
      {
        severity: 'warning',
        title: 'The rollout of payments v2.8 is stuck',
        sentence: '1 of 3 pods has been ready for 24 minutes; see what the others wait for.',
        service: ref('payments'),
        objective: null,
      },
      {
        severity: 'warning',
        title: 'The agent of edge-frankfurt is silent',
        sentence: 'Nothing was heard of it for 17 minutes; its counts come when it is back.',
        service: null,
        objective: null,
      },
    ],
    namespaces: [
      {
        cluster: 'local',
        name: 'shop',
        meshed_pods: 5,
        pods: 7,
        services: [
          row('payments', golden(16_100, 1_912, { rps: 5, p99_ms: 1_204 }), {
            objectives: cards.map(({ name, state, text }) => ({ name, state, left: text.left })),
            coverage: { measured: 3_000_000, expected: 3_600_000 },
            last_rollout: { version: 'v2.8', at_ms: kNow - 26 * kMinute, is_ongoing: true },
          }),
          row('web', golden(99_000, 1_912, { rps: 28 }), {
            objectives: [{ name: 'web-success-7d', state: 'burning', left: '12.0%' }],
          }),
          row('ledger', golden(0, 0)),
        ],
      },
      {
        cluster: 'edge-frankfurt',
        name: 'shop',
        meshed_pods: 0,
        pods: 3,
        services: [
          row('payments', golden(0, 0, { rps: null }), {
            service: ref('payments', 'shop', 'edge-frankfurt'),
            objectives: [{ name: 'payments-success-7d', state: 'exhausted', left: '-289.7%' }],
            coverage: { measured: 0, expected: 3_600_000 },
          }),
        ],
      },
    ],
  }),
  service: () => ({
    ...busy.service(),
    golden: golden(16_100, 1_912, { rps: 5, p99_ms: 1_204, excluded: 720 }),
    objectives: cards,
    workloads: [
      workload(
        'payments',
        [
          { version: 'v2.8', pods: 2, ready: 0 },
          { version: 'v2.7', pods: 1, ready: 1 },
        ],
        golden(16_100, 1_912, { rps: 5, p99_ms: 1_204 }),
      ),
    ],
    callers: [
      edge('web', golden(4_100, 1_912, { rps: 1.7, p99_ms: 1_204 })),
      edge('graph', golden(12_000, 0, { rps: 3.3 })),
    ],
    callees: [],
    events: [stuck, overdue],
  }),
  charts: () =>
    charts({
      bad_from: 68,
      share: 0.12,
      gaps: [gap],
      markers: [{ at_ms: kNow - 26 * kMinute, title: 'Rolled out v2.8', event: stuck.id }],
    }),
  evidence: () => ({
    objective: 'payments-success-7d',
    from_ms: kNow - 168 * kHour,
    to_ms: kNow - 20 * kSecond,
    bad: 743,
    groups: [
      {
        count: 702,
        route: 'POST /charge',
        caller: 'shop/web',
        workload: 'shop/payments',
        version: 'v2.8',
        cause: 'HTTP 503',
        example: {
          at_ms: kNow - 40 * kSecond,
          method: 'POST',
          path: '/charge',
          latency_ms: 3.4,
          trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
          detail: 'the ledger says no: account 17 is locked',
        },
      },
      {
        count: 38,
        route: '',
        caller: 'shop/web',
        workload: '',
        version: '',
        cause: 'connect timeout',
        example: null,
      },
    ],
    other: 3,
  }),
  events: () => ({ events: [stuck, overdue, undone], next: null }),
  event: () => ({ ...overdue, comments: [] }),
};
