// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UsageError } from '../flags/flags.js';
import { delayRule, failingStatus, failRule, Faults, grpcTarget, httpTarget } from './faults.js';
import { Random } from './random.js';

const TARGETS = [
  httpTarget('POST', '/purchase'), httpTarget('GET', '/mail'), httpTarget('POST', '/mail'),
];
const fail = failRule(TARGETS, failingStatus, 500);
const delay = delayRule(TARGETS);

/** Which of so many requests of a route fail. */
function failing(faults: Faults<number>, route: string, requests: number): number[] {
  return Array.from({ length: requests }, (_, at) => at)
    .filter(() => faults.next(route).status !== undefined);
}

function refuses(read: (text: string) => unknown, text: string, sentence: string): void {
  assert.throws(() => read(text), (error) =>
    error instanceof UsageError && error.message === sentence);
}

test('the same seed fails the same requests, another seed others', () => {
  const of = (seed: number) =>
    failing(new Faults([fail('/purchase=0.1')], [], seed), 'POST /purchase', 300);
  assert.deepEqual(of(1), of(1));
  assert.notDeepEqual(of(1), of(2));
});

test('which requests of a route fail does not depend on those of other routes', () => {
  const rules = [fail('/purchase=0.2'), fail('GET:/mail=0.5')];
  const alone = failing(new Faults(rules, [], 3), 'POST /purchase', 100);
  const faults = new Faults(rules, [], 3);
  const among = Array.from({ length: 100 }, (_, at) => at).filter(() => {
    faults.next('GET /mail');
    return faults.next('POST /purchase').status !== undefined;
  });
  assert.deepEqual(among, alone);
});

test('the share that fails is the share asked for', () => {
  const failed = (share: string, requests: number) =>
    failing(new Faults([fail(`/purchase=${share}`)], [], 1), 'POST /purchase', requests).length;
  assert.ok(Math.abs(failed('0.05', 20_000) - 1000) < 100, `${failed('0.05', 20_000)} of 20000`);
  assert.equal(failed('0', 500), 0);
  assert.equal(failed('1', 500), 500);
});

test('a path without a method stands for every method of it', () => {
  assert.deepEqual(fail('/mail=1').routes, ['GET /mail', 'POST /mail']);
  assert.deepEqual(fail('POST:/mail=1').routes, ['POST /mail']);
  const faults = new Faults([fail('/mail=1')], [], 1);
  assert.equal(faults.next('POST /purchase').status, undefined);
  assert.equal(faults.next('POST /mail').status, 500);
});

test('a rule may name the status to fail with', () => {
  assert.equal(new Faults([fail('/purchase=1:503')], [], 1).next('POST /purchase').status, 503);
});

test('a rule for one caller is about that caller alone, in the place of the rule for all', () => {
  const faults = new Faults([fail('/purchase=0'), fail('/purchase=1:503:from=web')], [], 1);
  assert.equal(faults.next('POST /purchase', 'web').status, 503);
  assert.equal(faults.next('POST /purchase', 'graph').status, undefined);
  assert.equal(faults.next('POST /purchase').status, undefined);
  const alone = new Faults([fail('/purchase=0.5:from=web')], [], 3);
  const among = new Faults([fail('/purchase=0.5'), fail('/purchase=0.5:from=web')], [], 3);
  for (let times = 0; times < 100; times += 1) {
    among.next('POST /purchase', 'graph');
    assert.equal(among.next('POST /purchase', 'web').status,
      alone.next('POST /purchase', 'web').status);
  }
});

test('delays are what was asked for, or within the span', () => {
  const faults = new Faults([], [delay('/purchase=40ms'), delay('GET:/mail=5ms..9ms')], 1);
  assert.equal(faults.next('POST /purchase').delay, 40);
  const seen = new Set(Array.from({ length: 200 }, () => faults.next('GET /mail').delay));
  assert.deepEqual([...seen].sort(), [5, 6, 7, 8, 9]);
  assert.equal(faults.next('POST /mail').delay, 0);
});

test('methods of gRPC have a short name', () => {
  const method = failRule([grpcTarget('/shop.Ledger/Record')], failingStatus, 500);
  assert.deepEqual(method('Record=1').routes, ['/shop.Ledger/Record']);
  assert.deepEqual(method('/shop.Ledger/Record=1').routes, ['/shop.Ledger/Record']);
});

test('rules that cannot be are refused with what would have been right', () => {
  refuses(fail, '/nothing=1',
    'there is no route /nothing; there are POST:/purchase, GET:/mail, POST:/mail');
  refuses(fail, '/purchase', 'a route, = and a value belong together');
  refuses(fail, '/purchase=2', 'it must be a number from 0 to 1, such as 0.05');
  refuses(fail, '/purchase=0.5:200', 'the status must be from 400 to 599');
  refuses(fail, '/purchase=1:from=', 'a caller is the name of a service, such as from=web');
  refuses(fail, '/purchase=1:from=web:503',
    'a caller is the name of a service, such as from=web');
  assert.throws(() => new Faults([fail('/mail=1:from=web'), fail('/mail=0:from=web')], [], 1),
    { message: '--fail is given twice for GET /mail from web.' });
  for (const value of ['9ms..5ms', '1ms..2ms..3ms', 'soon']) {
    assert.throws(() => delay(`/purchase=${value}`), UsageError);
  }
  assert.throws(() => new Faults([fail('/mail=1'), fail('GET:/mail=0')], [], 1),
    { message: '--fail is given twice for GET /mail.' });
});

test('random numbers are spread evenly and do not repeat soon', () => {
  const random = new Random(7, 'x');
  const numbers = Array.from({ length: 10_000 }, () => random.next());
  const buckets = Array.from({ length: 10 }, (_, at) =>
    numbers.filter((number) => Math.floor(number * 10) === at).length);
  assert.ok(buckets.every((size) => size > 850 && size < 1150), String(buckets));
  assert.ok(new Set(numbers).size > 9990);
});
