// SPDX-License-Identifier: Apache-2.0
// One page in one state, in each width and theme: axe, no sideways scrolling, nothing on the
// console, and a picture to look at.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';

import { kNow } from './answers/shapes.mjs';
import { open, whats_wrong } from './browser.mjs';

const kPictures = fileURLToPath(new URL('../../build/browser/', import.meta.url));
const kWidths = [390, 768, 1440];
const kThemes = ['light', 'dark'];

export function look_case(name, server_of, path, widths = kWidths) {
  return {
    sentence: `looks: ${name} is well at ${widths.join(', ')} pixels, light and dark`,
    run: async (browser) => {
      const server = await server_of().open();
      const page = await open(browser, { now_ms: kNow });
      try {
        await page.goto(server.url + path);
        await settled(page);
        const wrong = [];
        for (const theme of kThemes) {
          await page.emulateMedia({ colorScheme: theme });
          for (const width of widths) {
            await page.setViewportSize({ width, height: 900 });
            await page.waitForTimeout(60); // charts follow their place a frame later
            const picture = `${name}-${width}-${theme}`;
            await page.screenshot({ path: `${kPictures}${picture}.png`, fullPage: true });
            for (const line of await whats_wrong(page)) wrong.push(`${picture}: ${line}`);
            page.complaints.length = 0;
          }
        }
        assert.deepEqual(wrong, []);
      } finally {
        await page.context().close();
        await server.close();
      }
    },
  };
}

// All that is loading has come.
async function settled(page) {
  await page.locator('main h1').waitFor();
  await page.waitForFunction(() => !document.body.innerText.includes('Loading '));
  await page.waitForLoadState('load');
}
