// SPDX-License-Identifier: Apache-2.0
// payments: takes the money. HTTP/1.1.

import { httpFlags, startHttp } from '../http/service.js';
import { run } from '../service.js';
import { paymentsRoutes, Till } from './routes.js';

const FLAGS = httpFlags(8082, paymentsRoutes(new Till(), ''));

await run('payments', 'takes the money of the shop, over HTTP/1.1.', FLAGS,
  async (options, around) => {
    const routes = paymentsRoutes(new Till(), around.identity.replica);
    const server = await startHttp(options, routes, around);
    return { drain: () => server.drain(), close: () => server.drop() };
  });
