// SPDX-License-Identifier: Apache-2.0
// Whatever somebody may write where we ask for a name or a text.
import { busy } from './busy.mjs';
import { edge, golden, kNow, ref, row, workload } from './shapes.mjs';

export const kLong = `${'a-very-long-name-of-a-service-'.repeat(9)}`.slice(0, 253);
export const kWithoutEnd = 'x'.repeat(253);
export const kRightToLeft = 'שירות התשלומים \u202Eevil';
export const kArabic = 'خدمة المدفوعات';
export const kMarkdown =
  '# <script>window.was_hacked = 1</script>\n' +
  '<img src=x onerror="window.was_hacked = 2"> [click](javascript:window.was_hacked=3)\n' +
  '![p](http://evil.example/pixel.png) **bold** `code` <style>body{display:none}</style>\n' +
  '</script></textarea><svg onload=alert(1)>';

const text = (name) => ({ ...busy.service().objectives[0], name, description: kMarkdown });

const nasty = busy.events().events.map((one, i) => ({
  ...one,
  title: [kLong, kRightToLeft, kMarkdown, kWithoutEnd, kArabic, '<b>x</b>'][i],
  by: i % 2 === 0 ? kRightToLeft : kWithoutEnd,
  description: kMarkdown,
  about: [`shop/service/${kWithoutEnd}`, 'ns/shop'],
  targets: [ref(kWithoutEnd)],
}));

export const hostile = {
  session: () => ({ user: kRightToLeft + kLong, version: 'edge', can_edit: true }),
  dashboard: () => ({
    ...busy.dashboard(),
    attention: [
      {
        severity: 'failing',
        title: `${kWithoutEnd}: the budget is gone`,
        sentence: kMarkdown,
        service: ref(kWithoutEnd),
        objective: kWithoutEnd,
      },
    ],
    namespaces: [
      {
        cluster: 'local',
        name: kWithoutEnd,
        meshed_pods: 1,
        pods: 1,
        services: [kLong, kWithoutEnd, kRightToLeft, kArabic].map((name) =>
          row(name, golden(9e14, 3, { rps: 1e9, p50_ms: 59_999, p95_ms: 3e6, p99_ms: 9e6 }), {
            service: ref(name, kWithoutEnd),
            objectives: [{ name: kWithoutEnd, state: 'exhausted', left: '-98,765,432,100.0%' }],
            last_rollout: { version: kWithoutEnd, at_ms: kNow - 1, is_ongoing: false },
          }),
        ),
      },
    ],
  }),
  service: () => ({
    ...busy.service(),
    service: ref(kWithoutEnd),
    objectives: [text(kWithoutEnd), text(kRightToLeft)],
    workloads: [
      workload(kWithoutEnd, [{ version: kWithoutEnd, pods: 1, ready: 1 }], golden(1e15, 1)),
    ],
    callers: [edge(kRightToLeft, golden(1, 1)), edge(kLong, golden(1, 0))],
    callees: [edge(kArabic, golden(1, 1))],
    events: nasty,
  }),
  charts: () => ({
    ...busy.charts(),
    markers: nasty.map((one, i) => ({
      at_ms: kNow - (60 - i * 9) * 60_000,
      title: one.title,
      event: one.id,
    })),
  }),
  evidence: () => ({
    ...busy.evidence(),
    groups: busy.evidence().groups.map((group, i) => ({
      ...group,
      route: i === 0 ? `/${kWithoutEnd}` : kRightToLeft,
      caller: kWithoutEnd,
      version: kWithoutEnd,
      example: { ...busy.evidence().groups[0].example, path: `/${kLong}`, detail: kMarkdown },
    })),
  }),
  events: () => ({ events: nasty, next: null }),
  event: () => ({
    ...nasty[0],
    comments: [{ by: kWithoutEnd, at_ms: kNow, text: kMarkdown + kWithoutEnd }],
  }),
};
