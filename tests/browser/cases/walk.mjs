// SPDX-License-Identifier: Apache-2.0
// real.mjs, which walks the pages of a mesh that runs, against canned days.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { failing } from '../answers/failing.mjs';
import { mesh_busy } from '../answers/mesh_busy.mjs';
import { mesh_failing } from '../answers/mesh_failing.mjs';
import { Server } from '../server.mjs';

const kScript = fileURLToPath(new URL('../real.mjs', import.meta.url));
const kPictures = fileURLToPath(new URL('../../../build/browser/walk', import.meta.url));

function walk(...words) {
  return new Promise((done) => {
    execFile(process.execPath, [kScript, ...words], (error, out, err) =>
      done({ status: error === null ? 0 : error.code, out, err }),
    );
  });
}

async function walk_at(server, ...words) {
  return walk(`${server.url}/sign-in?link=x`, '--out', kPictures, ...words);
}

export const cases = [
  {
    sentence: 'the walk names route, caller and version, and says what is not as expected',
    run: async () => {
      const server = await new Server(failing).open();
      const told = await walk_at(
        server,
        ...['--expect-service', 'payments', '--expect-route', 'POST /charge'],
        ...['--expect-caller', 'web', '--expect-version', 'v2.7'],
      );
      await server.close();
      assert.equal(told.err, 'real.mjs: the version is v2.8, not v2.7\n');
      assert.equal(told.status, 1);
      const { service, burning, objective, state, groups, wrong } = JSON.parse(told.out);
      assert.deepEqual(
        [service, objective, state],
        ['payments', 'payments-success-7d', 'exhausted'],
      );
      assert.ok(burning.includes('web'));
      const { bad, route, caller, version, cause } = JSON.parse(told.out);
      assert.equal(groups[0].route, route);
      assert.deepEqual(
        [bad, route, caller, version, cause],
        ['702', 'POST /charge', 'shop/web', 'v2.8', 'HTTP 503'],
      );
      assert.deepEqual(wrong, []);
    },
  },
  {
    sentence: 'the walk refuses flags it does not know, and a service that does not burn',
    run: async () => {
      assert.equal((await walk('--banana')).status, 64);
      assert.equal((await walk()).status, 64);
      const server = await new Server(failing).open();
      const told = await walk_at(server, '--expect-service', 'ledger', '--wait', '2');
      await server.close();
      assert.equal(told.err, 'real.mjs: ledger did not burn within 2 s\n');
      assert.equal(told.status, 1);
    },
  },
  {
    sentence: 'the walk of a mesh without Dive waits for a service, and names a secured edge',
    run: async () => {
      const server = await new Server(mesh_busy).open();
      const told = await walk_at(
        server,
        ...['--mesh', '--expect-service', 'payments', '--expect-edge', 'web:shop/payments'],
      );
      await server.close();
      assert.equal(told.err, '');
      assert.equal(told.status, 0);
      const { service, services, edge, edges, wrong, pictures } = JSON.parse(told.out);
      assert.equal(service, 'payments');
      assert.deepEqual(services, ['graph', 'ledger', 'mail', 'payments', 'web']);
      assert.deepEqual(edge, {
        ...{ from: 'shop/web', to: 'shop/payments', secured: true, reason: '' },
        ...{ client_id: 'web.shop', server_id: 'payments.shop' },
      });
      assert.equal(edges.length, 7);
      assert.deepEqual(wrong, []);
      assert.equal(pictures.length, 4);
    },
  },
  {
    sentence: 'the walk of a mesh without Dive says what is not as expected',
    run: async () => {
      assert.equal((await walk('http://h/', '--expect-edge', 'a:b')).status, 64);
      assert.equal((await walk('http://h/', '--mesh', '--expect-edge', 'a')).status, 64);
      assert.equal((await walk('http://h/', '--mesh', '--expect-route', 'a')).status, 64);
      const server = await new Server(mesh_failing).open();
      const edge = await walk_at(server, '--mesh', '--expect-edge', 'old-till:ledger');
      const idle = await walk_at(
        server,
        ...['--mesh', '--expect-service', 'nightly', '--wait', '2'],
      );
      await server.close();
      assert.equal(
        edge.err,
        'real.mjs: from shop/old-till to shop/ledger not all is mutual TLS: no_tls_from_remote\n',
      );
      assert.equal(edge.status, 1);
      assert.equal(idle.err, 'real.mjs: nightly had no requests within 2 s\n');
      assert.equal(idle.status, 1);
    },
  },
];
