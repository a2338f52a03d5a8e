// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react';

import type { Charts } from '../api/types';
import { lines_of, percent, short_percent } from '../lib/chart_lines';
import { latency_text, rate_text, time_text } from '../lib/figures';
import { Chart } from './chart';

interface Given {
  charts: Charts;
  choose: (from_ms: number, to_ms: number) => void;
}

export function ServiceCharts({ charts, choose }: Given) {
  const { success, rates, latencies } = useMemo(() => lines_of(charts), [charts]);
  const shared = { charts, choose };
  return (
    <section aria-label="Charts">
      <div className="charts">
        <Chart
          {...shared}
          title="Success"
          lines={success}
          show={percent}
          show_tick={(value) => (value > 100 ? '' : short_percent(value))}
          highest={100}
        />
        <Chart
          {...shared}
          title="Latency"
          lines={latencies}
          show={latency_text}
          show_tick={(value) => (value === 0 ? '0' : latency_text(value))}
          least_top={10}
        />
        <Chart
          {...shared}
          title="Requests a second"
          lines={rates}
          show={rate_text}
          show_tick={rate_text}
        />
      </div>
      <p className="charts-note">
        {charts.gaps.length > 0 && (
          <>
            <span className="hatch-sign" aria-hidden="true" />
            Counts are missing here, which is not the same as no traffic.{' '}
          </>
        )}
        {begins_later(charts) && (
          <>They begin at {time_text(charts.from_ms, charts.to_ms)}, when its first pod did. </>
        )}
        Drag over a chart to look at that span.
      </p>
    </section>
  );
}

// By more than the rounding to a step.
function begins_later({ asked_from_ms, from_ms, step_ms }: Charts): boolean {
  return asked_from_ms !== undefined && from_ms - asked_from_ms > step_ms;
}

// Keeps the place while the first answer is awaited.
export function ChartsToCome() {
  return (
    <section aria-label="Charts" aria-busy="true">
      <div className="charts">
        {['Success', 'Latency', 'Requests a second'].map((title) => (
          <figure key={title} className="chart">
            <figcaption>{title}</figcaption>
          </figure>
        ))}
      </div>
      <p className="charts-note">Loading charts…</p>
    </section>
  );
}
