// SPDX-License-Identifier: Apache-2.0
// The pages of a mesh without Dive: how they look in every state, and what happens when somebody
// uses them.
import assert from 'node:assert/strict';

import { busy } from '../answers/busy.mjs';
import { mesh_busy } from '../answers/mesh_busy.mjs';
import { mesh_empty } from '../answers/mesh_empty.mjs';
import { mesh_failing } from '../answers/mesh_failing.mjs';
import { mesh_hostile } from '../answers/mesh_hostile.mjs';
import { mesh_golden } from '../answers/mesh_shapes.mjs';
import { look_case } from '../look_case.mjs';
import { expect_last_answer_stays, page_case } from '../page_case.mjs';
import { Server } from '../server.mjs';

export const cases = [];

function add(...of) {
  cases.push(page_case(...of));
}

const kStates = {
  busy: mesh_busy,
  empty: mesh_empty,
  failing: mesh_failing,
  hostile: mesh_hostile,
};
for (const [state, answers] of Object.entries(kStates)) {
  const look = (page, path) =>
    cases.push(look_case(`${page}-${state}`, () => new Server(answers), path));
  look('mesh', '/');
  look('mesh-edges', '/edges');
  const { namespace, name } = answers.mesh().workloads[0] ?? { namespace: 'shop', name: 'web' };
  const workload = new URLSearchParams({ workload: `${namespace}/${name}` });
  look('mesh-edges-of-one', `/edges?${workload}`);
}
const kProblem = { status: 503, error: 'the controller is ending', hint: 'Try again.' };
const refused = { ...mesh_busy, mesh: () => ({ refused: kProblem }) };
cases.push(look_case('mesh-refused', () => new Server(refused), '/', [390, 1440]));
cases.push(look_case('mesh-no-such-page', () => new Server(mesh_busy), '/events', [390]));

function row_of(page, caption, name) {
  return page.getByRole('table', { name: caption }).getByRole('row', { name }).first();
}

add('a mesh without Dive has its own brand and its own pages', mesh_busy, async (page, server) => {
  await page.goto(server.url);
  await page.getByRole('heading', { level: 1, name: 'Mesh' }).waitFor();
  assert.equal(await page.title(), 'Mesh · Seine');
  assert.equal((await page.locator('.brand').innerText()).trim(), 'Seine');
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  assert.deepEqual(await links.allInnerTexts(), ['Mesh', 'Edges']);
  await page.getByText('Objectives, history and events come with Dive').waitFor();
  for (const path of ['/events', '/services/local/shop/web']) {
    await page.goto(server.url + path);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  }
  server.answers = busy;
  await page.goto(server.url);
  await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  assert.equal(await page.title(), 'Dashboard · Dive');
});

add('services and workloads of a mesh stand by namespace', mesh_busy, async (page, server) => {
  await page.goto(server.url);
  const namespaces = page.locator('main section h2');
  await namespaces.first().waitFor();
  assert.deepEqual(await namespaces.allInnerTexts(), ['reports', 'shop']);
  const names = page
    .getByRole('region', { name: 'Namespace shop' })
    .getByRole('table', { name: 'Workloads' })
    .locator('tbody th');
  assert.deepEqual(await names.allInnerTexts(), [
    ...['graph', 'ledger', 'mail', 'payments', 'traffic', 'web'],
  ]);
  const mail = row_of(page, 'Services', /^mail/);
  assert.match(await mail.innerText(), /96 connections/);
  await row_of(page, 'Workloads', /^payments 3 of 3 ready/).waitFor();
});

add('figures of a mesh change without a reload', mesh_busy, async (page, server) => {
  await page.goto(server.url);
  await row_of(page, 'Services', /^payments/).getByText('33.3').waitFor();
  await page.evaluate(() => {
    window.was_here = true;
  });
  server.answers = {
    ...mesh_busy,
    mesh: (search) => {
      const mesh = mesh_busy.mesh(search);
      for (const row of mesh.services) row.golden = mesh_golden(600, 400, { rps: 1_111 });
      return { ...mesh, note: '1 of 9 proxies has not told of this time' };
    },
  };
  const row = row_of(page, 'Services', /^payments/);
  await row.getByText('1,111').waitFor();
  assert.equal(await row.locator('td.failing').innerText(), '60.00%');
  await page.getByText('1 of 9 proxies has not told of this time.').waitFor();
  assert.equal(await page.evaluate(() => window.was_here), true);
});

