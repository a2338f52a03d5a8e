// SPDX-License-Identifier: Apache-2.0
// What customers ask for, how often, and how: over connections that are kept and over fresh ones,
// over HTTP/1.1, GraphQL, gRPC and SMTP, some of them leaving before the answer is over.

import { Random } from '../faults/random.js';
import { type LedgerClient } from '../grpc/ledger_client.js';
import { callGraphql } from '../graphql/client.js';
import { type HttpCall, type HttpClient } from '../http/client.js';
import { type MailClient } from '../smtp/client.js';

export interface Peers {
  readonly web: HttpClient;
  readonly graph: HttpClient;
  readonly ledger: LedgerClient;
  readonly mail: MailClient;
}

type Send = (peers: Peers, random: Random) => Promise<unknown>;

export type Pattern = 'steady' | 'mixed';

const ITEMS = [['tea', 450], ['coffee', 520], ['cake', 680], ['soup', 890]] as const;

const sale = (random: Random) => {
  const [item, cents] = ITEMS[random.between(0, ITEMS.length - 1)] ?? ITEMS[0];
  return { item, cents };
};

const overHttp = (call: HttpCall): Send => ({ web }) => web.call(call);

const buy: Send = ({ web }, random) =>
  web.call({ method: 'POST', path: '/buy', body: sale(random) });
const record: Send = ({ ledger }, random) => ledger.record(sale(random));

const menu: Send = ({ graph }) =>
  callGraphql(graph, { name: 'query Menu', selection: ' { menu { name cents } }' });
const report: Send = ({ graph }) => callGraphql(graph, {
  name: 'query Report', selection: ' { report { sales takings favourite } }',
});
/** Two fields of one request, of which one may fail and the other not. */
const front: Send = ({ graph }, random) => callGraphql(graph, {
  name: 'query Front', isFresh: true, variables: { lines: random.between(1, 5) },
  selection: '($lines: Int!) { menu { name } book(lines: $lines) { number item balance } }',
});
const order: Send = ({ graph }, random) => callGraphql(graph, {
  name: 'mutation Order', variables: { item: sale(random).item },
  selection: '($item: String!) { buy(item: $item) { payment paidBy number } }',
});

/** A customer's own mail, which does not come by way of payments. */
const write: Send = ({ mail }, random) => mail.send({
  from: 'customer@elsewhere.example', to: 'owner@shop.example', subject: 'Opening hours?',
  text: `Is there ${sale(random).item} on Sunday?\n.\nYours`,
});

/** A statement read to its end. */
const statement: Send = ({ ledger }, random) =>
  ledger.statement({ lines: random.between(1, 10), follow: false }, () => true);
const webStatement: Send = ({ web }, random) =>
  web.call({ method: 'GET', path: '/statement', query: `?lines=${random.between(1, 10)}` });

/**
 * A statement that is given up after a few pieces. It is one that would never end by itself, so
 * that nobody can see it as anything but cancelled.
 */
const leave: Send = ({ ledger }, random) => {
  let wanted = random.between(1, 5);
  return ledger.statement({ lines: 1, follow: true }, () => --wanted > 0);
};
const webLeave: Send = ({ web }, random) => {
  let wanted = random.between(1, 5);
  return web.call({
    method: 'GET', path: '/statement', query: '?lines=1&follow=1', wantsMore: () => --wanted > 0,
  });
};

interface Part {
  readonly weight: number;
  readonly send: Send;
  /** Sent in its place for the share of customers who leave. */
  readonly left?: Send;
}

const MIXES: Record<Pattern, readonly Part[]> = {
  steady: [
    { weight: 3, send: buy },
    { weight: 1, send: overHttp({ method: 'GET', path: '/mail' }) },
  ],
  mixed: [
    { weight: 30, send: buy },
    { weight: 14, send: overHttp({ method: 'GET', path: '/mail' }) },
    { weight: 12, send: overHttp({ method: 'GET', path: '/', isFresh: true }) },
    { weight: 12, send: overHttp({ method: 'GET', path: '/wake', isFresh: true }) },
    { weight: 2, send: overHttp({ method: 'POST', path: '/reset' }) },
    { weight: 18, send: record },
    { weight: 8, send: statement, left: leave },
    { weight: 4, send: webStatement, left: webLeave },
    { weight: 8, send: menu },
    { weight: 4, send: front },
    { weight: 6, send: order },
    { weight: 2, send: report },
    { weight: 3, send: write },
  ],
};

/** Customers one after the other, the same ones in every run with the same seed. */
export class Mix {
  private readonly random: Random;
  private readonly parts: readonly Part[];
  private readonly total: number;

  /** `leaving`: the share of those who read statements who leave before the end. */
  constructor(pattern: Pattern, private readonly leaving: number, seed: number) {
    this.random = new Random(seed, pattern);
    this.parts = MIXES[pattern];
    this.total = this.parts.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** Sends what the next customer wants; settles with its outcome and does not fail. */
  next(peers: Peers): Promise<unknown> {
    let point = this.random.next() * this.total;
    const part = this.parts.find(({ weight }) => (point -= weight) < 0) ?? this.parts[0];
    const leaves = this.random.next() < this.leaving;
    const send = (leaves ? part?.left : undefined) ?? part?.send;
    return send?.(peers, this.random) ?? Promise.resolve();
  }
}
