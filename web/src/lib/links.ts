// SPDX-License-Identifier: Apache-2.0
// Addresses of pages.
import type { ServiceRef } from '../api/types';
import { service_path } from '../api/client';

export function service_link(service: ServiceRef): string {
  return `/services/${service_path(service)}`;
}

export function evidence_link(service: ServiceRef, objective: string): string {
  return `${service_link(service)}?objective=${encodeURIComponent(objective)}#evidence`;
}

export function event_link(id: string): string {
  return `/events#${encodeURIComponent(id)}`;
}
