// SPDX-License-Identifier: Apache-2.0
// The package ws talks to the application; see websocket_cases.py.
//
//     websocket_ws.js ws://ADDRESS:PORT CASE...
'use strict';
const { once } = require('events');
const WebSocket = require('ws');

const BIG = Buffer.alloc(1 << 20, 'abcdefghijklmnopqrstuvwxyz');
const base = process.argv[2];

function check(holds, why) {
  if (!holds) throw new Error(why);
}

async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), 15000);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function open(path = '/ws', protocols = []) {
  const socket = new WebSocket(base + path, protocols);
  // Whoever speaks first may do so before anybody listens.
  socket.first = once(socket, 'message');
  socket.first.catch(() => {});
  await within(once(socket, 'open'), 'the handshake');
  return socket;
}

async function echo(socket, message, binary) {
  const answer = once(socket, 'message');
  socket.send(message, { binary });
  const [data, isBinary] = await within(answer, 'the answer');
  check(isBinary === binary && data.equals(Buffer.from(message)), `${data.length} other bytes`);
}

async function closed(socket, code, reason) {
  const [seen, said] = await within(once(socket, 'close'), 'the close');
  check(seen === code, `closed with ${seen}, not ${code}`);
  check(reason === undefined || said.toString() === reason, `for ${said}`);
}

const cases = {
  text: async () => finish(await open(), (socket) => echo(socket, 'grüße', false)),
  binary: async () => finish(await open(), (socket) => echo(socket, BIG, true)),
  many: async () => finish(await open(), async (socket) => {
    for (let i = 0; i < 200; ++i) await echo(socket, `message ${i}`, false);
  }),
  fragments: async () => finish(await open(), async (socket) => {
    const answer = once(socket, 'message');
    for (const part of ['one ', 'two ', 'three']) socket.send(part, { fin: part === 'three' });
    const [data] = await within(answer, 'the answer');
    check(data.toString() === 'one two three', data.toString());
  }),
  ping: async () => finish(await open(), async (socket) => {
    const answer = once(socket, 'pong');
    socket.ping('are you there');
    const [data] = await within(answer, 'the pong');
    check(data.toString() === 'are you there', data.toString());
  }),
  greeting: async () => finish(await open('/greets'), async (socket) => {
    const [data] = await within(socket.first, 'the greeting');
    check(data.toString() === 'welcome', data.toString());
  }),
  subprotocol: async () => finish(await open('/ws', ['other', 'echo']), async (socket) => {
    check(socket.protocol === 'echo', `subprotocol ${socket.protocol}`);
  }),
  client_close: async () => {
    const socket = await open();
    socket.close(4001, 'enough');
    await closed(socket, 4001);
  },
  server_close: async () => {
    const socket = await open();
    socket.send('close 4002');
    await closed(socket, 4002, 'as asked');
  },
  vanish: async () => {
    const socket = await open();
    socket.on('error', () => {});
    socket.send('vanish');
    await closed(socket, 1006);
  },
  refused: async () => {
    const socket = new WebSocket(`${base}/refused`);
    socket.on('error', () => {});
    const [, response] = await within(once(socket, 'unexpected-response'), 'the refusal');
    check(response.statusCode === 403, `status ${response.statusCode}`);
    socket.terminate();
  },
};

async function finish(socket, action) {
  await action(socket);
  socket.close(1000);
  await closed(socket, 1000);
}

async function main() {
  for (const name of process.argv.slice(3)) {
    try {
      await cases[name]();
      console.log(`ok ${name}`);
    } catch (error) {
      console.log(`FAIL ${name} ${error.message}`);
    }
  }
  process.exit(0);
}

main();
