// SPDX-License-Identifier: Apache-2.0
// A shop that does well, with much to see.
import {
  card,
  charts,
  edge,
  event,
  golden,
  kDay,
  kHour,
  kMinute,
  kNow,
  kSecond,
  ref,
  rollout,
  row,
  workload,
} from './shapes.mjs';

const kUntil = kNow - 18 * kSecond;

const payments_cards = [
  card(
    'payments-success-7d',
    'healthy',
    { excluded: '12,120 requests of probes are excluded' },
    {
      description: 'What the checkout needs. Runbook: https://wiki.example/payments',
      counts: { good: 55_156_430, bad: 140 },
      callers: { good: 55_156_430, bad: 140 },
      servers: { good: 55_156_473, bad: 97 },
    },
  ),
  card(
    'payments-latency-30d',
    'burning',
    {
      goal: '99.9% of successful requests over a rolling 30-day window are answered within 50ms',
      allowance: '1 of every 1,000 requests may be late',
      compliance: '99.94%',
      left: '40.2%',
      recent: '99.81%',
      burn: '1.9x',
      budget: "11,040 requests may still be late at this window's traffic",
      outlook: 'at a burn rate of 1.9x the budget is gone in 6 days',
      unsure: '310 of the late answers took 47.9ms to 52.2ms, and some may have been in time',
    },
    {
      kind: 'latency',
      counts: { good: 18_400_000, bad: 10_900 },
      callers: { good: 18_400_000, bad: 10_900 },
      servers: { good: 18_400_000, bad: 10_900 },
      left_share: 0.402,
    },
  ),
  card(
    'payments-refunds-month',
    'no traffic',
    {
      goal:
        '99.5% of all requests over each calendar month (Europe/Berlin) are served ' +
        'successfully',
      allowance: '1 of every 200 requests may fail',
      compliance: 'no traffic',
      left: 'no traffic',
      recent: 'no traffic',
      burn: '',
      budget: 'no requests in this calendar month, so there is no budget',
    },
    { left_share: 0 },
  ),
];

const names = ['payments', 'web', 'ledger', 'graph', 'mail', 'catalogue', 'recommendations'];

function rows() {
  return names.map((name, i) =>
    row(name, golden(120_000 + i * 7_919, i % 3, { rps: 33.3 + i * 41.7, p99_ms: 24 + i * 31 }), {
      objectives:
        i === 0
          ? payments_cards.map((one) => ({
              name: one.name,
              state: one.state,
              left: one.state === 'no traffic' ? '' : one.text.left,
            }))
          : i < 5
            ? [{ name: `${name}-success-7d`, state: 'healthy', left: `${91 - i * 8}.3%` }]
            : [],
      last_rollout: {
        version: `v2.${i}`,
        at_ms: kNow - (i + 1) * 7 * kHour,
        is_ongoing: i === 3,
      },
    }),
  );
}

const history = [
  event('process.7', 'Load test of the checkout', {
    starts_ms: kNow - 4 * kMinute,
    about: ['shop/service/web', 'shop/service/payments'],
    targets: [ref('web'), ref('payments')],
    description: 'Up to **400 rps** for ten minutes. Stop it with `make stop`.',
  }),
  rollout('graph', 'v2.2', 'v2.3', kNow - 2 * kMinute, {
    state: 'ongoing',
    phase: 'side by side',
    ends_ms: null,
    rollout: { from: 'v2.2', to: 'v2.3', pods: 3, ready: 1 },
  }),
  event('process.8', 'Deploy payments from staging to QA', {
    state: 'scheduled',
    starts_ms: kNow + 2 * kHour,
    by: 'grace',
    about: ['shop/service/payments'],
    targets: [ref('payments')],
  }),
  rollout('payments', 'v2.7', 'v2.8', kNow - 26 * kMinute),
  event('cluster.3', 'The agent of local was away for 3 minutes', {
    kind: 'agent',
    state: 'concluded',
    starts_ms: kNow - 2 * kHour,
    ends_ms: kNow - 2 * kHour + 3 * kMinute,
    by: '',
    about: ['cluster'],
  }),
  event('process.4', 'Disks are exchanged', {
    state: 'concluded',
    starts_ms: kNow - 2 * kDay,
    ends_ms: kNow - 2 * kDay + kHour,
    about: ['ns/shop'],
  }),
];

