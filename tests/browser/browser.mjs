// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, and what every page is asked: is anything wrong with you?
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');
const kAxe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const kRules = ['wcag2a', 'wcag2aa', 'wcag21aa'];
// The browser's own line for each answer that is no success; tests that want one expect it.
const kRefusal = /^Failed to load resource: (the server responded|net::ERR_)/;

export function launch() {
  return chromium.launch({
    executablePath: process.env.SEINE_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

// Of one step. A machine with much else to do is slow, and that is not what is tested.
const kPatienceMs = 45_000;

// A page that notes all that goes wrong in it.
export async function open(browser, { now_ms, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  context.setDefaultTimeout(kPatienceMs);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(`script: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!kRefusal.test(message.text())) page.complaints.push(`console: ${message.text()}`);
  });
  if (now_ms !== undefined) await page.clock.setFixedTime(now_ms);
  return page;
}

// Until what has changed in the page is on the screen.
export function drawn(page) {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

// What axe finds, a line each.
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(kAxe);
  const told = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules, resultTypes: ['violations'] }),
    kRules,
  );
  return told.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `axe ${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
  );
}

// Whatever is wider than the window. Of a text that runs out of its place only the page knows.
export function too_wide(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    const width = document.documentElement.scrollWidth;
    if (width <= room) return [];
    const is_clipped = (element) => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (at !== document.body && getComputedStyle(at).overflowX !== 'visible') return true;
      }
      return false;
    };
    const name = (element) => `<${element.tagName.toLowerCase()} class="${element.className}">`;
    const guilty = [...document.querySelectorAll('body *')]
      .filter((element) => {
        const right = element.getBoundingClientRect().left + element.scrollWidth;
        return right > room + 1 && !is_clipped(element);
      })
      .slice(-3);
    return [`too wide: ${width} of ${room} pixels: ${guilty.map(name).join(' ')}`];
  });
}

export async function whats_wrong(page) {
  return [...(await violations(page)), ...(await too_wide(page)), ...page.complaints];
}
