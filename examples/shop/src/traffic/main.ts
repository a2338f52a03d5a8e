// SPDX-License-Identifier: Apache-2.0
// traffic: the customers of the shop. Sends, counts, and serves nobody.

import { flag } from '../flags/flags.js';
import { httpUrl, oneOf, peerAddress, period, rate, share, whole } from '../flags/values.js';
import { LedgerClient } from '../grpc/ledger_client.js';
import { HttpClient } from '../http/client.js';
import { run } from '../service.js';
import { addRow, emptyRow, type Tally } from '../tally/tally.js';
import { Load } from './load.js';
import { Mix } from './mix.js';

const FLAGS = {
  web: flag('URL', 'where web is', httpUrl, { otherwise: 'http://web:8080' }),
  ledger: flag('HOST:PORT', 'where ledger is', peerAddress, { otherwise: 'ledger:9090' }),
  pattern: flag('PATTERN', 'steady: purchases and mail over kept connections; mixed: everything',
    oneOf('steady', 'mixed'), { otherwise: 'mixed' }),
  rate: flag('NUMBER', 'requests a second', rate, { otherwise: '50' }),
  for: flag('DURATION', 'end after this long; without it at SIGTERM', period),
  requests: flag('NUMBER', 'end after so many requests', whole(1, 1_000_000_000)),
  cancel: flag('SHARE', 'share of the statements that are given up before their end', share,
    { otherwise: '0.4' }),
  inFlight: flag('NUMBER', 'requests under way at most', whole(1, 10_000), { otherwise: '256' }),
  timeout: flag('DURATION', 'how long an answer may take', period, { otherwise: '5s' }),
  report: flag('DURATION', 'how often to print how it goes', period, { otherwise: '10s' }),
  seed: flag('NUMBER', 'the same seed makes the same customers', whole(0, 2 ** 32 - 1),
    { otherwise: '1' }),
};

await run('traffic', 'is the customers of the shop, over HTTP/1.1 and gRPC.', FLAGS,
  async (options, { tally, say }) => {
    const { timeout, pattern } = options;
    const peers = {
      web: new HttpClient('web', options.web, timeout, tally),
      ledger: new LedgerClient(options.ledger, { timeout, streamTimeout: timeout }, tally),
    };
    const mix = new Mix(pattern, options.cancel, options.seed);
    const plan = {
      rate: options.rate, requests: options.requests, duration: options.for,
      mostInFlight: options.inFlight,
    };
    const load = new Load(plan, () => mix.next(peers));
    const started = performance.now();
    const reports = setInterval(() => say(progress(tally, started)), options.report);
    say(`sending ${pattern} traffic, ${options.rate} requests a second`);
    return {
      finished: load.run(),
      drain: () => {
        load.stop();
        return load.settled();
      },
      close: () => {
        clearInterval(reports);
        say(progress(tally, started));
        peers.web.close();
        peers.ledger.close();
      },
    };
  });

function progress(tally: Tally, started: number): string {
  const sum = emptyRow();
  for (const row of Object.values(tally.snapshot())) addRow(sum, row);
  return `after ${Math.round((performance.now() - started) / 1000)} s:`
    + ` ${sum.sent} sent, ${sum.succeeded} ok, ${sum.failed} failed (${sum.injected} injected),`
    + ` ${sum.cancelled} cancelled, ${sum.not_answered} without an answer`;
}
