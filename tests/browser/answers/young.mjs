// SPDX-License-Identifier: Apache-2.0
// A mesh of four minutes: nothing is promised of anything, one service fails, and mail only
// forwards bytes.
import { busy } from './busy.mjs';
import {
  charts,
  edge,
  golden,
  kHour,
  kMinute,
  kNow,
  kSecond,
  ref,
  row,
  workload,
} from './shapes.mjs';

const kLength = 4 * kMinute;
const kTcp = { opened: 96, closed: 94, failed: 2, read_bytes: 61_440, written_bytes: 1_948_672 };
const kTcpIdle = { opened: 0, closed: 0, failed: 0, read_bytes: 0, written_bytes: 812 };

const young = (good, bad, more) => golden(good, bad, { counted_ms: kLength, ...more });

const rows = () => [
  row('graph', young(2_400, 0, { rps: 10 }), { state: 'no objective' }),
  row('ledger', young(0, 0, { rps: 0 }), { state: 'no objective' }),
  row('mail', young(0, 0, { rps: null, counted_ms: 0 }), { state: 'opaque', tcp: kTcp }),
  row('queue', young(0, 0, { rps: null, counted_ms: 0 }), { state: 'opaque', tcp: kTcpIdle }),
  row('payments', young(3_788, 312, { rps: 17.1 }), { state: 'no objective' }),
  row('web', young(4_090, 31, { rps: 17.2 }), { state: 'no objective' }),
];

export const young_mesh = {
  session: busy.session,
  dashboard: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    complete_until_ms: kNow - 20 * kSecond,
    clusters: [{ name: 'local', connected: true, last_seen_ms: kNow, problem: '' }],
    attention: [
      {
        severity: 'warning',
        title: 'shop/payments: requests fail',
        sentence: '312 of 4,100 requests failed, and no objective says how many may.',
        service: ref('payments'),
        objective: null,
      },
    ],
    namespaces: [
      {
        cluster: 'local',
        name: 'seine',
        meshed_pods: 2,
        pods: 2,
        services: [
          row('dive', young(912, 0, { rps: 2.5 }), {
            service: ref('dive', 'seine'),
            state: 'no objective',
          }),
        ],
      },
      { cluster: 'local', name: 'shop', meshed_pods: 9, pods: 9, services: rows() },
    ],
    objectives: 0,
    without_objective: 5,
    suggestion: {
      service: ref('payments'),
      sentence: '312 of 4,100 requests to payments failed in this span',
    },
  }),
  // The page of mail.
  service: () => ({
    ...busy.service(),
    state: 'opaque',
    golden: young(0, 0, { rps: null, counted_ms: 0 }),
    tcp: kTcp,
    problems: [],
    objectives: [],
    workloads: [
      workload('mail', [{ version: 'v1', pods: 1, ready: 1 }], young(0, 0, { rps: null }), {
        requests_per_day: 0,
        last_rollout_ms: null,
      }),
    ],
    callers: [
      edge('web', young(0, 0, { rps: null }), { tcp: kTcp }),
      edge('traffic', young(0, 0, { rps: null }), { tcp: kTcpIdle }),
    ],
    callees: [],
    events: [],
  }),
  charts: () => charts({ quiet: true }),
  evidence: busy.evidence,
  events: () => ({ events: [], next: null }),
  event: busy.event,
};
