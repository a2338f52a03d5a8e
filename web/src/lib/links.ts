// SPDX-License-Identifier: Apache-2.0
// Addresses of pages. Each keeps the span of time that is looked at.
import { service_path } from '../api/client';
import type { ServiceRef } from '../api/types';
import { with_range, type Range } from './range';

export function service_link(service: ServiceRef, range: Range): string {
  return `/services/${service_path(service)}${with_range('', range)}`;
}

export function evidence_link(service: ServiceRef, objective: string, range: Range): string {
  const search = with_range(`?objective=${encodeURIComponent(objective)}`, range);
  return `/services/${service_path(service)}${search}#evidence`;
}

export function event_link(id: string, range: Range): string {
  return `/events/${encodeURIComponent(id)}${with_range('', range)}`;
}

export function service_events_link(service: ServiceRef, range: Range, add = false): string {
  const given = new URLSearchParams({ service: service_key(service) });
  if (add) given.set('add', '1');
  return `/events${with_range(`?${given.toString()}`, range)}`;
}

// What an address of a page names, decoded once; null where it is none of these.
export function words_of_path(path: string, first: string, count: number): string[] | null {
  const [empty, kind, ...words] = path.split('/');
  if (empty !== '' || kind !== first || words.length !== count || words.includes('')) return null;
  try {
    return words.map(decodeURIComponent);
  } catch {
    return null; // a percent sign on its own
  }
}

// The search of an address with one word changed; without it where that is null.
export function with_word(search: string, name: string, value: string | null): string {
  const given = new URLSearchParams(search);
  if (value === null || value === '') given.delete(name);
  else given.set(name, value);
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

// "cluster/namespace/name": one name for a service among all.
export function service_key(service: ServiceRef): string {
  return `${service.cluster}/${service.namespace}/${service.name}`;
}

export function service_of_key(key: string): ServiceRef | null {
  const [cluster, namespace, name, more] = key.split('/');
  if (!cluster || !namespace || !name || more !== undefined) return null;
  return { cluster, namespace, name };
}
