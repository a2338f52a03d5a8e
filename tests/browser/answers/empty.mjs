// SPDX-License-Identifier: Apache-2.0
// A mesh of a minute ago: nothing runs, nothing is promised.
import { busy } from './busy.mjs';
import { charts, event, golden, kHour, kNow, ref } from './shapes.mjs';

export const empty = {
  session: busy.session,
  dashboard: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    complete_until_ms: null,
    clusters: [{ name: 'local', connected: true, last_seen_ms: kNow }],
    attention: [],
    namespaces: [{ cluster: 'local', name: 'default', meshed_pods: 0, pods: 0, services: [] }],
  }),
  service: () => ({
    now_ms: kNow,
    from_ms: kNow - kHour,
    to_ms: kNow,
    complete_until_ms: null,
    service: ref('payments'),
    golden: golden(0, 0),
    objectives: [],
    workloads: [],
    callers: [],
    callees: [],
    events: [],
  }),
  charts: () => charts({ quiet: true }),
  evidence: () => ({
    objective: 'x',
    from_ms: kNow - kHour,
    to_ms: kNow,
    bad: 0,
    groups: [],
    other: 0,
  }),
  events: () => ({ events: [], next: null }),
  event: (id) => ({ ...event(id, 'Deploy payments from staging to QA'), by: '', comments: [] }),
};
