// SPDX-License-Identifier: Apache-2.0
// What charts draw, of what Dive answers. Pure.
import type { Charts } from '../api/types';
import { kNone } from './figures';

export interface Line {
  name: string;
  colour: string; // a variable of colours.css
  values: (number | null)[];
}

export function percent(value: number | null): string {
  if (value === null) return kNone;
  return value === 100 ? '100%' : `${(Math.floor(value * 100) / 100).toFixed(2)}%`;
}

// Of an axis: no more digits than it needs.
export function short_percent(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}

// Ends of steps, in seconds. The last step may be shorter.
export function ends_of(charts: Charts): number[] {
  return charts.good.map(
    (_, i) => Math.min(charts.from_ms + (i + 1) * charts.step_ms, charts.to_ms) / 1000,
  );
}

// A step whose counts are missing has no value; one in which nothing was asked has a rate of 0.
export function lines_of(charts: Charts): { success: Line[]; rates: Line[]; latencies: Line[] } {
  const ends = ends_of(charts).map((end) => end * 1000);
  const is_missing = ends.map((end) =>
    charts.gaps.some((gap) => gap.from_ms < end && end <= gap.to_ms),
  );
  const totals = charts.good.map((good, i) => good + (charts.bad[i] ?? 0));
  const success = totals.map((total, i) =>
    total === 0 ? null : ((charts.good[i] ?? 0) / total) * 100,
  );
  const rates = totals.map((total, i) => {
    const length = (ends[i] ?? 0) - (charts.from_ms + i * charts.step_ms);
    return is_missing[i] === true || length <= 0 ? null : (total * 1000) / length;
  });
  return {
    success: [{ name: 'Success', colour: '--line-1', values: success }],
    rates: [{ name: 'Requests', colour: '--line-1', values: rates }],
    latencies: [
      { name: 'P50', colour: '--line-1', values: charts.p50_ms },
      { name: 'P95', colour: '--line-2', values: charts.p95_ms },
      { name: 'P99', colour: '--line-3', values: charts.p99_ms },
    ],
  };
}

// Days where ticks are days apart, and else times of the day, the date with the first of each. With
// seconds where minutes alone would say the same twice.
export function ticks_text(ticks: number[]): string[] {
  const apart = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  let day = '';
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    const date = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    if (apart >= 86_400) return date;
    const time = at.toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      ...(apart > 0 && apart < 60 ? { second: '2-digit' } : {}),
    });
    if (date === day) return time;
    day = date;
    return `${time}\n${date}`;
  });
}

// What a chart shows, in words.
export function summary_of(
  title: string,
  lines: Line[],
  charts: Charts,
  show: (value: number | null) => string,
): string {
  const parts = lines.map((line) => {
    const values = line.values.filter((value) => value !== null);
    const last = values.at(-1);
    if (last === undefined) return `${line.name}: nothing`;
    const low = values.reduce((a, b) => Math.min(a, b));
    const high = values.reduce((a, b) => Math.max(a, b));
    return `${line.name}: between ${show(low)} and ${show(high)}, last ${show(last)}`;
  });
  const gaps = charts.gaps.length;
  if (gaps > 0) parts.push(`Counts are missing in ${gaps} ${gaps === 1 ? 'span' : 'spans'}`);
  for (const marker of charts.markers) parts.push(marker.title);
  return `${title}. ${parts.join('. ')}`;
}

// Names on a chart stay beside its line.
export function cut(text: string, length: number): string {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`;
}
