// SPDX-License-Identifier: Apache-2.0
// All services as processes on loopback: what each says it sent is what the others say they were
// asked.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { type Tallied } from './tally/record.js';
import { type ServedRow } from './tally/served.js';
import { addRow, emptyRow, type Row } from './tally/tally.js';
import { Child } from './testing/child.js';

const REQUESTS = 400;
const PATIENT = ['--timeout', '60s'];

/** Runs the shop with `REQUESTS` customers; every service's last tally. */
async function runShop(context: TestContext): Promise<Record<string, Tallied>> {
  const folder = mkdtempSync(join(tmpdir(), 'shop-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const start = (application: string, ...words: string[]) => new Child(context, application,
    '--tally', join(folder, `${application}.json`), '--tally-every', '50ms', ...words);
  const free = ['--listen', '127.0.0.1:0', '--replica'];
  const mail = start('mail', ...free, 'mail-1');
  const mailAddress = `127.0.0.1:${await mail.port()}`;
  const payments = start('payments', ...free, 'payments-1', '--mail', mailAddress,
    '--fail', 'POST:/purchase=0.1', '--fail', 'POST:/purchase=0.5:from=graph');
  const ledger = start('ledger', ...free, 'ledger-1', '--fail', 'Record=0.05:UNAVAILABLE',
    '--pace', '2ms');
  const ledgerAddress = `127.0.0.1:${await ledger.port()}`;
  const web = start('web', ...free, 'web-1', ...PATIENT, '--ledger', ledgerAddress,
    '--payments', `http://127.0.0.1:${await payments.port()}`);
  const graph = start('graph', ...free, 'graph-1', ...PATIENT, '--ledger', ledgerAddress,
    '--payments', `http://127.0.0.1:${await payments.port()}`, '--report', '1ms..9ms',
    '--error', 'menu=0.2', '--fail', '/graphql=0.1');
  const traffic = start('traffic', ...PATIENT, '--ledger', ledgerAddress,
    '--web', `http://127.0.0.1:${await web.port()}`, '--mail', mailAddress,
    '--graph', `http://127.0.0.1:${await graph.port()}`,
    '--requests', String(REQUESTS), '--rate', '400', '--seed', '5');
  const { code, stdout, stderr } = await traffic.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^TO +SENT +OK +FAILED +INJECTED +CANCELLED +NO ANSWER$/m);
  for (const server of [graph, web, payments, ledger, mail]) {
    const ended = await server.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stderr, '');
  }
  const tallied = (application: string) =>
    JSON.parse(readFileSync(join(folder, `${application}.json`), 'utf8')) as Tallied;
  return Object.fromEntries(['web', 'graph', 'payments', 'ledger', 'mail', 'traffic']
    .map((application) => [application, tallied(application)]));
}

/** What all the services together sent to one of them, by route. */
function sentTo(
  service: string, tallies: Record<string, Tallied>, kind: 'sent' | 'connected' = 'sent',
): Record<string, Row> {
  const sum: Record<string, Row> = {};
  for (const { [kind]: sent } of Object.values(tallies)) {
    for (const [route, row] of Object.entries(sent[service]?.routes ?? {})) {
      addRow((sum[route] ??= emptyRow()), row);
    }
  }
  return sum;
}

test('what the services sent each other is what they were asked, to the last request',
  async (context) => {
    const tallies = await runShop(context);
    for (const service of ['web', 'graph', 'payments', 'ledger']) {
      const served = tallies[service]?.served ?? {};
      assert.ok(Object.keys(served).length > 0, service);
      const sent = sentTo(service, tallies);
      assert.deepEqual(asServed(sent), served, service);
    }
    assert.deepEqual(asServed(sentTo('mail', tallies, 'connected')), tallies['mail']?.accepted);
    assert.deepEqual(tallies['mail']?.served, {});
    const { web, graph, ledger } = tallies['traffic']?.sent ?? {};
    const { mail } = tallies['traffic']?.connected ?? {};
    const rows = [web, graph, ledger, mail];
    assert.equal(rows.reduce((sum, row) => sum + (row?.sent ?? 0), 0), REQUESTS);
    assert.ok(rows.every((row) => row !== undefined && row.succeeded > 0));
    assert.ok([web, graph, ledger].every((row) => row !== undefined && row.failed > 0));
    assert.ok([web, ledger].every((row) => row !== undefined && row.cancelled > 0));
    const { 'query Menu': menu, 'mutation Order': order } = graph?.operations ?? {};
    assert.ok(menu && menu.errors > 0 && menu.errors === menu.injected, JSON.stringify(menu));
    assert.ok(order && order.errors > 0 && order.errors === order.injected, JSON.stringify(order));
    for (const row of [web, graph, ledger, mail]) {
      assert.ok(row);
      assert.equal(row.failed, row.injected);
      assert.equal(row.in_flight + row.not_answered + row.not_connected, 0);
      assert.equal(row.sent, row.succeeded + row.failed + row.cancelled);
    }
    assert.ok(Object.values(tallies).every(({ final }) => final));
  });

/** What a service must have counted that was sent these. */
function asServed(sent: Record<string, Row>): Record<string, ServedRow> {
  return Object.fromEntries(Object.entries(sent).map(([route, row]) => [route, {
    received: row.sent, answered: row.succeeded + row.failed, injected: row.injected,
    aborted: row.cancelled, in_flight: 0, statuses: row.statuses,
    ...(row.operations && { operations: row.operations }),
  }]));
}
