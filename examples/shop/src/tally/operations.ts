// SPDX-License-Identifier: Apache-2.0
// GraphQL operations: many of them share one route, and fail within answers that are 200.

/** Of answers that are 200. */
export interface OperationRow {
  answered: number;
  /** Of `answered`: those with errors inside. */
  errors: number;
  /** Of `errors`: those that were made on purpose, here or by a service that was asked for help. */
  injected: number;
}

export type Operations = Record<string, OperationRow>;

/** One operation that has its answer. */
export interface Executed {
  /** Such as `query Menu`. */
  readonly name: string;
  readonly hasErrors: boolean;
  /** Each of its errors was made on purpose. */
  readonly injected: boolean;
}

/** Names beyond this many are counted as `other`: what a peer sends must not grow us. */
const MOST_NAMES = 50;

export function countOperation(operations: Operations, { name, hasErrors, injected }: Executed) {
  const isNew = !Object.hasOwn(operations, name);
  const key = isNew && Object.keys(operations).length >= MOST_NAMES ? 'other' : name;
  if (!Object.hasOwn(operations, key)) operations[key] = emptyOperation();
  const row = operations[key] as OperationRow;
  row.answered += 1;
  if (hasErrors) row.errors += 1;
  if (hasErrors && injected) row.injected += 1;
}

export function addOperations(to: Operations, from: Operations): void {
  for (const [name, row] of Object.entries(from)) {
    const sum = (to[name] ??= emptyOperation());
    sum.answered += row.answered;
    sum.errors += row.errors;
    sum.injected += row.injected;
  }
}

const emptyOperation = (): OperationRow => ({ answered: 0, errors: 0, injected: 0 });
