// SPDX-License-Identifier: Apache-2.0
// Servers of the shop inside a test, on free ports of loopback.

import { type TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { type status as Status } from '@grpc/grpc-js';

import { Faults } from '../faults/faults.js';
import { LedgerClient } from '../grpc/ledger_client.js';
import { HttpClient } from '../http/client.js';
import { HttpServer, type Route } from '../http/server.js';
import { Book } from '../ledger/book.js';
import { LedgerServer } from '../ledger/service.js';
import { MailClient } from '../smtp/client.js';
import { SmtpServer } from '../smtp/server.js';
import { Session, USUAL_LIMITS, type SmtpLimits } from '../smtp/session.js';
import { Counted, type Application } from '../tally/record.js';
import { Served } from '../tally/served.js';
import { type Tally, type Row } from '../tally/tally.js';

const LOOPBACK = { host: '127.0.0.1', port: 0 };
const MARKS = { 'shop-replica': 'replica-1', 'shop-version': 'v2' };
/** No answer takes this long, on however busy a machine; in milliseconds. */
const PATIENCE = 30_000;

/** Whoever calls in a test, unless the test says otherwise. */
export function application(name = 'tester'): Application {
  return {
    identity: { application: name, version: 'v1', replica: `${name}-1` }, counted: new Counted(),
  };
}

export interface Http {
  readonly server: HttpServer;
  readonly served: Served;
  readonly base: URL;
}

export async function startServer(
  test: TestContext, routes: Route[], faults = new Faults<number>([], [], 1),
): Promise<Http> {
  const served = new Served();
  const server = new HttpServer(routes, faults, served, MARKS);
  const port = await server.listen(LOOPBACK);
  test.after(() => {
    void server.drain();
    server.drop();
  });
  return { server, served, base: new URL(`http://127.0.0.1:${port}`) };
}

export interface Calling {
  readonly client: HttpClient;
  readonly tally: Tally;
}

/** A client of a service that is called `payments` in its tally. */
export function startClient(test: TestContext, base: URL, timeout = PATIENCE): Calling {
  const caller = application();
  const client = new HttpClient('payments', base, timeout, caller);
  test.after(() => client.close());
  return { client, tally: caller.counted.sent };
}

export interface Ledger {
  readonly server: LedgerServer;
  readonly served: Served;
  readonly client: LedgerClient;
  readonly tally: Tally;
}

/** A ledger that tells a line each `pace` milliseconds, and a client of it. */
export async function startLedger(
  test: TestContext, faults = new Faults<Status>([], [], 1), pace = 1,
): Promise<Ledger> {
  const served = new Served();
  const caller = application();
  const server = new LedgerServer(new Book(), pace, faults, served, MARKS);
  const port = await server.listen(LOOPBACK);
  const client = ledgerClient(test, port, caller);
  test.after(() => server.drop());
  return { server, served, client, tally: caller.counted.sent };
}

export interface Mailing {
  readonly server: SmtpServer;
  readonly accepted: Served;
  readonly client: MailClient;
  /** Of the client's connections. */
  readonly tally: Tally;
  readonly port: number;
}

/** A mail of `shop.example`, and a client of it. */
export async function startMail(
  test: TestContext, limits: Partial<SmtpLimits> = {}, most?: number, silence?: number,
): Promise<Mailing> {
  const accepted = new Served();
  let mails = 0;
  const server = new SmtpServer(() => new Session('mail-1/v2', 'shop.example', () => ++mails,
    { ...USUAL_LIMITS, ...limits }), accepted, most, silence);
  const port = await server.listen(LOOPBACK);
  test.after(() => {
    void server.drain();
    server.drop();
  });
  const caller = application();
  const client = new MailClient('mail', { ...LOOPBACK, port }, PATIENCE, caller);
  return { server, accepted, client, tally: caller.counted.connected, port };
}

export function ledgerClient(
  test: TestContext, port: number, caller: Application, timeout = PATIENCE,
): LedgerClient {
  const address = { host: '127.0.0.1', port };
  const client = new LedgerClient(address, { timeout, streamTimeout: timeout }, caller);
  test.after(() => client.close());
  return client;
}

/** Settles once something on its way through loopback has arrived. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** The row of one route. */
export function rowOf(tally: Tally, service: string, route: string): Row | undefined {
  return tally.snapshot()[service]?.routes[route];
}
