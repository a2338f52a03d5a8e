// SPDX-License-Identifier: Apache-2.0
// The book of the ledger: every sale, the newest lines at hand.

import { MOST_LINES, type Line, type Receipt, type Sale } from '../grpc/contract.js';

export class Book {
  private readonly lines: Line[] = [{ number: 0, item: 'opening', cents: 0, balance: 0 }];

  write({ item, cents }: Sale): Receipt {
    const { number, balance } = this.newest();
    this.lines.push({ number: number + 1, item, cents, balance: balance + cents });
    if (this.lines.length > MOST_LINES) this.lines.shift();
    return { number: number + 1, balance: balance + cents };
  }

  /** Up to `most` lines, oldest first. There is always one. */
  tail(most: number): Line[] {
    return this.lines.slice(-most);
  }

  newest(): Line {
    return this.lines[this.lines.length - 1] as Line;
  }
}
