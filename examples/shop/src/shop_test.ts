// SPDX-License-Identifier: Apache-2.0
// All four services as processes on loopback: what each says it sent is what the others say they
// were asked.
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
  const payments = start('payments', ...free, 'payments-1', '--fail', 'POST:/purchase=0.1');
  const ledger = start('ledger', ...free, 'ledger-1', '--fail', 'Record=0.05:UNAVAILABLE',
    '--pace', '2ms');
  const ledgerAddress = `127.0.0.1:${await ledger.port()}`;
  const web = start('web', ...free, 'web-1', ...PATIENT, '--ledger', ledgerAddress,
    '--payments', `http://127.0.0.1:${await payments.port()}`);
  const traffic = start('traffic', ...PATIENT, '--ledger', ledgerAddress,
    '--web', `http://127.0.0.1:${await web.port()}`,
    '--requests', String(REQUESTS), '--rate', '400', '--seed', '5');
  const { code, stdout, stderr } = await traffic.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^TO +SENT +OK +FAILED +INJECTED +CANCELLED +NO ANSWER$/m);
  for (const server of [web, payments, ledger]) {
    const ended = await server.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stderr, '');
  }
  const tallied = (application: string) =>
    JSON.parse(readFileSync(join(folder, `${application}.json`), 'utf8')) as Tallied;
  return Object.fromEntries(['web', 'payments', 'ledger', 'traffic'].map((application) =>
    [application, tallied(application)]));
}

/** What all the services together sent to one of them, by route. */
function sentTo(service: string, tallies: Record<string, Tallied>): Record<string, Row> {
  const sum: Record<string, Row> = {};
  for (const { sent } of Object.values(tallies)) {
    for (const [route, row] of Object.entries(sent[service]?.routes ?? {})) {
      addRow((sum[route] ??= emptyRow()), row);
    }
  }
  return sum;
}

test('what the services sent each other is what they were asked, to the last request',
  async (context) => {
    const tallies = await runShop(context);
    for (const service of ['web', 'payments', 'ledger']) {
      const served = tallies[service]?.served ?? {};
      assert.ok(Object.keys(served).length > 0, service);
      const sent = sentTo(service, tallies);
      assert.deepEqual(asServed(sent), served, service);
    }
    const { web, ledger } = tallies['traffic']?.sent ?? {};
    assert.equal((web?.sent ?? 0) + (ledger?.sent ?? 0), REQUESTS);
    for (const row of [web, ledger]) {
      assert.ok(row && row.succeeded > 0 && row.failed > 0 && row.cancelled > 0,
        JSON.stringify(row));
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
  }]));
}
