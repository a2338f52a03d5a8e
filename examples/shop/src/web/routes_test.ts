// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { status as Status } from '@grpc/grpc-js';

import { Faults } from '../faults/faults.js';
import { RECORD, STATEMENT } from '../grpc/contract.js';
import { paymentsRoutes, Till } from '../payments/routes.js';
import { startClient, startLedger, startMail, startServer, until } from '../testing/servers.js';
import { webRoutes } from './routes.js';

/** A web with its own payments and ledger. */
async function startShop(
  context: TestContext, paymentFaults?: Faults<number>, ledgerFaults?: Faults<Status>,
) {
  const mail = await startMail(context);
  const payments = await startServer(context, paymentsRoutes(new Till(), 'p-1', mail.client),
    paymentFaults);
  const ledger = await startLedger(context, ledgerFaults);
  const calling = startClient(context, payments.base);
  const routes = webRoutes({ payments: calling.client, ledger: ledger.client });
  const web = await startServer(context, routes);
  const ask = (method: string, path: string, body?: string) =>
    fetch(new URL(path, web.base), { method, ...(body === undefined ? {} : { body }) });
  return { web, payments, ledger, tally: calling.tally, ask };
}

const failing = (route: string) => new Faults([{ routes: [route], share: 1, status: 503 }], [], 1);

test('GET / is a page for people', async (context) => {
  const { ask } = await startShop(context);
  const answer = await ask('GET', '/');
  assert.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.match(await answer.text(), /<h1>The shop<\/h1>/);
});

test('POST /buy pays, writes it down, and says who took the money', async (context) => {
  const { ask } = await startShop(context);
  const answer = await ask('POST', '/buy', '{"item":"cake","cents":680}');
  assert.equal(answer.status, 201);
  assert.deepEqual(await answer.json(), {
    item: 'cake', cents: 680, payment: 'p-1-1', paid_by: 'replica-1/v2', number: 1, balance: 680,
  });
  const tea = await (await ask('POST', '/buy')).json() as { item: string; balance: number };
  assert.deepEqual([tea.item, tea.balance], ['tea', 1130]);
});

test('a purchase that payments refuses is refused with its words', async (context) => {
  const { ask, ledger } = await startShop(context);
  const answer = await ask('POST', '/buy', '{"item":"cake","cents":0}');
  assert.equal(answer.status, 400);
  assert.match(await answer.text(), /cents must be a whole number/);
  assert.equal(ledger.tally.snapshot()['ledger'], undefined);
});

test('a failure of payments becomes 502 and stays one on purpose', async (context) => {
  const { ask, web, tally } = await startShop(context, failing('POST /purchase'));
  const answer = await ask('POST', '/buy');
  assert.equal(answer.status, 502);
  assert.equal(answer.headers.get('shop-injected'), '1');
  assert.match(await answer.text(), /payments did not do it: 503/);
  assert.equal(web.served.snapshot()['POST /buy']?.injected, 1);
  assert.equal(tally.snapshot()['payments']?.injected, 1);
});

test('a failure of ledger becomes 502 and stays one on purpose', async (context) => {
  const rule = { routes: [RECORD, STATEMENT], share: 1, status: Status.INTERNAL };
  const { ask } = await startShop(context, undefined, new Faults([rule], [], 1));
  for (const [method, path] of [['POST', '/buy'], ['GET', '/statement']] as const) {
    const answer = await ask(method, path);
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get('shop-injected'), '1');
    assert.match(await answer.text(), /ledger did not do it: INTERNAL/);
  }
});

test('peers that are not there are 502 and nobody\'s purpose', async (context) => {
  const { ask, payments, ledger } = await startShop(context);
  await payments.server.drain();
  await ledger.server.drain();
  for (const asked of ['POST /buy', 'GET /wake', 'GET /statement']) {
    const [method = '', path = ''] = asked.split(' ');
    const answer = await ask(method, path);
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get('shop-injected'), null);
    assert.match(await answer.text(), /ECONNREFUSED/);
  }
});

test('a peer that is too slow is 504', async (context) => {
  const slow = new Faults<number>([], [{ routes: ['GET /wake'], least: 60_000, most: 60_000 }], 1);
  const mail = await startMail(context);
  const payments = await startServer(context, paymentsRoutes(new Till(), 'p-1', mail.client), slow);
  const { client: ledger } = await startLedger(context);
  const { client } = startClient(context, payments.base, 50);
  const web = await startServer(context, webRoutes({ payments: client, ledger }));
  assert.equal((await fetch(new URL('/wake', web.base))).status, 504);
});

test('GET /mail, GET /wake and POST /reset are asked of payments', async (context) => {
  const { ask, payments } = await startShop(context);
  assert.match(await (await ask('GET', '/mail')).text(), /Test mail from p-1/);
  assert.deepEqual(await (await ask('GET', '/wake')).json(), { awake: 'p-1' });
  assert.deepEqual(await (await ask('POST', '/reset')).json(), { purchases: 0, cents: 0 });
  assert.deepEqual(Object.keys(payments.served.snapshot()),
    ['GET /test-mail', 'GET /wake', 'POST /reset']);
});

test('GET /statement is a line of JSON for each line of the book', async (context) => {
  const { ask } = await startShop(context);
  await ask('POST', '/buy');
  const answer = await ask('GET', '/statement?lines=2');
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  const lines = (await answer.text()).trim().split('\n').map((line) => JSON.parse(line) as object);
  assert.deepEqual(lines, [
    { number: 0, item: 'opening', cents: 0, balance: 0 },
    { number: 1, item: 'tea', cents: 450, balance: 450 },
  ]);
});

test('GET /statement refuses numbers of lines that cannot be', async (context) => {
  const { ask } = await startShop(context);
  for (const lines of ['0', '1001', 'all', '-1', '']) {
    assert.equal((await ask('GET', `/statement?lines=${lines}`)).status, 400, lines);
  }
});

test('a customer who leaves a statement ends the call to ledger too', async (context) => {
  const { web, ledger } = await startShop(context);
  const { client, tally } = startClient(context, web.base);
  const call = {
    method: 'GET', path: '/statement', query: '?lines=1&follow=1', wantsMore: () => false,
  } as const;
  assert.deepEqual(await client.call(call), { kind: 'cancelled' });
  await until(() => ledger.served.snapshot()[STATEMENT]?.in_flight === 0);
  assert.equal(tally.snapshot()['payments']?.cancelled, 1);
  assert.equal(ledger.tally.snapshot()['ledger']?.cancelled, 1);
  assert.equal(ledger.served.snapshot()[STATEMENT]?.aborted, 1);
  assert.equal(web.served.snapshot()['GET /statement']?.aborted, 1);
});
