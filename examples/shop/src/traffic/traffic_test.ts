// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type LedgerClient } from '../grpc/ledger_client.js';
import { type HttpClient } from '../http/client.js';
import { type MailClient } from '../smtp/client.js';
import { Load } from './load.js';
import { Mix, type Pattern } from './mix.js';

/** What so many customers ask for, each as a line. */
async function asked(pattern: Pattern, leaving: number, seed: number, customers: number) {
  const lines: string[] = [];
  const note = (...what: unknown[]) => {
    lines.push(JSON.stringify(what, (_, value: unknown) =>
      typeof value === 'function' ? '()' : value));
    return Promise.resolve();
  };
  const peers = {
    web: { call: note } as unknown as HttpClient,
    graph: { call: note } as unknown as HttpClient,
    mail: { send: note } as unknown as MailClient,
    ledger: { record: note, statement: note } as unknown as LedgerClient,
  };
  const mix = new Mix(pattern, leaving, seed);
  for (let customer = 0; customer < customers; customer += 1) await mix.next(peers);
  return lines;
}

test('the same seed makes the same customers, another seed others', async () => {
  assert.deepEqual(await asked('mixed', 0.4, 7, 300), await asked('mixed', 0.4, 7, 300));
  assert.notDeepEqual(await asked('mixed', 0.4, 7, 300), await asked('mixed', 0.4, 8, 300));
});

test('mixed traffic has everything: each protocol, fresh connections, streams left', async () => {
  const lines = await asked('mixed', 0.4, 1, 1000);
  const times = (words: RegExp) => lines.filter((line) => words.test(line)).length;
  for (const words of [/"\/buy"/, /"\/mail"/, /"\/wake"/, /"\/reset"/, /"path":"\/"/]) {
    assert.ok(times(words) > 0, String(words));
  }
  for (const name of ['query Menu', 'query Front', 'mutation Order', 'query Report']) {
    assert.ok(times(new RegExp(`"query":"${name}`)) > 5, name);
  }
  assert.ok(times(/"from":"customer@/) > 10, 'mails');
  assert.ok(times(/"isFresh":true/) > 150);
  assert.ok(times(/^\[\{"item"/) > 100, 'unary calls');
  assert.ok(times(/"follow":true/) > 10, 'streams left');
  assert.ok(times(/"follow":false/) > 20, 'streams read to the end');
  assert.ok(times(/follow=1","wantsMore"/) > 5, 'statements of web left');
});

test('nobody leaves when none shall, and all who read statements when all shall', async () => {
  const leaving = async (share: number) => (await asked('mixed', share, 1, 500))
    .filter((line) => /"follow":true|follow=1/.test(line)).length;
  const reading = (await asked('mixed', 0, 1, 500))
    .filter((line) => /"follow"|\/statement/.test(line)).length;
  assert.equal(await leaving(0), 0);
  assert.ok(await leaving(1) >= reading / 2);
});

test('steady traffic is purchases and mail over kept connections', async () => {
  const lines = await asked('steady', 1, 1, 200);
  assert.ok(lines.every((line) => /"\/(buy|mail)"/.test(line) && !line.includes('isFresh')));
});

const PLAN = { rate: 10_000, requests: undefined, duration: undefined, mostInFlight: 1000 };

test('a load ends after the number of requests asked for', async () => {
  let sent = 0;
  const load = new Load({ ...PLAN, requests: 25 }, () => Promise.resolve(sent += 1));
  await load.run();
  await load.settled();
  assert.equal(sent, 25);
});

test('a load ends after its time and has kept to its rate', async () => {
  let sent = 0;
  const load = new Load({ ...PLAN, rate: 100, duration: 200 }, () => Promise.resolve(sent += 1));
  const started = performance.now();
  await load.run();
  assert.ok(performance.now() - started >= 180);
  assert.ok(sent >= 1 && sent <= 20, String(sent));
});

test('a load never has more under way than its limit', async () => {
  let underWay = 0;
  let most = 0;
  const load = new Load({ ...PLAN, requests: 60, mostInFlight: 4 }, async () => {
    most = Math.max(most, underWay += 1);
    for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    underWay -= 1;
  });
  await load.run();
  await load.settled();
  assert.equal(most, 4);
  assert.equal(underWay, 0);
});

test('a load that is stopped sends nothing more and settles with what is under way', async () => {
  let sent = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => { answer = resolve; });
  const load = new Load({ ...PLAN, rate: 1 }, () => {
    sent += 1;
    load.stop();
    return answered;
  });
  await load.run();
  assert.equal(sent, 1);
  let isSettled = false;
  const settled = load.settled().then(() => { isSettled = true; });
  await new Promise(setImmediate);
  assert.equal(isSettled, false);
  answer();
  await settled;
});
