// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';

import { Child } from './testing/child.js';

const FREE = ['--listen', '127.0.0.1:0'];

test('wrong flags are one sentence and exit 64', async (context) => {
  const wrong = [
    ['payments', ['--fail', 'POST:/purchase=2'], 'payments: --fail POST:/purchase=2 cannot be used:'
      + ' it must be a number from 0 to 1, such as 0.05.\n'],
    ['web', ['--payments', 'payments:8082'], 'web: --payments payments:8082 cannot be used:'
      + ' it must be http://HOST:PORT without a path.\n'],
    ['ledger', ['--fail', 'Record=1:OK'], 'ledger: --fail Record=1:OK cannot be used:'
      + ' the status must be one of gRPC, such as UNAVAILABLE.\n'],
    ['traffic', ['--pattern', 'wild'], 'traffic: --pattern wild cannot be used:'
      + ' it must be steady or mixed.\n'],
    ['graph', ['--error', 'menu=1:oops'], 'graph: --error menu=1:oops cannot be used:'
      + ' the code must be capital letters, such as OUT_OF_ORDER.\n'],
    ['mail', ['--listen', 'here'], 'mail: --listen here cannot be used:'
      + ' it must be HOST:PORT with a port from 0 to 65535 and IPv6 in brackets.\n'],
    ['payments', ['--fail', '/wake=1', '--fail', 'GET:/wake=0'],
      'payments: --fail is given twice for GET /wake.\n'],
  ] as const;
  await Promise.all(wrong.map(async ([application, words, sentence]) => {
    const { code, stdout, stderr } = await new Child(context, application, ...words).ended;
    assert.deepEqual({ code, stdout, stderr }, { code: 64, stdout: '', stderr: sentence });
  }));
});

test('--help is the help page and exit 0', async (context) => {
  const { code, stdout } = await new Child(context, 'traffic', '--help').ended;
  assert.equal(code, 0);
  assert.match(stdout, /^traffic: is the customers of the shop/);
  assert.match(stdout, /--rate NUMBER/);
});

test('a port that is in use is one sentence and exit 1', async (context) => {
  const first = new Child(context, 'payments', ...FREE);
  const address = `127.0.0.1:${await first.port()}`;
  for (const application of ['payments', 'ledger', 'mail']) {
    const { code, stderr } = await new Child(context, application, '--listen', address).ended;
    assert.deepEqual({ code, stderr }, {
      code: 1,
      stderr: `${application}: cannot listen on ${address}: another process has the port.\n`,
    });
  }
});

test('a tally that cannot be written is one sentence and exit 1', async (context) => {
  const { code, stderr } = await new Child(context, 'payments', ...FREE,
    '--tally', '/nowhere/tally.json').ended;
  assert.deepEqual({ code, stderr },
    { code: 1, stderr: 'payments: cannot write /nowhere/tally.json: ENOENT.\n' });
});

test('SIGTERM lets a request end that has begun to arrive, takes no other, and exits 0',
  async (context) => {
    const payments = new Child(context, 'payments', ...FREE, '--replica', 'p-2');
    const port = await payments.port();
    const socket = connect(port, '127.0.0.1');
    const body = '{"item":"tea","cents":450}';
    socket.write('POST /purchase HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\n'
      + `content-length: ${body.length}\r\n\r\n`);
    // 100 Continue: the request is there, and only its body is missing.
    await once(socket, 'data');
    payments.terminate();
    await payments.said(/draining/);
    const late = connect(port, '127.0.0.1');
    const [error] = await once(late, 'error') as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNREFUSED');
    socket.write(body);
    const [answer] = await once(socket, 'data') as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1.1 201 Created\r\n/);
    assert.match(answer.toString(), /connection: close/i);
    const { code, stdout } = await payments.ended;
    assert.equal(code, 0);
    assert.match(stdout, /payments: draining\npayments: done\n$/);
  });

test('what is not done within --grace is dropped, told, and exit 1', async (context) => {
  const payments = new Child(context, 'payments', ...FREE, '--grace', '100ms');
  const socket = connect(await payments.port(), '127.0.0.1');
  socket.write('POST /purchase HTTP/1.1\r\nhost: shop\r\nexpect: 100-continue\r\n'
    + 'content-length: 10\r\n\r\n');
  await once(socket, 'data');
  const { code, stderr } = await payments.stop();
  assert.deepEqual({ code, stderr },
    { code: 1, stderr: 'payments: requests were still under way after 100 ms.\n' });
});
