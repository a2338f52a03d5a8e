// SPDX-License-Identifier: Apache-2.0
// A chart of lines over time: uPlot, with gaps hatched, rollouts marked, and a table behind it for
// those who cannot see it.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import type { Charts } from '../api/types';

export interface Line {
  name: string;
  colour: string; // a variable of style.css
  values: (number | null)[];
}

interface Given {
  title: string;
  charts: Charts;
  lines: Line[];
  show: (value: number | null) => string;
  lowest?: number;
  highest?: number;
  choose: (from_ms: number, to_ms: number) => void; // a span that was dragged over
}

const kHeight = 180;

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
    const recolour = () => made.redraw();
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

  return (
    <figure className="chart">
      <figcaption>{given.title}</figcaption>
      <div ref={place} className="plot" role="img" aria-label={summary_of(given)} />
    </figure>
  );
}

function times_of(charts: Charts): number[] {
  return charts.good.map((_, i) => (charts.from_ms + (i + 1) * charts.step_ms) / 1000);
}

function data_of(given: Given): uPlot.AlignedData {
  return [times_of(given.charts), ...given.lines.map((line) => line.values)];
}

function colour_of(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options_of(latest: { current: Given }, element: HTMLElement): uPlot.Options {
  const grid = { stroke: () => colour_of('--line') };
  const axis = { stroke: () => colour_of('--ink-soft'), grid };
  return {
    width: element.clientWidth,
    height: kHeight,
    cursor: { drag: { x: true, y: false, setScale: false } },
    legend: { show: latest.current.lines.length > 1 },
    scales: { y: { range: (_, low, high) => bounds(latest.current, low, high) } },
    axes: [
      { ...axis, values: (_, ticks) => times_text(ticks) },
      { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => latest.current.show(tick)) },
    ],
    series: [
      { value: (_, at) => (at === null ? '' : new Date(at * 1000).toLocaleTimeString('en-GB')) },
      ...latest.current.lines.map((line) => ({
        label: line.name,
        stroke: () => colour_of(line.colour),
        width: 1.5,
        spanGaps: false,
        value: (_: uPlot, value: number | null) => latest.current.show(value),
      })),
    ],
    hooks: {
      drawClear: [(plot) => hatch(plot, latest.current.charts)],
      draw: [(plot) => mark(plot, latest.current.charts)],
      setSelect: [(plot) => select(plot, latest.current)],
    },
  };
}

// Days where ticks are days apart, and else times of the day, the date with the first of each.
function times_text(ticks: number[]): string[] {
  const apart = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  let day = '';
  return ticks.map((tick) => {
    const at = new Date(tick * 1000);
    const date = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    if (apart >= 86_400) return date;
    const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
    if (date === day) return time;
    day = date;
    return `${time}\n${date}`;
  });
}

function bounds(given: Given, low: number | null, high: number | null): [number, number] {
  const lowest = Math.min(given.lowest ?? low ?? 0, low ?? given.lowest ?? 0);
  const top = given.highest ?? (high ?? 0) * 1.1;
  return [lowest, top > lowest ? top : lowest + 1];
}

// Counts that are missing: stripes, so that a gap is not taken for silence.
function hatch(plot: uPlot, charts: Charts) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour_of('--hatch');
  ctx.lineWidth = 1;
  for (const gap of charts.gaps) {
    const left = Math.max(plot.valToPos(gap.from_ms / 1000, 'x', true), bbox.left);
    const right = Math.min(plot.valToPos(gap.to_ms / 1000, 'x', true), bbox.left + bbox.width);
    if (right <= left) continue;
    ctx.beginPath();
    ctx.rect(left, bbox.top, right - left, bbox.height);
    ctx.save();
    ctx.clip();
    for (let x = left - bbox.height; x < right; x += 8) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
}

function mark(plot: uPlot, charts: Charts) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour_of('--accent');
  ctx.fillStyle = colour_of('--accent');
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  for (const marker of charts.markers) {
    const x = plot.valToPos(marker.at_ms / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(marker.title).width;
    const fits = x + width + 6 < bbox.left + bbox.width;
    ctx.textAlign = fits ? 'left' : 'right';
    ctx.fillText(marker.title, fits ? x + 4 : x - 4, bbox.top + 12 * devicePixelRatio);
  }
  ctx.restore();
}

function select(plot: uPlot, given: Given) {
  if (plot.select.width < 4) return;
  const from = plot.posToVal(plot.select.left, 'x') * 1000;
  const to = plot.posToVal(plot.select.left + plot.select.width, 'x') * 1000;
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  given.choose(Math.round(from), Math.round(to));
}

// What the picture shows, in words.
function summary_of(given: Given): string {
  const parts = given.lines.map((line) => {
    const values = line.values.filter((value): value is number => value !== null);
    if (values.length === 0) return `${line.name}: nothing`;
    const last = values[values.length - 1] ?? null;
    return (
      `${line.name}: between ${given.show(Math.min(...values))} and ` +
      `${given.show(Math.max(...values))}, last ${given.show(last)}`
    );
  });
  const gaps = given.charts.gaps.length;
  const spans = gaps === 1 ? 'span' : 'spans';
  const missing = gaps === 0 ? '' : `; counts are missing in ${gaps} ${spans}`;
  const marks = given.charts.markers.map((marker) => marker.title).join(', ');
  return `${given.title}. ${parts.join('. ')}${missing}${marks === '' ? '' : `. ${marks}`}`;
}
