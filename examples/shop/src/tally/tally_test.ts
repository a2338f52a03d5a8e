// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { count, type Counts } from './counts.js';
import { Served } from './served.js';
import { emptyRow, Tally, type Row } from './tally.js';

const OK = { status: '200', succeeded: true, injected: false, by: 'payments-1/v1' };
const FAILED = { status: '500', succeeded: false, injected: false, by: undefined };

/** Of the routes of `payments`. */
function rows(tally: Tally): Record<string, Row> {
  return tally.snapshot()['payments']?.routes ?? {};
}

test('every request sent is in exactly one class', () => {
  const tally = new Tally();
  const send = () => tally.begin('payments', 'POST /purchase');
  for (let times = 0; times < 5; times += 1) send().answered(OK);
  send().answered(FAILED);
  send().answered({ ...FAILED, injected: true });
  send().cancelled();
  send().notAnswered('ECONNRESET');
  send().notConnected('ECONNREFUSED');
  send();
  const row = rows(tally)['POST /purchase'] as Row;
  assert.deepEqual(row, {
    sent: 10, succeeded: 5, failed: 2, injected: 1, cancelled: 1, not_answered: 1, in_flight: 1,
    not_connected: 1, statuses: { 200: 5, 500: 2 }, causes: { ECONNRESET: 1, ECONNREFUSED: 1 },
    answered_by: { 'payments-1/v1': 5 },
  });
  assert.equal(row.sent,
    row.succeeded + row.failed + row.cancelled + row.not_answered + row.in_flight);
});

test('the first outcome of a request counts and later ones change nothing', () => {
  const tally = new Tally();
  const sending = tally.begin('payments', 'GET /wake');
  sending.notAnswered('timeout');
  const before = tally.snapshot();
  sending.answered(OK);
  sending.cancelled();
  sending.notConnected('ECONNREFUSED');
  sending.notAnswered('ECONNRESET');
  assert.deepEqual(tally.snapshot(), before);
  assert.equal(before['payments']?.not_answered, 1);
});

test('a request that found no connection was not sent', () => {
  const tally = new Tally();
  tally.begin('payments', 'GET /wake').notConnected('ENOTFOUND');
  assert.deepEqual(rows(tally)['GET /wake'],
    { ...emptyRow(), not_connected: 1, causes: { ENOTFOUND: 1 } });
});

test('a service is the sum of its routes, and of no other service', () => {
  const tally = new Tally();
  tally.begin('payments', 'GET /wake').answered(OK);
  tally.begin('payments', 'POST /purchase').answered(OK);
  tally.begin('payments', 'POST /purchase').answered({ ...FAILED, injected: true });
  tally.begin('ledger', '/shop.Ledger/Record').cancelled();
  const { payments, ledger } = tally.snapshot();
  assert.deepEqual({ ...payments, routes: undefined }, {
    ...emptyRow(), sent: 3, succeeded: 2, failed: 1, injected: 1, statuses: { 200: 2, 500: 1 },
    answered_by: { 'payments-1/v1': 2 }, routes: undefined,
  });
  assert.equal(ledger?.cancelled, 1);
  assert.equal(ledger?.sent, 1);
});

test('a snapshot does not change with what comes after it', () => {
  const tally = new Tally();
  const sending = tally.begin('payments', 'GET /wake');
  const before = tally.snapshot();
  sending.answered(OK);
  assert.equal(before['payments']?.routes['GET /wake']?.in_flight, 1);
  assert.deepEqual(before['payments']?.routes['GET /wake']?.statuses, {});
});

test('names that peers make up do not grow a tally without end', () => {
  const counts: Counts = {};
  for (let name = 0; name < 1000; name += 1) count(counts, `replica-${name}`);
  count(counts, 'replica-0');
  assert.equal(Object.keys(counts).length, 51);
  assert.equal(counts['other'], 950);
  assert.equal(counts['replica-0'], 2);
});

test('what a service was asked is answered, aborted or under way', () => {
  const served = new Served();
  const asked = () => served.begin('POST /purchase');
  asked().answered('201', false);
  asked().answered('500', true);
  const gone = asked();
  gone.aborted();
  gone.answered('201', false);
  asked();
  assert.deepEqual(served.snapshot(), {
    'POST /purchase': {
      received: 4, answered: 2, injected: 1, aborted: 1, in_flight: 1,
      statuses: { 201: 1, 500: 1 },
    },
  });
});
