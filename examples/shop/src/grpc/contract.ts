// SPDX-License-Identifier: Apache-2.0
// The ledger's contract, loaded from ledger.proto, and the types of its messages.

import { fileURLToPath } from 'node:url';

import {
  loadPackageDefinition, type ChannelOptions, type ClientReadableStream, type ClientUnaryCall,
  type requestCallback, type ServiceClientConstructor, type ServiceDefinition,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

export interface Sale {
  item: string;
  cents: number;
}

export interface Receipt {
  number: number;
  balance: number;
}

export interface StatementRequest {
  lines: number;
  follow: boolean;
}

export interface Line {
  number: number;
  item: string;
  cents: number;
  balance: number;
}

/** The client that grpc-js makes of the contract. */
export interface LedgerStub {
  Record(sale: Sale, done: requestCallback<Receipt>): ClientUnaryCall;
  Statement(request: StatementRequest): ClientReadableStream<Line>;
}

export const RECORD = '/shop.Ledger/Record';
export const STATEMENT = '/shop.Ledger/Statement';
export const MOST_LINES = 1000;

const FILE = fileURLToPath(new URL('../../ledger.proto', import.meta.url));

interface Loaded {
  shop: { Ledger: ServiceClientConstructor & { service: ServiceDefinition } };
}

/** Reads ledger.proto. Throws where the installation is not whole. */
export function ledgerContract(): Loaded['shop']['Ledger'] {
  const definition = loadSync(FILE, { keepCase: true, longs: Number, defaults: true });
  return (loadPackageDefinition(definition) as unknown as Loaded).shop.Ledger;
}

/** One call is one request on the wire, and the ledger is called directly and by its own name. */
export const CHANNEL: ChannelOptions = {
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
};
