// SPDX-License-Identifier: Apache-2.0
// What a service was asked, exactly, route by route: the other side of a caller's tally.
//
//   received = answered + aborted + in_flight

import { count, type Counts } from './counts.js';
import { countOperation, type Executed, type Operations } from './operations.js';

export interface ServedRow {
  received: number;
  answered: number;
  /** Of `answered`: failures made on purpose, here or by a service that was asked for help. */
  injected: number;
  /** The caller went away, or the connection broke, before the answer was whole. */
  aborted: number;
  in_flight: number;
  /** Of `answered`: how many of each. */
  statuses: Counts;
  /** Of a route that takes GraphQL. */
  operations?: Operations;
}

export class Served {
  private readonly routes = new Map<string, ServedRow>();

  begin(route: string): Serving {
    let row = this.routes.get(route);
    if (row === undefined) this.routes.set(route, (row = emptyServedRow()));
    return new Serving(row);
  }

  snapshot(): Record<string, ServedRow> {
    return structuredClone(Object.fromEntries(this.routes));
  }
}

/** One request being served. The first outcome counts. */
export class Serving {
  private open = true;

  constructor(private readonly row: ServedRow) {
    row.received += 1;
    row.in_flight += 1;
  }

  answered(status: string, injected: boolean, executed?: Executed): void {
    if (!this.close()) return;
    this.row.answered += 1;
    if (injected) this.row.injected += 1;
    count(this.row.statuses, status);
    if (executed) countOperation((this.row.operations ??= {}), executed);
  }

  aborted(): void {
    if (this.close()) this.row.aborted += 1;
  }

  private close(): boolean {
    if (!this.open) return false;
    this.open = false;
    this.row.in_flight -= 1;
    return true;
  }
}

function emptyServedRow(): ServedRow {
  return { received: 0, answered: 0, injected: 0, aborted: 0, in_flight: 0, statuses: {} };
}
