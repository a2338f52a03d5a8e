// SPDX-License-Identifier: Apache-2.0
// A gRPC server that knows nothing of us: Echo sends the message back with a trailer `x-echoed`,
// and fails with NOT_FOUND for the message `missing`; Chat answers every message of its stream.
//
//   node grpc_server.js ADDRESS:PORT
'use strict';

const grpc = require('@grpc/grpc-js');
const service = require('./echo_service');

function echo(call, answer) {
  if (call.request.toString() === 'missing') {
    answer({ code: grpc.status.NOT_FOUND, details: 'there is no such thing' });
    return;
  }
  const trailers = new grpc.Metadata();
  trailers.set('x-echoed', String(call.request.length));
  answer(null, call.request, trailers);
}

function chat(call) {
  call.on('data', (message) => call.write(message));
  call.on('end', () => call.end());
  call.on('error', () => {});
}

const server = new grpc.Server();
server.addService(service, { Echo: echo, Chat: chat });
server.bindAsync(process.argv[2], grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) {
    console.error(error.message);
    process.exit(1);
  }
});
