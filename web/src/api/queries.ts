// SPDX-License-Identifier: Apache-2.0
// What pages ask, how long an answer holds, and what makes it be asked again.
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { Range } from '../lib/range';
import { ApiError, ask, query, send, service_path } from './client';
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

export function should_retry(failures: number, error: unknown): boolean {
  const status = error instanceof ApiError ? error.status : 0;
  return failures < 2 && (status === 0 || status >= 500);
}

function live<T>(key: unknown[], path: string) {
  return useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => ask<T>(path, { signal }),
    refetchInterval: kLiveMs,
    placeholderData: keepPreviousData,
  });
}

export function useSession() {
  return useQuery<Session>({
    queryKey: ['session'],
    queryFn: ({ signal }) => ask<Session>('/session', { signal }),
    staleTime: Infinity,
  });
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
  return useQuery<Evidence>({
    queryKey: ['evidence', objective],
    queryFn: ({ signal }) =>
      ask<Evidence>(`/objectives/${encodeURIComponent(objective ?? '')}/evidence`, { signal }),
    enabled: objective !== null,
    refetchInterval: kLiveMs,
  });
}

export interface EventFilter {
  kind: string;
  state: string;
  service: string;
}

export function useEvents(filter: EventFilter, range: Range) {
  return live<EventList>(['events', filter, range], `/events${query({ ...filter, ...range })}`);
}

export function useAddEvent() {
  const client = useQueryClient();
  return useMutation<DiveEvent, Error, NewEvent>({
    mutationFn: (event) => send<DiveEvent>('POST', '/events', event),
    onSuccess: () => client.invalidateQueries({ queryKey: ['events'] }),
  });
}

export function useConcludeEvent() {
  const client = useQueryClient();
  return useMutation<DiveEvent, Error, string>({
    mutationFn: (id) => send<DiveEvent>('POST', `/events/${encodeURIComponent(id)}/conclude`, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: ['events'] }),
  });
}
