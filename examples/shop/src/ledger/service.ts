// SPDX-License-Identifier: Apache-2.0
// The gRPC service of the ledger: counts, faults made on purpose, and a drain.

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { Metadata, Server, ServerCredentials, status as Status, type sendUnaryData,
  type ServerUnaryCall, type ServerWritableStream } from '@grpc/grpc-js';

import { type Fault, type Faults } from '../faults/faults.js';
import { written, type Address } from '../flags/values.js';
import { ledgerContract, MOST_LINES, RECORD, STATEMENT, type Line, type Receipt, type Sale,
  type StatementRequest } from '../grpc/contract.js';
import { callerIn, INJECTED } from '../http/marks.js';
import { type Served, type Serving } from '../tally/served.js';
import { type Book } from './book.js';

const USUAL_LINES = 10;

/** An answer that is no success. */
interface Failure {
  code: Status;
  details: string;
  metadata?: Metadata;
}

export class LedgerServer {
  private readonly server = new Server();
  private readonly draining = new AbortController();

  /** `pace`: milliseconds between the lines of a statement. */
  constructor(
    private readonly book: Book, private readonly pace: number,
    private readonly faults: Faults<Status>, private readonly served: Served,
    private readonly marks: Record<string, string>,
  ) {
    this.server.addService(ledgerContract().service, {
      Record: (call: ServerUnaryCall<Sale, Receipt>, done: sendUnaryData<Receipt>) =>
        void this.record(call, done),
      Statement: (call: ServerWritableStream<StatementRequest, Line>) => void this.statement(call),
    });
  }

  /** The port it listens on, which is another one when that of `address` is 0. */
  listen(address: Address): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync(written(address), ServerCredentials.createInsecure(),
        (error, port) => (error ? reject(cannotListen(error, address)) : resolve(port)));
    });
  }

  /** Accepts no more, ends the streams that follow, and is done when every call is. */
  drain(): Promise<void> {
    this.draining.abort();
    return new Promise((resolve) => void this.server.tryShutdown(() => resolve()));
  }

  /** Drops what is left. */
  drop(): void {
    this.server.forceShutdown();
  }

  private async record(call: ServerUnaryCall<Sale, Receipt>, done: sendUnaryData<Receipt>) {
    const [serving, gone] = this.begin(RECORD, call);
    const fault = this.faults.next(RECORD, callerOf(call));
    if (!await stay(fault.delay, gone)) return;
    const { item, cents } = call.request;
    const failure = made(fault) ?? (item !== '' && item.length <= 100 && cents >= 1 ? undefined
      : { code: Status.INVALID_ARGUMENT, details: 'a sale has an item and at least 1 cent' });
    serving.answered(Status[failure?.code ?? Status.OK], fault.status !== undefined);
    if (failure !== undefined) done(failure);
    else done(null, this.book.write({ item, cents }));
  }

  private async statement(call: ServerWritableStream<StatementRequest, Line>) {
    const [serving, gone] = this.begin(STATEMENT, call);
    const fault = this.faults.next(STATEMENT, callerOf(call));
    if (!await stay(fault.delay, gone)) return;
    const lines = call.request.lines || USUAL_LINES;
    const failure = made(fault) ?? (lines <= MOST_LINES ? undefined
      : { code: Status.INVALID_ARGUMENT, details: `a statement has at most ${MOST_LINES} lines` });
    if (failure === undefined && !await this.tell(call, lines, gone)) return;
    serving.answered(Status[failure?.code ?? Status.OK], fault.status !== undefined);
    if (failure !== undefined) call.emit('error', failure);
    else call.end();
  }

  /** Whether all that was to be told was told before the caller went away. */
  private async tell(
    call: ServerWritableStream<StatementRequest, Line>, lines: number, gone: AbortSignal,
  ): Promise<boolean> {
    const [first, ...rest] = this.book.tail(lines);
    if (!await write(call, first as Line, gone)) return false;
    for (const line of rest) {
      if (!await stay(this.pace, gone) || !await write(call, line, gone)) return false;
    }
    while (call.request.follow && !this.draining.signal.aborted) {
      await stay(this.pace, AbortSignal.any([gone, this.draining.signal]));
      if (gone.aborted || !await write(call, this.book.newest(), gone)) return false;
    }
    return true;
  }

  /** Counts a call, says at once who answers it, and watches whether its caller goes away. */
  private begin(
    route: string,
    call: ServerUnaryCall<Sale, Receipt> | ServerWritableStream<StatementRequest, Line>,
  ): [Serving, AbortSignal] {
    const serving = this.served.begin(route);
    const gone = new AbortController();
    call.on('cancelled', () => {
      serving.aborted();
      gone.abort();
    });
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(this.marks)) metadata.set(name, value);
    call.sendMetadata(metadata);
    return [serving, gone.signal];
  }
}

const callerOf = ({ metadata }: { metadata: Metadata }) =>
  callerIn(metadata.get('user-agent')[0]?.toString());

function made(fault: Fault<Status>): Failure | undefined {
  if (fault.status === undefined) return undefined;
  const metadata = new Metadata();
  metadata.set(INJECTED, '1');
  return { code: fault.status, details: 'failed on purpose', metadata };
}

/** Waits; false when `gone` ended it. */
async function stay(milliseconds: number, gone: AbortSignal): Promise<boolean> {
  if (milliseconds > 0 && !gone.aborted) {
    await pause(milliseconds, undefined, { signal: gone }).catch(() => {});
  }
  return !gone.aborted;
}

/** Writes one line and waits for room for the next; false when the caller has gone away. */
async function write(
  call: ServerWritableStream<StatementRequest, Line>, line: Line, gone: AbortSignal,
): Promise<boolean> {
  if (gone.aborted) return false;
  if (!call.write(line)) await once(call, 'drain', { signal: gone }).catch(() => {});
  return !gone.aborted;
}

/** grpc-js tells the errno in words only. */
function cannotListen(error: Error, { host, port }: Address): Error {
  const code = /\bE[A-Z]{4,}\b/.exec(error.message)?.[0];
  return Object.assign(new Error(error.message), code && { code, address: host, port });
}