add('a workload of a mesh leads to its edges, and back', mesh_busy, async (page, server) => {
  await page.goto(`${server.url}/?last=5m`);
  await page.getByRole('link', { name: 'graph', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Edges of graph' }).waitFor();
  assert.equal(new URL(page.url()).search, '?workload=shop%2Fgraph&last=5m');
  assert.equal(await page.title(), 'Edges of graph · Seine');
  const ends = (title) =>
    page.getByRole('region', { name: title }).locator('tbody tr th, tbody tr td:nth-child(2)');
  assert.deepEqual(await ends('Callers').allInnerTexts(), ['web shop', 'graph shop']);
  assert.deepEqual(await ends('Calls to others').allInnerTexts(), ['graph shop', 'payments shop']);
  await page.getByRole('link', { name: 'All edges' }).click();
  await page.getByRole('heading', { name: '7 edges, all by mutual TLS' }).waitFor();
  assert.equal(new URL(page.url()).search, '?last=5m');
  await page.goBack();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'Mesh' }).waitFor();
});

add('the span of a mesh page is in the address and in links', mesh_busy, async (page, server) => {
  const asked = [];
  server.answers = {
    ...mesh_busy,
    mesh: (search) => {
      asked.push(search.toString());
      return mesh_busy.mesh(search);
    },
  };
  await page.goto(`${server.url}/?last=1h`);
  await page.getByText('The last minute').waitFor();
  await page.getByRole('button', { name: '5m' }).click();
  await page.getByText('The last 5 minutes').waitFor();
  assert.equal(new URL(page.url()).search, '?last=5m');
  await row_of(page, 'Services', /^payments/).waitFor();
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Edges').click();
  await page.getByRole('heading', { level: 1, name: 'Edges' }).waitFor();
  assert.equal(new URL(page.url()).search, '?last=5m');
  await page.goBack();
  await page.goBack();
  await page.getByText('The last minute').waitFor();
  const pressed = page.getByRole('button', { name: '1m', exact: true });
  assert.equal(await pressed.getAttribute('aria-pressed'), 'true');
  assert.deepEqual([...new Set(asked)].sort(), ['last=1m', 'last=5m']);
});

add('edges say why some of it was no mutual TLS', mesh_failing, async (page, server) => {
  await page.goto(`${server.url}/edges`);
  await page.getByRole('heading', { name: '13 edges, 6 not all by mutual TLS' }).waitFor();
  const rows = page.locator('.edges tbody tr');
  assert.match(await rows.first().innerText(), /✕ no/);
  assert.match(await rows.last().innerText(), /✓ yes/);
  await page.getByText('the caller spoke without it').waitFor();
  await page.getByText('a_reason_of_next_year').waitFor();
  await page.goto(`${server.url}/edges?workload=shop%2Fold-till`);
  await page.getByText('No workload shop/old-till runs in the mesh now.').waitFor();
  assert.equal(await rows.count(), 2);
});

add('a mesh in which nothing runs teaches what to do', mesh_empty, async (page, server) => {
  await page.goto(server.url);
  await page.getByText('seine run --name web --port 8080 -- ./web').waitFor();
  await page.getByRole('link', { name: 'Edges' }).click();
  await page.getByText('Nobody has spoken to anybody within ten minutes').waitFor();
  await page.getByText('seine demo').waitFor();
});

add('when the mesh goes away, its last answer stays', mesh_busy, async (page, server) => {
  await expect_last_answer_stays(page, server, mesh_busy);
});

add('who signs out of a mesh is told how to sign in', mesh_busy, async (page, server) => {
  await page.goto(`${server.url}/edges`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('seine dashboard').waitFor();
  assert.equal(await page.title(), 'Sign in · Seine');
  assert.equal(await page.getByRole('navigation', { name: 'Pages' }).count(), 0);
  server.is_signed_in = true;
  await page.getByRole('heading', { name: '7 edges, all by mutual TLS' }).waitFor();
});

add('names in a mesh are shown as they are', mesh_hostile, async (page, server) => {
  const name = 'a b/c%2Fd?e#f';
  await page.goto(server.url);
  await page.getByRole('link', { name, exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: `Edges of ${name}` }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: `Edges of ${name}` }).waitFor();
  await page.locator('.edges tbody tr').first().waitFor();
  for (const path of ['/', '/edges']) {
    await page.goto(server.url + path);
    await page.locator('main table').first().waitFor();
    const turning = await page.locator('body *').evaluateAll((all) =>
      all
        .filter((element) => [...element.childNodes].some(({ data }) => /\u202e/.test(data ?? '')))
        .filter((element) => getComputedStyle(element).unicodeBidi === 'normal')
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(turning, [], path);
    assert.equal(await page.locator('main script, main img, main style').count(), 0, path);
  }
  assert.equal(await page.evaluate(() => window.was_hacked), undefined);
});
