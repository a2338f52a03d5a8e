// SPDX-License-Identifier: Apache-2.0
// The way through the pages of a mesh without Dive: what runs and is asked, then who speaks to
// whom.

// Names of services that had requests or connections: those whose figures are more than dashes.
function services_with_traffic(page) {
  return page.locator('.mesh').evaluateAll((tables) =>
    tables
      .filter((table) => /^Services/.test(table.querySelector('caption').textContent))
      .flatMap((table) => [...table.querySelectorAll('tbody tr')])
      .filter((row) => {
        const cell = row.querySelector('[data-label="Success"], [data-label="TCP"]');
        return /[1-9]/.test(cell?.textContent ?? '') || cell?.textContent === '0.00%';
      })
      .map((row) => row.querySelector('th .name').textContent),
  );
}

// Ends are "namespace/name".
function edges(page) {
  return page.locator('.edges tbody tr').evaluateAll((rows) =>
    rows.map((row) => {
      const cell = (label) => row.querySelector(`[data-label="${label}"]`);
      const end = (label) => {
        const [name, namespace] = cell(label).querySelectorAll('.name');
        return `${namespace.textContent}/${name.textContent}`;
      };
      const identity = (label) => cell(label).querySelector('.name')?.textContent ?? '';
      const tls = cell('Mutual TLS');
      return {
        from: end('From'),
        to: end('To'),
        secured: tls.textContent.includes('yes'),
        reason: tls.querySelector('.note')?.title ?? '',
        client_id: identity("Caller's identity"),
        server_id: identity("Callee's identity"),
      };
    }),
  );
}

// "shop/web" is also "web".
function is_end(seen, wanted) {
  return seen === wanted || seen.slice(seen.indexOf('/') + 1) === wanted;
}

export async function walk_mesh(walker, told) {
  const { page, options } = walker;
  const service = options['expect-service'];
  const edge = options['expect-edge'];
  await walker.sign_in('Mesh');
  const quiet = service === undefined ? 'no service had requests' : `${service} had no requests`;
  told.services = await walker.wait_for(quiet, async () => {
    const names = await services_with_traffic(page);
    const is_found = service === undefined ? names.length > 0 : names.includes(service);
    return is_found ? names : null;
  });
  told.service = service ?? told.services[0];
  await walker.look('mesh');
  await page.getByRole('navigation', { name: 'Pages' }).getByText('Edges').click();
  await page.getByRole('heading', { level: 1, name: 'Edges' }).waitFor();
  const [from, to] = edge?.split(':') ?? [];
  const silent = edge === undefined ? 'nobody spoke to anybody' : `no edge ${edge} was there`;
  await walker.wait_for(silent, async () => {
    told.edges = await edges(page);
    told.edge = told.edges.find(
      (one) => edge === undefined || (is_end(one.from, from) && is_end(one.to, to)),
    );
    return told.edge;
  });
  await walker.look('edges');
}

export function mesh_differences({ edge }, options) {
  if (options['expect-edge'] === undefined || edge.secured) return [];
  return [`from ${edge.from} to ${edge.to} not all is mutual TLS: ${edge.reason || 'unknown'}`];
}
