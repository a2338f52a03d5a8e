// SPDX-License-Identifier: Apache-2.0
// The application that clients of the suites `peers` and `websocket` ask, in JavaScript: HTTP/1.1
// with WebSockets on PORT, HTTP/2 by prior knowledge on the next one.
//
//     app.js ADDRESS PORT
'use strict';
const http = require('http');
const http2 = require('http2');
const { WebSocketServer } = require('ws');

const MIB = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => 97 + (index % 26)));
const [address, port] = [process.argv[2], Number(process.argv[3])];

function answer(response, body, headers = {}) {
  response.writeHead(200, { 'content-length': body.length, ...headers });
  response.end(body);
}

function chunked(response, trailers) {
  response.writeHead(200, trailers ? { trailer: 'x-end' } : {});
  for (let at = 0; at < MIB.length; at += 50000) response.write(MIB.subarray(at, at + 50000));
  if (trailers) response.addTrailers({ 'x-end': 'reached' });
  response.end();
}

function cut(response, headers) {
  response.writeHead(200, headers);
  response.write(MIB.subarray(0, 100000), () => {
    // To destroy a stream of HTTP/2 is to say NO_ERROR, which clients take for the end.
    if (response.stream) response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    else response.destroy();
  });
}

async function post(request, response) {
  if (request.url === '/early') {
    const last = request.httpVersionMajor === 1 ? { connection: 'close' } : {};
    response.writeHead(413, { 'content-length': 0, ...last });
    response.end();
    return;
  }
  const parts = [];
  for await (const part of request) parts.push(part);
  answer(response, Buffer.concat(parts), { 'x-trailer': request.trailers['x-end'] || 'none' });
}

function serve(request, response) {
  console.log('access', request.method, request.url);
  if (request.method === 'POST') {
    post(request, response).catch(() => response.destroy());
    return;
  }
  request.resume();
  const first = request.httpVersionMajor === 1;
  // net/http takes a 304 of HTTP/2 with a length for one that was cut.
  const length = { 'content-length': 1 };
  switch (request.url.split('?')[0]) {
    case '/one': answer(response, Buffer.from('a')); break;
    case '/mib': answer(response, MIB); break;
    case '/chunked': chunked(response, false); break;
    case '/trailers': chunked(response, true); break;
    case '/close': answer(response, Buffer.from('a'), first ? { connection: 'close' } : {}); break;
    case '/nothing': response.writeHead(204).end(); break;
    case '/same': response.writeHead(304, { etag: '"a"', ...(first && length) }).end(); break;
    case '/cut': cut(response, { 'content-length': MIB.length }); break;
    case '/cut-chunked': cut(response, {}); break;
    case '/hints':
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
      answer(response, Buffer.from('a'));
      break;
    default: response.writeHead(404).end();
  }
}

function talk(socket, request) {
  if (request.url === '/greets') socket.send('welcome');
  socket.on('error', () => {});
  socket.on('message', (data, binary) => {
    const [word, code] = binary ? [] : data.toString().split(' ');
    if (word === 'close') socket.close(Number(code), 'as asked');
    else if (word === 'vanish') socket.terminate();
    else socket.send(data, { binary });
  });
}

const sockets = new WebSocketServer({
  noServer: true,
  perMessageDeflate: true,
  handleProtocols: (offered) => (offered.has('echo') ? 'echo' : false),
});

const first = http.createServer({ keepAliveTimeout: 60000 }, serve);
first.on('upgrade', (request, socket, head) => {
  socket.on('error', () => {});
  if (request.url === '/ws' || request.url === '/greets') {
    sockets.handleUpgrade(request, socket, head, talk);
  } else {
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 6\r\nconnection: close\r\n\r\nnot so');
  }
});
http2.createServer(serve).listen(port + 1, address);
first.listen(port, address);
