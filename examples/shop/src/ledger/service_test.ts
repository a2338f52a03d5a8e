// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { status as Status } from '@grpc/grpc-js';

import { Faults } from '../faults/faults.js';
import { RECORD, STATEMENT, type Line } from '../grpc/contract.js';
import { startLedger } from '../testing/servers.js';
import { Book } from './book.js';

test('the book adds up, and keeps the newest thousand lines', () => {
  const book = new Book();
  for (let sale = 1; sale <= 1500; sale += 1) book.write({ item: 'tea', cents: 2 });
  assert.deepEqual(book.newest(), { number: 1500, item: 'tea', cents: 2, balance: 3000 });
  assert.deepEqual(book.tail(2).map(({ number }) => number), [1499, 1500]);
  assert.equal(book.tail(5000).length, 1000);
});

test('Record answers with number and balance, and Statement tells the lines', async (context) => {
  const { client } = await startLedger(context);
  assert.deepEqual(await client.record({ item: 'tea', cents: 450 }),
    { kind: 'answered', value: { number: 1, balance: 450 } });
  assert.deepEqual(await client.record({ item: 'cake', cents: 680 }),
    { kind: 'answered', value: { number: 2, balance: 1130 } });
  const lines: Line[] = [];
  await client.statement({ lines: 2, follow: false }, (line) => lines.push(line) > 0);
  assert.deepEqual(lines, [
    { number: 1, item: 'tea', cents: 450, balance: 450 },
    { number: 2, item: 'cake', cents: 680, balance: 1130 },
  ]);
});

test('what is no sale and what is too long a statement is INVALID_ARGUMENT', async (context) => {
  const { client, served } = await startLedger(context);
  for (const sale of [{ item: '', cents: 1 }, { item: 'tea', cents: 0 },
    { item: 'x'.repeat(101), cents: 1 }]) {
    const outcome = await client.record(sale);
    assert.equal(outcome.kind === 'failed' && outcome.status, 'INVALID_ARGUMENT');
  }
  const outcome = await client.statement({ lines: 1001, follow: false }, () => true);
  assert.equal(outcome.kind === 'failed' && outcome.status, 'INVALID_ARGUMENT');
  assert.deepEqual(served.snapshot()[STATEMENT]?.statuses, { INVALID_ARGUMENT: 1 });
  assert.equal(served.snapshot()[STATEMENT]?.injected, 0);
});

test('a failure on purpose has its status, says so, and writes nothing down', async (context) => {
  const rules = [{ routes: [RECORD, STATEMENT], share: 1, status: Status.UNAVAILABLE }];
  const { client, tally, served } = await startLedger(context, new Faults(rules, [], 1));
  const wanted = {
    kind: 'failed', status: 'UNAVAILABLE', injected: true, details: 'failed on purpose',
  };
  assert.deepEqual(await client.record({ item: 'tea', cents: 1 }), wanted);
  assert.deepEqual(await client.statement({ lines: 1, follow: false }, () => true), wanted);
  assert.equal(tally.snapshot()['ledger']?.injected, 2);
  assert.equal(served.snapshot()[RECORD]?.injected, 1);
  assert.equal(served.snapshot()[STATEMENT]?.injected, 1);
});

test('a drain lets a statement end that has lines left', async (context) => {
  const { client, server } = await startLedger(context, undefined, 5);
  for (let sale = 0; sale < 20; sale += 1) await client.record({ item: 'tea', cents: 1 });
  let drained: Promise<void> | undefined;
  let lines = 0;
  const outcome = await client.statement({ lines: 20, follow: false }, () => {
    drained ??= server.drain();
    lines += 1;
    return true;
  });
  assert.deepEqual(outcome, { kind: 'answered', value: 20 });
  assert.equal(lines, 20);
  await drained;
});

test('a drain ends a stream that follows as a success', async (context) => {
  const { client, server, served } = await startLedger(context);
  let drained: Promise<void> | undefined;
  const outcome = await client.statement({ lines: 1, follow: true }, ({ number }) => {
    drained ??= server.drain();
    return number === 0;
  });
  assert.equal(outcome.kind, 'answered');
  await drained;
  assert.deepEqual(served.snapshot()[STATEMENT]?.statuses, { OK: 1 });
});

test('a client that does not read stops the ledger and nobody else', async (context) => {
  const { client } = await startLedger(context);
  let goOn = () => {};
  const stalled = new Promise<void>((resolve) => { goOn = resolve; });
  const outcome = client.statement({ lines: 1, follow: true }, async () => {
    await stalled;
    return false;
  });
  assert.equal((await client.record({ item: 'tea', cents: 1 })).kind, 'answered');
  goOn();
  assert.deepEqual(await outcome, { kind: 'cancelled' });
});
