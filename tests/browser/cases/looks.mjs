// SPDX-License-Identifier: Apache-2.0
// Every page of Dive in every state.
import { busy } from '../answers/busy.mjs';
import { empty } from '../answers/empty.mjs';
import { failing } from '../answers/failing.mjs';
import { hostile } from '../answers/hostile.mjs';
import { unreadable_parts } from '../answers/unreadable.mjs';
import { young_mesh } from '../answers/young.mjs';
import { look_case } from '../look_case.mjs';
import { kService } from '../page_case.mjs';
import { Server } from '../server.mjs';

const kStates = { busy, empty, failing, hostile };
const kPages = {
  dashboard: '/',
  service: kService,
  evidence: {
    busy: `${kService}?objective=payments-latency-30d`,
    failing: `${kService}?objective=payments-success-7d`,
    hostile: `${kService}?objective=${'x'.repeat(253)}`,
  },
  events: '/events',
  'add-event': '/events?add=1&service=local%2Fshop%2Fpayments',
  event: '/events/process.7',
};

export const cases = [];

function add(...of) {
  cases.push(look_case(...of));
}

for (const [state, answers] of Object.entries(kStates)) {
  for (const [page, at] of Object.entries(kPages)) {
    const path = typeof at === 'string' ? at : at[state];
    if (path !== undefined) add(`${page}-${state}`, () => new Server(answers), path);
  }
}

// Where nothing happens, and where something cannot be said.
const calm = { ...busy, dashboard: calm_dashboard };
for (const [state, answers] of Object.entries({
  calm,
  young: young_mesh,
  unreadable: unreadable_parts,
})) {
  add(`dashboard-${state}`, () => new Server(answers), '/');
  if (state !== 'calm') add(`service-${state}`, () => new Server(answers), kService);
}
function calm_dashboard() {
  const dashboard = busy.dashboard();
  for (const row of dashboard.namespaces.flatMap((group) => group.services)) {
    row.objectives = row.objectives.filter(({ state }) => state === 'healthy');
  }
  return { ...dashboard, attention: [], objectives: 6, without_objective: 2 };
}

const kProblem = {
  status: 503,
  error: 'The database is locked by another process.',
  hint: 'Only one seine-dive may run on a folder; end the other one.',
};
for (const [page, path] of Object.entries({
  dashboard: '/',
  service: kService,
  events: '/events',
})) {
  add(
    `${page}-refused`,
    () => {
      // The session is known, all else fails.
      const server = new Server(new Proxy(busy, { get: (all, name) => refusal(all, name) }));
      return server;
    },
    path,
    [390, 1440],
  );
}
function refusal(all, name) {
  return name === 'session' ? all.session : () => ({ refused: kProblem });
}
add('signed-out', () => Object.assign(new Server(busy), { is_signed_in: false }), '/', [390, 1440]);
add('no-such-page', () => new Server(busy), '/nowhere', [390]);
