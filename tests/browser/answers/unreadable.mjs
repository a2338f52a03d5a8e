// SPDX-License-Identifier: Apache-2.0
// A shop in which one objective and one cluster cannot be read, and all else can.
import { busy } from './busy.mjs';
import { card, charts, golden, kHour, kNow, kSecond, ref, row } from './shapes.mjs';

const kWhy = 'its counts are of 20,412 series, more than the 20,000 that are read at once';
const kZone = 'the time zone Europe/Atlantis is not known on this machine';
const kCluster = 'the database is locked by another process';

const unreadable = card(
  'payments-all-routes-90d',
  'unreadable',
  {
    goal: '99.9% of all requests over a rolling 90-day window are served successfully',
    allowance: '1 of every 1,000 requests may fail',
    compliance: '',
    left: '',
    spent: '',
    recent: '',
    burn: '',
    budget: `how it stands cannot be told: ${kWhy}`,
  },
  { problem: kWhy, left_share: 0 },
);
const no_zone = card(
  'payments-month',
  'unreadable',
  {
    goal:
      '99.5% of all requests over each calendar month (Europe/Atlantis) are served successfully',
    allowance: '1 of every 200 requests may fail',
    compliance: '',
    left: '',
    spent: '',
    recent: '',
    burn: '',
    budget: `how it stands cannot be told: ${kZone}`,
  },
  { problem: kZone, left_share: 0 },
);

export const unreadable_parts = {
  ...busy,
  dashboard: () => {
    const whole = busy.dashboard();
    const services = whole.namespaces[0].services;
    services[0] = {
      ...services[0],
      state: 'unreadable',
      objectives: [
        { name: unreadable.name, state: 'unreadable', left: '' },
        { name: 'payments-success-7d', state: 'healthy', left: '71.4%' },
      ],
    };
    return {
      ...whole,
      clusters: [
        { name: 'local', connected: true, last_seen_ms: kNow, problem: '' },
        { name: 'edge-frankfurt', connected: true, last_seen_ms: kNow, problem: kCluster },
      ],
      attention: [
        {
          severity: 'failing',
          title: `${unreadable.name}: it cannot be read`,
          sentence:
            `How it stands cannot be told: ${kWhy}. ` +
            'Until it can, nobody is told of its budget.',
          service: ref('payments'),
          objective: unreadable.name,
        },
        {
          severity: 'failing',
          title: 'edge-frankfurt: its counts cannot be read',
          sentence:
            'The database is locked by another process. Its services are shown without figures.',
          service: null,
          objective: null,
        },
      ],
      namespaces: [
        ...whole.namespaces,
        {
          cluster: 'edge-frankfurt',
          name: 'shop',
          meshed_pods: 0,
          pods: 3,
          services: ['payments', 'web'].map((name) =>
            row(name, golden(0, 0, { rps: null }), {
              service: ref(name, 'shop', 'edge-frankfurt'),
              state: 'unreadable',
              problem: kCluster,
              coverage: { measured: 0, expected: 0 },
            }),
          ),
        },
      ],
      objectives: 7,
      without_objective: 2,
      suggestion: null,
    };
  },
  service: () => ({
    ...busy.service(),
    from_ms: kNow - kHour,
    problems: ['what it was asked cannot be read: the database is locked by another process'],
    golden: golden(0, 0, { rps: null }),
    callers: [],
    objectives: [unreadable, ...busy.service().objectives.slice(0, 1), no_zone],
    callees: [],
  }),
  charts: () => charts({ steps: 11, step_ms: 10 * kSecond }),
};
