// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';

import { rowOf, startClient, startServer, until } from '../testing/servers.js';

/** A listener that does to each request whatever the test wants. */
async function startPeer(context: TestContext, serve: (socket: Socket) => void): Promise<URL> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => serve(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => void server.close());
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
}

const WAKE = { method: 'GET', path: '/wake' } as const;

test('an answer is counted by its status and by who gave it', async (context) => {
  const answer = () => ({ status: 201, body: 'made' });
  const { base } = await startServer(context, [{ method: 'POST', path: '/purchase', answer }]);
  const { client, tally } = startClient(context, base);
  const outcome = await client.call({ method: 'POST', path: '/purchase', body: { item: 'tea' } });
  assert.equal(outcome.kind === 'answered' && outcome.body.toString(), 'made');
  const row = rowOf(tally, 'payments', 'POST /purchase');
  assert.equal(row?.succeeded, 1);
  assert.deepEqual(row.statuses, { 201: 1 });
  assert.deepEqual(row.answered_by, { 'replica-1/v2': 1 });
});

test('statuses from 400 on are failures, and none of them is injected', async (context) => {
  const { base } = await startServer(context, []);
  const { client, tally } = startClient(context, base);
  await client.call(WAKE);
  const { failed, injected, succeeded } = rowOf(tally, 'payments', 'GET /wake') ?? {};
  assert.deepEqual({ failed, injected, succeeded }, { failed: 1, injected: 0, succeeded: 0 });
});

test('kept connections stay open and fresh ones are closed', async (context) => {
  const answer = () => ({ status: 200, body: '' });
  const { base } = await startServer(context, [{ method: 'GET', path: '/wake', answer }]);
  const { client } = startClient(context, base);
  const connection = async (isFresh: boolean) => {
    const outcome = await client.call({ ...WAKE, isFresh });
    return outcome.kind === 'answered' ? outcome.headers.connection : undefined;
  };
  assert.equal(await connection(false), 'keep-alive');
  assert.equal(await connection(true), 'close');
});

test('a connection that breaks leaves its request not answered', async (context) => {
  const base = await startPeer(context, (socket) => socket.resetAndDestroy());
  const { client, tally } = startClient(context, base);
  assert.deepEqual(await client.call(WAKE), { kind: 'lost', cause: 'ECONNRESET' });
  const row = rowOf(tally, 'payments', 'GET /wake');
  assert.equal(row?.not_answered, 1);
  assert.equal(row.sent, 1);
});

test('an answer that is cut short is no answer', async (context) => {
  const base = await startPeer(context, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
  const { client, tally } = startClient(context, base);
  assert.deepEqual(await client.call(WAKE), { kind: 'lost', cause: 'cut short' });
  assert.equal(rowOf(tally, 'payments', 'GET /wake')?.not_answered, 1);
});

test('an answer that takes too long is given up, and so is its connection', async (context) => {
  let closed: Promise<unknown> | undefined;
  const base = await startPeer(context, (socket) => { closed = once(socket, 'close'); });
  const { client, tally } = startClient(context, base, 100);
  assert.deepEqual(await client.call(WAKE), { kind: 'lost', cause: 'timeout' });
  await closed;
  assert.equal(rowOf(tally, 'payments', 'GET /wake')?.not_answered, 1);
});

test('an answer without an end is given up', async (context) => {
  const base = await startPeer(context, (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_100_000)}`);
  });
  const { client } = startClient(context, base);
  assert.deepEqual(await client.call(WAKE), { kind: 'lost', cause: 'too long' });
});

test('a request that finds nobody was never sent', async (context) => {
  const { base, server } = await startServer(context, []);
  await server.drain();
  const { client, tally } = startClient(context, base);
  assert.deepEqual(await client.call(WAKE), { kind: 'lost', cause: 'ECONNREFUSED' });
  const { sent, not_connected: notConnected } = rowOf(tally, 'payments', 'GET /wake') ?? {};
  assert.deepEqual({ sent, notConnected }, { sent: 0, notConnected: 1 });
});

test('a request given up after its first piece is cancelled on both sides', async (context) => {
  const { base, served } = await startServer(context, [{
    method: 'GET', path: '/wake', answer: () => async (response, gone) => {
      response.write('first');
      await once(gone, 'abort');
      return undefined;
    },
  }]);
  const { client, tally } = startClient(context, base);
  assert.deepEqual(await client.call({ ...WAKE, wantsMore: () => false }), { kind: 'cancelled' });
  await until(() => served.snapshot()['GET /wake']?.in_flight === 0);
  const row = rowOf(tally, 'payments', 'GET /wake');
  assert.equal(row?.cancelled, 1);
  assert.equal(row.not_answered, 0);
  assert.equal(served.snapshot()['GET /wake']?.aborted, 1);
});
