// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server with routes, counts, faults made on purpose, and a drain.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';

import { type Faults } from '../faults/faults.js';
import { type Address } from '../flags/values.js';
import { type Executed } from '../tally/operations.js';
import { type Served, type Serving } from '../tally/served.js';
import { callerIn, INJECTED } from './marks.js';

/** What a route is asked. */
export interface Question {
  readonly query: URLSearchParams;
  readonly body: Buffer;
  /** The service that asks, where it says so. */
  readonly caller: string | undefined;
}

/** A whole answer: `body` a string as it is, anything else as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
  /** What was executed for it, where that was GraphQL. */
  readonly executed?: Executed;
}

/**
 * An answer in pieces. `gone` is aborted when the caller goes away. What it returns is sent in
 * place of the pieces, as long as there was none.
 */
export type Streamed = (response: ServerResponse, gone: AbortSignal) => Promise<Reply | undefined>;

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly answer: (question: Question) => Promise<Reply | Streamed> | Reply | Streamed;
}

const LONGEST_BODY = 64 * 1024;
/**
 * Longer than any client or proxy keeps a connection unused: the one that sends should be the one
 * that closes, for a request may be on its way to a server that is just closing.
 */
const IDLE = 120_000;

/** What is counted when a request ends. */
interface Ending {
  readonly serving: Serving;
  executed?: Executed | undefined;
}

/** What a caller did wrong; becomes the answer. */
export class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

export class HttpServer {
  private readonly server: Server;
  private isDraining = false;

  constructor(
    private readonly routes: readonly Route[], private readonly faults: Faults<number>,
    private readonly served: Served, private readonly marks: Record<string, string>,
  ) {
    this.server = createServer({ keepAliveTimeout: IDLE }, (request, response) => {
      void this.serve(request, response);
    });
  }

  /** The port it listens on, which is another one when `port` is 0. */
  async listen({ host, port }: Address): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, resolve);
    });
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Accepts no more, and is done when every request that arrived has its answer. */
  async drain(): Promise<void> {
    this.isDraining = true;
    await new Promise<void>((resolve) => void this.server.close(() => resolve()));
    // The last connection is closed a moment before its request is counted.
    await turn();
  }

  /** Drops what is left. */
  drop(): void {
    this.server.closeAllConnections();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://shop');
    const route = this.routes.find((one) => one.path === url.pathname
      && one.method === request.method);
    const key = route ? `${route.method} ${route.path}` : 'other';
    const caller = callerIn(request.headers['user-agent']);
    const fault = this.faults.next(key, caller);
    const ending: Ending = { serving: this.served.begin(key) };
    const gone = this.follow(response, ending);
    try {
      const body = await read(request);
      if (fault.delay > 0) await pause(fault.delay, undefined, { signal: gone });
      const answer = fault.status !== undefined ? made(fault.status)
        : route ? await route.answer({ query: url.searchParams, body, caller }) : this.unknown(url);
      this.mark(response);
      const reply = typeof answer === 'function' ? await answer(response, gone) : answer;
      ending.executed = reply?.executed;
      if (reply !== undefined) this.send(response, reply);
    } catch (error) {
      this.refuse(response, error, gone);
    }
  }

  /** Watches how a request ends. */
  private follow(response: ServerResponse, ending: Ending): AbortSignal {
    const { serving } = ending;
    const gone = new AbortController();
    response.once('finish', () => {
      serving.answered(String(response.statusCode), response.hasHeader(INJECTED), ending.executed);
      // A connection that was busy when draining began is idle now, and nobody else closes it.
      if (this.isDraining) setImmediate(() => this.server.closeIdleConnections());
    });
    response.once('close', () => {
      serving.aborted();
      gone.abort();
    });
    return gone.signal;
  }

  private mark(response: ServerResponse): void {
    set(response, this.marks);
    if (this.isDraining) response.setHeader('connection', 'close');
  }

  private send(response: ServerResponse, reply: Reply): void {
    const isText = typeof reply.body === 'string';
    const body = isText ? reply.body as string : `${JSON.stringify(reply.body)}\n`;
    response.statusCode = reply.status;
    set(response, {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...reply.headers,
    });
    response.end(body);
  }

  private refuse(response: ServerResponse, error: unknown, gone: AbortSignal): void {
    if (gone.aborted) return;
    if (!(error instanceof Refusal)) console.error(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    this.mark(response);
    const status = error instanceof Refusal ? error.status : 500;
    const message = error instanceof Refusal ? error.message : 'something went wrong here';
    // What is left of the body is not read, so the connection cannot be used again.
    if (status === 413) response.setHeader('connection', 'close');
    this.send(response, { status, body: { error: message } });
  }

  private unknown(url: URL): Reply {
    const methods = this.routes.filter((one) => one.path === url.pathname).map((one) => one.method);
    if (methods.length === 0) {
      return { status: 404, body: { error: `there is no ${url.pathname}` } };
    }
    return {
      status: 405,
      headers: { allow: methods.join(', ') },
      body: { error: `${url.pathname} takes ${methods.join(' or ')}` },
    };
  }
}

function set(response: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function made(status: number): Reply {
  return { status, headers: { [INJECTED]: '1' }, body: { error: 'failed on purpose' } };
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Refusal(413, `a body has at most ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The JSON object that a body holds. Throws a Refusal. */
export function jsonObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal(400, 'the body is not a JSON object');
  }
  return value as Record<string, unknown>;
}
