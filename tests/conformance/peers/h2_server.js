// SPDX-License-Identifier: Apache-2.0
// HTTP/2 without TLS, by prior knowledge: answers each request, once it is whole, with some text.
//
//     h2_server.js PORT
'use strict';
const http2 = require('http2');

const TEXT = 'something to cut into small frames, '.repeat(10);
const ignore = () => {};

const server = http2.createServer();
server.on('sessionError', ignore);
server.on('stream', (stream) => {
  stream.on('error', ignore);
  stream.on('end', () => {
    if (stream.destroyed) return;
    stream.respond({ ':status': 200, 'content-type': 'text/plain' });
    stream.end(TEXT);
  });
  stream.resume();
});
server.listen(Number(process.argv[2]), '::');
