// SPDX-License-Identifier: Apache-2.0
// A chart of lines over time: uPlot, with gaps hatched and rollouts marked. What it shows is said
// in words for those who cannot see it.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { Charts } from '../api/types';
import { cut, ends_of, summary_of, ticks_text, type Line } from '../lib/chart_lines';
import { clock_text, time_text } from '../lib/figures';

interface Given {
  title: string;
  charts: Charts;
  lines: Line[];
  show: (value: number | null) => string;
  show_tick: (value: number) => string;
  highest?: number; // of what there can be; else as high as it gets, but not below:
  least_top?: number;
  choose: (from_ms: number, to_ms: number) => void; // a span that was dragged over
}

const kHeight = 200;
const kAxisWidth = 58;
const kTickGap = 64;
const kMarkerRoom = 18; // above the plot, for names of rollouts
const kTickRoom = 26; // at the right: half of the last tick's words
const kMarkerLetters = 26;
// Pointers over one chart show the same moment on the others.
const kSync = 'service';

export function Chart(given: Given) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(given);
  latest.current = given;
  const names = given.lines.map((line) => line.name).join('|');

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(options_of(latest, element), data_of(latest.current), element);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: kHeight }),
    );
    observer.observe(element);
    // A frame later the sheet has its new colours.
    const recolour = () => requestAnimationFrame(() => plot.current?.redraw(false, true));
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', recolour);
    const themes = new MutationObserver(recolour);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      observer.disconnect();
      themes.disconnect();
      scheme.removeEventListener('change', recolour);
      made.destroy();
      plot.current = null;
    };
  }, [names]);

  useEffect(() => {
    plot.current?.setData(data_of(given));
  }, [given.charts, given.lines]);

  const is_empty = given.lines.every((line) => line.values.every((value) => value === null));
  const summary = summary_of(given.title, given.lines, given.charts, given.show);
  return (
    <figure className="chart">
      <figcaption>{given.title}</figcaption>
      <div ref={place} className="plot" role="img" aria-label={summary}>
        {is_empty && <span className="plot-empty"><span>No requests in this span</span></span>}
      </div>
    </figure>
  );
}

function data_of(given: Given): uPlot.AlignedData {
  return [ends_of(given.charts), ...given.lines.map((line) => line.values)];
}

function span_of({ charts }: Given): [number, number] {
  return [charts.from_ms / 1000, charts.to_ms / 1000];
}

function colour_of(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options_of(latest: { current: Given }, element: HTMLElement): uPlot.Options {
  const grid = { stroke: () => colour_of('--chart-grid'), width: 1 };
  const axis = {
    stroke: () => colour_of('--chart-ink'),
    grid,
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width: element.clientWidth,
    height: kHeight,
    padding: [kMarkerRoom, kTickRoom, 0, 0],
    cursor: {
      drag: { x: true, y: false, setScale: false },
      sync: { key: kSync, setSeries: false },
      points: { size: 7 },
    },
    scales: {
      x: { range: () => span_of(latest.current) },
      y: { range: (_, low, high) => bounds(latest.current, low, high) },
    },
    axes: [
      { ...axis, space: kTickGap, values: (_, ticks) => ticks_text(ticks) },
      {
        ...axis,
        size: kAxisWidth,
        space: 36,
        values: (_, ticks) => ticks.map((tick) => latest.current.show_tick(tick)),
      },
    ],
    series: [
      { label: '', value: (_, at) => (at === null ? '' : moment_text(latest.current, at * 1000)) },
      ...latest.current.lines.map((line) => ({
        label: line.name,
        stroke: () => colour_of(line.colour),
        width: 1.75,
        spanGaps: false,
        points: { show: alone },
        value: (plot: uPlot, value: number | null, i: number) =>
          latest.current.show(plot.cursor.idx == null ? last_of(plot.data[i]) : value),
      })),
    ],
    hooks: {
      drawClear: [(plot) => hatch(plot, latest.current.charts)],
      draw: [(plot) => mark(plot, latest.current.charts)],
      setSelect: [(plot) => select(plot, latest.current)],
    },
  };
}

// Nobody points at anything: what came last.
function last_of(values: ArrayLike<number | null | undefined> | undefined): number | null {
  for (let i = (values?.length ?? 0) - 1; i >= 0; --i) {
    const value = values?.[i];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

// A value between two that are missing has no line to be seen by.
function alone(plot: uPlot, i: number, first: number, last: number): boolean {
  const values = plot.data[i];
  if (values === undefined) return false;
  for (let at = first; at <= last; ++at) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) return true;
  }
  return false;
}

function moment_text({ charts }: Given, at_ms: number): string {
  const is_long = charts.to_ms - charts.from_ms > 86_400_000;
  return is_long ? time_text(at_ms, charts.to_ms) : clock_text(at_ms);
}

function bounds(given: Given, low: number | null, high: number | null): [number, number] {
  if (given.highest === undefined) return [0, Math.max((high ?? 0) * 1.15, given.least_top ?? 1)];
  // Small differences below the top are seen, and a flat line is not stretched.
  const room = Math.max(given.highest - (low ?? 0), 1);
  return [Math.max(0, given.highest - room * 1.15), given.highest + room * 0.05];
}

// Counts that are missing: stripes, so that a gap is not taken for silence.
function hatch(plot: uPlot, charts: Charts) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour_of('--chart-hatch');
  ctx.lineWidth = 1.25 * devicePixelRatio;
  for (const gap of charts.gaps) {
    const left = Math.max(plot.valToPos(gap.from_ms / 1000, 'x', true), bbox.left);
    const right = Math.min(plot.valToPos(gap.to_ms / 1000, 'x', true), bbox.left + bbox.width);
    if (right <= left) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.clip();
    ctx.beginPath();
    // From the chart's own left, so that stripes stand still while a gap grows.
    const first = bbox.left - bbox.height;
    for (let x = first; x < right; x += 7 * devicePixelRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

// Rollouts and what people told: a line each, with a name where there is room for one.
function mark(plot: uPlot, charts: Charts) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour_of('--chart-mark');
  ctx.fillStyle = colour_of('--chart-mark');
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  let free = bbox.left;
  const end = bbox.left + bbox.width;
  for (const marker of [...charts.markers].sort((a, b) => a.at_ms - b.at_ms)) {
    const x = plot.valToPos(marker.at_ms / 1000, 'x', true);
    if (x < bbox.left || x > end) continue;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top - 14 * devicePixelRatio);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const title = cut(marker.title, kMarkerLetters);
    const gap = 5 * devicePixelRatio;
    const width = ctx.measureText(title).width + gap;
    const fits_right = x + width <= end && x >= free;
    const fits_left = x - width >= free;
    if (!fits_right && !fits_left) continue;
    ctx.textAlign = fits_right ? 'left' : 'right';
    const y = bbox.top - 5 * devicePixelRatio;
    ctx.fillText(title, fits_right ? x + gap : x - gap, y);
    free = fits_right ? x + width : x;
  }
  ctx.restore();
}

function select(plot: uPlot, given: Given) {
  if (plot.select.width < 4) return;
  const from = plot.posToVal(plot.select.left, 'x') * 1000;
  const to = plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  given.choose(Math.round(from), Math.max(Math.round(to), Math.round(from) + 60_000));
}
