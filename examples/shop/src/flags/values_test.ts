// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UsageError } from './flags.js';
import { duration, httpUrl, label, listenAddress, oneOf, peerAddress, period, rate, share, written }
  from './values.js';

function refuses(read: (text: string) => unknown, ...texts: string[]): void {
  for (const text of texts) assert.throws(() => read(text), UsageError, `took ${text}`);
}

test('durations have a unit and end at a day', () => {
  assert.deepEqual(['0ms', '250ms', '1.5s', '2m', '24h'].map(duration),
    [0, 250, 1500, 120_000, 86_400_000]);
  refuses(duration, '', '5', 's', '-1s', '1d', '25h', '1e3s', ' 1s', 'Infinityms');
  refuses(period, '0ms', '0s', '0.5ms');
});

test('shares are numbers from 0 to 1', () => {
  assert.deepEqual(['0', '0.05', '1', '1.0'].map(share), [0, 0.05, 1, 1]);
  refuses(share, '', '1.1', '-0.1', '5%', '.5', 'NaN', '0x1');
});

test('rates are above nothing', () => {
  assert.deepEqual(['0.5', '10000'].map(rate), [0.5, 10_000]);
  refuses(rate, '0', '10001', 'fast', '-1');
});

test('a word is one of those there are', () => {
  assert.equal(oneOf('steady', 'mixed')('mixed'), 'mixed');
  refuses(oneOf('steady', 'mixed'), 'Mixed', '');
});

test('labels fit into a header', () => {
  assert.equal(label('payments-7f9c4~1'), 'payments-7f9c4~1');
  refuses(label, '', 'a b', 'a\nb', 'é', 'x'.repeat(65));
});

test('addresses have a port, and IPv6 brackets', () => {
  assert.deepEqual(listenAddress('8082'), { host: '0.0.0.0', port: 8082 });
  assert.deepEqual(listenAddress('127.0.0.1:0'), { host: '127.0.0.1', port: 0 });
  assert.deepEqual(peerAddress('ledger.shop.svc.cluster.local:9090'),
    { host: 'ledger.shop.svc.cluster.local', port: 9090 });
  assert.equal(written(peerAddress('[::1]:9090')), '[::1]:9090');
  refuses(peerAddress, 'ledger', 'ledger:0', 'ledger:65536', '::1:9090', 'http://ledger:9090', '',
    ':90');
  refuses(listenAddress, '65536', 'localhost', '');
});

test('the address of an HTTP service is a URL without a path', () => {
  assert.equal(httpUrl('http://payments:8082').host, 'payments:8082');
  refuses(httpUrl, 'payments:8082', 'https://payments', 'http://payments/purchase',
    'http://payments?x', 'http://someone@payments', '');
});
