// SPDX-License-Identifier: Apache-2.0
// What happens when somebody uses the pages, by mouse and by keyboard, while figures change and
// Dive goes and comes.
import assert from 'node:assert/strict';

import { busy } from '../answers/busy.mjs';
import { failing } from '../answers/failing.mjs';
import { hostile } from '../answers/hostile.mjs';
import { event, kNow, ref } from '../answers/shapes.mjs';
import { drawn, too_wide, violations } from '../browser.mjs';
import { expect_last_answer_stays, kService, page_case } from '../page_case.mjs';

export const cases = [];

function add(...of) {
  cases.push(page_case(...of));
}

// Where everything is, but for the text in it.
function places(page) {
  return page.locator('main *').evaluateAll((all) =>
    all
      .filter((element) => !element.closest('.until'))
      .map((element) => element.getBoundingClientRect())
      .map(({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(' ')),
  );
}

async function sees_the_culprit(page) {
  const evidence = page.locator('#evidence');
  await evidence.getByText('702 of 743').waitFor();
  const text = await evidence.innerText();
  for (const word of ['POST /charge', 'shop/web', 'v2.8', 'HTTP 503']) {
    assert.ok(text.includes(word), `${word} is in: ${text}`);
  }
}

add('the path from the dashboard to the evidence is two clicks', failing, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('link', { name: 'payments', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'payments' }).waitFor();
  await page.getByRole('button', { name: 'What failed (743)' }).click();
  await sees_the_culprit(page);
  assert.equal(new URL(page.url()).searchParams.get('objective'), 'payments-success-7d');
  await page.getByText('23 Nov, 14:04, 4 ms').click();
  await page.getByText('account 17 is locked').waitFor();
});

add('what needs attention leads straight to the evidence', failing, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('link', { name: 'the budget is gone' }).click();
  await sees_the_culprit(page);
  const heading = page.getByRole('heading', { name: 'What failed: payments-success-7d' });
  await page.waitForFunction(() => document.activeElement?.id === 'evidence-title');
  assert.ok(await heading.evaluate((it) => it.getBoundingClientRect().top < innerHeight));
});

add('the keyboard alone gets from the dashboard to the evidence', failing, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
  const tab_to = async (wanted) => {
    for (let i = 0; i < 60; ++i) {
      await page.keyboard.press('Tab');
      const name = await page.evaluate(() => document.activeElement?.textContent ?? '');
      if (name.includes(wanted)) {
        const outline = await page.evaluate(
          () => getComputedStyle(document.activeElement).outlineStyle,
        );
        assert.notEqual(outline, 'none', `what has the focus shows it: ${wanted}`);
        return;
      }
    }
    assert.fail(`no way to ${wanted} by Tab`);
  };
  await tab_to('Skip to content');
  await page.keyboard.press('Enter');
  await tab_to('payments');
  await tab_to('exhausted');
  await page.goBack().catch(() => {});
  await page.goto(server.url + kService);
  await page.getByRole('heading', { name: 'Objectives' }).waitFor();
  await tab_to('What failed');
  await page.keyboard.press('Enter');
  await sees_the_culprit(page);
  await page.waitForFunction(() => document.activeElement?.id === 'evidence-title');
  await tab_to('Close');
  await page.keyboard.press('Enter');
  await page.locator('#evidence').waitFor({ state: 'detached' });
  assert.match(await page.evaluate(() => document.activeElement?.textContent), /What failed/);
});

add('figures change without a reload, and nothing moves', busy, async (page, server) => {
  await page.goto(server.url);
  const success = page.getByRole('row', { name: /payments/ }).first();
  await success.getByText('33.3').waitFor();
  await page.evaluate(() => {
    window.was_here = true;
  });
  const before = await places(page);
  const changed = busy.dashboard();
  changed.namespaces[0].services[0].golden = {
    ...changed.namespaces[0].services[0].golden,
    good: 7,
    bad: 993_000,
    rps: 1_111,
  };
  server.answers = { ...busy, dashboard: () => changed };
  await success.getByText('1,111').waitFor();
  assert.equal(await page.evaluate(() => window.was_here), true);
  assert.deepEqual(await places(page), before);
});

add('a span is in the address and in links, and "back" works', busy, async (page, server) => {
  const asked = [];
  server.answers = {
    ...busy,
    dashboard: (search) => {
      asked.push(search.toString());
      return busy.dashboard();
    },
  };
  await page.goto(server.url);
  await page.getByRole('button', { name: '6h' }).click();
  assert.equal(new URL(page.url()).search, '?last=6h');
  await page.getByText('The last 6 hours').waitFor();
  await page.waitForFunction(() => document.querySelector('main').innerText.includes('ledger'));
  assert.ok(asked.includes('last=6h'), asked.join());
  await page.getByRole('link', { name: 'ledger', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'ledger' }).waitFor();
  assert.equal(new URL(page.url()).search, '?last=6h');
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  await page.goBack();
  assert.equal(new URL(page.url()).search, '');
  assert.equal(
    await page.getByRole('button', { name: '1h', exact: true }).getAttribute('aria-pressed'),
    'true',
  );
});

