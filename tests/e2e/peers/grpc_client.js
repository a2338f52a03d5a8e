// SPDX-License-Identifier: Apache-2.0
// Calls grpc_server.js and checks every answer; exits 0 and says what it did, else 1 and why.
//
//   node grpc_client.js ADDRESS:PORT unary MESSAGE
//   node grpc_client.js ADDRESS:PORT chat EVERY_MILLISECONDS FOR_MILLISECONDS
//   node grpc_client.js ADDRESS:PORT stalled FOR_MILLISECONDS
'use strict';

const grpc = require('@grpc/grpc-js');
const service = require('./echo_service');

const [address, mode, ...rest] = process.argv.slice(2);
const Client = grpc.makeClientConstructor(service, 'Echo');
const client = new Client(address, grpc.credentials.createInsecure());

function end(problem, words) {
  client.close();
  if (problem) console.error(problem);
  else console.log(words);
  process.exitCode = problem ? 1 : 0;
}

function unary(message) {
  let echoed;
  const deadline = new Date(Date.now() + 15000);
  const call = client.Echo(Buffer.from(message), { deadline }, (error, answer) => {
    call.on('status', (status) => {
      echoed = status.metadata.get('x-echoed')[0];
      const wanted = String(message.length);
      if (echoed !== wanted) end(`the trailer x-echoed is ${echoed}, not ${wanted}`);
      else end(null, `unary: ${answer.length} bytes came back, with trailers`);
    });
    if (error) {
      call.removeAllListeners('status');
      end(`status ${error.code}: ${error.details}`);
    } else if (answer.toString() !== message) {
      call.removeAllListeners('status');
      end('another message came back');
    }
  });
}

function chat(every, length) {
  const call = client.Chat();
  let sent = 0;
  let received = 0;
  const say = () => call.write(Buffer.from(`message ${sent++}`));
  const timer = setInterval(say, every);
  const stop = setTimeout(() => {
    clearInterval(timer);
    call.end();
  }, length);
  call.on('data', (message) => {
    if (message.toString() !== `message ${received}`) call.destroy(new Error('wrong message'));
    received += 1;
  });
  call.on('error', () => {});
  call.on('status', (status) => {
    clearInterval(timer);
    clearTimeout(stop);
    if (status.code !== 0) end(`the stream ended with status ${status.code}: ${status.details}`);
    else if (received !== sent) end(`${sent} messages went out, ${received} came back`);
    else end(null, `chat: ${sent} messages out and back on one stream`);
  });
  say();
}

// One stream whose answers nobody reads for so long, 4 MB of them, and beside it on the same
// connection one that talks all the time. Then the first is read to its end.
function stalled(length) {
  const count = 64;
  const slow = client.Chat();
  let read = 0;
  slow.pause();
  for (let i = 0; i < count; ++i) slow.write(Buffer.alloc(64 * 1024, i));
  slow.end();

  const quick = client.Chat();
  let asked = 0;
  let slowest = 0;
  let askedAt = 0;
  const ask = () => {
    askedAt = Date.now();
    asked += 1;
    quick.write(Buffer.from('tick'));
  };
  const finish = (problem) => {
    slow.cancel();
    quick.cancel();
    end(problem);
  };
  quick.on('error', () => {});
  quick.on('data', () => {
    slowest = Math.max(slowest, Date.now() - askedAt);
    setTimeout(ask, 50);
  });
  slow.on('error', (error) => finish(`the slow stream ended: ${error.message}`));
  slow.on('data', (message) => {
    if (message.length !== 64 * 1024 || message[0] !== read) finish('another message came back');
    read += 1;
  });
  slow.on('status', (status) => {
    if (status.code !== 0) return;
    quick.cancel();
    if (read !== count) end(`${count} messages went out, ${read} came back`);
    else end(null, `stalled: ${asked} ticks, slowest ${slowest} ms; ${read} messages after it`);
  });
  setTimeout(() => {
    if (Date.now() - askedAt > 2000) finish(`the other stream stood still: ${asked} ticks`);
    else slow.resume();
  }, length);
  ask();
}

if (mode === 'unary') unary(rest[0]);
else if (mode === 'stalled') stalled(Number(rest[0]));
else chat(Number(rest[0]), Number(rest[1]));
