// SPDX-License-Identifier: Apache-2.0
// What Dive answers at /api/v1. Times are milliseconds since 1970 by Dive's clock. Counts are exact
// integers; shares are made of them here, when they are shown, and cut, never rounded up. Sentences
// and the figures of a card come as text, so that the page, the command line and a message say the
// same.

export interface ServiceRef {
  cluster: string;
  namespace: string;
  name: string;
}

export interface WorkloadRef extends ServiceRef {
  kind: string; // "deploy"
}

// Of the requests that ended within a span. Latencies are upper bounds of the histogram's buckets;
// null where there was no request.
export interface Golden {
  good: number;
  bad: number;
  excluded: number; // probes
  cancelled: number; // whoever asked went away: neither good nor bad
  rps: number | null; // null: no time was counted
  counted_ms?: number; // the time that `rps` is over: less than the span where proxies began in it
  lasting?: number; // of all, how many took a minute or longer: streams, that count as they end
  p50_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}

// Of bytes that are only forwarded: there are no requests in them that could succeed.
export interface Tcp {
  opened: number;
  closed: number;
  failed: number; // closed for a cause
  read_bytes: number; // from the caller
  written_bytes: number; // to the caller
}

export type ObjectiveState =
  | 'healthy'
  | 'burning'
  | 'exhausted'
  | 'no traffic'
  | 'partial data'
  | 'unreadable'; // how it stands cannot be told

// Of a service: the worst of its objectives.
export type ServiceState = ObjectiveState | 'no objective' | 'opaque';

export interface Session {
  user: string;
  version: string; // of who answers, "edge-26.11.1"
  can_edit: boolean;
  serves?: 'dive' | 'mesh'; // whose pages there are; Dive's where nothing is said
}

// -- Dashboard

export interface Dashboard {
  now_ms: number;
  from_ms: number;
  complete_until_ms: number | null; // all proxies have told of what ended by then
  clusters: ClusterStatus[];
  attention: Attention[]; // most urgent first
  namespaces: NamespaceGroup[];
  objectives?: number; // in all, also those of what does not run
  without_objective?: number; // services that could have one
  suggestion?: Suggestion | null; // null: all have one, or nothing was asked
}

// The service without an objective that needs one most.
export interface Suggestion {
  service: ServiceRef;
  sentence: string; // "312 of 4,100 requests to payments failed in this span"
}

export interface ClusterStatus {
  name: string;
  connected: boolean;
  last_seen_ms: number | null; // null: not since Dive was started
  problem?: string; // why its counts could not be read; may be empty
}

// Something that somebody should look at, in one sentence, and where to look.
export interface Attention {
  severity: 'failing' | 'warning';
  title: string;
  sentence: string;
  service: ServiceRef | null;
  objective: string | null;
}

export interface NamespaceGroup {
  cluster: string;
  name: string;
  meshed_pods: number; // of workloads whose proxies told of counts within the span
  pods: number;
  services: ServiceRow[];
}

export interface ServiceRow {
  service: ServiceRef;
  golden: Golden;
  objectives: { name: string; state: ObjectiveState; left: string }[];
  state?: ServiceState;
  tcp?: Tcp | null;
  problem?: string; // why `golden` is not known, and is nothing but zeros; may be empty
  coverage: { measured: number; expected: number }; // milliseconds of the lives of its pods
  last_rollout: { version: string; at_ms: number; is_ongoing: boolean } | null;
}

// -- Service

export interface ServicePage {
  now_ms: number;
  from_ms: number;
  to_ms: number;
  complete_until_ms: number | null;
  service: ServiceRef;
  state?: ServiceState;
  golden: Golden;
  tcp?: Tcp | null;
  problems?: string[]; // sentences about parts that could not be read, and are empty
  objectives: ObjectiveCard[];
  workloads: WorkloadRow[];
  callers: EdgeRow[];
  callees: EdgeRow[];
  events: DiveEvent[];
}

export interface ObjectiveCard {
  name: string;
  description: string;
  kind: 'success' | 'latency';
  state: ObjectiveState;
  from_ms: number;
  to_ms: number;
  text: {
    goal: string;
    allowance: string;
    compliance: string;
    left: string;
    spent: string;
    recent: string;
    burn: string;
    budget: string; // where the state is unreadable: why
    outlook: string;
    coverage: string;
    unsure: string; // of a latency: how many answers took about as long as the threshold
    excluded: string;
  };
  counts: { good: number; bad: number };
  // What the callers' proxies and what the servers' saw of the same requests.
  callers: { good: number; bad: number };
  servers: { good: number; bad: number };
  left_share: number; // of the budget, 0 to 1, for the bar; 0 where nothing is left
}

