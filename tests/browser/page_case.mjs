// SPDX-License-Identifier: Apache-2.0
// One test of a page that somebody uses.
import assert from 'node:assert/strict';

import { kNow } from './answers/shapes.mjs';
import { open, too_wide, violations } from './browser.mjs';
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

// Shown at first, and still while whoever answers is away: with a notice, until it is back.
export async function expect_last_answer_stays(page, server, answers) {
  await page.goto(server.url);
  await page.getByRole('link', { name: 'ledger', exact: true }).waitFor();
  const { port } = server;
  await server.close();
  await page.getByText('Seine does not answer. What is shown is what it said last.').waitFor();
  assert.ok(await page.getByRole('link', { name: 'ledger', exact: true }).isVisible());
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(await too_wide(page), []);
  const back = await new Server(answers).open(port);
  try {
    await page.getByText('Seine does not answer.').waitFor({ state: 'detached' });
  } finally {
    await back.close();
  }
}