add('a span dragged over a chart is looked at, in all of the page', busy, async (page, server) => {
  await page.goto(server.url + kService);
  const plot = page.locator('.u-over').first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 5 });
  await page.mouse.up();
  await page.waitForURL(/from_ms=\d+&to_ms=\d+/);
  const given = new URL(page.url()).searchParams;
  const length = Number(given.get('to_ms')) - Number(given.get('from_ms'));
  assert.ok(Math.abs(length - 900_000) < 30_000, `${length}`);
  await page.getByRole('button', { name: 'Show the last hour instead' }).click();
  assert.equal(new URL(page.url()).search, '');
});

add('an event is added with what it is about, and its page opens', busy, async (page, server) => {
  const added = event('process.42', 'Deploy ledger to QA', { about: ['shop/service/payments'] });
  server.answers = { ...busy, post_event: () => added, event: () => added };
  await page.goto(server.url + kService);
  await page.getByRole('link', { name: 'Add one' }).click();
  await page.getByLabel('What happens').fill('Deploy ledger to QA');
  await page.getByLabel('About (Enter adds one)').fill('ns/shop');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove ns/shop' }).waitFor();
  await page.getByLabel('Begins').fill('2026-11-24T09:30');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Deploy ledger to QA' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/events/process.42');
  assert.deepEqual(server.posted, [
    {
      path: '/api/v1/events',
      body: {
        title: 'Deploy ledger to QA',
        description: '',
        about: ['shop/svc/payments', 'ns/shop'],
        cluster: 'local',
        starts_ms: Date.UTC(2026, 10, 24, 9, 30),
      },
    },
  ]);
});

add('a refused event stays in its form, with the reason', busy, async (page, server) => {
  const why = { status: 400, error: 'about: there is no "srv/x"', hint: 'Write svc/x.' };
  server.answers = { ...busy, post_event: () => ({ refused: why }) };
  await page.goto(`${server.url}/events`);
  await page.getByRole('button', { name: 'Add event' }).click();
  await page.getByLabel('What happens').fill('x');
  await page.getByLabel('About (Enter adds one)').fill('srv/x');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByRole('alert').getByText('about: there is no "srv/x". Write svc/x.').waitFor();
  assert.equal(await page.getByLabel('What happens').inputValue(), 'x');
  assert.deepEqual(await violations(page), []);
});

add('an event is started, commented and concluded on its page', busy, async (page, server) => {
  let now = event('process.8', 'Load test', { state: 'scheduled', comments: [] });
  const steps = { start: 'ongoing', conclude: 'concluded' };
  server.answers = {
    ...busy,
    event: () => now,
    events: () => ({ events: [now], next: null }),
    post_event: ([, step], body) => {
      now =
        step === 'comments'
          ? { ...now, comments: [{ by: 'ada', at_ms: kNow, text: body.text }] }
          : { ...now, state: steps[step] };
      return now;
    },
  };
  await page.goto(`${server.url}/events`);
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('.chip').getByText('ongoing').waitFor();
  await page.getByRole('link', { name: 'Load test' }).click();
  await page.getByLabel('Add a comment').fill('Halfway <b>through</b>');
  await page.getByRole('button', { name: 'Comment' }).click();
  await page.getByText('Halfway <b>through</b>').waitFor();
  assert.equal(await page.getByLabel('Add a comment').inputValue(), '');
  await page.getByRole('button', { name: 'Conclude' }).click();
  await page.locator('.facts').getByText('concluded').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Conclude' }).count(), 0);
});

add('filters of events are in the address and are asked for', busy, async (page, server) => {
  const asked = [];
  server.answers = {
    ...busy,
    events: (search) => {
      asked.push(search.toString());
      return busy.events();
    },
  };
  await page.goto(`${server.url}/events?kind=rollout`);
  await page.getByLabel('Service').selectOption('local/shop/web');
  await page.waitForURL(/service=local%2Fshop%2Fweb/);
  assert.equal(await page.getByLabel('Kind').inputValue(), 'rollout');
  await page.getByRole('button', { name: 'Show older ones' }).click();
  const wanted = 'kind=rollout&service=local%2Fshop%2Fweb&last=1h&after=older';
  for (let i = 0; i < 300 && !asked.includes(wanted); ++i) await page.waitForTimeout(100);
  assert.ok(asked.includes(wanted), asked.join('\n'));
});

// Regression: one that is quieter than its neighbours "had no event", above "Show older ones".
add('a service without newest events is not said to have none', busy, async (page, server) => {
  const { events } = busy.events();
  const pages = { '': { events: [], next: 'older' }, older: { events, next: null } };
  server.answers = { ...busy, events: (search) => pages[search.get('after') ?? ''] };
  await page.goto(`${server.url}/events?service=local%2Fshop%2Fweb`);
  const none = page.getByRole('heading', { name: 'No event in this span' });
  const none_yet = page.getByRole('heading', { name: 'None among the newest events' });
  await none_yet.waitFor();
  assert.equal(await none.count(), 0);
  await page.getByRole('button', { name: 'Show older ones' }).click();
  await page.getByText(events[0].title).first().waitFor();
  assert.equal(await none_yet.count(), 0);
  pages.older = { events: [], next: null };
  await none.waitFor();
  assert.equal(await page.getByRole('button', { name: 'Show older ones' }).count(), 0);
});

