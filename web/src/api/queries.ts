// SPDX-License-Identifier: Apache-2.0
// What pages ask, how long an answer holds, and what makes it be asked again.
import {
  hashKey,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';

import type { MeshLast } from '../lib/mesh';
import type { Range } from '../lib/range';
import { ask, query, send, service_path, sign_out } from './client';
import type { Mesh } from './mesh_types';
import type {
  Charts,
  Dashboard,
  DiveEvent,
  EventList,
  Evidence,
  NewEvent,
  ServicePage,
  ServiceRef,
  Session,
} from './types';

// Proxies tell of their counts every 10 s; asking twice as often shows a new one within 5 s.
const kLiveMs = 5_000;

interface Asked {
  data: unknown;
  isPlaceholderData: boolean; // the data are another question's
  error: Error | null;
  errorUpdateCount: number; // since the first question, or the last answer that was dropped
}

// Asking again is no answer: until there is one, what went wrong with this question the last time
// stays said, and nothing that answered another takes its place.
function useLastError<Query extends Asked>(key: unknown[], asked: Query): Query {
  const { data, isPlaceholderData, error, errorUpdateCount } = asked;
  const [last, set_last] = useState<{ hash: string; error: Error } | null>(null);
  const hash = hashKey(key);
  const is_kept = last !== null && last.hash === hash;
  if (error !== null && !(is_kept && last.error === error)) set_last({ hash, error });
  const is_asked_again =
    error === null && errorUpdateCount > 0 && (data === undefined || isPlaceholderData);
  return is_asked_again && is_kept ? { ...asked, data: undefined, error: last.error } : asked;
}

function live<T>(key: unknown[], path: string) {
  const asked = useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => ask<T>(path, { signal }),
    refetchInterval: kLiveMs,
    placeholderData: keepPreviousData,
  });
  return useLastError(key, asked);
}

export function useSession() {
  const key = ['session'];
  const asked = useQuery<Session>({
    queryKey: key,
    queryFn: ({ signal }) => ask<Session>('/session', { signal }),
    staleTime: Infinity,
    // Somebody signs in elsewhere, or the server comes back: the page need not be loaded again.
    refetchInterval: (query) => (query.state.status === 'error' ? kLiveMs : false),
  });
  return useLastError(key, asked);
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({ mutationFn: sign_out, onSuccess: () => client.resetQueries() });
}

export function useDashboard(range: Range) {
  return live<Dashboard>(['dashboard', range], `/dashboard${query({ ...range })}`);
}

export function useService(service: ServiceRef, range: Range) {
  return live<ServicePage>(
    ['service', service, range],
    `/services/${service_path(service)}${query({ ...range })}`,
  );
}

export function useCharts(service: ServiceRef, range: Range) {
  return live<Charts>(
    ['charts', service, range],
    `/services/${service_path(service)}/charts${query({ ...range })}`,
  );
}

export function useEvidence(objective: string | null) {
  const key = ['evidence', objective];
  const asked = useQuery<Evidence>({
    queryKey: key,
    queryFn: ({ signal }) =>
      ask<Evidence>(`/objectives/${encodeURIComponent(objective ?? '')}/evidence`, { signal }),
    enabled: objective !== null,
    refetchInterval: kLiveMs,
  });
  return useLastError(key, asked);
}

export interface EventFilter {
  kind: string;
  state: string;
  service: string; // "cluster/namespace/name"
}

export function useEvents(filter: EventFilter, range: Range) {
  const key = ['events', filter, range];
  const asked = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ signal, pageParam }) =>
      ask<EventList>(`/events${query({ ...filter, ...range, after: pageParam })}`, { signal }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next,
    refetchInterval: kLiveMs,
    placeholderData: keepPreviousData,
  });
  return useLastError(key, asked);
}

export function useEvent(id: string) {
  return live<DiveEvent>(['event', id], `/events/${encodeURIComponent(id)}`);
}

// Both pages of a mesh are of one answer.
export function useMesh(last: MeshLast) {
  return live<Mesh>(['mesh', last], `/mesh${query({ last })}`);
}

// Names to choose from; new ones may come a minute late.
export function useServices() {
  return useQuery<ServiceRef[]>({
    queryKey: ['services'],
    queryFn: async ({ signal }) => {
      const dashboard = await ask<Dashboard>('/dashboard', { signal });
      return dashboard.namespaces.flatMap((group) => group.services.map((row) => row.service));
    },
    staleTime: 60_000,
  });
}

// What somebody does to events shows at once, wherever events are shown.
function useChange<Given>(send_it: (given: Given) => Promise<DiveEvent>) {
  const client = useQueryClient();
  return useMutation<DiveEvent, Error, Given>({
    mutationFn: send_it,
    onSuccess: async (event) => {
      client.setQueryData(['event', event.id], event);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['events'] }),
        client.invalidateQueries({ queryKey: ['service'] }),
      ]);
    },
  });
}

export function useAddEvent() {
  return useChange<NewEvent>((event) => send<DiveEvent>('POST', '/events', event));
}

export function useMoveEvent() {
  return useChange<{ id: string; step: 'start' | 'conclude' }>(({ id, step }) =>
    send<DiveEvent>('POST', `/events/${encodeURIComponent(id)}/${step}`, {}),
  );
}

export function useComment(id: string) {
  return useChange<string>((text) =>
    send<DiveEvent>('POST', `/events/${encodeURIComponent(id)}/comments`, { text }),
  );
}
