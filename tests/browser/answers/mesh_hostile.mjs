// SPDX-License-Identifier: Apache-2.0
// Whatever somebody may call a workload, and figures of any size.
import { kArabic, kLong, kMarkdown, kRightToLeft, kWithoutEnd } from './hostile.mjs';
import { mesh_answer, mesh_edge, mesh_golden, mesh_row, mesh_session } from './mesh_shapes.mjs';

const kNames = [kLong, kWithoutEnd, kRightToLeft, kArabic, '<b>x</b>', 'a b/c%2Fd?e#f'];
const kTcp = { opened: 9e14, closed: 1, failed: 8e14, read_bytes: 9e17, written_bytes: 9e17 };
const many = mesh_golden(9e14, 3, { rps: 1e9, p50_ms: 59_999, p95_ms: 3e6, p99_ms: 9e6 });

function rows(namespace) {
  return kNames.map((name, i) =>
    mesh_row(namespace, name, i === 4 ? mesh_golden(0, 0) : many, {
      ready_pods: i === 1 ? 9_998 : 9_999,
      pods: 9_999,
      tcp: i === 4 ? kTcp : null,
    }),
  );
}

export const mesh_hostile = {
  session: () => mesh_session(kRightToLeft + kLong),
  mesh: (search) =>
    mesh_answer(search, {
      note: kMarkdown,
      services: rows(kWithoutEnd),
      workloads: [...rows(kWithoutEnd), ...rows(kRightToLeft)],
      edges: kNames.flatMap((from, i) => {
        const to = kNames[(i + 1) % kNames.length];
        const ends = { from_namespace: kRightToLeft, from, to_namespace: kWithoutEnd, to };
        const ids = { client_id: `${from}.${kRightToLeft}`, server_id: `${to}.${kWithoutEnd}` };
        const of = (more) => ({ ...mesh_edge('a/b', 'c/d'), ...ends, ...ids, ...more });
        const back = { from_namespace: kWithoutEnd, from: to, to_namespace: kRightToLeft };
        const open = { ...back, to: from, secured: false, reason: kWithoutEnd, server_id: '' };
        return [of({}), of(open)];
      }),
    }),
};
