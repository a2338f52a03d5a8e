// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';

import { Faults } from '../faults/faults.js';
import { application, startClient, startServer, until } from '../testing/servers.js';
import { HttpClient } from './client.js';
import { jsonObject, type Reply, type Route } from './server.js';

const ok = (): Reply => ({ status: 200, body: { fine: true } });

/** A route whose answer waits until it is let go. */
function gated(): { route: Route; asked: Promise<void>; open: () => void } {
  let open = () => {};
  let tell = () => {};
  const opened = new Promise<void>((resolve) => { open = resolve; });
  const asked = new Promise<void>((resolve) => { tell = resolve; });
  const answer = async () => {
    tell();
    await opened;
    return ok();
  };
  return { route: { method: 'GET', path: '/gate', answer }, asked, open };
}

test('an answer names the replica and the version that gave it', async (context) => {
  const { base } = await startServer(context, [{ method: 'GET', path: '/', answer: ok }]);
  const answer = await fetch(base);
  assert.equal(answer.headers.get('shop-replica'), 'replica-1');
  assert.equal(answer.headers.get('shop-version'), 'v2');
  assert.deepEqual(await answer.json(), { fine: true });
});

test('what is not there is 404, and another method is 405 and says which', async (context) => {
  const { base, served } = await startServer(context, [{ method: 'GET', path: '/a', answer: ok }]);
  assert.equal((await fetch(new URL('/b', base))).status, 404);
  const answer = await fetch(new URL('/a', base), { method: 'POST' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('allow'), 'GET');
  assert.deepEqual(served.snapshot()['other']?.statuses, { 404: 1, 405: 1 });
});

test('a body that is too long or no JSON object is refused', async (context) => {
  const { base } = await startServer(context, [{
    method: 'POST', path: '/', answer: ({ body }) => ({ status: 200, body: jsonObject(body) }),
  }]);
  const post = async (body: string) => (await fetch(base, { method: 'POST', body })).status;
  assert.equal(await post('{"a":1}'), 200);
  assert.equal(await post('{'), 400);
  assert.equal(await post('[1]'), 400);
  assert.equal(await post('null'), 400);
  assert.equal(await post(`"${'x'.repeat(70_000)}"`), 413);
});

test('a route that breaks answers 500 without saying why', async (context) => {
  const told = context.mock.method(console, 'error', () => {});
  const answer = () => { throw new Error('the password is secret'); };
  const { base } = await startServer(context, [{ method: 'GET', path: '/', answer }]);
  const answered = await fetch(base);
  assert.equal(answered.status, 500);
  assert.doesNotMatch(await answered.text(), /secret/);
  assert.equal(told.mock.callCount(), 1);
});

test('a failure on purpose has its status, says so, and is counted as such', async (context) => {
  const rule = { routes: ['GET /'], share: 1, status: 503 };
  const { base, served } = await startServer(context, [{ method: 'GET', path: '/', answer: ok }],
    new Faults([rule], [], 1));
  const { client, tally } = startClient(context, base);
  const outcome = await client.call({ method: 'GET', path: '/' });
  assert.equal(outcome.kind === 'answered' && outcome.headers['shop-injected'], '1');
  assert.equal(tally.snapshot()['payments']?.injected, 1);
  assert.deepEqual(served.snapshot()['GET /'], {
    received: 1, answered: 1, injected: 1, aborted: 0, in_flight: 0, statuses: { 503: 1 },
  });
});

test('a delay on purpose comes before the answer', async (context) => {
  const rule = { routes: ['GET /'], least: 60, most: 60 };
  const { base } = await startServer(context, [{ method: 'GET', path: '/', answer: ok }],
    new Faults([], [rule], 1));
  const started = performance.now();
  assert.equal((await fetch(base)).status, 200);
  assert.ok(performance.now() - started >= 59);
});

test('a caller who goes away is counted as aborted', async (context) => {
  const { route, asked, open } = gated();
  const { base, served } = await startServer(context, [route]);
  const socket = connect(Number(base.port), '127.0.0.1');
  socket.write('GET /gate HTTP/1.1\r\nhost: shop\r\n\r\n');
  await asked;
  assert.equal(served.snapshot()['GET /gate']?.in_flight, 1);
  socket.destroy();
  await until(() => served.snapshot()['GET /gate']?.in_flight === 0);
  open();
  const { aborted, answered } = served.snapshot()['GET /gate'] ?? {};
  assert.deepEqual({ aborted, answered }, { aborted: 1, answered: 0 });
});

test('a failure for one caller is for who calls itself so', async (context) => {
  const rule = { routes: ['GET /'], share: 1, status: 503, from: 'web' };
  const { base } = await startServer(context, [{ method: 'GET', path: '/', answer: ok }],
    new Faults([rule], [], 1));
  for (const [name, status] of [['web', 503], ['webster', 200], ['graph', 200]] as const) {
    const client = new HttpClient('payments', base, 30_000, application(name));
    context.after(() => client.close());
    const outcome = await client.call({ method: 'GET', path: '/' });
    assert.equal(outcome.kind === 'answered' && outcome.status, status, name);
  }
  for (const agent of ['curl/8.0 shop-web/v1', 'shop-web', 'shop-/v1', '']) {
    assert.equal((await fetch(base, { headers: { 'user-agent': agent } })).status, 200, agent);
  }
});

test('a drain answers what has arrived, closes its connection, and takes nothing new',
  async (context) => {
    const { route, asked, open } = gated();
    const { base, server } = await startServer(context, [route]);
    const { client, tally } = startClient(context, base);
    const pending = client.call({ method: 'GET', path: '/gate' });
    await asked;
    const drained = server.drain();
    const late = await client.call({ method: 'GET', path: '/gate', isFresh: true });
    assert.deepEqual(late, { kind: 'lost', cause: 'ECONNREFUSED' });
    open();
    const outcome = await pending;
    assert.equal(outcome.kind === 'answered' && outcome.headers.connection, 'close');
    await drained;
    assert.equal(tally.snapshot()['payments']?.succeeded, 1);
  });

test('a drain does not wait for connections that nobody uses', async (context) => {
  const { base, server } = await startServer(context, [{ method: 'GET', path: '/', answer: ok }]);
  const socket = connect(Number(base.port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: shop\r\n\r\n');
  await once(socket, 'data');
  socket.resume();
  const closed = once(socket, 'close');
  await server.drain();
  await closed;
});

test('a drain closes a connection whose answer had begun before it', async (context) => {
  let goOn = () => {};
  const more = new Promise<void>((resolve) => { goOn = resolve; });
  const { base, server } = await startServer(context, [{
    method: 'GET', path: '/', answer: () => async (response) => {
      response.write('first');
      await more;
      response.end('second');
      return undefined;
    },
  }]);
  const socket = connect(Number(base.port), '127.0.0.1');
  let heard = '';
  socket.on('data', (piece: Buffer) => { heard += piece.toString(); });
  socket.write('GET / HTTP/1.1\r\nhost: shop\r\n\r\n');
  await once(socket, 'data');
  const drained = server.drain();
  goOn();
  await drained;
  if (!socket.closed) await once(socket, 'close');
  assert.match(heard, /second\r\n0\r\n\r\n$/);
});
