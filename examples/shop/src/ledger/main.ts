// SPDX-License-Identifier: Apache-2.0
// ledger: keeps the book. gRPC.

import { logVerbosity, setLogVerbosity, status as Status } from '@grpc/grpc-js';

import { delayRule, failRule, Faults, grpcTarget } from '../faults/faults.js';
import { flag, flags, UsageError } from '../flags/flags.js';
import { duration, listenAddress, whole, written } from '../flags/values.js';
import { RECORD, STATEMENT } from '../grpc/contract.js';
import { marksOf } from '../http/marks.js';
import { run } from '../service.js';
import { Book } from './book.js';
import { LedgerServer } from './service.js';

const TARGETS = [grpcTarget(RECORD), grpcTarget(STATEMENT)];

function failingStatus(text: string): Status {
  const code = Object.entries(Status).find(([name]) => name === text)?.[1];
  if (typeof code !== 'number' || code === Status.OK) {
    throw new UsageError('the status must be one of gRPC, such as UNAVAILABLE');
  }
  return code;
}

const FLAGS = {
  listen: flag('[ADDRESS:]PORT', 'where to listen; port 0 takes a free one', listenAddress,
    { otherwise: '9090' }),
  pace: flag('DURATION', 'between two lines of a statement', duration, { otherwise: '20ms' }),
  fail: flags('METHOD=SHARE[:STATUS][:from=CALLER]',
    'fail this share of a method, with INTERNAL or STATUS; for one calling service only',
    failRule(TARGETS, failingStatus, Status.INTERNAL)),
  delay: flags('METHOD=DURATION', 'answer a method so much later; LEAST..MOST for a span',
    delayRule(TARGETS)),
  seed: flag('NUMBER', 'the same seed makes the same failures and delays',
    whole(0, 2 ** 32 - 1), { otherwise: '1' }),
};

// Its own words about a port that is in use would stand before ours.
setLogVerbosity(logVerbosity.NONE);

await run('ledger', 'keeps the book of the shop, over gRPC.', FLAGS, async (options, around) => {
  const faults = new Faults(options.fail, options.delay, options.seed);
  const { identity, counted, say } = around;
  const server = new LedgerServer(new Book(), options.pace, faults, counted.served,
    marksOf(identity));
  const port = await server.listen(options.listen);
  say(`listening on ${written({ host: options.listen.host, port })}`
    + ` as ${identity.replica}, version ${identity.version}`);
  return { drain: () => server.drain(), close: () => server.drop() };
});
