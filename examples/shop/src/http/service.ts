// SPDX-License-Identifier: Apache-2.0
// The flags and the start of a service that is an HTTP server.

import { delayRule, failingStatus, failRule, Faults, httpTarget, type DelayRule, type FailRule }
  from '../faults/faults.js';
import { flag, flags } from '../flags/flags.js';
import { listenAddress, whole, written, type Address } from '../flags/values.js';
import { type Surroundings } from '../service.js';
import { marksOf } from './marks.js';
import { HttpServer, type Route } from './server.js';

/** `port` and `routes` are the service's own. */
export function httpFlags(port: number, routes: readonly Pick<Route, 'method' | 'path'>[]) {
  const targets = routes.map(({ method, path }) => httpTarget(method, path));
  return {
    listen: flag('[ADDRESS:]PORT', 'where to listen; port 0 takes a free one', listenAddress,
      { otherwise: String(port) }),
    fail: flags('ROUTE=SHARE[:STATUS][:from=CALLER]',
      'fail this share of a route, with 500 or STATUS; for one calling service only',
      failRule(targets, failingStatus, 500)),
    delay: flags('ROUTE=DURATION', 'answer a route so much later; LEAST..MOST for a span',
      delayRule(targets)),
    seed: flag('NUMBER', 'the same seed makes the same failures and delays',
      whole(0, 2 ** 32 - 1), { otherwise: '1' }),
  };
}

interface Options {
  listen: Address;
  fail: FailRule<number>[];
  delay: DelayRule[];
  seed: number;
}

/** A server that listens and has said so. */
export async function startHttp(
  options: Options, routes: readonly Route[], { identity, counted, say }: Surroundings,
): Promise<HttpServer> {
  const faults = new Faults(options.fail, options.delay, options.seed);
  const server = new HttpServer(routes, faults, counted.served, marksOf(identity));
  const port = await server.listen(options.listen);
  say(`listening on ${written({ host: options.listen.host, port })}`
    + ` as ${identity.replica}, version ${identity.version}`);
  return server;
}
