// SPDX-License-Identifier: Apache-2.0
// Calls the ledger and keeps the tally of it: one call, one request, one outcome.

import { connectivityState, credentials, Metadata, status as Status,
  type Client, type ClientReadableStream, type ClientUnaryCall, type StatusObject }
  from '@grpc/grpc-js';

import { written, type Address } from '../flags/values.js';
import { agentOf, answeredBy, INJECTED } from '../http/marks.js';
import { type Application } from '../tally/record.js';
import { type Sending } from '../tally/tally.js';
import { CHANNEL, ledgerContract, RECORD, STATEMENT, type LedgerStub, type Line, type Receipt,
  type Sale, type StatementRequest } from './contract.js';

export type GrpcOutcome<T> =
  | { kind: 'answered'; value: T }
  | { kind: 'failed'; status: string; injected: boolean; details: string }
  | { kind: 'cancelled' }
  | { kind: 'lost'; cause: string };

/**
 * How grpc-js words a status that no peer sent. It gives them codes of gRPC, so that only the words
 * tell a lost connection from an answer.
 */
const LOST: readonly (readonly [RegExp, string])[] = [
  [/^Connection dropped/, 'connection dropped'],
  [/^read ECONNRESET|^ECONNRESET/, 'ECONNRESET'],
  [/^Stream refused by server/, 'stream refused'],
  [/^Received RST_STREAM with code (\d+)/, 'stream reset'],
  [/^Call cancelled/, 'stream reset'],
  [/^Write (error|failed)/, 'write failed'],
];

/** How long calls may take until they end, in milliseconds. */
export interface Patience {
  readonly timeout: number;
  readonly streamTimeout: number;
}

export class LedgerClient {
  private readonly client: Client & LedgerStub;

  constructor(
    address: Address, private readonly patience: Patience,
    private readonly application: Application,
  ) {
    const Constructor = ledgerContract();
    this.client = new Constructor(written(address), credentials.createInsecure(), {
      ...CHANNEL, 'grpc.primary_user_agent': agentOf(application.identity),
    }) as unknown as Client & LedgerStub;
  }

  record(sale: Sale): Promise<GrpcOutcome<Receipt>> {
    const following = this.begin<Receipt>(RECORD, this.patience.timeout);
    const call = this.client.Record(sale, (_, receipt) => {
      if (receipt !== undefined) following.value = receipt;
    });
    return following.until(call);
  }

  /**
   * Tells each line to `wantsMore`, one at a time; false cancels the call, and so does `gone`, once
   * the answer has begun: a call cancelled earlier may or may not have been sent. Answers how many
   * lines came.
   */
  async statement(
    request: StatementRequest, wantsMore: (line: Line) => Promise<boolean> | boolean,
    gone?: AbortSignal,
  ): Promise<GrpcOutcome<number>> {
    const following = this.begin<number>(STATEMENT, this.patience.streamTimeout);
    following.value = 0;
    const call = this.client.Statement(request);
    // The status says it too.
    call.on('error', () => {});
    const outcome = following.until(call);
    gone?.addEventListener('abort', () => following.cancel(call), { once: true });
    if (gone?.aborted) following.cancel(call);
    try {
      for await (const line of call as AsyncIterable<Line>) {
        following.value += 1;
        if (await wantsMore(line)) continue;
        following.cancel(call);
        break;
      }
    } catch {
      // The status says how it ended.
    }
    return outcome;
  }

  close(): void {
    this.client.close();
  }

  private begin<T>(route: string, timeout: number): Following<T> {
    const sending = this.application.counted.sent.begin('ledger', route);
    return new Following<T>(this.client, sending, timeout);
  }
}

type Call = ClientUnaryCall | ClientReadableStream<Line>;

/** One call under way, until its status comes. */
class Following<T> {
  value: T | undefined;
  private why: 'cancelled' | 'timeout' | undefined;
  private initial: Metadata | undefined;

  constructor(
    private readonly client: Client, private readonly sending: Sending,
    private readonly timeout: number,
  ) {}

  cancel(call: Call): void {
    this.why ??= 'cancelled';
    if (this.initial !== undefined) call.cancel();
  }

  until(call: Call): Promise<GrpcOutcome<T>> {
    const timer = setTimeout(() => {
      this.why = 'timeout';
      call.cancel();
    }, this.timeout);
    call.on('metadata', (metadata: Metadata) => {
      this.initial = metadata;
      if (this.why === 'cancelled') call.cancel();
    });
    return new Promise((resolve) => {
      call.on('status', (status: StatusObject) => {
        clearTimeout(timer);
        resolve(this.end(call, status));
      });
    });
  }

  private end(call: Call, { code, details, metadata }: StatusObject): GrpcOutcome<T> {
    const isOurs = code === Status.CANCELLED && this.why !== undefined;
    if (isOurs && this.why === 'cancelled') {
      this.sending.cancelled();
      return { kind: 'cancelled' };
    }
    const cause = isOurs ? 'timeout' : lost(details);
    if (!this.wasSent(call)) return this.unsent(cause ?? details);
    if (cause !== undefined) {
      this.sending.notAnswered(cause);
      return { kind: 'lost', cause };
    }
    const mark = (name: string) =>
      [...(this.initial?.get(name) ?? []), ...metadata.get(name)][0]?.toString();
    const status = Status[code] ?? String(code);
    const injected = mark(INJECTED) !== undefined;
    const succeeded = code === Status.OK && this.value !== undefined;
    this.sending.answered({ status, succeeded, injected, by: answeredBy(mark) });
    return succeeded ? { kind: 'answered', value: this.value as T }
      : { kind: 'failed', status, injected, details };
  }

  private unsent(details: string): GrpcOutcome<T> {
    const cause = /E[A-Z]{4,}|ENOTFOUND/.exec(details)?.[0] ?? details.slice(0, 60);
    this.sending.notConnected(cause);
    return { kind: 'lost', cause };
  }

  /** Whether the call got a connection: its peer is an address then, not the name called. */
  private wasSent(call: Call): boolean {
    const channel = this.client.getChannel();
    const peer = call.getPeer();
    // Not known of a call that was given up before anything came back.
    if (peer === 'unknown') return channel.getConnectivityState(false) === connectivityState.READY;
    return peer !== channel.getTarget();
  }
}

function lost(details: string): string | undefined {
  return LOST.find(([words]) => words.test(details))?.[1];
}
