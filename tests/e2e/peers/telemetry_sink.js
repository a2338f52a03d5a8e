// SPDX-License-Identifier: Apache-2.0
// A receiver of seine.telemetry.v1 that knows nothing of us but the contract. Each bucket that it
// has not had yet becomes a line of JSON on standard output, with who sent it; then it is
// acknowledged. A bucket that comes again is acknowledged again and said to be a `duplicate`.
//
//   node telemetry_sink.js ADDRESS:PORT PROTO_FOLDER KNOWN.jsonl
//
// KNOWN.jsonl is what it printed in an earlier life; missing is fine.
'use strict';

const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, folder, known] = process.argv.slice(2);
const definition = loader.loadSync('seine/telemetry/v1/telemetry.proto', {
  includeDirs: [folder, '/usr/include'],
  longs: Number,
  enums: String,
  defaults: true,
  keepCase: true,
});
const { Telemetry } = grpc.loadPackageDefinition(definition).seine.telemetry.v1;

const had = new Set();
if (fs.existsSync(known)) {
  for (const line of fs.readFileSync(known, 'utf8').split('\n')) {
    if (line.startsWith('{')) had.add(JSON.parse(line).key);
  }
}

function report(call, answer) {
  const { reporter, buckets } = call.request;
  const acknowledged = [];
  for (const bucket of buckets) {
    const boot = reporter.boot.toString('hex');
    const key = `${reporter.instance.toString('hex')}/${boot}/${bucket.sequence}`;
    const duplicate = had.has(key);
    had.add(key);
    const who = { ...reporter, instance: undefined, boot };
    fs.writeSync(1, `${JSON.stringify({ key, duplicate, who, bucket })}\n`);
    acknowledged.push(bucket.sequence);
  }
  answer(null, { acknowledged });
}

const server = new grpc.Server();
server.addService(Telemetry.service, { Report: report });
server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) {
    console.error(error.message);
    process.exit(1);
  }
});
