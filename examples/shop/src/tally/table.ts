// SPDX-License-Identifier: Apache-2.0
// A tally as a table for people, at most 80 columns wide as long as counts have up to six digits.

import { type Row, type ServiceRow } from './tally.js';

const COLUMNS: readonly (readonly [string, (row: Row) => number])[] = [
  ['SENT', (row) => row.sent],
  ['OK', (row) => row.succeeded],
  ['FAILED', (row) => row.failed],
  ['INJECTED', (row) => row.injected],
  ['CANCELLED', (row) => row.cancelled],
  ['NO ANSWER', (row) => row.not_answered],
];

type Services = Record<string, ServiceRow>;

/**
 * Services in the order they were first called, their routes below them; then those to which
 * connections were opened, that carry no requests, as so many connections.
 */
export function table(services: Services, connected: Services = {}): string {
  const lines = [['TO', ...COLUMNS.map(([title]) => title)]];
  for (const [service, row] of [...Object.entries(services), ...Object.entries(connected)]) {
    lines.push([service, ...cells(row)]);
    const kind = service in services ? '' : ' connections';
    const routes = Object.entries(row.routes);
    lines.push(...routes.map(([route, its]) => [`  ${route}${kind}`, ...cells(its)]));
  }
  const width = (at: number) => Math.max(...lines.map((line) => line[at]?.length ?? 0));
  const text = lines.map(([to = '', ...counts]) =>
    [to.padEnd(width(0)), ...counts.map((cell, at) => cell.padStart(width(at + 1)))].join('  '));
  const notes = [services, connected].flatMap((some) => Object.entries(some));
  return [...text, ...notes.flatMap(causes), ...notes.flatMap(operations)].join('\n');
}

const cells = (row: Row) => COLUMNS.map(([, value]) => String(value(row)));

/** Why requests have no answer, and how many found no connection and so are in no column. */
function causes([service, row]: [string, ServiceRow]): string[] {
  const told = Object.entries(row.causes).map(([cause, times]) => `${cause} ${times}`);
  const unsent = row.not_connected === 0 ? '' : `; ${row.not_connected} more were never sent`;
  return told.length === 0 ? [] : [`${service}: ${told.join(', ')}${unsent}`];
}

/** Operations of GraphQL, whose errors are inside of answers that are OK. */
function operations([service, row]: [string, ServiceRow]): string[] {
  return Object.entries(row.operations ?? {}).map(([name, { answered, errors, injected }]) =>
    `${service}: ${name}: ${answered} answered, ${errors} with errors (${injected} injected)`);
}
