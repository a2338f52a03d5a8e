// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { flag, flags, parseFlags, usage, UsageError } from './flags.js';
import { whole } from './values.js';

const DECLARED = {
  tallyEvery: flag('NUMBER', 'how often', whole(1, 9), { otherwise: '3', variable: 'EVERY' }),
  name: flag('NAME', 'who', (text) => text),
  rule: flags('NUMBER', 'what', whole(1, 9)),
};

const parse = (words: string[], environment = {}) => parseFlags(DECLARED, words, environment);

function refuses(words: string[], sentence: string, environment = {}): void {
  assert.throws(() => parse(words, environment), (error) =>
    error instanceof UsageError && error.message === sentence);
}

test('flags come as two words or with an equals sign', () => {
  assert.deepEqual(parse(['--tally-every', '4', '--name=a=b']),
    { tallyEvery: 4, name: 'a=b', rule: [] });
});

test('a flag that may be repeated keeps the order given', () => {
  assert.deepEqual(parse(['--rule', '2', '--rule=1']).valueOf(),
    { tallyEvery: 3, name: undefined, rule: [2, 1] });
});

test('an environment variable counts only when its flag is absent', () => {
  const every = (words: string[], environment: object) =>
    (parse(words, environment) as { tallyEvery: number }).tallyEvery;
  assert.equal(every([], { EVERY: '7' }), 7);
  assert.equal(every(['--tally-every=2'], { EVERY: '7' }), 2);
  assert.equal(every([], { EVERY: '' }), 3);
});

test('what is wrong with a flag is one sentence that names it', () => {
  refuses(['--nonsense=1'], 'there is no flag --nonsense; --help lists those there are.');
  refuses(['word'], 'there is no flag word; --help lists those there are.');
  refuses(['--constructor', '1'], 'there is no flag --constructor; --help lists those there are.');
  refuses(['--tallyEvery', '1'], 'there is no flag --tallyEvery; --help lists those there are.');
  refuses(['--name'], '--name needs a value: NAME.');
  refuses(['--name', 'a', '--name', 'b'], '--name b cannot be used: it is given twice.');
  refuses(['--rule', '0'], '--rule 0 cannot be used: it must be a whole number from 1 to 9.');
  refuses([], 'EVERY=x cannot be used: it must be a whole number from 1 to 9.', { EVERY: 'x' });
});

test('--help wins over what else is given', () => {
  assert.equal(parse(['--name', 'a', '--help', '--nonsense']), 'help');
});

test('the help page names every flag with its default and its variable', () => {
  const page = usage('web', 'is a front.', DECLARED);
  assert.match(page, /^web: is a front\.\n/);
  assert.match(page, /--tally-every NUMBER\n {6}how often \(default: 3; or EVERY\)\n/);
  assert.match(page, /--name NAME\n {6}who\n/);
});
