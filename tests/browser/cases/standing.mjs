// SPDX-License-Identifier: Apache-2.0
// What the pages say where all is well, where something fails, where nothing is promised, and where
// something cannot be said.
import assert from 'node:assert/strict';

import { busy } from '../answers/busy.mjs';
import { failing } from '../answers/failing.mjs';
import { mesh_busy } from '../answers/mesh_busy.mjs';
import { charts, kNow } from '../answers/shapes.mjs';
import { unreadable_parts } from '../answers/unreadable.mjs';
import { young_mesh } from '../answers/young.mjs';
import { drawn } from '../browser.mjs';
import { kService, page_case } from '../page_case.mjs';

export const cases = [];

function add(...of) {
  cases.push(page_case(...of));
}

add('the evidence and the card beside it are of one moment', failing, async (page, server) => {
  const older = failing.service().objectives[0];
  const newer = { ...older, counts: { good: 18_400, bad: 750 } };
  server.answers = {
    ...failing,
    evidence: () => ({ ...failing.evidence(), bad: 750, card: newer }),
  };
  await page.goto(server.url + kService);
  await page.getByRole('button', { name: 'What failed (743)' }).click();
  await page.locator('#evidence').getByText('702 of 750').waitFor();
  await page.getByRole('button', { name: 'Hide what failed (750)' }).waitFor();
});

add('where nothing is promised nothing is green', young_mesh, async (page, server) => {
  await page.goto(server.url);
  const section = page.getByRole('region', { name: 'Needs attention' });
  await section.getByText('312 of 4,100 requests to payments failed in this span').waitFor();
  await section.getByText('seine objective set svc/payments -n shop --success 99%').waitFor();
  const dashboard = { ...young_mesh.dashboard(), attention: [] };
  // Dive as it was before it made suggestions.
  for (const name of ['objectives', 'without_objective', 'suggestion']) delete dashboard[name];
  server.answers = { ...young_mesh, dashboard: () => dashboard };
  await page.reload();
  await section.getByText('seine objective set svc/payments -n shop --success 99%').waitFor();
  assert.equal(await page.locator('.all-well').count(), 0);
});

add('all is well only where each objective is healthy', busy, async (page, server) => {
  let changed = busy.dashboard();
  const cards = changed.namespaces[0].services[0].objectives;
  changed = { ...changed, attention: [] };
  server.answers = { ...busy, dashboard: () => changed };
  for (const one of cards) one.state = 'healthy';
  await page.goto(server.url);
  await page.locator('.all-well').getByText('all 8 objectives are healthy').waitFor();
  cards[2].state = 'no traffic';
  await page.getByText('of 8 objectives 7 are healthy, 1 has no traffic').waitFor();
  assert.equal(await page.locator('.all-well').count(), 0);
});

add('services that fail come first, with their namespace', young_mesh, async (page, server) => {
  await page.goto(server.url);
  const links = page.locator('.services th a');
  await links.first().waitFor();
  assert.deepEqual(await links.allInnerTexts(), [
    ...['payments', 'graph', 'ledger', 'mail', 'queue', 'web'],
    'dive',
  ]);
});

add('forwarded bytes have connections, and no success', young_mesh, async (page, server) => {
  await page.goto(server.url);
  const mail = page.getByRole('row', { name: /^mail/ });
  await mail.getByText('96 connections, 2 failed').waitFor();
  await mail.getByText('61.4 kB from callers, 1.9 MB to them').waitFor();
  assert.doesNotMatch(await mail.innerText(), /objective|–/);
  await page.getByRole('link', { name: 'mail', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'mail' }).waitFor();
  await page.locator('.tiles').getByText('Connections').waitFor();
  const text = await page.locator('main').innerText();
  assert.doesNotMatch(text, /seine objective|No requests in this span|Drag over a chart/);
});

add('a rate says over which time it is', young_mesh, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('row', { name: /^payments/ }).getByText('over 4 min').waitFor();
  server.answers = busy;
  await page.goto(server.url);
  await page.getByText('14 of 14 pods meshed').waitFor();
  assert.equal(await page.getByText('over 4 min').count(), 0);
});

add('charts say when they begin, where that is later', busy, async (page, server) => {
  const short = charts({ steps: 11, step_ms: 10_000 });
  server.answers = { ...busy, charts: () => short };
  await page.goto(server.url + kService);
  await page.getByText('They begin at 23 Nov, 14:03, when its first pod did.').waitFor();
  server.answers = busy;
  await page.getByText('They begin at').waitFor({ state: 'detached' });
});

