// SPDX-License-Identifier: Apache-2.0
// What may be asked of graph. Every field of a root may fail alone, so each may be null.

import { buildSchema } from 'graphql';

export const SCHEMA = buildSchema(`
  type Query {
    "What is sold."
    menu: [Item!]
    "One of the menu; null where there is none of that name."
    item(name: String!): Item
    "The newest lines of the ledger's book, oldest first."
    book(lines: Int! = 5): [Line!]
    "Sums over the newest lines of the book. Takes its time, on purpose."
    report(lines: Int! = 10): Report
  }

  type Mutation {
    "Takes the money at payments, then writes the sale down at ledger."
    buy(item: String!): Purchase
  }

  type Item { name: String!, cents: Int! }
  type Line { number: Int!, item: String!, cents: Int!, balance: Float! }
  type Report { sales: Int!, takings: Float!, favourite: String }
  type Purchase {
    item: String!, cents: Int!, payment: ID!, paidBy: String, number: Int!, balance: Float!
  }
`);

/** Fields of the roots, as flags and faults name them. */
export const FIELDS = ['menu', 'item', 'book', 'report', 'buy'] as const;
export type Field = typeof FIELDS[number];
