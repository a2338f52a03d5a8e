// SPDX-License-Identifier: Apache-2.0
// What the controller of a mesh answers at /api/v1/mesh, with Dive or without. Times and counts are
// as in types.ts; it holds ten minutes of them.
import type { Golden, Tcp } from './types';

// GET /mesh?last=1m
export interface Mesh {
  cluster: string;
  now_ms: number;
  from_ms: number;
  to_ms: number; // what is counted ends here, some seconds before now
  note: string; // why what is shown is less than what was; empty where all proxies have told
  services: MeshRow[]; // as their callers saw it
  workloads: MeshRow[]; // what they received, as their own proxies saw it
  edges: MeshEdge[]; // of ten minutes, whatever was asked for
}

export interface MeshRow {
  namespace: string;
  name: string;
  ready_pods: number;
  pods: number;
  golden: Golden;
  tcp: Tcp | null;
}

// One workload spoke to another.
export interface MeshEdge {
  from_namespace: string;
  from: string;
  to_namespace: string;
  to: string;
  secured: boolean; // all of it was mutual TLS
  reason: string; // why some of it was not, in Linkerd's word
  client_id: string; // what each end proved to be; empty: nothing
  server_id: string;
}
