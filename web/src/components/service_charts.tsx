// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react';

import type { Charts } from '../api/types';
import { latency_text, rate_text } from '../lib/figures';
import { Chart, type Line } from './chart';

interface Given {
  charts: Charts;
  choose: (from_ms: number, to_ms: number) => void;
}

export function ServiceCharts({ charts, choose }: Given) {
  const { success, rates, latencies } = useMemo(() => lines_of(charts), [charts]);
  return (
    <section className="charts" aria-label="Charts">
      <Chart
        title="Success"
        charts={charts}
        lines={success}
        show={percent}
        highest={100}
        choose={choose}
      />
      <Chart
        title="Requests a second"
        charts={charts}
        lines={rates}
        show={rate_text}
        lowest={0}
        choose={choose}
      />
      <Chart
        title="Latency"
        charts={charts}
        lines={latencies}
        show={latency_text}
        lowest={0}
        choose={choose}
      />
    </section>
  );
}

function percent(value: number | null): string {
  return value === null ? '–' : `${Math.floor(value * 100) / 100}%`;
}

// A step whose counts are missing has no value; one in which nothing was asked has a rate of 0.
function lines_of(charts: Charts) {
  const is_missing = charts.good.map((_, i) => {
    const end = charts.from_ms + (i + 1) * charts.step_ms;
    return charts.gaps.some((gap) => gap.from_ms < end && end <= gap.to_ms);
  });
  const success: (number | null)[] = charts.good.map((good, i) => {
    const total = good + (charts.bad[i] ?? 0);
    return total === 0 ? null : (good / total) * 100;
  });
  const rates = charts.good.map((good, i) =>
    is_missing[i] === true ? null : ((good + (charts.bad[i] ?? 0)) * 1000) / charts.step_ms,
  );
  return {
    success: [{ name: 'Success', colour: '--line-1', values: success }] satisfies Line[],
    rates: [{ name: 'Requests', colour: '--line-1', values: rates }] satisfies Line[],
    latencies: [
      { name: 'P50', colour: '--line-1', values: charts.p50_ms },
      { name: 'P95', colour: '--line-2', values: charts.p95_ms },
      { name: 'P99', colour: '--line-3', values: charts.p99_ms },
    ] satisfies Line[],
  };
}
