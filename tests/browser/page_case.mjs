// SPDX-License-Identifier: Apache-2.0
// One test of a page that somebody uses.
import assert from 'node:assert/strict';

import { kNow } from './answers/shapes.mjs';
import { open } from './browser.mjs';
import { Server } from './server.mjs';

export const kService = '/services/local/shop/payments';

// `run` gets a page that is signed in at a server of its own.
export function page_case(sentence, answers, run, options = {}) {
  return {
    sentence,
    run: async (browser) => {
      const server = await new Server(answers).open();
      const page = await open(browser, { now_ms: kNow, ...options });
      try {
        await run(page, server);
        assert.deepEqual(page.complaints, []);
      } finally {
        await page.context().close();
        await server.close();
      }
    },
  };
}
