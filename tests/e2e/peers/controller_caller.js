// SPDX-License-Identifier: Apache-2.0
// Calls a controller over gRPC by Node's own HTTP/2, as a proxy would and as none should. Prints
// one line of JSON.
//
//   node controller_caller.js ADDRESS:PORT NAME ANCHORS.pem CERTIFICATE_AND_KEY.pem|- certify
//        IDENTITY TOKEN CSR.der TIMES              {statuses: {STATUS: count}, messages: [...]}
//   ... get PATH CONTEXT TIMES SECONDS             the same; streams that are open then: "open"
//   ... watch-port PORT CONTEXT                    the same for one InboundServerPolicies.WatchPort
//   ... unfinished TIMES SECONDS                   {allowed: streams the server allows at once,
//                                                   open: those it holds open}
'use strict';

const fs = require('fs');
const http2 = require('http2');

const [address, name, anchors, certificate, mode, ...rest] = process.argv.slice(2);
const statuses = {};
const messages = new Set();

function field(number, value) {
  const bytes = Buffer.from(value);
  const length = [];
  let left = bytes.length;
  do {
    length.push((left & 127) | (left > 127 ? 128 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

function framed(message) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function count(status, message) {
  statuses[status] = (statuses[status] || 0) + 1;
  if (message && messages.size < 20) messages.add(decodeURIComponent(message));
}

function call(session, path, message) {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers',
    });
    let status;
    const look = (headers) => {
      if (headers['grpc-status'] === undefined || status !== undefined) return;
      status = headers['grpc-status'];
      count(status, headers['grpc-message']);
    };
    stream.on('response', look);
    stream.on('trailers', look);
    stream.on('error', (error) => {
      if (status === undefined) count(error.code);
      status = status || error.code;
    });
    stream.on('close', () => {
      if (status === undefined) count('open');
      resolve();
    });
    stream.resume();
    if (message === null) stream.write(Buffer.from([0]));
    else stream.end(framed(message));
  });
}

let said = false;
function end(code, report) {
  if (!said) console.log(JSON.stringify({ statuses, ...report, messages: [...messages] }));
  said = true;
  process.exit(code);
}
// A connection that is refused in the midst of TLS 1.3 may end without an event.
process.on('exit', () => end(1, { error: 'it ended' }));

function main(session) {
  const identity = '/io.linkerd.proxy.identity.Identity/Certify';
  const report = {};
  const calls = [];
  let seconds = 60;
  if (mode === 'certify') {
    const [who, token, csr, times] = rest;
    const message = Buffer.concat(
      [field(1, who), field(2, token), field(3, fs.readFileSync(csr))]);
    for (let i = 0; i < Number(times); ++i) calls.push(call(session, identity, message));
  } else if (mode === 'get') {
    const [path, context, times] = rest;
    seconds = Number(rest[3]);
    const message = Buffer.concat([field(2, path), field(3, context)]);
    for (let i = 0; i < Number(times); ++i) {
      calls.push(call(session, '/io.linkerd.proxy.destination.Destination/Get', message));
    }
  } else if (mode === 'watch-port') {
    const [port, context] = rest;
    seconds = 2;
    const number = Number(port);
    const message = Buffer.concat(
      [field(1, context), Buffer.from([0x10, (number & 127) | 128, number >> 7])]);
    calls.push(call(
      session, '/io.linkerd.proxy.inbound.InboundServerPolicies/WatchPort', message));
  } else {
    seconds = Number(rest[1]);
    for (let i = 0; i < Number(rest[0]); ++i) calls.push(call(session, identity, null));
    report.allowed = session.remoteSettings.maxConcurrentStreams;
  }
  const finish = () => {
    report.open = calls.length - Object.values(statuses).reduce((sum, each) => sum + each, 0);
    end(0, report);
  };
  Promise.all(calls).then(finish);
  setTimeout(finish, seconds * 1000);
}

const pem = certificate === '-' ? undefined : fs.readFileSync(certificate);
const session = http2.connect(`https://${address}`, {
  ca: fs.readFileSync(anchors), cert: pem, key: pem, servername: name, minVersion: 'TLSv1.3',
  ALPNProtocols: ['h2'],
});
session.on('error', (error) => end(1, { error: String(error) }));
session.on('close', () => end(1, { error: 'it was closed' }));
session.once('remoteSettings', () => main(session));
