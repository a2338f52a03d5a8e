// SPDX-License-Identifier: Apache-2.0
// Runs the cases of cases/*.mjs; see `run`.
import { mkdirSync, readdirSync } from 'node:fs';

import { launch } from './browser.mjs';

const kAtATime = 3;
const word = process.argv[2] ?? '';
const cases = [];
const here = new URL('cases/', import.meta.url);
for (const file of readdirSync(here).sort()) {
  cases.push(...(await import(new URL(file, here))).cases);
}
const chosen = cases.filter(({ sentence }) => sentence.includes(word));
if (chosen.length === 0) {
  console.error(`tests/browser/run: no test's sentence contains "${word}"`);
  process.exit(64);
}

mkdirSync(new URL('../../build/browser/', import.meta.url), { recursive: true });
const browser = await launch();
let failed = 0;
// A page mostly waits for its browser: a few at a time are quicker. Each has a server of its own.
const waiting = [...chosen];
async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      await next.run(browser);
      console.log(`ok    ${next.sentence}`);
    } catch (error) {
      ++failed;
      console.log(`FAIL  ${next.sentence}`);
      console.log(String(error.stack ?? error).replaceAll(/^/gm, '      '));
    }
  }
}
await Promise.all(Array.from({ length: kAtATime }, work));
await browser.close();
console.log(`${chosen.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
