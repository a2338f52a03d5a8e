// SPDX-License-Identifier: Apache-2.0
// A collector of traces that knows nothing of us but OTLP: each span becomes a line of JSON on
// standard output, identifiers in hexadecimal, attributes as one object.
//
//   node trace_sink.js ADDRESS:PORT PROTO_FOLDER
'use strict';

const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [address, folder] = process.argv.slice(2);
const definition = loader.loadSync('opentelemetry/proto/collector/trace/v1/trace_service.proto', {
  includeDirs: [folder],
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { TraceService } =
  grpc.loadPackageDefinition(definition).opentelemetry.proto.collector.trace.v1;

function flat(attributes) {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value[value.value]]));
}

function take(call, answer) {
  for (const { resource, scopeSpans } of call.request.resourceSpans) {
    for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
      const line = {
        ...span,
        traceId: span.traceId.toString('hex'),
        spanId: span.spanId.toString('hex'),
        parentSpanId: span.parentSpanId.toString('hex'),
        attributes: flat(span.attributes),
        resource: flat(resource.attributes),
      };
      fs.writeSync(1, `${JSON.stringify(line)}\n`);
    }
  }
  answer(null, {});
}

const server = new grpc.Server();
server.addService(TraceService.service, { Export: take });
server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) {
    console.error(error.message);
    process.exit(1);
  }
});
