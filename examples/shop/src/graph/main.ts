// SPDX-License-Identifier: Apache-2.0
// graph: the shop for those who speak GraphQL. HTTP/1.1; asks payments and ledger.

import { failRule, Faults } from '../faults/faults.js';
import { Random } from '../faults/random.js';
import { flag, flags, UsageError } from '../flags/flags.js';
import { httpUrl, peerAddress, period, span } from '../flags/values.js';
import { LedgerClient } from '../grpc/ledger_client.js';
import { HttpClient } from '../http/client.js';
import { httpFlags, startHttp } from '../http/service.js';
import { run } from '../service.js';
import { Fields } from './fields.js';
import { graphqlRoute, PATH } from './route.js';
import { FIELDS } from './schema.js';

function errorCode(text: string): string {
  if (!/^[A-Z][A-Z0-9_]{0,39}$/.test(text)) {
    throw new UsageError('the code must be capital letters, such as OUT_OF_ORDER');
  }
  return text;
}

const FLAGS = {
  ...httpFlags(8084, [PATH]),
  error: flags('FIELD=SHARE[:CODE][:from=CALLER]',
    'let this share of a field be an error inside of an answer that is 200',
    failRule(FIELDS.map((route) => ({ route, names: [route] })), errorCode, 'OUT_OF_ORDER')),
  report: flag('DURATION', 'how long a report takes; LEAST..MOST for a span', span,
    { otherwise: '150ms..400ms' }),
  payments: flag('URL', 'where payments is', httpUrl, { otherwise: 'http://payments:8082' }),
  ledger: flag('HOST:PORT', 'where ledger is', peerAddress, { otherwise: 'ledger:9090' }),
  timeout: flag('DURATION', 'how long payments or ledger may take', period, { otherwise: '5s' }),
};

await run('graph', 'is the shop for those who speak GraphQL.', FLAGS, async (options, around) => {
  const { timeout, seed } = options;
  const payments = new HttpClient('payments', options.payments, timeout, around);
  const ledger = new LedgerClient(options.ledger, { timeout, streamTimeout: timeout }, around);
  const fields = new Fields({ payments, ledger }, new Faults(options.error, [], seed, '--error'),
    options.report, new Random(seed, 'report'));
  const server = await startHttp(options, [graphqlRoute(fields)], around);
  return {
    drain: () => server.drain(),
    close: () => {
      server.drop();
      payments.close();
      ledger.close();
    },
  };
});
