// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import type { Charts } from '../api/types';
import {
  cut,
  ends_of,
  lines_of,
  percent,
  short_percent,
  summary_of,
  ticks_text,
} from './chart_lines';

function charts(more: Partial<Charts> = {}): Charts {
  return {
    from_ms: 0,
    to_ms: 30_000,
    step_ms: 10_000,
    good: [9, 0, 20],
    bad: [1, 0, 0],
    p50_ms: [1, null, 2],
    p95_ms: [2, null, 3],
    p99_ms: [3, null, 4],
    gaps: [],
    markers: [],
    ...more,
  };
}

describe('lines of a chart', () => {
  it('have success only where there was a request, and a rate of 0 where there was none', () => {
    const { success, rates } = lines_of(charts());
    expect(success[0]?.values).toEqual([90, null, 100]);
    expect(rates[0]?.values).toEqual([1, 0, 2]);
  });
  it('have no rate where counts are missing', () => {
    const { rates } = lines_of(charts({ gaps: [{ from_ms: 10_000, to_ms: 20_000 }] }));
    expect(rates[0]?.values).toEqual([1, null, 2]);
  });
  it('divide by the length of the last step, which may be shorter', () => {
    const short = charts({ to_ms: 25_000 });
    expect(ends_of(short)).toEqual([10, 20, 25]);
    expect(lines_of(short).rates[0]?.values).toEqual([1, 0, 4]);
  });
});

describe('figures of a chart', () => {
  it('are cut: 100% has no failure', () => {
    expect(percent(99.9999)).toBe('99.99%');
    expect(percent(100)).toBe('100%');
    expect(percent(null)).toBe('–');
    expect(short_percent(99.5)).toBe('99.5%');
  });
  it('are told in words', () => {
    const told = charts({
      gaps: [{ from_ms: 10_000, to_ms: 20_000 }],
      markers: [{ at_ms: 5, title: 'Rolled out v2', event: 'x' }],
    });
    expect(summary_of('Success', lines_of(told).success, told, percent)).toBe(
      'Success. Success: between 90.00% and 100%, last 100%. Counts are missing in 1 span. ' +
        'Rolled out v2',
    );
    expect(summary_of('P', [{ name: 'P50', colour: '', values: [null] }], charts(), percent)).toBe(
      'P. P50: nothing',
    );
  });
  it('have the day at the first tick of each', () => {
    const at = (...parts: [number, number, number, number]) => new Date(...parts).getTime() / 1000;
    const ticks = [at(2026, 2, 7, 23), at(2026, 2, 8, 0), at(2026, 2, 8, 1)];
    expect(ticks_text(ticks)).toEqual(['23:00\n7 Mar', '00:00\n8 Mar', '01:00']);
    expect(ticks_text([at(2026, 2, 7, 0), at(2026, 2, 8, 0)])).toEqual(['7 Mar', '8 Mar']);
  });
  it('have seconds at ticks that are less than a minute apart', () => {
    const at = new Date(2026, 2, 7, 14, 5, 0).getTime() / 1000;
    expect(ticks_text([at, at + 30, at + 60])).toEqual([
      '14:05:00\n7 Mar',
      '14:05:30',
      '14:06:00',
    ]);
    expect(ticks_text([at])).toEqual(['14:05\n7 Mar']);
  });
  it('cut names by letters, not in the middle of one', () => {
    expect(cut('v2.8', 4)).toBe('v2.8');
    expect(cut('🚀🚀🚀🚀', 3)).toBe('🚀🚀…');
  });
});
