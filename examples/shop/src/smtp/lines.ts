// SPDX-License-Identifier: Apache-2.0
// Lines out of pieces. Only CRLF ends one: who takes a bare LF for an end as well can be told of
// mails that another server never saw.

import { LONGEST_LINE } from './mail.js';

export class Lines {
  private rest = Buffer.alloc(0);

  /** The lines that are whole now, without their ends; undefined once one is too long. */
  take(piece: Buffer): Buffer[] | undefined {
    const found: Buffer[] = [];
    let all = Buffer.concat([this.rest, piece]);
    for (let end = all.indexOf('\r\n'); end >= 0; end = all.indexOf('\r\n')) {
      if (end + 2 > LONGEST_LINE) return undefined;
      found.push(all.subarray(0, end));
      all = all.subarray(end + 2);
    }
    this.rest = all;
    return this.rest.length > LONGEST_LINE ? undefined : found;
  }
}
