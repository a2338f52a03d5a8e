// SPDX-License-Identifier: Apache-2.0
// What the pages of a mesh show of its one answer, and their addresses. Pure.
import type { Mesh, MeshEdge, MeshRow } from '../api/mesh_types';
import { plural } from './figures';
import { with_word } from './links';

export const kMeshLasts = ['1m', '5m', '10m'] as const;
export type MeshLast = (typeof kMeshLasts)[number];
const kDefaultLast: MeshLast = '1m';

// As with a range: what cannot be understood is the default.
export function mesh_last_of(search: string): MeshLast {
  const given = new URLSearchParams(search).get('last');
  return kMeshLasts.find((last) => last === given) ?? kDefaultLast;
}

export function with_mesh_last(search: string, last: MeshLast): string {
  return with_word(search, 'last', last === kDefaultLast ? null : last);
}

// "namespace/name"
export function workload_key(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

export function edges_link(namespace: string, name: string, last: MeshLast): string {
  const search = with_word('', 'workload', workload_key(namespace, name));
  return `/edges${with_mesh_last(search, last)}`;
}

export interface Workload {
  namespace: string;
  name: string;
}

// The workload whose edges an address asks for; null: of all.
export function workload_of(search: string): Workload | null {
  const [namespace, ...rest] = (new URLSearchParams(search).get('workload') ?? '').split('/');
  const name = rest.join('/');
  return namespace === undefined || namespace === '' || name === '' ? null : { namespace, name };
}

export interface MeshNamespace {
  name: string;
  services: MeshRow[];
  workloads: MeshRow[];
}

// By name, all of them: nothing moves while figures change.
export function namespaces_of({ services, workloads }: Mesh): MeshNamespace[] {
  const names = new Set([...services, ...workloads].map(({ namespace }) => namespace));
  const of = (rows: MeshRow[], name: string) =>
    rows.filter(({ namespace }) => namespace === name).sort((a, b) => compare(a.name, b.name));
  return [...names]
    .sort(compare)
    .map((name) => ({ name, services: of(services, name), workloads: of(workloads, name) }));
}

// Those that were no mutual TLS first, then by the names of their ends.
export function sorted_edges(edges: MeshEdge[]): MeshEdge[] {
  return [...edges].sort(
    (a, b) =>
      Number(a.secured) - Number(b.secured) ||
      compare(a.from_namespace, b.from_namespace) ||
      compare(a.from, b.from) ||
      compare(a.to_namespace, b.to_namespace) ||
      compare(a.to, b.to),
  );
}

export function edges_into(edges: MeshEdge[], { namespace, name }: Workload): MeshEdge[] {
  return edges.filter((edge) => edge.to_namespace === namespace && edge.to === name);
}

export function edges_out_of(edges: MeshEdge[], { namespace, name }: Workload): MeshEdge[] {
  return edges.filter((edge) => edge.from_namespace === namespace && edge.from === name);
}

// "12 edges, all by mutual TLS"
export function edges_sentence(edges: MeshEdge[]): string {
  const open = edges.filter(({ secured }) => !secured).length;
  if (open === 0) return `${plural(edges.length, 'edge')}, all by mutual TLS`;
  return `${plural(edges.length, 'edge')}, ${open} not all by mutual TLS`;
}

const kReasons: Record<string, string> = {
  disabled: 'mutual TLS is turned off at one end',
  loopback: 'it stayed within one pod',
  no_tls_from_remote: 'the caller spoke without it',
  not_provided_by_service_discovery: 'the caller knew of no identity to expect',
  port_skipped: 'the port is left out of the mesh',
};

// Of a word that is not known here: itself.
export function reason_text(reason: string): string {
  if (reason === '' || reason === 'unknown') return 'why is not known';
  return Object.hasOwn(kReasons, reason) ? (kReasons[reason] ?? reason) : reason;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
