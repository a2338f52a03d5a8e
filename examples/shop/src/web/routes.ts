// SPDX-License-Identifier: Apache-2.0
// What web does: it asks payments and ledger, and says what came of it.

import { once } from 'node:events';
import { type ServerResponse } from 'node:http';

import { MOST_LINES, type Line } from '../grpc/contract.js';
import { type LedgerClient } from '../grpc/ledger_client.js';
import { type HttpCall, type HttpClient, type HttpOutcome } from '../http/client.js';
import { answeredBy } from '../http/marks.js';
import { jsonObject, Refusal, type Question, type Reply, type Route, type Streamed }
  from '../http/server.js';
import { httpTrouble, troubled, troubleWith } from '../peers/trouble.js';
import { HOME } from './home.js';

export const PATHS = {
  home: { method: 'GET', path: '/' },
  buy: { method: 'POST', path: '/buy' },
  reset: { method: 'POST', path: '/reset' },
  mail: { method: 'GET', path: '/mail' },
  wake: { method: 'GET', path: '/wake' },
  statement: { method: 'GET', path: '/statement' },
} as const;

export interface Peers {
  readonly payments: HttpClient;
  readonly ledger: LedgerClient;
}

export function webRoutes({ payments, ledger }: Peers): Route[] {
  const home = { status: 200, body: HOME, headers: { 'content-type': 'text/html; charset=utf-8' } };
  const forward = (call: HttpCall) => async () => reply(await payments.call(call));
  return [
    { ...PATHS.home, answer: () => home },
    { ...PATHS.buy, answer: (question) => buy(question, payments, ledger) },
    { ...PATHS.reset, answer: forward({ method: 'POST', path: '/reset' }) },
    { ...PATHS.mail, answer: forward({ method: 'GET', path: '/test-mail' }) },
    { ...PATHS.wake, answer: forward({ method: 'GET', path: '/wake' }) },
    { ...PATHS.statement, answer: (question) => statement(question, ledger) },
  ];
}

const TEA = { item: 'tea', cents: 450 };

/** Money first, then the book. Without a body it is a tea. */
async function buy(
  { body }: Question, payments: HttpClient, ledger: LedgerClient,
): Promise<Reply> {
  const order = body.length === 0 ? TEA : jsonObject(body);
  const paid = await payments.call({ method: 'POST', path: '/purchase', body: order });
  if (paid.kind !== 'answered' || paid.status !== 201) return reply(paid);
  const { payment, item, cents } = jsonObject(paid.body) as
    { payment: string; item: string; cents: number };
  const recorded = await ledger.record({ item, cents });
  if (recorded.kind !== 'answered') return troubled(troubleWith('ledger', recorded));
  const { number, balance } = recorded.value;
  const by = answeredBy((name) => paid.headers[name]?.toString());
  return { status: 201, body: { item, cents, payment, paid_by: by, number, balance } };
}

/** What payments answered, or why it did not. */
function reply(outcome: HttpOutcome): Reply {
  const trouble = httpTrouble('payments', outcome);
  if (trouble !== undefined) return troubled(trouble);
  const { status, headers, body } = outcome as Extract<HttpOutcome, { kind: 'answered' }>;
  const type = headers['content-type'] ?? 'text/plain';
  return { status, headers: { 'content-type': type }, body: body.toString('utf8') };
}

/** The ledger's lines, a line of JSON each, as they come. */
function statement({ query }: Question, ledger: LedgerClient): Streamed {
  const lines = query.get('lines') ?? '10';
  if (!/^\d{1,4}$/.test(lines) || Number(lines) < 1 || Number(lines) > MOST_LINES) {
    throw new Refusal(400, `lines must be a whole number from 1 to ${MOST_LINES}`);
  }
  const request = { lines: Number(lines), follow: query.get('follow') === '1' };
  return async (response, gone) => {
    const outcome = await ledger.statement(request, (line) => pass(line, response, gone), gone);
    if (gone.aborted) return undefined;
    if (outcome.kind === 'answered') {
      response.end();
      return undefined;
    }
    if (!response.headersSent) return troubled(troubleWith('ledger', outcome));
    // Its status is long gone; only a cut answer tells the caller that this one is not whole.
    response.destroy();
    return undefined;
  };
}

async function pass(line: Line, response: ServerResponse, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted) return false;
  if (!response.headersSent) response.setHeader('content-type', 'application/x-ndjson');
  if (!response.write(`${JSON.stringify(line)}\n`)) {
    await once(response, 'drain', { signal: gone }).catch(() => {});
  }
  return !gone.aborted;
}