// What is shown meanwhile is the answer to the filter before, whole.
add('none among the newest events stays until there is an answer', busy, async (page, server) => {
  server.answers = { ...busy, events: () => ({ events: [], next: 'older' }) };
  await page.goto(`${server.url}/events?service=local%2Fshop%2Fweb`);
  const none_yet = page.getByRole('heading', { name: 'None among the newest events' });
  await none_yet.waitFor();
  server.is_silent = true;
  await Promise.all([
    page.waitForRequest('**/api/v1/events?kind=rollout&**'),
    page.getByLabel('Kind').selectOption('rollout'),
  ]);
  await drawn(page);
  assert.ok(await none_yet.isVisible());
});

add('colours are chosen, kept, and those of the system until then', busy, async (page, server) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(server.url);
  const dark = await ground();
  await page.emulateMedia({ colorScheme: 'light' });
  assert.notEqual(await ground(), dark);
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  assert.equal(await ground(), dark);
  await page.reload();
  assert.equal(await ground(), dark);
  await page.getByRole('button', { name: 'As the system' }).click();
  assert.notEqual(await ground(), dark);
});

add('when Dive goes away, its last answer stays, with a notice', busy, async (page, server) => {
  await expect_last_answer_stays(page, server, busy);
});

add('when Dive is away at first, the page says so and goes on', busy, async (page, server) => {
  // The page itself was loaded before; only answers are missing.
  await page.route('**/api/v1/**', (route) => route.abort('connectionrefused'));
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Seine does not answer.' }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.unroute('**/api/v1/**');
  await page.getByRole('link', { name: 'ledger', exact: true }).waitFor();
});

add('who signs out, or whose session ends, is told how to sign in', busy, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('seine dashboard').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Events' }).count(), 0);
  server.is_signed_in = true;
  await page.getByRole('link', { name: 'ledger', exact: true }).waitFor();
  server.is_signed_in = false;
  await page.getByText('seine dashboard').waitFor();
});

add('text of others never becomes a page of ours', hostile, async (page, server) => {
  const elsewhere = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) elsewhere.push(request.url());
  });
  for (const path of ['/', kService, '/events', '/events/process.7']) {
    await page.goto(server.url + path);
    await page.locator('main h1').waitFor();
    await page.waitForFunction(() => !document.body.innerText.includes('Loading '));
    assert.equal(await page.locator('main script, main img, main style').count(), 0, path);
  }
  assert.equal(await page.evaluate(() => window.was_hacked), undefined);
  assert.deepEqual(elsewhere, []);
});

// Elements whose own text turns the direction round, and that of what stands beside them. Beside a
// choice of a list there is nothing.
function leaks(page) {
  return page.locator('body *:not(option)').evaluateAll((all) =>
    all
      .filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && /\u202e/.test(node.data)),
      )
      .filter((element) => getComputedStyle(element).unicodeBidi === 'normal')
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

add('a name from right to left turns nothing beside it round', hostile, async (page, server) => {
  const evidence = `${kService}?objective=${'x'.repeat(253)}`;
  for (const path of ['/', kService, evidence, '/events', '/events/process.7']) {
    await page.goto(server.url + path);
    await page.locator('main h1').waitFor();
    await page.waitForFunction(() => !document.body.innerText.includes('Loading '));
    assert.deepEqual(await leaks(page), [], path);
  }
});

add('a link to an objective that is gone says so', busy, async (page, server) => {
  await page.goto(`${server.url}${kService}?objective=gone#evidence`);
  await page.getByText('There is no objective gone here.').waitFor();
});

add('names with slashes, blanks and percent signs have pages', busy, async (page, server) => {
  const name = 'a b/c%2Fd?e#f';
  const dashboard = busy.dashboard();
  dashboard.namespaces[0].services[0].service = ref(name);
  server.answers = { ...busy, dashboard: () => dashboard };
  await page.goto(server.url);
  await page.getByRole('link', { name, exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  const { pathname } = new URL(page.url());
  await page.getByRole('button', { name: '6h' }).click();
  assert.equal(new URL(page.url()).pathname, pathname);
});

add('these tests see what is wrong with a page', busy, async (page, server) => {
  await page.goto(server.url);
  await page.locator('main h1').waitFor();
  await page.evaluate(() => {
    const bad = document.createElement('p');
    bad.style.cssText = 'color:#bbb;background:#fff;width:3000px';
    bad.textContent = 'hard to read';
    document.body.append(bad);
    document.body.insertAdjacentHTML('beforeend', '<b style="color:red">x</b>');
    console.error('ouch');
  });
  assert.match((await violations(page)).join('\n'), /color-contrast/);
  assert.match((await too_wide(page)).join('\n'), /too wide/);
  assert.match(page.complaints.join('\n'), /style-src/);
  assert.match(page.complaints.join('\n'), /ouch/);
  page.complaints.length = 0;
});
