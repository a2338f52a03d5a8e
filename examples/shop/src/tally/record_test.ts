// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test, type TestContext } from 'node:test';

import { Counted, TallyRecord, type Tallied } from './record.js';

const WHO = { application: 'web', replica: 'web-1', version: 'v2' };

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'shop-record-'));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Tallied;

test('the file is there from the start, follows the tally, and says when final', (context) => {
  mock.timers.enable({ apis: ['setInterval'] });
  context.after(() => mock.timers.reset());
  const within = folder(context);
  const file = join(within, 'tally.json');
  const counted = new Counted();
  const record = new TallyRecord(file, { identity: WHO, counted });
  record.start(500);
  assert.deepEqual(read(file).sent, {});
  const sending = counted.sent.begin('payments', 'GET /wake');
  counted.connected.begin('mail', 'SMTP');
  counted.accepted.begin('SMTP').aborted();
  counted.served.begin('GET /wake').answered('200', false);
  mock.timers.tick(500);
  assert.equal(read(file).sent['payments']?.in_flight, 1);
  assert.equal(read(file).served['GET /wake']?.answered, 1);
  assert.equal(read(file).connected['mail']?.in_flight, 1);
  assert.equal(read(file).accepted['SMTP']?.aborted, 1);
  assert.equal(read(file).final, false);
  sending.cancelled();
  record.finish();
  const { final, sent, application, replica, version } = read(file);
  assert.deepEqual({ final, application, replica, version }, { final: true, ...WHO });
  assert.equal(sent['payments']?.cancelled, 1);
  assert.deepEqual(readdirSync(within), ['tally.json']);
});

test('a file is replaced whole, and left alone while nothing changes', (context) => {
  mock.timers.enable({ apis: ['setInterval'] });
  context.after(() => mock.timers.reset());
  const file = join(folder(context), 'tally.json');
  const counted = new Counted();
  const record = new TallyRecord(file, { identity: WHO, counted });
  record.start(100);
  const first = statSync(file).ino;
  mock.timers.tick(300);
  assert.equal(statSync(file).ino, first);
  counted.sent.begin('payments', 'GET /wake');
  mock.timers.tick(100);
  assert.notEqual(statSync(file).ino, first);
  record.finish();
});

test('a file that cannot be written is told at once', (context) => {
  const file = join(folder(context), 'missing', 'tally.json');
  const record = new TallyRecord(file, { identity: WHO, counted: new Counted() });
  assert.throws(() => record.start(100), { message: `cannot write ${file}: ENOENT` });
});

test('a disk that fills up is told once, and the tally goes on when there is room', (context) => {
  mock.timers.enable({ apis: ['setInterval'] });
  const told = context.mock.method(console, 'error', () => {});
  context.after(() => mock.timers.reset());
  const parent = join(folder(context), 'folder');
  mkdirSync(parent);
  const file = join(parent, 'tally.json');
  const counted = new Counted();
  const record = new TallyRecord(file, { identity: WHO, counted });
  record.start(100);
  rmSync(parent, { recursive: true });
  counted.sent.begin('payments', 'GET /wake');
  mock.timers.tick(300);
  assert.equal(told.mock.callCount(), 1);
  mkdirSync(parent);
  mock.timers.tick(100);
  assert.equal(read(file).sent['payments']?.in_flight, 1);
  record.finish();
});
