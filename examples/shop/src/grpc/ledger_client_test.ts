// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, constants, type ServerHttp2Stream } from 'node:http2';
import { test, type TestContext } from 'node:test';

import { application, ledgerClient, rowOf, startLedger, until } from '../testing/servers.js';
import { RECORD, STATEMENT } from './contract.js';

const SALE = { item: 'tea', cents: 450 };

/** An HTTP/2 server that does to each call whatever the test wants; its port. */
async function startPeer(
  context: TestContext, serve: (stream: ServerHttp2Stream) => void,
): Promise<number> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    stream.session?.on('error', () => {});
    serve(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What becomes of a Record call to such a server, and its tally. */
async function recordAt(
  context: TestContext, serve: (stream: ServerHttp2Stream) => void, timeout?: number,
) {
  const caller = application();
  const client = ledgerClient(context, await startPeer(context, serve), caller, timeout);
  const outcome = await client.record(SALE);
  return { outcome, row: rowOf(caller.counted.sent, 'ledger', RECORD) };
}

test('an answer is counted by its status and by who gave it', async (context) => {
  const { client, tally } = await startLedger(context);
  const outcome = await client.record(SALE);
  assert.deepEqual(outcome, { kind: 'answered', value: { number: 1, balance: 450 } });
  const row = rowOf(tally, 'ledger', RECORD);
  assert.equal(row?.succeeded, 1);
  assert.deepEqual(row.statuses, { OK: 1 });
  assert.deepEqual(row.answered_by, { 'replica-1/v2': 1 });
});

test('a status of the server is a failure by that name', async (context) => {
  const { outcome, row } = await recordAt(context, (stream) => stream.respond(
    { 'content-type': 'application/grpc', 'grpc-status': '14', 'grpc-message': 'busy' },
    { endStream: true }));
  assert.deepEqual(outcome,
    { kind: 'failed', status: 'UNAVAILABLE', injected: false, details: 'busy' });
  assert.equal(row?.failed, 1);
  assert.deepEqual(row.statuses, { UNAVAILABLE: 1 });
});

test('a stream that is reset is not answered', async (context) => {
  for (const code of [constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_CANCEL]) {
    const { outcome, row } = await recordAt(context, (stream) => stream.close(code));
    assert.deepEqual(outcome, { kind: 'lost', cause: 'stream reset' });
    assert.equal(row?.not_answered, 1);
    assert.equal(row.sent, 1);
  }
});

test('a stream that is refused is not sent again', async (context) => {
  let asked = 0;
  const { outcome, row } = await recordAt(context, (stream) => {
    asked += 1;
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  });
  assert.deepEqual(outcome, { kind: 'lost', cause: 'stream refused' });
  assert.equal(asked, 1);
  assert.equal(row?.not_answered, 1);
});

test('a connection that breaks leaves its calls not answered', async (context) => {
  const { outcome, row } = await recordAt(context, (stream) => stream.session?.destroy());
  assert.equal(outcome.kind, 'lost');
  assert.equal(row?.not_answered, 1);
});

test('a call that takes too long is given up', async (context) => {
  const { outcome, row } = await recordAt(context, () => {}, 500);
  assert.deepEqual(outcome, { kind: 'lost', cause: 'timeout' });
  assert.equal(row?.not_answered, 1);
});

test('a call that finds nobody was never sent', async (context) => {
  const { server, client, tally } = await startLedger(context);
  await server.drain();
  assert.deepEqual(await client.record(SALE), { kind: 'lost', cause: 'ECONNREFUSED' });
  assert.deepEqual(await client.statement({ lines: 1, follow: false }, () => true),
    { kind: 'lost', cause: 'ECONNREFUSED' });
  const { sent, not_connected: notConnected } = tally.snapshot()['ledger'] ?? {};
  assert.deepEqual({ sent, notConnected }, { sent: 0, notConnected: 2 });
});

test('a statement that is read to its end succeeded', async (context) => {
  const { client, tally } = await startLedger(context);
  await client.record(SALE);
  const items: string[] = [];
  const outcome = await client.statement({ lines: 5, follow: false }, ({ item }) => {
    items.push(item);
    return true;
  });
  assert.deepEqual(outcome, { kind: 'answered', value: 2 });
  assert.deepEqual(items, ['opening', 'tea']);
  assert.equal(rowOf(tally, 'ledger', STATEMENT)?.succeeded, 1);
});

test('a stream that its client leaves is cancelled on both sides', async (context) => {
  const { client, tally, served } = await startLedger(context);
  let wanted = 3;
  const outcome = await client.statement({ lines: 1, follow: true }, () => --wanted > 0);
  assert.deepEqual(outcome, { kind: 'cancelled' });
  assert.equal(rowOf(tally, 'ledger', STATEMENT)?.cancelled, 1);
  await until(() => served.snapshot()[STATEMENT]?.in_flight === 0);
  const { aborted, answered } = served.snapshot()[STATEMENT] ?? {};
  assert.deepEqual({ aborted, answered }, { aborted: 1, answered: 0 });
});

test('a signal before the answer cancels the call once the answer has begun', async (context) => {
  const { client, tally, served } = await startLedger(context);
  const outcome = await client.statement({ lines: 1, follow: true }, () => true,
    AbortSignal.abort());
  assert.deepEqual(outcome, { kind: 'cancelled' });
  await until(() => served.snapshot()[STATEMENT]?.in_flight === 0);
  assert.equal(tally.snapshot()['ledger']?.sent, 1);
  assert.equal(served.snapshot()[STATEMENT]?.aborted, 1);
});
