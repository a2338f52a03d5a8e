// SPDX-License-Identifier: Apache-2.0
// POST /graphql: what cannot be executed is refused with 400, and everything else is 200, whatever
// errors are inside.

import { execute, getOperationAST, parse, specifiedRules, validate, type DocumentNode,
  type ExecutionResult, type GraphQLError } from 'graphql';

import { jsonObject, Refusal, type Question, type Reply, type Route } from '../http/server.js';
import { type Executed } from '../tally/operations.js';
import { type Fields } from './fields.js';
import { SCHEMA } from './schema.js';

/** Of a document: enough for tools that ask for the schema, too little to ask for much at once. */
const MOST_TOKENS = 1000;
const MOST_ERRORS = 5;
const LONGEST_NAME = 64;

interface Asked {
  readonly document: DocumentNode;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown>;
  /** Such as `query Menu`; `query` where it has no name. */
  readonly name: string;
}

export const PATH = { method: 'POST', path: '/graphql' } as const;

export function graphqlRoute(fields: Fields): Route {
  const rootValue = fields.root();
  return { ...PATH, answer: (question) => answer(question, rootValue) };
}

async function answer(question: Question, rootValue: unknown): Promise<Reply> {
  const asked = read(jsonObject(question.body));
  if ('errors' in asked) return { status: 400, body: asked };
  const { document, operationName, variables: variableValues } = asked;
  const result = await execute({
    schema: SCHEMA, document, operationName, variableValues, rootValue,
    contextValue: { caller: question.caller },
  });
  // No field was reached: variables do not fit.
  if (result.data === undefined) return { status: 400, body: result };
  return { status: 200, body: result, executed: executed(asked.name, result) };
}

/** Throws a Refusal where it is no request at all. */
function read(body: Record<string, unknown>): Asked | { errors: readonly GraphQLError[] } {
  const { query, operationName = null, variables } = body;
  if (typeof query !== 'string') throw new Refusal(400, 'query must be a text');
  if (operationName !== null && typeof operationName !== 'string') {
    throw new Refusal(400, 'operationName must be a text');
  }
  if (typeof (variables ?? {}) !== 'object' || Array.isArray(variables)) {
    throw new Refusal(400, 'variables must be an object');
  }
  let document;
  try {
    document = parse(query, { maxTokens: MOST_TOKENS });
  } catch (error) {
    return { errors: [error as GraphQLError] };
  }
  const errors = validate(SCHEMA, document, specifiedRules, { maxErrors: MOST_ERRORS });
  if (errors.length > 0) return { errors };
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new Refusal(400, 'operationName must say which of the operations');
  if (operation.operation === 'subscription') throw new Refusal(400, 'there is no subscription');
  const name = [operation.operation, operation.name?.value.slice(0, LONGEST_NAME)];
  return {
    document, operationName, variables: (variables ?? {}) as Record<string, unknown>,
    name: name.filter((part) => part !== undefined).join(' '),
  };
}

function executed(name: string, { errors = [] }: ExecutionResult): Executed {
  return {
    name, hasErrors: errors.length > 0,
    injected: errors.every(({ extensions }) => extensions['injected'] === true),
  };
}
