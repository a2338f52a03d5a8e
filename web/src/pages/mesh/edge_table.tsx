// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter';

import type { MeshEdge } from '../../api/mesh_types';
import { Brief } from '../../components/brief';
import { TableBox } from '../../components/table_box';
import { kNone } from '../../lib/figures';
import {
  edges_link,
  reason_text,
  sorted_edges,
  workload_of,
  type Workload,
} from '../../lib/mesh';
import { useAddress } from '../../state/address';
import { useMeshLast } from '../../state/mesh_last';

interface Given {
  edges: MeshEdge[];
  nothing?: string; // what it means that there is none
}

export function EdgeTable({ edges, nothing = '' }: Given) {
  if (edges.length === 0) return <p className="nothing">{nothing}</p>;
  return (
    <TableBox kind="edges">
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">To</th>
          <th scope="col">Mutual TLS</th>
          <th scope="col">Caller&apos;s identity</th>
          <th scope="col">Callee&apos;s identity</th>
        </tr>
      </thead>
      <tbody>
        {sorted_edges(edges).map((edge) => (
          <Edge
            key={[edge.from_namespace, edge.from, edge.to_namespace, edge.to].join('/')}
            edge={edge}
          />
        ))}
      </tbody>
    </TableBox>
  );
}

function Edge({ edge }: { edge: MeshEdge }) {
  return (
    <tr>
      <th scope="row" data-label="From">
        <End namespace={edge.from_namespace} name={edge.from} />
      </th>
      <td data-label="To">
        <End namespace={edge.to_namespace} name={edge.to} />
      </td>
      <td className="wide" data-label="Mutual TLS">
        {edge.secured ? (
          '✓ yes'
        ) : (
          <>
            <span className="failing">✕ no</span>
            <span className="note name" title={edge.reason}>
              {reason_text(edge.reason)}
            </span>
          </>
        )}
      </td>
      <td data-label="Caller's identity">
        <Identity id={edge.client_id} />
      </td>
      <td data-label="Callee's identity">
        <Identity id={edge.server_id} />
      </td>
    </tr>
  );
}

// A workload, and a way to its edges where these are not they.
function End({ namespace, name }: Workload) {
  const [last] = useMeshLast();
  const here = workload_of(useAddress().search);
  return (
    <>
      {here?.namespace === namespace && here.name === name ? (
        <span className="name">{name}</span>
      ) : (
        <Link className="name" href={edges_link(namespace, name, last)}>
          {name}
        </Link>
      )}{' '}
      <span className="name soft small">{namespace}</span>
    </>
  );
}

// What it proved to the other end.
function Identity({ id }: { id: string }) {
  return id === '' ? <span className="soft">{kNone}</span> : <Brief text={id} />;
}
