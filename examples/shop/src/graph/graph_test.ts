// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { status as Status } from '@grpc/grpc-js';
import { getIntrospectionQuery } from 'graphql';

import { Faults, type FailRule } from '../faults/faults.js';
import { Random } from '../faults/random.js';
import { callGraphql } from '../graphql/client.js';
import { RECORD, STATEMENT } from '../grpc/contract.js';
import { paymentsRoutes, Till } from '../payments/routes.js';
import { startClient, startLedger, startMail, startServer } from '../testing/servers.js';
import { Fields, MENU } from './fields.js';
import { graphqlRoute } from './route.js';

interface Answer {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: string[]; extensions?: Record<string, unknown> }[];
  error?: string;
}

interface Failing {
  readonly fields?: FailRule<string>[];
  readonly payments?: FailRule<number>[];
  readonly ledger?: FailRule<Status>[];
}

/** A graph with its own payments and ledger, and a client of it. */
async function startGraph(context: TestContext, failing: Failing = {}) {
  const mail = await startMail(context);
  const payments = await startServer(context, paymentsRoutes(new Till(), 'p-1', mail.client),
    new Faults(failing.payments ?? [], [], 1));
  const ledger = await startLedger(context, new Faults(failing.ledger ?? [], [], 1));
  const peers = { payments: startClient(context, payments.base).client, ledger: ledger.client };
  const fields = new Fields(peers, new Faults(failing.fields ?? [], [], 1),
    { least: 1, most: 2 }, new Random(1, 'report'));
  const graph = await startServer(context, [graphqlRoute(fields)]);
  const ask = async (request: unknown): Promise<[number, Answer]> => {
    const body = typeof request === 'string' ? request : JSON.stringify(request);
    const answer = await fetch(new URL('/graphql', graph.base), { method: 'POST', body });
    return [answer.status, await answer.json() as Answer];
  };
  return { graph, payments, ledger, ask, calling: startClient(context, graph.base) };
}

test('several fields of one request are answered together', async (context) => {
  const { ask } = await startGraph(context);
  assert.deepEqual(await ask({ query: '{ menu { name cents } item(name: "tea") { cents } }' }),
    [200, { data: { menu: MENU, item: { cents: 450 } } }]);
  assert.deepEqual(await ask({ query: '{ item(name: "gold") { cents } }' }),
    [200, { data: { item: null } }]);
});

test('buy pays, writes it down, and says who took the money; book and report show it',
  async (context) => {
    const { ask } = await startGraph(context);
    const query = 'mutation Order($item: String!) '
      + '{ buy(item: $item) { item cents payment paidBy number balance } }';
    assert.deepEqual(await ask({ query, variables: { item: 'cake' } }), [200, { data: { buy: {
      item: 'cake', cents: 680, payment: 'p-1-1', paidBy: 'replica-1/v2', number: 1, balance: 680,
    } } }]);
    const look = '{ book { item cents } report { sales takings favourite } }';
    assert.deepEqual(await ask({ query: look }), [200, { data: {
      book: [{ item: 'opening', cents: 0 }, { item: 'cake', cents: 680 }],
      report: { sales: 1, takings: 680, favourite: 'cake' },
    } }]);
  });

test('an error of one field is inside of an answer that is 200 and has the others',
  async (context) => {
    const { ask } = await startGraph(context,
      { fields: [{ routes: ['menu'], share: 1, status: 'OUT_OF_ORDER' }] });
    const [status, { data, errors }] = await ask({ query: '{ menu { name } book { number } }' });
    assert.equal(status, 200);
    assert.deepEqual(data, { menu: null, book: [{ number: 0 }] });
    assert.deepEqual(errors?.map(({ path, extensions }) => [path, extensions]),
      [[['menu'], { code: 'OUT_OF_ORDER', injected: true }]]);
  });