export const busy = {
  session: () => ({ user: 'ada', version: 'edge-26.11.1', can_edit: true }),
  dashboard: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    complete_until_ms: kUntil,
    clusters: [{ name: 'local', connected: true, last_seen_ms: kNow - 3 * kSecond }],
    attention: [
      {
        severity: 'warning',
        title: 'payments-latency-30d burns',
        sentence: 'At a burn rate of 1.9x the budget is gone in 6 days.',
        service: ref('payments'),
        objective: 'payments-latency-30d',
      },
    ],
    namespaces: [
      { cluster: 'local', name: 'shop', meshed_pods: 14, pods: 14, services: rows() },
      {
        cluster: 'local',
        name: 'seine',
        meshed_pods: 2,
        pods: 2,
        services: [
          row('dive', golden(9_120, 0, { rps: 2.5 }), {
            service: ref('dive', 'seine'),
            objectives: [{ name: 'dive-success-7d', state: 'healthy', left: '100%' }],
          }),
        ],
      },
    ],
  }),
  service: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    to_ms: kUntil,
    complete_until_ms: kUntil,
    service: ref('payments'),
    golden: golden(120_000, 3, { excluded: 720, cancelled: 2, rps: 33.3 }),
    objectives: payments_cards,
    workloads: [
      workload(
        'payments',
        [
          { version: 'v2.8', pods: 2, ready: 2 },
          { version: 'v2.7', pods: 1, ready: 1 },
        ],
        golden(120_000, 3, { rps: 33.3 }),
      ),
    ],
    callers: [
      edge('web', golden(101_000, 2, { rps: 28 })),
      edge('graph', golden(18_990, 1, { rps: 5.3 })),
      edge('outside of the mesh', golden(10, 0, { rps: 0.01 }), {
        namespace: '',
        is_service: false,
        secured: false,
      }),
    ],
    callees: [edge('ledger', golden(240_000, 0, { rps: 66.6 }))],
    events: [history[0], history[2], history[3]],
  }),
  charts: () =>
    charts({
      markers: [
        { at_ms: kNow - 26 * kMinute, title: 'Rolled out v2.8', event: history[3].id },
        { at_ms: kNow - 4 * kMinute, title: 'Load test of the checkout', event: history[0].id },
      ],
    }),
  evidence: () => ({
    objective: 'payments-latency-30d',
    from_ms: kNow - 30 * kDay,
    to_ms: kUntil,
    bad: 10_900,
    groups: [
      {
        count: 8_211,
        route: 'POST /charge',
        caller: 'shop/web',
        workload: 'shop/payments',
        version: 'v2.8',
        cause: 'over 50ms',
        example: {
          at_ms: kNow - 9 * kMinute,
          method: 'POST',
          path: '/charge/8f1e?currency=EUR',
          latency_ms: 61.2,
          trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
          detail: '',
        },
      },
      {
        count: 2_400,
        route: 'GET /cards/{id}',
        caller: 'shop/graph',
        workload: 'shop/payments',
        version: 'v2.7',
        cause: 'over 50ms',
        example: null,
      },
    ],
    other: 289,
  }),
  events: () => ({ events: history, next: 'older' }),
  event: (id) => ({
    ...(history.find((one) => one.id === id) ?? history[0]),
    comments: [
      { by: 'grace', at_ms: kNow - 3 * kMinute, text: 'P99 of graph is up to 80 ms, as planned.' },
      { by: 'ada', at_ms: kNow - kMinute, text: 'Halfway through.\nNothing burns.' },
    ],
  }),
};
