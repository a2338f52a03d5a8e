// SPDX-License-Identifier: Apache-2.0
// The gRPC service of grpc_server.js and grpc_client.js, defined by hand: messages are raw bytes,
// so that no .proto file and no generated code is needed.
'use strict';

const bytes = (value) => value;

const method = (path, streams) => ({
  path,
  requestStream: streams,
  responseStream: streams,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});

module.exports = {
  Echo: method('/seine.test.Echo/Echo', false),
  Chat: method('/seine.test.Echo/Chat', true),
};