test('what payments or ledger fail is an error inside of 200, and stays one on purpose',
  async (context) => {
    const unpaid = await startGraph(context,
      { payments: [{ routes: ['POST /purchase'], share: 1, status: 500 }] });
    const query = 'mutation { buy(item: "tea") { number } }';
    const [status, { errors: [first] = [] }] = await unpaid.ask({ query });
    assert.deepEqual([status, first?.message, first?.extensions], [200,
      'payments did not do it: 500, it failed', { code: 'PAYMENTS_FAILED', injected: true }]);
    const unwritten = await startGraph(context,
      { ledger: [{ routes: [RECORD, STATEMENT], share: 1, status: Status.INTERNAL }] });
    const both = '{ book { number } report { sales } }';
    const [, { errors = [] }] = await unwritten.ask({ query: both });
    assert.deepEqual(errors.map(({ extensions }) => extensions?.['code']),
      ['LEDGER_FAILED', 'LEDGER_FAILED']);
    await unwritten.ledger.server.drain();
    const [, { errors: [lost] = [] }] = await unwritten.ask({ query: '{ book { number } }' });
    assert.deepEqual(lost?.extensions, { code: 'LEDGER_FAILED', injected: false });
  });

test('wishes that cannot be fulfilled are errors inside of 200, and nobody\'s purpose',
  async (context) => {
    const { ask, payments } = await startGraph(context);
    for (const query of ['mutation { buy(item: "gold") { number } }',
      '{ book(lines: 0) { number } }', '{ report(lines: 2000) { sales } }']) {
      const [status, { errors: [first] = [] }] = await ask({ query });
      assert.deepEqual([status, first?.extensions], [200, { code: 'BAD_INPUT', injected: false }]);
    }
    assert.equal(payments.served.snapshot()['POST /purchase'], undefined);
  });

test('what cannot be executed is 400', async (context) => {
  const { ask, graph } = await startGraph(context);
  const wrong = ['{', '[]', {}, { query: 7 }, { query: '' }, { query: '{' }, { query: '{ gold }' },
    { query: '{ menu }' }, { query: 'subscription { menu { name } }' },
    { query: '{ menu { name } }', variables: [] }, { query: '{ menu { name } }', operationName: 1 },
    { query: 'query A { menu { name } } query B { menu { name } }' },
    { query: 'query A($n: Int!) { book(lines: $n) { number } }', variables: { n: 'x' } },
    { query: 'query A { menu { name } }', operationName: 'B' },
    { query: `{ ${'menu { name } '.repeat(300)} }` },
    { query: `{ ${Array.from({ length: 200 }, (_, at) => `a${at}: menu { name }`).join(' ')} }` },
  ];
  for (const request of wrong) {
    const [status, answer] = await ask(request);
    assert.equal(status, 400, JSON.stringify(request).slice(0, 80));
    assert.ok(answer.errors ?? answer.error);
  }
  assert.equal((await fetch(new URL('/graphql?query={menu{name}}', graph.base))).status, 405);
  assert.deepEqual(graph.served.snapshot()['POST /graphql']?.operations, undefined);
});

test('tools may ask for the schema', async (context) => {
  const { ask } = await startGraph(context);
  const [status, { errors }] = await ask({ query: getIntrospectionQuery() });
  assert.deepEqual([status, errors], [200, undefined]);
});

test('operations are counted by name on both sides, with the errors inside', async (context) => {
  const { graph, calling } = await startGraph(context,
    { fields: [{ routes: ['menu'], share: 1, status: 'OUT_OF_ORDER', from: 'tester' }] });
  const menu = { name: 'query Menu', selection: ' { menu { name } }' };
  const order = {
    name: 'mutation Order', selection: '($item: String!) { buy(item: $item) { number } }',
  };
  for (const call of [menu, menu, { ...order, variables: { item: 'tea' } },
    { ...order, variables: { item: 'gold' } }]) await callGraphql(calling.client, call);
  const operations = {
    'query Menu': { answered: 2, errors: 2, injected: 2 },
    'mutation Order': { answered: 2, errors: 1, injected: 0 },
  };
  const row = calling.tally.snapshot()['payments'];
  assert.deepEqual(row?.operations, operations);
  assert.deepEqual([row?.succeeded, row?.failed], [4, 0]);
  assert.deepEqual(graph.served.snapshot()['POST /graphql']?.operations, operations);
});

test('an answer that is no GraphQL is an answer without operations', async (context) => {
  const { base } = await startServer(context,
    [{ method: 'POST', path: '/graphql', answer: () => ({ status: 200, body: 'hello' }) }]);
  const { client, tally } = startClient(context, base);
  await callGraphql(client, { name: 'query Menu', selection: ' { menu { name } }' });
  assert.equal(tally.snapshot()['payments']?.succeeded, 1);
  assert.equal(tally.snapshot()['payments']?.operations, undefined);
});
