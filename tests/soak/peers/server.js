// SPDX-License-Identifier: Apache-2.0
// An application that clients come and go at: HTTP/1.1 on PORT, HTTP/2 by prior knowledge on the
// next one. GET answers one byte, or with ?bytes=N as many; over HTTP/2 with the trailer
// `grpc-status: 0`. POST sends the body back; to /stuck it is never read nor answered.
//
//     server.js PORT
'use strict';
const http = require('http');
const http2 = require('http2');

const PIECE = Buffer.alloc(65536, 'abcdefgh');
const port = Number(process.argv[2]);

// Whoever does not read is not written for.
async function write(response, size) {
  for (let left = size; left > 0 && !response.destroyed; left -= PIECE.length) {
    if (response.write(PIECE.subarray(0, Math.min(left, PIECE.length)))) continue;
    await new Promise((resolve) => {
      response.once('drain', resolve);
      response.once('close', resolve);
    });
  }
}

async function serve(request, response) {
  response.on('error', () => {});
  if (request.url === '/stuck') return;
  if (request.method === 'POST') {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    response.writeHead(200, { 'content-length': body.length });
    response.end(body);
    return;
  }
  request.resume();
  const size = Number(new URL(request.url, 'http://a').searchParams.get('bytes') || 1);
  if (request.httpVersionMajor === 1) response.setHeader('content-length', size);
  response.writeHead(200);
  await write(response, size);
  if (request.httpVersionMajor === 2) response.addTrailers({ 'grpc-status': '0' });
  response.end();
}

const listener = (request, response) => serve(request, response).catch(() => response.destroy());
http.createServer({ keepAliveTimeout: 0 }, listener).listen(port, '::');
// The proxy's one connection carries everybody's streams, and their resets.
const second = http2.createServer(
  { maxSessionMemory: 1000, streamResetBurst: 1e6, streamResetRate: 1e6 }, listener);
second.on('sessionError', () => {});
second.listen(port + 1, '::');
