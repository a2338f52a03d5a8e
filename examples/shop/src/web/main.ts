// SPDX-License-Identifier: Apache-2.0
// web: the front of the shop. HTTP/1.1; asks payments and ledger.

import { flag } from '../flags/flags.js';
import { httpUrl, peerAddress, period } from '../flags/values.js';
import { LedgerClient } from '../grpc/ledger_client.js';
import { HttpClient } from '../http/client.js';
import { httpFlags, startHttp } from '../http/service.js';
import { run } from '../service.js';
import { PATHS, webRoutes } from './routes.js';

const FLAGS = {
  ...httpFlags(8080, Object.values(PATHS)),
  payments: flag('URL', 'where payments is', httpUrl, { otherwise: 'http://payments:8082' }),
  ledger: flag('HOST:PORT', 'where ledger is', peerAddress, { otherwise: 'ledger:9090' }),
  timeout: flag('DURATION', 'how long payments or ledger may take', period, { otherwise: '5s' }),
  streamTimeout: flag('DURATION', 'how long a statement may take', period, { otherwise: '10m' }),
};

await run('web', 'is the front of the shop, over HTTP/1.1.', FLAGS, async (options, around) => {
  const { timeout, streamTimeout } = options;
  const payments = new HttpClient('payments', options.payments, timeout, around);
  const ledger = new LedgerClient(options.ledger, { timeout, streamTimeout }, around);
  const server = await startHttp(options, webRoutes({ payments, ledger }), around);
  return {
    drain: () => server.drain(),
    close: () => {
      server.drop();
      payments.close();
      ledger.close();
    },
  };
});
