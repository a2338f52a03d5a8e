// SPDX-License-Identifier: Apache-2.0
// A mesh without Dive: a shop that does well, and one program of another namespace.
import { mesh_answer, mesh_edge, mesh_golden, mesh_row, mesh_session } from './mesh_shapes.mjs';

const kTcp = { opened: 96, closed: 92, failed: 0, read_bytes: 61_440, written_bytes: 1_966_080 };
const kPods = { payments: 3, web: 2, ledger: 2 };

// Of one minute; of more minutes more.
function rows(minutes, lost) {
  const shop = ['payments', 'web', 'ledger', 'graph'].map((name, i) =>
    mesh_row(
      'shop',
      name,
      mesh_golden((2_000 + i * 1_319 - lost) * minutes, i % 2, {
        rps: 33.3 + i * 22,
        excluded: 12,
        p99_ms: 24 + i * 31,
      }),
      { ready_pods: kPods[name] ?? 1, pods: kPods[name] ?? 1 },
    ),
  );
  return [
    ...shop,
    mesh_row('shop', 'mail', mesh_golden(0, 0, { rps: null }), { tcp: kTcp }),
    mesh_row('reports', 'nightly', mesh_golden(0, 0, { rps: 0 })),
  ];
}

export const mesh_busy = {
  session: () => mesh_session(),
  mesh: (search) => {
    const minutes = Number.parseInt(search?.get('last') ?? '1', 10);
    return mesh_answer(search, {
      services: rows(minutes, 0),
      workloads: [
        ...rows(minutes, 3),
        mesh_row('shop', 'traffic', mesh_golden(0, 0, { rps: null })),
      ],
      edges: [
        mesh_edge('shop/traffic', 'shop/web'),
        mesh_edge('shop/web', 'shop/payments'),
        mesh_edge('shop/web', 'shop/graph'),
        mesh_edge('shop/web', 'shop/mail'),
        mesh_edge('shop/graph', 'shop/payments'),
        mesh_edge('shop/payments', 'shop/ledger'),
        mesh_edge('reports/nightly', 'shop/ledger'),
      ],
    });
  },
};
