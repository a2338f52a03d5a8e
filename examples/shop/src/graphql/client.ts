// SPDX-License-Identifier: Apache-2.0
// Calls a GraphQL service, and counts its operations: those that are answered, and those of them
// with errors inside.

import { type HttpClient, type HttpOutcome } from '../http/client.js';
import { type Executed } from '../tally/operations.js';

export interface GraphqlCall {
  /** `query Menu`: how its document begins, and what it is counted as. */
  readonly name: string;
  /** The rest of the document. */
  readonly selection: string;
  readonly variables?: Record<string, unknown>;
  readonly isFresh?: boolean;
}

export function callGraphql(client: HttpClient, call: GraphqlCall): Promise<HttpOutcome> {
  const { name, selection, variables = {}, isFresh = false } = call;
  return client.call({
    method: 'POST', path: '/graphql', isFresh,
    body: { query: `${name}${selection}`, operationName: name.split(' ')[1], variables },
    executed: (body) => executed(name, body),
  });
}

/** Undefined where the answer is none of GraphQL. */
function executed(name: string, body: Buffer): Executed | undefined {
  let answer: { errors?: { extensions?: { injected?: unknown } }[] };
  try {
    answer = JSON.parse(body.toString('utf8')) as typeof answer;
  } catch {
    return undefined;
  }
  const errors = answer.errors ?? [];
  return {
    name, hasErrors: errors.length > 0,
    injected: errors.every(({ extensions }) => extensions?.injected === true),
  };
}
