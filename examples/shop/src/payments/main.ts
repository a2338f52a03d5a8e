// SPDX-License-Identifier: Apache-2.0
// payments: takes the money. HTTP/1.1; sends mail.

import { flag } from '../flags/flags.js';
import { peerAddress, period } from '../flags/values.js';
import { httpFlags, startHttp } from '../http/service.js';
import { run } from '../service.js';
import { MailClient } from '../smtp/client.js';
import { PATHS, paymentsRoutes, Till } from './routes.js';

const FLAGS = {
  ...httpFlags(8082, Object.values(PATHS)),
  mail: flag('HOST:PORT', 'where mail is', peerAddress, { otherwise: 'mail:2525' }),
  timeout: flag('DURATION', 'how long mail may take', period, { otherwise: '5s' }),
};

await run('payments', 'takes the money of the shop, over HTTP/1.1.', FLAGS,
  async (options, around) => {
    const mail = new MailClient('mail', options.mail, options.timeout, around);
    const routes = paymentsRoutes(new Till(), around.identity.replica, mail);
    const server = await startHttp(options, routes, around);
    return { drain: () => server.drain(), close: () => server.drop() };
  });
