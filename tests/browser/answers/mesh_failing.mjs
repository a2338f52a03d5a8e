// SPDX-License-Identifier: Apache-2.0
// A mesh without Dive on a bad day: requests and connections fail, pods are not ready, some of what
// is spoken is no mutual TLS, and not all proxies have told.
import { mesh_busy } from './mesh_busy.mjs';
import { mesh_edge, mesh_golden, mesh_session } from './mesh_shapes.mjs';

const kTcp = { opened: 96, closed: 96, failed: 31, read_bytes: 61_440, written_bytes: 9_012 };

const changes = {
  payments: {
    ready_pods: 1,
    golden: mesh_golden(1_204, 743, { p99_ms: 59_000, counted_ms: 22_000 }),
  },
  ledger: { ready_pods: 0, golden: mesh_golden(0, 412, { p50_ms: 1, p95_ms: 1, p99_ms: 1 }) },
  mail: { tcp: kTcp },
  nightly: { ready_pods: 0, pods: 0 },
};

const open = (from, to, reason, client_id = '') =>
  mesh_edge(from, to, { secured: false, reason, client_id, server_id: '' });

export const mesh_failing = {
  session: () => mesh_session(),
  mesh: (search) => {
    const mesh = mesh_busy.mesh(search);
    const changed = (row) => ({ ...row, ...changes[row.name] });
    return {
      ...mesh,
      note: 'not all is known yet: 1 of 9 proxies has not told of this time',
      services: mesh.services.map(changed),
      workloads: mesh.workloads.map(changed),
      edges: [
        ...mesh.edges,
        open('shop/web', 'shop/old-till', 'not_provided_by_service_discovery'),
        open('shop/old-till', 'shop/ledger', 'no_tls_from_remote'),
        open('shop/graph', 'shop/graph', 'loopback', 'graph.shop'),
        open('reports/nightly', 'shop/mail', 'disabled'),
        open('reports/nightly', 'shop/web', 'a_reason_of_next_year'),
        open('reports/nightly', 'shop/graph', 'unknown'),
      ],
    };
  },
};
