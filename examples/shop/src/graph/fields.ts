// SPDX-License-Identifier: Apache-2.0
// How the fields of graph's roots come to be: the menu is its own, for the rest it asks payments
// and ledger. A field that fails is an error inside of an answer that is 200.

import { setTimeout as pause } from 'node:timers/promises';

import { GraphQLError } from 'graphql';

import { type Faults } from '../faults/faults.js';
import { type Random } from '../faults/random.js';
import { type Span } from '../flags/values.js';
import { MOST_LINES, type Line } from '../grpc/contract.js';
import { type LedgerClient } from '../grpc/ledger_client.js';
import { type HttpClient } from '../http/client.js';
import { answeredBy } from '../http/marks.js';
import { jsonObject } from '../http/server.js';
import { httpTrouble, troubleWith, type Trouble } from '../peers/trouble.js';
import { FIELDS, type Field } from './schema.js';

export interface Peers {
  readonly payments: HttpClient;
  readonly ledger: LedgerClient;
}

/** Who asks, as far as that is known. */
export interface Asker {
  readonly caller: string | undefined;
}

interface Arguments {
  name: string;
  item: string;
  lines: number;
}

export const MENU = [
  { name: 'tea', cents: 450 }, { name: 'coffee', cents: 520 },
  { name: 'cake', cents: 680 }, { name: 'soup', cents: 890 },
];

/** An error with the code that callers go by, and whether it was made on purpose. */
function failure(message: string, code: string, injected: boolean): GraphQLError {
  return new GraphQLError(message, { extensions: { code, injected } });
}

const peerFailed = (service: string, { message, injected }: Trouble) =>
  failure(message, `${service.toUpperCase()}_FAILED`, injected);

export class Fields {
  /** `faults` by field, with the code to fail with; `takes`: how long a report does. */
  constructor(
    private readonly peers: Peers, private readonly faults: Faults<string>,
    private readonly takes: Span, private readonly random: Random,
  ) {}

  /** For graphql-js: a function for each field, which may throw a GraphQLError. */
  root(): Record<Field, (args: Arguments, asker: Asker) => Promise<unknown>> {
    const answers: Record<Field, (args: Arguments) => unknown> = {
      menu: () => MENU,
      item: ({ name }) => MENU.find((item) => item.name === name) ?? null,
      book: ({ lines }) => this.book(lines),
      report: ({ lines }) => this.report(lines),
      buy: ({ item }) => this.buy(item),
    };
    const guarded = (field: Field) => async (args: Arguments, { caller }: Asker) => {
      const { status } = this.faults.next(field, caller);
      if (status !== undefined) throw failure('failed on purpose', status, true);
      return answers[field](args);
    };
    return Object.fromEntries(FIELDS.map((field) => [field, guarded(field)])) as
      ReturnType<Fields['root']>;
  }

  private async book(lines: number): Promise<Line[]> {
    if (lines < 1 || lines > MOST_LINES) {
      throw failure(`lines must be from 1 to ${MOST_LINES}`, 'BAD_INPUT', false);
    }
    const found: Line[] = [];
    const told = await this.peers.ledger.statement({ lines, follow: false }, (line) => {
      found.push(line);
      return true;
    });
    if (told.kind !== 'answered') throw peerFailed('ledger', troubleWith('ledger', told));
    return found;
  }

  private async report(lines: number) {
    const book = await this.book(lines);
    await pause(this.random.between(this.takes.least, this.takes.most));
    const sales = book.filter(({ cents }) => cents > 0);
    const times = (name: string) => sales.filter(({ item }) => item === name).length;
    const names = [...new Set(sales.map(({ item }) => item))];
    return {
      sales: sales.length,
      takings: sales.reduce((sum, { cents }) => sum + cents, 0),
      favourite: names.sort((one, other) => times(other) - times(one))[0] ?? null,
    };
  }

  /** Money first, then the book. */
  private async buy(name: string) {
    const found = MENU.find((item) => item.name === name);
    if (found === undefined) throw failure('that is not on the menu', 'BAD_INPUT', false);
    const { cents } = found;
    const { payments, ledger } = this.peers;
    const paid = await payments.call({
      method: 'POST', path: '/purchase', body: { item: name, cents },
    });
    const trouble = httpTrouble('payments', paid);
    if (trouble !== undefined) throw peerFailed('payments', trouble);
    if (paid.kind !== 'answered' || paid.status !== 201) {
      throw failure('payments refused it', 'PAYMENTS_REFUSED', false);
    }
    const { payment } = jsonObject(paid.body);
    const recorded = await ledger.record({ item: name, cents });
    if (recorded.kind !== 'answered') throw peerFailed('ledger', troubleWith('ledger', recorded));
    const paidBy = answeredBy((mark) => paid.headers[mark]?.toString()) ?? null;
    return { item: name, cents, payment, paidBy, ...recorded.value };
  }
}
