#!/usr/bin/node
// SPDX-License-Identifier: Apache-2.0
// In the place of seine-dive: answers agents (as one who knows no method), browsers, its owner, and
// who asks how it is. Keeps a file in its folder, to show that it may.
"use strict";

const fs = require("node:fs");
const http = require("node:http");
const http2 = require("node:http2");
const path = require("node:path");

const flags = {};
for (const word of process.argv.slice(3)) {
  const [name, ...rest] = word.split("=");
  flags[name] = rest.join("=");
}
const at = (flag) => {
  const [host, port] = flags[flag].split(":");
  return { host, port: Number(port) };
};
const dir = flags["--state-dir"];
fs.writeFileSync(path.join(dir, "fake.db"), `${Date.now()}\n`, { flag: "a", mode: 0o600 });

let calls = 0;
http2.createServer().on("stream", (stream) => {
  calls += 1;
  stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "12",
    "grpc-message": "a fake knows nothing" }, { endStream: true });
}).listen(at("--listen"));

const json = (response, value) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
};
http.createServer((_, response) => response.end("pages of a fake\n")).listen(at("--web-listen"));
http.createServer((request, response) => {
  response.end(request.url === "/metrics" ? `fake_dive_calls_total ${calls}\n` : "ok\n");
}).listen(at("--admin-listen"));

const owner = flags["--owner-socket"] || path.join(dir, "owner.sock");
fs.rmSync(owner, { force: true });
process.umask(0o177);
http.createServer((request, response) => {
  if (request.method === "POST" && request.url === "/api/v1/join-tokens") {
    json(response, { token: `fake-${Date.now()}`, expires_ms: Date.now() + 60000 });
  } else {
    json(response, { clusters: [{ name: "local", connected: calls > 0,
      last_seen_ms: calls > 0 ? Date.now() : null, agent_version: "" }] });
  }
}).listen(owner);
process.on("SIGTERM", () => process.exit(0));
