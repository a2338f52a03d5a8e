// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { table } from './table.js';
import { Tally } from './tally.js';

test('the table shows services, their routes, and why answers are missing', () => {
  const tally = new Tally();
  const ok = { status: '200', succeeded: true, injected: false, by: undefined };
  tally.begin('payments', 'POST /purchase').answered(ok);
  tally.begin('payments', 'POST /purchase')
    .answered({ ...ok, status: '500', succeeded: false, injected: true });
  tally.begin('payments', 'GET /wake').notAnswered('timeout');
  tally.begin('payments', 'GET /wake').notConnected('ECONNREFUSED');
  tally.begin('ledger', '/shop.Ledger/Statement').cancelled();
  assert.equal(table(tally.snapshot()), [
    'TO                        SENT  OK  FAILED  INJECTED  CANCELLED  NO ANSWER',
    'payments                     3   1       1         1          0          1',
    '  POST /purchase             2   1       1         1          0          0',
    '  GET /wake                  1   0       0         0          0          1',
    'ledger                       1   0       0         0          1          0',
    '  /shop.Ledger/Statement     1   0       0         0          1          0',
    'payments: timeout 1, ECONNREFUSED 1; 1 more were never sent',
  ].join('\n'));
});

test('counts of six digits still fit into 80 columns', () => {
  const row = {
    sent: 999_999, succeeded: 999_999, failed: 999_999, injected: 999_999, cancelled: 999_999,
    not_answered: 999_999, in_flight: 0, not_connected: 0, statuses: {}, causes: {},
    answered_by: {},
  };
  const services = { ledger: { ...row, routes: { '/shop.Ledger/Statement': row } } };
  const lines = table(services).split('\n');
  assert.ok(lines.every((line) => line.length <= 80), lines.join('\n'));
});
