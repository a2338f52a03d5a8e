// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addOperations, countOperation, type Operations } from './operations.js';

const MENU = { name: 'query Menu', hasErrors: false, injected: true };

test('an operation is answered with or without errors, and errors are injected or not', () => {
  const counted: Operations = {};
  countOperation(counted, MENU);
  countOperation(counted, { ...MENU, hasErrors: true });
  countOperation(counted, { ...MENU, hasErrors: true, injected: false });
  assert.deepEqual(counted, { 'query Menu': { answered: 3, errors: 2, injected: 1 } });
  addOperations(counted, { 'query Menu': { answered: 1, errors: 1, injected: 1 } });
  assert.deepEqual(counted, { 'query Menu': { answered: 4, errors: 3, injected: 2 } });
});

test('names that a peer makes up do not grow the counts without end', () => {
  const counted: Operations = {};
  for (let at = 0; at < 80; at += 1) countOperation(counted, { ...MENU, name: `query A${at}` });
  countOperation(counted, { ...MENU, name: '__proto__' });
  assert.equal(Object.keys(counted).length, 51);
  assert.equal(counted['other']?.answered, 31);
});
