// SPDX-License-Identifier: Apache-2.0
// Small makers of what the controller of a mesh answers, as web/src/api/mesh_types.ts has it.
import { golden, kMinute, kNow, kSecond } from './shapes.mjs';

const kUntil = kNow - 8 * kSecond;
const kSpans = { '1m': kMinute, '5m': 5 * kMinute, '10m': 10 * kMinute };

export function mesh_session(user = 'ada') {
  return { user, version: 'edge-26.11.1', can_edit: false, serves: 'mesh' };
}

// Without `lasting`, which the controller does not tell.
export function mesh_row(namespace, name, counts, more = {}) {
  return { namespace, name, ready_pods: 1, pods: 1, golden: counts, tcp: null, ...more };
}

export function mesh_golden(good, bad, more = {}) {
  return golden(good, bad, { rps: (good + bad) / 60, counted_ms: kMinute, ...more });
}

export function mesh_edge(from, to, more = {}) {
  const [from_namespace, from_name] = from.split('/');
  const [to_namespace, to_name] = to.split('/');
  return {
    from_namespace,
    from: from_name,
    to_namespace,
    to: to_name,
    secured: true,
    reason: '',
    client_id: `${from_name}.${from_namespace}`,
    server_id: `${to_name}.${to_namespace}`,
    ...more,
  };
}

export function mesh_answer(search, more = {}) {
  return {
    cluster: 'local',
    now_ms: kNow,
    from_ms: kUntil - kSpans[search?.get('last') ?? '1m'],
    to_ms: kUntil,
    note: '',
    services: [],
    workloads: [],
    edges: [],
    ...more,
  };
}
