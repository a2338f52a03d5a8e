// SPDX-License-Identifier: Apache-2.0
// Who spoke to whom: all of them, or one workload's, which its address names.
import { Link } from 'wouter';

import { useMesh } from '../../api/queries';
import type { Mesh } from '../../api/mesh_types';
import { Command } from '../../components/command';
import { Loading, Problem, Stale } from '../../components/problem';
import { clock_text } from '../../lib/figures';
import {
  edges_into,
  edges_out_of,
  edges_sentence,
  with_mesh_last,
  workload_key,
  workload_of,
  type Workload,
} from '../../lib/mesh';
import { useTitle } from '../../lib/title';
import { useAddress } from '../../state/address';
import { useMeshLast } from '../../state/mesh_last';
import { EdgeTable } from './edge_table';
import { MeshNote } from './mesh_note';

export function EdgesPage() {
  const { search } = useAddress();
  const workload = workload_of(search);
  useTitle(workload === null ? 'Edges' : `Edges of ${workload.name}`);
  const [last] = useMeshLast();
  const mesh = useMesh(last);
  const { data, error } = mesh;
  return (
    <>
      <Head workload={workload} until_ms={data?.to_ms} />
      {data !== undefined ? (
        <>
          <Stale error={error} />
          <MeshNote note={data.note} />
          {workload === null ? <All mesh={data} /> : <Of workload={workload} mesh={data} />}
        </>
      ) : error !== null ? (
        <Problem error={error} again={() => void mesh.refetch()} />
      ) : (
        <Loading what="edges" />
      )}
    </>
  );
}

interface HeadGiven {
  workload: Workload | null;
  until_ms: number | undefined;
}

function Head({ workload, until_ms }: HeadGiven) {
  const [last] = useMeshLast();
  return (
    <div className="page-head">
      <div>
        {workload !== null && (
          <nav className="crumbs" aria-label="Where this is">
            <Link href={`/edges${with_mesh_last('', last)}`}>All edges</Link>
            <span aria-hidden="true">/</span>
            <span className="name">{workload.namespace}</span>
          </nav>
        )}
        {workload === null ? (
          <h1>Edges</h1>
        ) : (
          <h1>
            Edges of <span className="name">{workload.name}</span>
          </h1>
        )}
        <p className="soft small">
          Who spoke to whom in the last 10 minutes
          {until_ms !== undefined && <span className="until">, until {clock_text(until_ms)}</span>}
        </p>
      </div>
    </div>
  );
}

function All({ mesh }: { mesh: Mesh }) {
  if (mesh.edges.length === 0) return <NoEdges />;
  return (
    <section aria-labelledby="edges">
      <div className="section-head">
        <h2 id="edges">{edges_sentence(mesh.edges)}</h2>
      </div>
      <EdgeTable edges={mesh.edges} />
    </section>
  );
}

function NoEdges() {
  return (
    <section className="empty">
      <h2>Nobody has spoken to anybody within ten minutes</h2>
      <p>
        An edge comes with the first request or connection from one program of the mesh to another,
        by its name. What comes from outside of the mesh, or goes there, has none. To see some:
      </p>
      <Command text="seine demo" />
    </section>
  );
}

function Of({ workload, mesh }: { workload: Workload; mesh: Mesh }) {
  const key = workload_key(workload.namespace, workload.name);
  const runs = mesh.workloads.some(({ namespace, name }) => workload_key(namespace, name) === key);
  return (
    <>
      {!runs && (
        <p className="notice" role="status">
          No workload <span className="name">{key}</span> runs in the mesh now.
        </p>
      )}
      <section aria-labelledby="callers">
        <div className="section-head">
          <h2 id="callers">Callers</h2>
        </div>
        <EdgeTable
          edges={edges_into(mesh.edges, workload)}
          nothing="Nobody in the mesh has called it within ten minutes."
        />
      </section>
      <section aria-labelledby="calls">
        <div className="section-head">
          <h2 id="calls">Calls to others</h2>
        </div>
        <EdgeTable
          edges={edges_out_of(mesh.edges, workload)}
          nothing="It has called nobody in the mesh within ten minutes."
        />
      </section>
    </>
  );
}
