// SPDX-License-Identifier: Apache-2.0
// The span of time a page shows, as its address says: `?last=1h`, or `?from_ms=...&to_ms=...`.

export interface Range {
  last?: string;
  from_ms?: number;
  to_ms?: number;
}

export const kLasts = ['10m', '1h', '6h', '24h', '7d', '30d'] as const;
export const kDefaultLast = '1h';

const kUnits: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const kLongestMs = 90 * 86_400_000;

// Of "10m", "6h", "7d"; null of anything else.
export function length_ms(last: string): number | null {
  const parts = /^([1-9][0-9]{0,3})([mhd])$/.exec(last);
  if (parts === null) return null;
  const length = Number(parts[1]) * (kUnits[parts[2] ?? ''] ?? 0);
  return length <= kLongestMs ? length : null;
}

// What cannot be understood is the default: an old link shows something rather than nothing.
export function range_of(search: string): Range {
  const given = new URLSearchParams(search);
  const from = whole(given.get('from_ms'));
  const to = whole(given.get('to_ms'));
  if (from !== null && to !== null && from < to && to - from <= kLongestMs) {
    return { from_ms: from, to_ms: to };
  }
  const last = given.get('last') ?? kDefaultLast;
  return { last: length_ms(last) === null ? kDefaultLast : last };
}

// The search of an address, with the range in it and everything else left alone.
export function with_range(search: string, range: Range): string {
  const given = new URLSearchParams(search);
  for (const name of ['last', 'from_ms', 'to_ms']) given.delete(name);
  if (range.from_ms !== undefined && range.to_ms !== undefined) {
    given.set('from_ms', String(range.from_ms));
    given.set('to_ms', String(range.to_ms));
  } else if (range.last !== undefined && range.last !== kDefaultLast) {
    given.set('last', range.last);
  }
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

// "the last hour", "the last 7 days", "8 Mar 14:00 to 15:30"
export function range_words(range: Range, show: (at_ms: number) => string): string {
  if (range.from_ms !== undefined && range.to_ms !== undefined) {
    return `${show(range.from_ms)} to ${show(range.to_ms)}`;
  }
  const parts = /^([0-9]+)([mhd])$/.exec(range.last ?? kDefaultLast);
  const unit = { m: 'minute', h: 'hour', d: 'day' }[parts?.[2] ?? 'h'] ?? 'hour';
  const number = Number(parts?.[1] ?? 1);
  return number === 1 ? `the last ${unit}` : `the last ${number} ${unit}s`;
}

function whole(text: string | null): number | null {
  if (text === null || !/^[0-9]{1,15}$/.test(text)) return null;
  return Number(text);
}
