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

test('the table shows connections apart, and errors inside of answers', () => {
  const [tally, connected] = [new Tally(), new Tally()];
  const ok = { status: '200', succeeded: true, injected: false, by: undefined };
  const menu = { name: 'query Menu', hasErrors: false, injected: true };
  tally.begin('graph', 'POST /graphql').answered({ ...ok, executed: menu });
  tally.begin('graph', 'POST /graphql').answered({ ...ok, executed: { ...menu, hasErrors: true } });
  connected.begin('mail', 'SMTP').answered({ ...ok, status: '250' });
  assert.equal(table(tally.snapshot(), connected.snapshot()), [
    'TO                  SENT  OK  FAILED  INJECTED  CANCELLED  NO ANSWER',
    'graph                  2   2       0         0          0          0',
    '  POST /graphql        2   2       0         0          0          0',
    'mail                   1   1       0         0          0          0',
    '  SMTP connections     1   1       0         0          0          0',
    'graph: query Menu: 2 answered, 1 with errors (1 injected)',
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
