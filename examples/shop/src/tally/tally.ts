// SPDX-License-Identifier: Apache-2.0
// What an application sent to others, exactly: by service and route, every request in one class.
//
//   sent = succeeded + failed + cancelled + not_answered + in_flight
//
// A request for which there was no connection, so that no byte of it left, is in `not_connected`
// and was not sent. Connections that carry no requests are counted alike, in a tally of their own.

import { addCounts, count, type Counts } from './counts.js';
import { addOperations, countOperation, type Executed, type Operations } from './operations.js';

export interface Row {
  sent: number;
  /** HTTP below 400, gRPC OK, and the whole answer read. */
  succeeded: number;
  /** Any other status. */
  failed: number;
  /** Of `failed`: those whose answer says that the failure was made on purpose. */
  injected: number;
  /** The application itself changed its mind after the answer had begun. */
  cancelled: number;
  /** Sent, and no whole answer came: reset, cut short, too late. */
  not_answered: number;
  in_flight: number;
  not_connected: number;
  /** Of succeeded and failed: how many of each, such as 200 or UNAVAILABLE. */
  statuses: Counts;
  /** Of not_answered and not_connected: how many of each. */
  causes: Counts;
  /** Who answered, as REPLICA/VERSION, where the answer said so. */
  answered_by: Counts;
  /** Of a route that takes GraphQL. */
  operations?: Operations;
}

export type ServiceRow = Row & { routes: Record<string, Row> };

export interface Answer {
  readonly status: string;
  readonly succeeded: boolean;
  readonly injected: boolean;
  readonly by: string | undefined;
  /** What was executed, where that was GraphQL. */
  readonly executed?: Executed | undefined;
}

export class Tally {
  private readonly services = new Map<string, Map<string, Row>>();

  /** Counts a request that is about to be sent. Its outcome is told to what comes back. */
  begin(service: string, route: string): Sending {
    let routes = this.services.get(service);
    if (routes === undefined) this.services.set(service, (routes = new Map<string, Row>()));
    let row = routes.get(route);
    if (row === undefined) routes.set(route, (row = emptyRow()));
    return new Sending(row);
  }

  /** A copy of everything, by service, with a sum over the routes of each. */
  snapshot(): Record<string, ServiceRow> {
    const services: Record<string, ServiceRow> = {};
    for (const [service, routes] of this.services) {
      const sum = emptyRow();
      for (const row of routes.values()) addRow(sum, row);
      services[service] = { ...sum, routes: structuredClone(Object.fromEntries(routes)) };
    }
    return services;
  }
}

/** One request under way. The first outcome counts; what is told after it changes nothing. */
export class Sending {
  private open = true;

  constructor(private readonly row: Row) {
    row.sent += 1;
    row.in_flight += 1;
  }

  answered(answer: Answer): void {
    if (!this.close()) return;
    this.row[answer.succeeded ? 'succeeded' : 'failed'] += 1;
    if (!answer.succeeded && answer.injected) this.row.injected += 1;
    count(this.row.statuses, answer.status);
    if (answer.by !== undefined) count(this.row.answered_by, answer.by);
    if (answer.executed) countOperation((this.row.operations ??= {}), answer.executed);
  }

  cancelled(): void {
    if (this.close()) this.row.cancelled += 1;
  }

  notAnswered(cause: string): void {
    if (!this.close()) return;
    this.row.not_answered += 1;
    count(this.row.causes, cause);
  }

  notConnected(cause: string): void {
    if (!this.close()) return;
    this.row.sent -= 1;
    this.row.not_connected += 1;
    count(this.row.causes, cause);
  }

  private close(): boolean {
    if (!this.open) return false;
    this.open = false;
    this.row.in_flight -= 1;
    return true;
  }
}

export function emptyRow(): Row {
  return {
    sent: 0, succeeded: 0, failed: 0, injected: 0, cancelled: 0, not_answered: 0, in_flight: 0,
    not_connected: 0, statuses: {}, causes: {}, answered_by: {},
  };
}

export function addRow(to: Row, from: Row): void {
  to.sent += from.sent;
  to.succeeded += from.succeeded;
  to.failed += from.failed;
  to.injected += from.injected;
  to.cancelled += from.cancelled;
  to.not_answered += from.not_answered;
  to.in_flight += from.in_flight;
  to.not_connected += from.not_connected;
  addCounts(to.statuses, from.statuses);
  addCounts(to.causes, from.causes);
  addCounts(to.answered_by, from.answered_by);
  if (from.operations) addOperations((to.operations ??= {}), from.operations);
}
