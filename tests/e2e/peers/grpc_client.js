// SPDX-License-Identifier: Apache-2.0
// Calls grpc_server.js and checks every answer; exits 0 and says what it did, else 1 and why.
//
//   node grpc_client.js ADDRESS:PORT unary MESSAGE
//   node grpc_client.js ADDRESS:PORT chat EVERY_MILLISECONDS FOR_MILLISECONDS
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

if (mode === 'unary') unary(rest[0]);
else chat(Number(rest[0]), Number(rest[1]));
