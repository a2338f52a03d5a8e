// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { startServer } from '../testing/servers.js';
import { paymentsRoutes, Till } from './routes.js';

/** Asks a payments of the test's own; the status and the JSON of the answer. */
async function payments(context: TestContext) {
  const { base } = await startServer(context, paymentsRoutes(new Till(), 'payments-3'));
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

test('GET /test-mail shows the mail that would be sent', async (context) => {
  const ask = await payments(context);
  await ask('POST', '/purchase', { item: 'tea', cents: 450 });
  assert.deepEqual(await ask('GET', '/test-mail'), [200, {
    to: 'owner@shop.example', subject: 'Test mail from payments-3',
    text: '1 purchases, 4.50 in the till.',
  }]);
});

test('GET /wake says who is awake', async (context) => {
  const ask = await payments(context);
  assert.deepEqual(await ask('GET', '/wake'), [200, { awake: 'payments-3' }]);
});
