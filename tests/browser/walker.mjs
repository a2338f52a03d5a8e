// SPDX-License-Identifier: Apache-2.0
// Somebody who walks pages of a mesh that runs, looks at each, and waits for what takes its time.
import { join } from 'node:path';

import { whats_wrong } from './browser.mjs';

const kPollMs = 1_000;

export class Walker {
  pictures = [];
  wrong = [];

  constructor(page, options) {
    this.page = page;
    this.options = options;
    this.until = Date.now() + options.wait_ms;
  }

  // Asks again until there is an answer; figures of a mesh take their time.
  async wait_for(what, ask) {
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (Date.now() > this.until) {
        await this.picture('stuck');
        throw new Error(`${what} within ${this.options.wait} s`);
      }
      await this.page.waitForTimeout(kPollMs);
    }
  }

  async picture(name) {
    const path = join(this.options.out, `${name}.png`);
    await this.page.screenshot({ path, fullPage: true });
    this.pictures.push(path);
  }

  async look(name) {
    for (const width of [1440, 390]) {
      await this.page.setViewportSize({ width, height: 900 });
      await this.page.waitForTimeout(200); // charts follow
      await this.picture(`${name}-${width}`);
      const wrong = await whats_wrong(this.page);
      this.wrong.push(...wrong.map((line) => `${name}-${width}: ${line}`));
      this.page.complaints.length = 0;
    }
    await this.page.setViewportSize({ width: 1440, height: 900 });
  }

  async sign_in(heading) {
    await this.page.goto(this.options.link);
    const path = new URL(this.page.url()).pathname;
    if (path === '/sign-in') {
      throw new Error(`the link was refused: ${await this.page.locator('body').innerText()}`);
    }
    await this.page.getByRole('heading', { level: 1, name: heading }).waitFor();
  }
}
