// SPDX-License-Identifier: Apache-2.0
// grpc-js asks an Echo service: a message, a large one, a stream of fifty, an error; see cases.py.
//
//     grpc_cases.js ADDRESS:PORT CASE...
'use strict';
const grpc = require('@grpc/grpc-js');
const service = require('../../e2e/peers/echo_service');

const address = process.argv[2];

function check(holds, why) {
  if (!holds) throw new Error(why);
}

function unary(client, message) {
  return new Promise((resolve, reject) => {
    let answer;
    const call = client.Echo(message, { deadline: Date.now() + 15000 }, (error, value) => {
      answer = { error, value };
    });
    call.on('status', (status) => setImmediate(() => resolve({ ...answer, status })));
    call.on('error', reject);
  });
}

async function echo(client, message) {
  const { error, value, status } = await unary(client, message);
  check(!error, String(error));
  check(value.equals(message), 'another message came back');
  check(status.metadata.get('x-echoed')[0] === String(message.length), 'no trailer');
}

function chat(client, count) {
  return new Promise((resolve, reject) => {
    const call = client.Chat({ deadline: Date.now() + 15000 });
    let received = 0;
    call.on('data', (message) => {
      if (message.toString() !== `message ${received}`) reject(new Error('another message'));
      received += 1;
      if (received === count) call.end();
      else call.write(Buffer.from(`message ${received}`));
    });
    call.on('error', reject);
    call.on('end', () => (received === count ? resolve() : reject(new Error(`${received} came`))));
    call.write(Buffer.from('message 0'));
  });
}

const cases = {
  unary: (client) => echo(client, Buffer.from('hello')),
  large: (client) => echo(client, Buffer.alloc(1 << 20, 'abc')),
  chat: (client) => chat(client, 50),
  status: async (client) => {
    const { error } = await unary(client, Buffer.from('missing'));
    check(error && error.code === grpc.status.NOT_FOUND, `no NOT_FOUND, but ${error}`);
    check(error.details === 'there is no such thing', error.details);
  },
  fifty: async (client) => {
    for (let i = 0; i < 50; ++i) await echo(client, Buffer.from(`number ${i}`));
  },
};

async function main() {
  const Client = grpc.makeClientConstructor(service, 'Echo');
  const client = new Client(address, grpc.credentials.createInsecure());
  for (const name of process.argv.slice(3)) {
    try {
      await cases[name](client);
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`FAIL ${name} ${error.message}`);
    }
  }
  client.close();
}

main();
