// SPDX-License-Identifier: Apache-2.0
// What a service says of a peer that did not do what it was asked.

import { type GrpcOutcome } from '../grpc/ledger_client.js';
import { type HttpOutcome } from '../http/client.js';
import { INJECTED } from '../http/marks.js';
import { type Reply } from '../http/server.js';

export interface Trouble {
  /** For whoever asked. */
  readonly message: string;
  /** The peer failed on purpose. */
  readonly injected: boolean;
  readonly isTooSlow: boolean;
}

/** Any outcome that is no answer. */
export type Failing = Exclude<GrpcOutcome<unknown>, { kind: 'answered' }>;

export function troubleWith(service: string, outcome: Failing): Trouble {
  const cause = outcome.kind === 'failed' ? `${outcome.status}, ${outcome.details}`
    : outcome.kind === 'lost' ? outcome.cause : 'cancelled';
  return {
    message: `${service} did not do it: ${cause}`,
    injected: outcome.kind === 'failed' && outcome.injected,
    isTooSlow: cause === 'timeout',
  };
}

/** 504 when a peer was too slow, else 502. A failure on purpose stays one. */
export function troubled({ message, injected, isTooSlow }: Trouble): Reply {
  const headers = injected ? { [INJECTED]: '1' } : {};
  return { status: isTooSlow ? 504 : 502, headers, body: { error: message } };
}

/** Undefined where there is an answer, and it is below 500. */
export function httpTrouble(service: string, outcome: HttpOutcome): Trouble | undefined {
  if (outcome.kind !== 'answered') return troubleWith(service, outcome);
  const { status, headers } = outcome;
  if (status < 500) return undefined;
  return troubleWith(service, {
    kind: 'failed', status: String(status), injected: headers[INJECTED] !== undefined,
    details: 'it failed',
  });
}
