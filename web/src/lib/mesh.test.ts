// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { Mesh, MeshEdge, MeshRow } from '../api/mesh_types';
import {
  edges_into,
  edges_link,
  edges_out_of,
  edges_sentence,
  mesh_last_of,
  namespaces_of,
  reason_text,
  sorted_edges,
  with_mesh_last,
  workload_of,
} from './mesh';

function row(namespace: string, name: string): MeshRow {
  const golden = {
    ...{ good: 0, bad: 0, excluded: 0, cancelled: 0, rps: null },
    ...{ p50_ms: null, p95_ms: null, p99_ms: null },
  };
  return { namespace, name, ready_pods: 1, pods: 1, golden, tcp: null };
}

function edge(from: string, to: string, secured = true): MeshEdge {
  const ends = { from_namespace: 'shop', from, to_namespace: 'shop', to };
  return { ...ends, secured, reason: '', client_id: `${from}.shop`, server_id: `${to}.shop` };
}

const kMesh: Mesh = {
  ...{ cluster: 'local', now_ms: 0, from_ms: 0, to_ms: 0, note: '', edges: [] },
  services: [row('shop', 'web'), row('shop', 'payments')],
  workloads: [row('shop', 'web'), row('seine', 'dive-agent')],
};

describe('how much a mesh page shows', () => {
  it('is what the address says, or a minute', () => {
    expect(mesh_last_of('?last=5m')).toBe('5m');
    for (const search of ['', '?last=1h', '?last=banana', '?last=']) {
      expect(mesh_last_of(search), search).toBe('1m');
    }
  });
  it('is not written where it is the default, and leaves the rest alone', () => {
    expect(with_mesh_last('?last=5m', '1m')).toBe('');
    expect(with_mesh_last('?workload=a%2Fb', '10m')).toBe('?workload=a%2Fb&last=10m');
  });
});

describe('the edges of a workload', () => {
  it('have an address of which its names are read back', () => {
    for (const name of ['web', 'a b/c%2Fd?e#f', 'שירות']) {
      const link = new URL(edges_link('shop', name, '5m'), 'http://h');
      expect(link.pathname).toBe('/edges');
      expect(workload_of(link.search)).toEqual({ namespace: 'shop', name });
      expect(mesh_last_of(link.search)).toBe('5m');
    }
  });
  it('are those of all where the address names none', () => {
    for (const search of ['', '?workload=', '?workload=shop', '?workload=/x', '?workload=x/']) {
      expect(workload_of(search), search).toBeNull();
    }
  });
  it('are those of which it is an end, of its namespace', () => {
    const edges = [edge('web', 'payments'), edge('payments', 'ledger'), edge('web', 'graph')];
    const payments = { namespace: 'shop', name: 'payments' };
    expect(edges_into(edges, payments).map(({ from }) => from)).toEqual(['web']);
    expect(edges_out_of(edges, payments).map(({ to }) => to)).toEqual(['ledger']);
    expect(edges_into(edges, { ...payments, namespace: 'other' })).toEqual([]);
  });
});

describe('a mesh', () => {
  it('is shown by namespace, in the order of names', () => {
    const shown = namespaces_of(kMesh);
    expect(shown.map(({ name }) => name)).toEqual(['seine', 'shop']);
    expect(shown[0]?.services).toEqual([]);
    expect(shown[1]?.services.map(({ name }) => name)).toEqual(['payments', 'web']);
  });
  it('has edges, those first that are not secured', () => {
    const edges = sorted_edges([edge('b', 'c'), edge('b', 'a'), edge('z', 'z', false)]);
    expect(edges.map(({ from, to }) => from + to)).toEqual(['zz', 'ba', 'bc']);
    expect(edges_sentence(edges)).toBe('3 edges, 1 not all by mutual TLS');
    expect(edges_sentence([edge('a', 'b')])).toBe('1 edge, all by mutual TLS');
  });
  it('says in words why something was no mutual TLS', () => {
    expect(reason_text('loopback')).toBe('it stayed within one pod');
    expect(reason_text('')).toBe('why is not known');
    expect(reason_text('toString')).toBe('toString');
  });
});