// GET /objectives: a card, and what it is about. Either `service` or `workload` is there.
export interface ObjectiveStatus extends ObjectiveCard {
  service?: string;
  workload?: string;
  namespace: string;
  route: string; // empty: all
  route_full?: string; // as proxies tell it
  environment: string; // empty: all
  window: string; // "7d", "month Europe/Berlin"
  goal: string; // "99.5%"
  latency_ms: number | null;
  clusters: string[]; // that have such a service or workload
}

// POST /objectives/propose: goals, strictest first.
export interface Proposals {
  objective: string; // "of all requests over a rolling 7-day window are served successfully"
  history: string; // what was looked at, a sentence without a full stop
  goals: {
    goal: string;
    met: string; // of the last window's time
    left_now: string; // of the budget
    may_still_fail: string; // "210 requests"
    recommended: boolean;
    own: boolean; // the draft's
  }[];
}

export interface WorkloadRow {
  workload: WorkloadRef;
  versions: { version: string; pods: number; ready: number }[];
  requests_per_day: number;
  last_rollout_ms: number | null;
  golden: Golden;
}

// A caller or a callee: a workload, a service, an identity, an authority, or "outside of the mesh".
export interface EdgeRow {
  cluster: string;
  namespace: string;
  name: string;
  is_service: boolean; // its page is there
  secured: boolean;
  golden: Golden;
  tcp?: Tcp | null; // there: bytes are forwarded, and `golden` is empty
}

// -- Charts: one entry of every list for each step. The last one ends at to_ms and may be shorter.

export interface Charts {
  from_ms: number; // not before the first of who answers began
  asked_from_ms?: number;
  to_ms: number;
  step_ms: number;
  good: number[];
  bad: number[];
  p50_ms: (number | null)[];
  p95_ms: (number | null)[];
  p99_ms: (number | null)[];
  // Where counts are missing, which is not the same as no traffic.
  gaps: { from_ms: number; to_ms: number }[];
  markers: { at_ms: number; title: string; event: string }[];
}

// -- Evidence

export interface Evidence {
  objective: string;
  from_ms: number;
  to_ms: number;
  bad: number;
  groups: EvidenceGroup[]; // most first
  other: number; // bad requests of groups that are not listed
  card?: ObjectiveCard; // of the same counts
}

export interface EvidenceGroup {
  count: number;
  route: string; // empty: none matched
  route_full?: string; // as proxies tell it, "gateway.networking.k8s.io/HTTPRoute/purchase"
  caller: string; // "shop/web", an identity, "outside of the mesh"
  workload: string; // "shop/payments"; empty: nobody was reached
  version: string;
  cause: string; // "HTTP 503", "gRPC 14", "connect timeout", "over 50ms"
  example: EvidenceExample | null;
}

export interface EvidenceExample {
  at_ms: number;
  method: string;
  path: string;
  latency_ms: number;
  trace_id: string;
  detail: string;
}

// -- Events

export type EventKind = 'rollout' | 'process' | 'agent';
export type EventState = 'scheduled' | 'ongoing' | 'concluded' | 'undone';

export interface DiveEvent {
  id: string;
  kind: EventKind;
  state: EventState;
  phase: string; // more exactly: "stalled", "side by side", "overdue", "called off", "replaced"
  title: string;
  description: string; // Markdown as it was written; shown as text
  starts_ms: number;
  ends_ms: number | null;
  by: string; // empty: not known
  targets: ServiceRef[]; // services it is on the pages of
  about: string[]; // all it is about, "shop/deployment/payments", "ns/shop", "cluster"
  rollout: { from: string; to: string; pods: number; ready: number } | null;
  comments?: { by: string; at_ms: number; text: string }[]; // where one event was asked for
}

export interface EventList {
  events: DiveEvent[]; // newest first
  next: string | null; // for the page after this one
}

// POST /events
export interface NewEvent {
  title: string;
  description: string;
  about: string[]; // as people write it: "svc/payments", "shop/deploy/web", "ns/shop", "cluster"
  cluster?: string; // the one that `about` is of
  starts_ms: number | null; // null: now; later: it is scheduled
}

// Every answer that is no success.
export interface ApiProblem {
  error: string; // what went wrong, a sentence
  hint: string; // what to do; may be empty
}
