// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { startMail, startServer, type Mailing } from '../testing/servers.js';
import { paymentsRoutes, Till } from './routes.js';

/** Asks a payments of the test's own; the status and the JSON of the answer. */
async function payments(context: TestContext, mail?: Mailing) {
  const { client } = mail ?? await startMail(context);
  const { base } = await startServer(context, paymentsRoutes(new Till(), 'payments-3', client));
  return async (method: string, path: string, body?: unknown): Promise<[number, unknown]> => {
    const answer = await fetch(new URL(path, base), {
      method, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [answer.status, await answer.json()];
  };
}

test('POST /purchase takes money and numbers what it took', async (context) => {
  const ask = await payments(context);
  assert.deepEqual(await ask('POST', '/purchase', { item: 'tea', cents: 450 }),
    [201, { payment: 'payments-3-1', item: 'tea', cents: 450 }]);
  const [, second] = await ask('POST', '/purchase', { item: 'cake', cents: 680 });
  assert.equal((second as { payment: string }).payment, 'payments-3-2');
});

test('POST /purchase refuses what is no sale', async (context) => {
  const ask = await payments(context);
  for (const body of [{}, { item: '', cents: 1 }, { item: 'tea', cents: 0 },
    { item: 'tea', cents: 1.5 }, { item: 'tea', cents: '450' }, { item: 'x'.repeat(101), cents: 1 },
    { item: 'tea', cents: 1e9 }]) {
    assert.equal((await ask('POST', '/purchase', body))[0], 400, JSON.stringify(body));
  }
  assert.deepEqual(await ask('POST', '/reset'), [200, { purchases: 0, cents: 0 }]);
});

test('POST /reset tells what was in the till and empties it', async (context) => {
  const ask = await payments(context);
  await ask('POST', '/purchase', { item: 'tea', cents: 450 });
  assert.deepEqual(await ask('POST', '/reset'), [200, { purchases: 1, cents: 450 }]);
  assert.deepEqual(await ask('POST', '/reset'), [200, { purchases: 0, cents: 0 }]);
});

test('GET /test-mail sends mail and shows it', async (context) => {
  const mail = await startMail(context);
  const ask = await payments(context, mail);
  await ask('POST', '/purchase', { item: 'tea', cents: 450 });
  assert.deepEqual(await ask('GET', '/test-mail'), [200, {
    from: 'payments@shop.example', to: 'owner@shop.example',
    subject: 'Test mail from payments-3', text: '1 purchases, 4.50 in the till.',
    taken_as: 'mail-1-1',
  }]);
  assert.equal(mail.accepted.snapshot()['SMTP']?.statuses['250'], 1);
});

test('GET /test-mail is 502 when mail is away or refuses', async (context) => {
  const away = await startMail(context);
  await away.server.drain();
  const [status, body] = await (await payments(context, away))('GET', '/test-mail');
  assert.deepEqual([status, body], [502, { error: 'mail did not do it: ECONNREFUSED' }]);
  const ask = await payments(context, await startMail(context, { mailOctets: 10 }));
  assert.deepEqual(await ask('GET', '/test-mail'),
    [502, { error: 'mail did not do it: 552, 5.3.4 too long' }]);
});

test('GET /wake says who is awake', async (context) => {
  const ask = await payments(context);
  assert.deepEqual(await ask('GET', '/wake'), [200, { awake: 'payments-3' }]);
});
