// SPDX-License-Identifier: Apache-2.0
// Small makers of what Dive answers, as web/src/api/types.ts has it.

export const kNow = Date.UTC(2026, 10, 23, 14, 5, 30);
export const kSecond = 1_000;
export const kMinute = 60 * kSecond;
export const kHour = 60 * kMinute;
export const kDay = 24 * kHour;

export function ref(name, namespace = 'shop', cluster = 'local') {
  return { cluster, namespace, name };
}

export function golden(good, bad, more = {}) {
  const quiet = good + bad === 0;
  return {
    good,
    bad,
    excluded: 0,
    cancelled: 0,
    rps: quiet ? 0 : (good + bad) / 3600,
    p50_ms: quiet ? null : 3.2,
    p95_ms: quiet ? null : 18.4,
    p99_ms: quiet ? null : 58.949999999999995,
    ...more,
  };
}

export function row(name, counts, more = {}) {
  return {
    service: ref(name),
    golden: counts,
    objectives: [],
    coverage: { measured: 3_600_000, expected: 3_600_000 },
    last_rollout: null,
    ...more,
  };
}

export function card(name, state, text, more = {}) {
  return {
    name,
    description: '',
    kind: 'success',
    state,
    from_ms: kNow - 7 * kDay,
    to_ms: kNow - 20 * kSecond,
    text: {
      goal: '99% of all requests over a rolling 7-day window are served successfully',
      allowance: '1 of every 100 requests may fail',
      compliance: '99.7%',
      left: '71.4%',
      spent: '28.6%',
      recent: '100%',
      burn: '0x',
      budget: "551,570 requests may still fail at this window's traffic",
      outlook: '',
      coverage: '',
      unsure: '',
      excluded: '',
      ...text,
    },
    counts: { good: 0, bad: 0 },
    callers: { good: 0, bad: 0 },
    servers: { good: 0, bad: 0 },
    left_share: 0.714,
    ...more,
  };
}

export function event(id, title, more = {}) {
  return {
    id,
    kind: 'process',
    state: 'ongoing',
    phase: '',
    title,
    description: '',
    starts_ms: kNow - 12 * kMinute,
    ends_ms: null,
    by: 'ada',
    targets: [],
    about: [],
    rollout: null,
    ...more,
  };
}

export function rollout(name, from, to, at_ms, more = {}) {
  return event(`rollout.local.shop.deployment.${name}.${at_ms}`, `Rolled out ${to}`, {
    kind: 'rollout',
    state: 'concluded',
    starts_ms: at_ms,
    ends_ms: at_ms + 40 * kSecond,
    by: 'root',
    targets: [ref(name)],
    about: [`shop/deployment/${name}`],
    rollout: { from, to, pods: 3, ready: 3 },
    ...more,
  });
}

export function workload(name, versions, counts, more = {}) {
  return {
    workload: { ...ref(name), kind: 'deployment' },
    versions,
    requests_per_day: 4_551_570,
    last_rollout_ms: kNow - 26 * kMinute,
    golden: counts,
    ...more,
  };
}

export function edge(name, counts, more = {}) {
  return { ...ref(name), is_service: true, secured: true, golden: counts, ...more };
}

// A wave that is the same on each run.
function wave(i, low, high) {
  return low + ((high - low) * (1 + Math.sin(i / 5) * Math.cos(i / 13))) / 2;
}

export function charts({
  bad_from = 999,
  share = 0,
  gaps = [],
  markers = [],
  quiet = false,
  steps = 120,
  step_ms = 30 * kSecond,
} = {}) {
  const from_ms = kNow - 20 * kSecond - steps * step_ms;
  const of = (make) => Array.from({ length: steps }, (_, i) => make(i));
  const is_gap = (i) => {
    const end = from_ms + (i + 1) * step_ms;
    return gaps.some((gap) => gap.from_ms < end && end <= gap.to_ms);
  };
  const total = of((i) => (quiet || is_gap(i) ? 0 : Math.round(wave(i, 300, 900))));
  const bad = total.map((count, i) => (i >= bad_from ? Math.round(count * share) : 0));
  const latency = (low, high) =>
    of((i) => (total[i] === 0 ? null : wave(i, low, high) * (i >= bad_from ? 1.8 : 1)));
  return {
    from_ms,
    asked_from_ms: kNow - 20 * kSecond - kHour,
    to_ms: from_ms + steps * step_ms,
    step_ms,
    good: total.map((count, i) => count - bad[i]),
    bad,
    p50_ms: latency(2, 5),
    p95_ms: latency(9, 22),
    p99_ms: latency(24, 60),
    gaps,
    markers,
  };
}
