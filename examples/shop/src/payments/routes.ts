// SPDX-License-Identifier: Apache-2.0
// What payments does: it takes money, forgets it again, and proves that mail goes out.

import { jsonObject, Refusal, type Question, type Reply, type Route } from '../http/server.js';
import { troubled, troubleWith } from '../peers/trouble.js';
import { type MailClient } from '../smtp/client.js';

export const PATHS = {
  purchase: { method: 'POST', path: '/purchase' },
  reset: { method: 'POST', path: '/reset' },
  testMail: { method: 'GET', path: '/test-mail' },
  wake: { method: 'GET', path: '/wake' },
} as const;

/** The till of one replica. */
export class Till {
  private purchases = 0;
  private cents = 0;

  take(cents: number): number {
    this.cents += cents;
    return ++this.purchases;
  }

  empty(): { purchases: number; cents: number } {
    const was = this.content();
    this.purchases = 0;
    this.cents = 0;
    return was;
  }

  content(): { purchases: number; cents: number } {
    return { purchases: this.purchases, cents: this.cents };
  }
}

/** `replica` signs what is sold. */
export function paymentsRoutes(till: Till, replica: string, mail: MailClient): Route[] {
  return [
    { ...PATHS.purchase, answer: (question) => purchase(question, till, replica) },
    { ...PATHS.reset, answer: () => ({ status: 200, body: till.empty() }) },
    { ...PATHS.testMail, answer: () => testMail(till, replica, mail) },
    { ...PATHS.wake, answer: () => ({ status: 200, body: { awake: replica } }) },
  ];
}

const MOST_CENTS = 100_000_000;

function purchase({ body }: Question, till: Till, replica: string): Reply {
  const { item, cents } = jsonObject(body);
  if (typeof item !== 'string' || item.length < 1 || item.length > 100) {
    throw new Refusal(400, 'item must be a text of 1 to 100 characters');
  }
  if (!Number.isInteger(cents) || Number(cents) < 1 || Number(cents) > MOST_CENTS) {
    throw new Refusal(400, `cents must be a whole number from 1 to ${MOST_CENTS}`);
  }
  const payment = `${replica}-${till.take(Number(cents))}`;
  return { status: 201, body: { payment, item, cents } };
}

async function testMail(till: Till, replica: string, client: MailClient): Promise<Reply> {
  const { purchases, cents } = till.content();
  const mail = {
    from: 'payments@shop.example',
    to: 'owner@shop.example',
    subject: `Test mail from ${replica}`,
    text: `${purchases} purchases, ${(cents / 100).toFixed(2)} in the till.`,
  };
  const sent = await client.send(mail);
  if (sent.kind === 'answered') return { status: 200, body: { ...mail, taken_as: sent.takenAs } };
  return troubled(troubleWith('mail', sent));
}