add('of what cannot be read is told why', unreadable_parts, async (page, server) => {
  await page.goto(server.url);
  await page.getByText('edge-frankfurt: its counts cannot be read').waitFor();
  const lost = page.getByRole('region', { name: 'Namespace edge-frankfurt / shop' });
  await lost.getByText('the database is locked by another process').first().waitFor();
  await lost.getByText('3 pods', { exact: true }).waitFor();
  assert.equal(await page.locator('.all-well').count(), 0);
  await page.getByRole('link', { name: 'unreadable objective payments-all-routes-90d' }).click();
  await page.getByText('What it was asked cannot be read: the database is locked').waitFor();
  assert.equal(await page.getByText('This cannot be read now.').count(), 2);
  assert.doesNotMatch(await page.locator('main').innerText(), /No requests in this span/);
  const card = page.getByRole('article', { name: 'payments-all-routes-90d' });
  await card.getByText('How it stands cannot be told: its counts are of 20,412 series').waitFor();
  await card.getByText('seine objective show payments-all-routes-90d').waitFor();
  assert.equal(await card.getByRole('meter').count(), 0);
  const other = page.getByRole('article', { name: 'payments-success-7d' });
  await other.getByText('551,570 requests may still fail').waitFor();
});

const kStale = 'Seine does not answer. What is shown is what it said last.';

// Regression: a question that had a signal of its own waited for ever.
async function keeps_last_answer(page, server, places) {
  const pages = [page];
  while (pages.length < places.length) pages.push(await page.context().newPage());
  for (const [i, [path, content]] of places.entries()) {
    await pages[i].clock.setFixedTime(kNow);
    await pages[i].goto(server.url + path);
    await pages[i].getByText(content).first().waitFor();
  }
  server.is_silent = true;
  await Promise.all(
    pages.map(async (each, i) => {
      await each.getByText(kStale).first().waitFor();
      assert.ok(await each.getByText(places[i][1]).first().isVisible(), places[i][0]);
    }),
  );
  server.is_silent = false;
  await Promise.all(pages.map((each) => each.getByText(kStale).waitFor({ state: 'detached' })));
}

add('where Dive hangs, each page keeps its last answer and says so', busy, (page, server) =>
  keeps_last_answer(page, server, [
    ['/', 'ledger'],
    [kService, 'Callers'],
    ['/events', 'Going on'],
    ['/events/process.7', 'Comments'],
  ]),
);

add('where the controller hangs, its pages keep its last answer', mesh_busy, (page, server) =>
  keeps_last_answer(page, server, [
    ['/', 'Workloads'],
    ['/edges', 'payments'],
  ]),
);

add('a Dive that hangs at first is told of, and goes on', busy, async (page, server) => {
  server.is_silent = true;
  await page.goto(server.url);
  const problem = page.getByRole('heading', { name: 'Seine does not answer.' });
  await problem.waitFor();
  // It is asked again meanwhile, and what is wrong stays said.
  await page.waitForRequest('**/api/v1/session');
  assert.ok(await problem.isVisible());
  server.is_silent = false;
  await page.getByRole('link', { name: 'ledger', exact: true }).waitFor();
});

// Regression: figures of the span before stood under the new one, as if they were of it.
add('a span picked while Dive hangs shows no figures of another', busy, async (page, server) => {
  await page.goto(server.url);
  const figures = page.getByRole('link', { name: 'ledger', exact: true });
  await figures.waitFor();
  server.is_silent = true;
  let asked = 0;
  const is_second = (request) => request.url().endsWith('/dashboard?last=24h') && ++asked === 2;
  await Promise.all([
    page.waitForRequest(is_second),
    page.getByRole('button', { name: '24h' }).click(),
  ]);
  await drawn(page);
  assert.ok(await page.getByRole('heading', { name: 'Seine does not answer.' }).isVisible());
  assert.equal(await figures.count(), 0);
  server.is_silent = false;
  await figures.waitFor();
});

// Regression: the reason of the span before stood under the new one.
add('what went wrong with one span is not said of another', busy, async (page, server) => {
  const refused = (search) => ({ status: 400, error: `no ${search.get('last')}`, hint: '' });
  server.answers = { ...busy, dashboard: (search) => ({ refused: refused(search) }) };
  await page.goto(`${server.url}?last=6h`);
  await page.getByRole('heading', { name: 'No 6h.' }).waitFor();
  await page.getByRole('button', { name: '24h' }).click();
  await page.getByRole('heading', { name: 'No 24h.' }).waitFor();
  server.is_silent = true;
  await page.goBack();
  await page.getByText('Loading the dashboard').waitFor();
  assert.equal(await page.getByText('No 24h.').count(), 0);
});
