// SPDX-License-Identifier: Apache-2.0
// traffic: the customers of the shop. Sends, counts, and serves nobody.

import { flag } from '../flags/flags.js';
import { httpUrl, oneOf, peerAddress, period, rate, share, whole } from '../flags/values.js';
import { LedgerClient } from '../grpc/ledger_client.js';
import { HttpClient } from '../http/client.js';
import { run } from '../service.js';
import { MailClient } from '../smtp/client.js';
import { type Counted } from '../tally/record.js';
import { addRow, emptyRow } from '../tally/tally.js';
import { Load } from './load.js';
import { Mix } from './mix.js';

const FLAGS = {
  web: flag('URL', 'where web is', httpUrl, { otherwise: 'http://web:8080' }),
  graph: flag('URL', 'where graph is', httpUrl, { otherwise: 'http://graph:8084' }),
  mail: flag('HOST:PORT', 'where mail is', peerAddress, { otherwise: 'mail:2525' }),
  ledger: flag('HOST:PORT', 'where ledger is', peerAddress, { otherwise: 'ledger:9090' }),
  pattern: flag('PATTERN', 'steady: purchases and mail over kept connections; mixed: everything',
    oneOf('steady', 'mixed'), { otherwise: 'mixed' }),
  rate: flag('NUMBER', 'requests a second, mails among them', rate, { otherwise: '50' }),
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

await run('traffic', 'is the customers of the shop, over HTTP/1.1, gRPC and SMTP.', FLAGS,
  async (options, around) => {
    const { timeout, pattern } = options;
    const { counted, say } = around;
    const peers = {
      web: new HttpClient('web', options.web, timeout, around),
      graph: new HttpClient('graph', options.graph, timeout, around),
      ledger: new LedgerClient(options.ledger, { timeout, streamTimeout: timeout }, around),
      mail: new MailClient('mail', options.mail, timeout, around),
    };
    const mix = new Mix(pattern, options.cancel, options.seed);
    const plan = {
      rate: options.rate, requests: options.requests, duration: options.for,
      mostInFlight: options.inFlight,
    };
    const load = new Load(plan, () => mix.next(peers));
    const started = performance.now();
    const reports = setInterval(() => say(progress(counted, started)), options.report);
    say(`sending ${pattern} traffic, ${options.rate} requests a second`);
    return {
      finished: load.run(),
      drain: () => {
        load.stop();
        return load.settled();
      },
      close: () => {
        clearInterval(reports);
        say(progress(counted, started));
        peers.web.close();
        peers.graph.close();
        peers.ledger.close();
      },
    };
  });

function progress(counted: Counted, started: number): string {
  const sum = emptyRow();
  const { sent, connected } = counted.snapshot();
  for (const row of [sent, connected].flatMap((rows) => Object.values(rows))) addRow(sum, row);
  return `after ${Math.round((performance.now() - started) / 1000)} s:`
    + ` ${sum.sent} sent, ${sum.succeeded} ok, ${sum.failed} failed (${sum.injected} injected),`
    + ` ${sum.cancelled} cancelled, ${sum.not_answered} without an answer`;
}
