// SPDX-License-Identifier: Apache-2.0
// What runs in a mesh, and how it does, from the counts that its controller holds.
import { Link } from 'wouter';

import { useMesh } from '../../api/queries';
import type { Mesh, MeshRow } from '../../api/mesh_types';
import { FirstProgram } from '../../components/first_program';
import { GoldenHeads, TrafficCells } from '../../components/golden_cells';
import { Loading, Problem, Stale } from '../../components/problem';
import { TableBox } from '../../components/table_box';
import { clock_text, count_text } from '../../lib/figures';
import { edges_link, kMeshLasts, namespaces_of, type MeshNamespace } from '../../lib/mesh';
import { range_words } from '../../lib/range';
import { useTitle } from '../../lib/title';
import { useMeshLast } from '../../state/mesh_last';
import { MeshNote } from './mesh_note';

export function MeshPage() {
  useTitle('Mesh');
  const [last] = useMeshLast();
  const mesh = useMesh(last);
  const { data, error } = mesh;
  return (
    <>
      <Head until_ms={data?.to_ms} />
      {data !== undefined ? (
        <Content mesh={data} error={error} />
      ) : error !== null ? (
        <Problem error={error} again={() => void mesh.refetch()} />
      ) : (
        <Loading what="the mesh" />
      )}
    </>
  );
}

function Head({ until_ms }: { until_ms: number | undefined }) {
  const [last, choose] = useMeshLast();
  const span = range_words({ last }, String);
  return (
    <div className="page-head">
      <div>
        <h1>Mesh</h1>
        <p className="soft small">
          {span.charAt(0).toUpperCase() + span.slice(1)}
          {until_ms !== undefined && <span className="until">, until {clock_text(until_ms)}</span>}
        </p>
      </div>
      <div className="ranges" role="group" aria-label="Span of time">
        <span className="choice">
          {kMeshLasts.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === last}
              title={range_words({ last: one }, String)}
              onClick={() => choose(one)}
            >
              {one}
            </button>
          ))}
        </span>
      </div>
    </div>
  );
}

function Content({ mesh, error }: { mesh: Mesh; error: Error | null }) {
  const namespaces = namespaces_of(mesh);
  return (
    <>
      <Stale error={error} />
      <MeshNote note={mesh.note} />
      {namespaces.map((namespace) => (
        <Namespace key={namespace.name} namespace={namespace} span_ms={mesh.to_ms - mesh.from_ms} />
      ))}
      {namespaces.length === 0 && (
        <section className="empty">
          <h2>Nothing runs in the mesh yet</h2>
          <FirstProgram />
        </section>
      )}
      <p className="soft small foot">
        Objectives, history and events come with Dive, which <code>seine up</code> runs unless it is
        told <code>--no-dive</code>.
      </p>
    </>
  );
}

function Namespace({ namespace, span_ms }: { namespace: MeshNamespace; span_ms: number }) {
  const { name, services, workloads } = namespace;
  return (
    <section aria-label={`Namespace ${name}`}>
      <div className="section-head">
        <h2 className="name">{name}</h2>
      </div>
      <div className="tables">
        {services.length > 0 && (
          <Rows
            title="Service"
            caption="Services, as their callers saw them"
            rows={services}
            span_ms={span_ms}
          />
        )}
        {workloads.length > 0 && (
          <Rows
            title="Workload"
            caption="Workloads, by what they received"
            rows={workloads}
            span_ms={span_ms}
            has_edges
          />
        )}
      </div>
    </section>
  );
}

interface RowsGiven {
  title: string; // of what the rows are
  caption: string;
  rows: MeshRow[];
  span_ms: number;
  has_edges?: boolean;
}

function Rows({ title, caption, rows, span_ms, has_edges = false }: RowsGiven) {
  const [last] = useMeshLast();
  return (
    <TableBox kind="mesh">
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col" className="col-first">
            {title}
          </th>
          <th scope="col" className="col-pods">
            Pods
          </th>
          <GoldenHeads />
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">
              {has_edges ? (
                <Link className="name" href={edges_link(row.namespace, row.name, last)}>
                  {row.name}
                </Link>
              ) : (
                <span className="name">{row.name}</span>
              )}
            </th>
            <td data-label="Pods">
              <Pods row={row} />
            </td>
            <TrafficCells golden={row.golden} tcp={row.tcp} span_ms={span_ms} />
          </tr>
        ))}
      </tbody>
    </TableBox>
  );
}

function Pods({ row: { ready_pods, pods } }: { row: MeshRow }) {
  if (pods === 0) return <span className="soft">none</span>;
  return (
    <span className={ready_pods < pods ? 'lacking' : undefined}>
      {count_text(ready_pods)} of {count_text(pods)} ready
    </span>
  );
}
