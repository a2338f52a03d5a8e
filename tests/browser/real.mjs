// SPDX-License-Identifier: Apache-2.0
// Walks the pages of a mesh that runs. Those of Dive as somebody does who was told that something
// is wrong: in by a one-time link, to the service that burns its budget, to what failed.
//
//   node tests/browser/real.mjs LINK --expect-service payments
//       [--expect-route 'POST /charge'] [--expect-caller web] [--expect-version v2]
//       [--wait SECONDS] [--out FOLDER]
//
// Prints what the pages name as one line of JSON: {service, burning, objective, state, headline,
// groups: [{bad, share, cause, route, caller, workload, version, example}], wrong, pictures}, and
// the words of the first group beside them. What is expected has to be in that: versions as they
// are written, callers also without their namespace, routes without their kind.
//
//   node tests/browser/real.mjs LINK --mesh [--expect-service payments]
//       [--expect-edge web:payments] [--wait SECONDS] [--out FOLDER]
//
// walks those of a mesh without Dive: it waits for a service that is asked something and for an
// edge from one workload to another, which has to be of mutual TLS, and prints {services, service,
// edges: [{from, to, secured, reason, client_id, server_id}], edge, wrong, pictures}.
//
// Pictures go to FOLDER. Exits 0 when it is so and nothing is wrong with any page (axe, console,
// width), 1 with a sentence otherwise, 64 for bad flags.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { launch, open } from './browser.mjs';
import { mesh_differences, walk_mesh } from './mesh_walk.mjs';
import { Walker } from './walker.mjs';

const kBurning = /exhausted|burning/;
const kWhat = ['route', 'caller', 'version'];
const kEdge = /^[^:]+:[^:]+$/;

function arguments_of(words) {
  const text = { type: 'string' };
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        'expect-service': text,
        'expect-route': text,
        'expect-caller': text,
        'expect-version': text,
        'expect-edge': text,
        mesh: { type: 'boolean', default: false },
        wait: { ...text, default: '60' },
        out: {
          ...text,
          default: fileURLToPath(new URL('../../build/browser/real', import.meta.url)),
        },
      },
    });
    const wait_ms = Number(values.wait) * 1_000;
    if (positionals.length !== 1) throw new Error('give one link, as `seine dashboard` prints it');
    if (!(wait_ms > 0)) throw new Error('--wait is a number of seconds');
    check_pages(values);
    return { ...values, link: new URL(positionals[0]).href, wait_ms };
  } catch (error) {
    console.error(`real.mjs: ${error.message}`);
    process.exit(64);
  }
}

// Some of what can be expected is on Dive's pages alone, and some on those of a mesh.
function check_pages(values) {
  const edge = values['expect-edge'];
  const stray = kWhat.find((what) => values.mesh && values[`expect-${what}`] !== undefined);
  if (stray !== undefined) throw new Error(`--expect-${stray} is of Dive's pages, without --mesh`);
  if (edge !== undefined && !values.mesh) throw new Error('--expect-edge goes with --mesh');
  if (edge !== undefined && !kEdge.test(edge)) throw new Error('--expect-edge is FROM:TO');
}

class Walk extends Walker {
  // Rows of services with an objective that burns: [{name, href}], as they are shown.
  burning() {
    return this.page.locator('.services tbody tr').evaluateAll(
      (rows, pattern) =>
        rows
          .filter((row) => new RegExp(pattern).test(row.querySelector('.chips')?.textContent ?? ''))
          .map((row) => row.querySelector('th a'))
          .map((link) => ({ name: link.textContent, href: link.getAttribute('href') })),
      kBurning.source,
    );
  }

  async find_service() {
    const wanted = this.options['expect-service'];
    const words = wanted === undefined ? 'no service burned' : `${wanted} did not burn`;
    return this.wait_for(words, async () => {
      const burning = await this.burning();
      const found = burning.find(({ name }) => wanted === undefined || name === wanted);
      return found && { ...found, burning: burning.map(({ name }) => name) };
    });
  }

  async open_service({ name, href }) {
    await this.page.locator(`.services th a[href="${CSS_escape(href)}"]`).click();
    await this.page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  }

  async open_evidence() {
    const card = await this.wait_for('no objective of the service burned', async () => {
      for (const one of await this.page.locator('article.card').all()) {
        const state = await one.locator('.chip').innerText();
        const button = one.getByRole('button', { name: /^What (failed|was late)/ });
        if (kBurning.test(state) && (await button.count()) > 0) return { one, state, button };
      }
      return null;
    });
    const objective = await card.one.getAttribute('aria-label');
    await card.button.click();
    const groups = await this.wait_for('no evidence was shown', () => this.groups());
    return { objective, state: card.state.replace(/^\W+/, ''), groups };
  }

  // Rows of the evidence, by the names of their columns; null while there are none.
  async groups() {
    const rows = await this.page.locator('#evidence tbody tr').evaluateAll((found) =>
      found
        .filter((row) => row.querySelector('td[data-label="Route"]') !== null)
        .map((row) =>
          Object.fromEntries(
            [...row.querySelectorAll('td[data-label]')].map((cell) => [
              cell.dataset.label.toLowerCase(),
              // Of an example that is folded, its parts.
              [...(cell.querySelector('details')?.children ?? [cell])]
                .map((part) => part.textContent)
                .join(', '),
            ]),
          ),
        ),
    );
    return rows.length > 0 ? rows : null;
  }
}

function CSS_escape(text) {
  return text.replaceAll(/["\\]/g, '\\$&');
}

// "shop/web" is also "web", and "HTTPRoute/purchase" of whatever group is "purchase".
function is_expected(what, seen, wanted) {
  return (
    seen === wanted ||
    (what === 'caller' && seen.split('/').at(-1) === wanted) ||
    (what === 'route' && seen.endsWith(`Route/${wanted}`))
  );
}

async function walk(walker, told) {
  await walker.sign_in('Dashboard');
  const service = await walker.find_service();
  Object.assign(told, { service: service.name, burning: service.burning });
  await walker.look('dashboard');
  await walker.open_service(service);
  await walker.look('service');
  Object.assign(told, await walker.open_evidence());
  told.headline = await walker.page.locator('.headline').innerText();
  await walker.look('evidence');
  await walker.page.getByRole('link', { name: 'Events', exact: true }).click();
  await walker.page.getByRole('heading', { level: 1, name: 'Events' }).waitFor();
  await walker.look('events');
}

function differences(told, options) {
  const first = told.groups[0];
  return kWhat
    .filter((what) => options[`expect-${what}`] !== undefined)
    .filter((what) => !is_expected(what, first[what], options[`expect-${what}`]))
    .map((what) => `the ${what} is ${first[what]}, not ${options[`expect-${what}`]}`);
}

async function main() {
  const options = arguments_of(process.argv.slice(2));
  mkdirSync(options.out, { recursive: true });
  const browser = await launch();
  const walker = new Walk(await open(browser), options);
  const told = {};
  const problems = [];
  try {
    if (options.mesh) await walk_mesh(walker, told);
    else await walk(walker, told);
    const differ = options.mesh ? mesh_differences : differences;
    problems.push(...differ(told, options), ...walker.wrong);
  } catch (error) {
    await walker.picture('stuck').catch(() => {});
    problems.push(error.message);
  }
  await browser.close();
  const { wrong, pictures } = walker;
  console.log(JSON.stringify({ ...told, ...told.groups?.[0], wrong, pictures }));
  for (const problem of problems) console.error(`real.mjs: ${problem}`);
  process.exit(problems.length === 0 ? 0 : 1);
}

await main();
