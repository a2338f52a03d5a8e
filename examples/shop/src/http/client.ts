// SPDX-License-Identifier: Apache-2.0
// Calls one HTTP/1.1 service and keeps the tally of it: one call, one request, one outcome.
// Nothing is sent twice.

import { Agent, request, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage,
  type RequestOptions } from 'node:http';

import { type Executed } from '../tally/operations.js';
import { type Application } from '../tally/record.js';
import { type Sending } from '../tally/tally.js';
import { agentOf, answeredBy, INJECTED } from './marks.js';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** With its leading question mark. */
  readonly query?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** On a connection of its own, which is closed after it. */
  readonly isFresh?: boolean;
  /** Told each piece of the answer; false gives up the rest, and the request is cancelled. */
  readonly wantsMore?: (piece: Buffer) => boolean;
  /** What was executed, to be read in an answer that is 200. */
  readonly executed?: (body: Buffer) => Executed | undefined;
}

export type HttpOutcome =
  | { kind: 'answered'; status: number; headers: IncomingHttpHeaders; body: Buffer }
  | { kind: 'cancelled' }
  | { kind: 'lost'; cause: string };

const LONGEST_ANSWER = 1024 * 1024;
const MOST_CONNECTIONS = 256;

export class HttpClient {
  private readonly kept = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  // With a limit, Node would use a connection again for whoever waits for one.
  private readonly fresh = new Agent({ keepAlive: false });

  /** `timeout` in milliseconds, from the call to the end of its answer. */
  constructor(
    private readonly service: string, private readonly base: URL, private readonly timeout: number,
    private readonly application: Application,
  ) {}

  call(call: HttpCall): Promise<HttpOutcome> {
    const { counted, identity } = this.application;
    const sending = counted.sent.begin(this.service, `${call.method} ${call.path}`);
    const options = {
      agent: call.isFresh ? this.fresh : this.kept, method: call.method,
      headers: { 'user-agent': agentOf(identity) },
    };
    return new Promise((resolve) =>
      new Exchange(call, sending, resolve).start(this.base, options, this.timeout));
  }

  close(): void {
    this.kept.destroy();
    this.fresh.destroy();
  }
}

/** One request and its answer. The first outcome counts. */
class Exchange {
  private isConnected = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly call: HttpCall, private readonly sending: Sending,
    private readonly resolve: (outcome: HttpOutcome) => void,
  ) {}

  start(base: URL, options: RequestOptions, timeout: number): void {
    const { method, path, query, body } = this.call;
    const text = body === undefined ? '' : JSON.stringify(body);
    const sent = request(new URL(`${path}${query ?? ''}`, base), options);
    if (method === 'POST') {
      sent.setHeader('content-type', 'application/json');
      sent.setHeader('content-length', Buffer.byteLength(text));
    }
    this.timer = setTimeout(() => {
      this.lost('timeout');
      sent.destroy();
    }, timeout);
    sent.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => { this.isConnected = true; });
      else this.isConnected = true;
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      this.lost(`${error.code ?? error.name}${sent.reusedSocket ? ' on a reused connection' : ''}`);
    });
    sent.once('response', (response) => this.read(sent, response));
    sent.end(text);
  }

  private read(sent: ClientRequest, response: IncomingMessage): void {
    const pieces: Buffer[] = [];
    let length = 0;
    response.on('data', (piece: Buffer) => {
      if (this.call.wantsMore) {
        if (this.call.wantsMore(piece)) return;
        this.sending.cancelled();
        this.done({ kind: 'cancelled' });
        sent.destroy();
        return;
      }
      length += piece.length;
      pieces.push(piece);
      if (length > LONGEST_ANSWER) {
        this.lost('too long');
        sent.destroy();
      }
    });
    response.once('end', () => this.whole(response, Buffer.concat(pieces)));
    response.once('error', () => this.lost('cut short'));
    response.once('close', () => this.lost('cut short'));
  }

  private whole({ statusCode: status = 0, headers }: IncomingMessage, body: Buffer): void {
    const mark = (name: string) => headers[name]?.toString();
    this.sending.answered({
      status: String(status), succeeded: status < 400,
      injected: mark(INJECTED) !== undefined, by: answeredBy(mark),
      executed: status === 200 ? this.call.executed?.(body) : undefined,
    });
    this.done({ kind: 'answered', status, headers, body });
  }

  private lost(cause: string): void {
    if (this.isConnected) this.sending.notAnswered(cause);
    else this.sending.notConnected(cause);
    this.done({ kind: 'lost', cause });
  }

  private done(outcome: HttpOutcome): void {
    clearTimeout(this.timer);
    this.resolve(outcome);
  }
}
