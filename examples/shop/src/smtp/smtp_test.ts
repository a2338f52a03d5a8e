// SPDX-License-Identifier: Apache-2.0
// Client and server over loopback.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';

import { application, startMail, until } from '../testing/servers.js';
import { MailClient, type MailOutcome } from './client.js';

const MAIL = { from: 'a@b.example', to: 'owner@shop.example', subject: 'tea', text: 'Is there?' };

/** A server that does to each connection whatever the test wants; what became of a mail to it. */
async function sendTo(context: TestContext, serve: (socket: Socket) => void, timeout = 30_000) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => void server.close());
  const { port } = server.address() as { port: number };
  const caller = application();
  const client = new MailClient('mail', { host: '127.0.0.1', port }, timeout, caller);
  const outcome: MailOutcome = await client.send(MAIL);
  return { outcome, row: caller.counted.connected.snapshot()['mail'] };
}

test('a mail is one connection, counted alike by who opened and by who accepted it',
  async (context) => {
    const { client, accepted, tally } = await startMail(context);
    assert.deepEqual(await client.send(MAIL), { kind: 'answered', takenAs: 'mail-1-1' });
    assert.deepEqual(await client.send({ ...MAIL, text: '.\n..\n.' }),
      { kind: 'answered', takenAs: 'mail-1-2' });
    const row = tally.snapshot()['mail'];
    assert.deepEqual([row?.sent, row?.succeeded, row?.statuses, row?.answered_by],
      [2, 2, { 250: 2 }, { 'mail-1/v2': 2 }]);
    const { received, answered, aborted, statuses } = accepted.snapshot()['SMTP'] ?? {};
    assert.deepEqual({ received, answered, aborted, statuses },
      { received: 2, answered: 2, aborted: 0, statuses: { 250: 2 } });
  });

test('a mail that is refused has failed with the code it was refused with', async (context) => {
  const { client, accepted, tally } = await startMail(context);
  const outcome = await client.send({ ...MAIL, to: 'someone@elsewhere.example' });
  assert.deepEqual(outcome, { kind: 'failed', status: '550', injected: false,
    details: '5.7.1 only mail for shop.example is taken' });
  assert.equal(tally.snapshot()['mail']?.failed, 1);
  assert.deepEqual(accepted.snapshot()['SMTP']?.statuses, { 550: 1 });
});

test('the server speaks first, and takes commands that come all at once', async (context) => {
  const { port, accepted } = await startMail(context);
  const socket = connect(port, '127.0.0.1');
  const [greeting] = await once(socket, 'data') as [Buffer];
  assert.equal(greeting.toString(), '220 mail-1/v2 ESMTP\r\n');
  let heard = '';
  socket.on('data', (piece: Buffer) => { heard += piece.toString(); });
  socket.write(['HELO a', 'MAIL FROM:<>', 'RCPT TO:<a@shop.example>', 'DATA', '', 'hi', '.', 'QUIT',
    ''].join('\r\n'));
  await once(socket, 'close');
  assert.deepEqual(heard.trim().split('\r\n').map((line) => line.slice(0, 3)),
    ['250', '250', '250', '354', '250', '221']);
  assert.deepEqual(accepted.snapshot()['SMTP']?.statuses, { 250: 1 });
});

test('a client that goes away without a word is counted as aborted', async (context) => {
  const { port, accepted } = await startMail(context);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'data');
  socket.destroy();
  await until(() => accepted.snapshot()['SMTP']?.in_flight === 0);
  assert.equal(accepted.snapshot()['SMTP']?.aborted, 1);
});

test('who says too much, says nothing, or is one too many is told so and sent away',
  async (context) => {
    const long = await startMail(context);
    const endless = connect(long.port, '127.0.0.1');
    endless.write('x'.repeat(2000));
    const quiet = await startMail(context, {}, undefined, 20);
    const full = await startMail(context, {}, 0);
    for (const [socket, words] of [
      [endless, /421 4.3.2 a line is too long/],
      [connect(quiet.port, '127.0.0.1'), /421 4.3.2 silent for too long/],
      [connect(full.port, '127.0.0.1'), /^421 4.3.2 too many connections/],
    ] as const) {
      let heard = '';
      socket.on('data', (piece: Buffer) => { heard += piece.toString(); });
      await once(socket, 'close');
      assert.match(heard, words);
    }
    assert.deepEqual(quiet.accepted.snapshot()['SMTP']?.statuses, { 421: 1 });
    const outcome = await full.client.send(MAIL);
    assert.equal(outcome.kind === 'failed' && outcome.status, '421');
  });

test('a drain lets a conversation end and sends away who keeps silent', async (context) => {
  const { server, client, port, accepted } = await startMail(context, {}, undefined, 300);
  const silent = connect(port, '127.0.0.1');
  silent.resume();
  await until(() => accepted.snapshot()['SMTP']?.received === 1);
  const sent = client.send(MAIL);
  await until(() => accepted.snapshot()['SMTP']?.received === 2);
  await server.drain();
  assert.equal((await sent).kind, 'answered');
  assert.deepEqual(accepted.snapshot()['SMTP']?.statuses, { 250: 1, 421: 1 });
  assert.deepEqual(await client.send(MAIL), { kind: 'lost', cause: 'ECONNREFUSED' });
});

test('a mail whose connection breaks, dawdles or is none of SMTP is not answered',
  async (context) => {
    const broken = [
      [(socket: Socket) => {
        socket.write('220 mail\r\n');
        socket.once('data', () => socket.resetAndDestroy());
      }, 'ECONNRESET'],
      [(socket: Socket) => void socket.end('220 mail\r\n'), 'cut short'],
      [(socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n'), 'no SMTP'],
      [(socket: Socket) => void socket.write('220-on\r\n'.repeat(60)), 'no SMTP'],
    ] as const;
    for (const [serve, cause] of broken) {
      const { outcome, row } = await sendTo(context, serve);
      assert.deepEqual(outcome, { kind: 'lost', cause });
      assert.equal(row?.not_answered, 1, cause);
    }
    const late = await sendTo(context, () => {}, 50);
    assert.deepEqual(late.outcome, { kind: 'lost', cause: 'timeout' });
  });
