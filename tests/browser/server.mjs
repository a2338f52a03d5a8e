// SPDX-License-Identifier: Apache-2.0
// A Dive of ours for one browser: serves the built pages and canned answers, with the headers that
// the real one sends. A test changes what it answers while the page is open.
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const kRoot = fileURLToPath(new URL('../../', import.meta.url));
const kPages = join(kRoot, 'build/web');
const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

// From the source of the real one, so that the two cannot part.
function headers_of_guard() {
  const source = readFileSync(join(kRoot, 'src/web/guard.cc'), 'utf8');
  const policy = /kContentPolicy =\s*((?:"[^"]*"\s*)+);/.exec(source);
  const table = /kHeaders\{\s*\{([\s\S]*?)\}\};/.exec(source);
  if (policy === null || table === null) throw new Error('src/web/guard.cc reads differently now');
  const text = [...policy[1].matchAll(/"([^"]*)"/g)].map((part) => part[1]).join('');
  const headers = { 'content-security-policy': text };
  for (const [, name, value] of table[1].matchAll(/\{"([^"]+)",\s*"([^"]+)"\}/g)) {
    headers[name] = value;
  }
  if (!text.includes("script-src 'self'") || headers['x-frame-options'] !== 'DENY') {
    throw new Error('src/web/guard.cc no longer says what this reads out of it');
  }
  return headers;
}

export class Server {
  #headers = headers_of_guard();
  #http = createServer((request, response) => void this.#answer(request, response));
  answers; // of answers/*.mjs
  problem = null; // {status, error, hint}: what the API answers instead
  is_signed_in = true;
  is_silent = false; // takes what the API is asked, and never answers
  posted = []; // {path, body}

  constructor(answers) {
    this.answers = answers;
  }

  async open(port = 0) {
    await new Promise((done) => this.#http.listen(port, '127.0.0.1', done));
    return this;
  }
  get port() {
    return this.#http.address().port;
  }
  get url() {
    return `http://127.0.0.1:${this.port}`;
  }
  async close() {
    this.#http.closeAllConnections();
    await new Promise((done) => this.#http.close(done));
  }

  async #answer(request, response) {
    const { pathname, searchParams } = new URL(request.url, this.url);
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value);
    if (pathname === '/sign-in') {
      response.writeHead(303, { location: '/' }).end();
      return;
    }
    if (pathname === '/sign-out') return this.#sign_out(response);
    if (!pathname.startsWith('/api/v1/')) return this.#file(pathname, response);
    if (this.is_silent) return;
    const body = await read(request);
    if (request.method === 'POST') {
      if (request.headers.origin !== this.url) return json(response, 403, { error: 'no origin' });
      this.posted.push({ path: pathname, body });
    }
    if (!this.is_signed_in) {
      return json(response, 401, { error: 'nobody is signed in', hint: 'run `seine dashboard`' });
    }
    if (this.problem !== null) return json(response, this.problem.status, this.problem);
    const parts = pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
    const found = await this.#find(request.method, parts, searchParams, body);
    if (found === null) return json(response, 404, { error: 'there is nothing there', hint: '' });
    // One answer of many may be a refusal.
    if (found.refused !== undefined) return json(response, found.refused.status, found.refused);
    return json(response, request.method === 'POST' ? 201 : 200, found);
  }

  #find(method, [kind, ...rest], search, body) {
    const { answers } = this;
    if (kind === 'events' && method === 'POST') return answers.post_event?.(rest, body) ?? null;
    if (kind === 'services') {
      const [cluster, namespace, name] = rest;
      if (rest[3] === 'charts') return answers.charts(search);
      return { ...answers.service(search), service: { cluster, namespace, name } };
    }
    if (kind === 'objectives') return { ...answers.evidence(), objective: rest[0] };
    if (kind === 'events') return rest.length > 0 ? answers.event(rest[0]) : answers.events(search);
    return answers[kind]?.(search) ?? null;
  }

  #sign_out(response) {
    this.is_signed_in = false;
    response.writeHead(204).end();
  }

  #file(pathname, response) {
    const path = normalize(join(kPages, pathname));
    const is_file = path.startsWith(kPages) && extname(path) !== '' && existsSync(path);
    const file = is_file ? path : join(kPages, 'index.html');
    response.setHeader('content-type', kTypes[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  }
}

async function read(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text === '' ? null : JSON.parse(text);
}

function json(response, status, value) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
