// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them. Shares of good requests are cut down, never rounded up: 100 % has no
// failure. Latencies are rounded up, as their buckets are.

export const kNone = '–';

// Of integers: "99.99%" for 99996 of 100000, and for all but one of any number. A dash where there
// was nothing.
export function success_text(good: number, bad: number, digits = 2): string {
  const total = good + bad;
  if (total === 0) return kNone;
  if (bad === 0) return '100%';
  const scale = 10 ** digits;
  const cut = Math.min(Math.floor((good * 100 * scale) / total), 100 * scale - 1);
  return `${(cut / scale).toFixed(digits)}%`;
}

// 1,234,567 up to six digits; then 12.3M. Cut, since "1M" is read as "at least a million".
export function count_text(count: number): string {
  if (count < 1_000_000) return count.toLocaleString('en-US');
  for (const [scale, letter] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
  ] as const) {
    if (count >= scale) return `${(Math.floor((count / scale) * 10) / 10).toFixed(1)}${letter}`;
  }
  return kNone;
}

// All digits, where two counts are compared.
export function exact_text(count: number): string {
  return count.toLocaleString('en-US');
}

export function rate_text(rps: number | null): string {
  if (rps === null) return kNone;
  if (rps === 0) return '0';
  if (rps < 0.1) return '<0.1';
  return rps < 100 ? rps.toFixed(1) : count_text(Math.round(rps));
}

export function latency_text(ms: number | null): string {
  if (ms === null) return kNone;
  if (ms <= 1) return '1 ms';
  if (ms < 1000) return `${Math.ceil(ms)} ms`;
  if (ms < 60_000) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  return `${Math.ceil(ms / 60_000)} min`;
}

// "12 s", "3 min", "47 h", "5 d": cut.
export function length_text(length_ms: number): string {
  if (length_ms < 60_000) return `${Math.floor(length_ms / 1000)} s`;
  if (length_ms < 3_600_000) return `${Math.floor(length_ms / 60_000)} min`;
  if (length_ms < 2 * 86_400_000) return `${Math.floor(length_ms / 3_600_000)} h`;
  return `${Math.floor(length_ms / 86_400_000)} d`;
}

// "12 s ago", "3 min ago", "2 h ago", "5 d ago"; "in 3 min".
export function ago_text(at_ms: number, now_ms: number): string {
  const distance = Math.abs(now_ms - at_ms);
  if (distance < 1000) return 'now';
  return at_ms <= now_ms ? `${length_text(distance)} ago` : `in ${length_text(distance)}`;
}

// "1.2 MB": of 1000 bytes each, cut.
export function bytes_text(bytes: number): string {
  for (const [scale, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= scale) return `${(Math.floor((bytes / scale) * 10) / 10).toFixed(1)} ${unit}`;
  }
  return `${bytes} B`;
}

// "8 Mar 14:05" in the reader's own zone; with the year where it is another one.
export function time_text(at_ms: number, now_ms: number): string {
  const at = new Date(at_ms);
  const same_year = at.getFullYear() === new Date(now_ms).getFullYear();
  return at.toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(same_year ? {} : { year: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
  });
}

// "14:05:20", in the reader's own zone.
export function clock_text(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString('en-GB');
}

// Whether a share of good requests draws the eye. It is no verdict: objectives are.
export function is_striking(good: number, bad: number): boolean {
  return bad > 0 && good < 99 * bad;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count_text(count)} ${count === 1 ? one : many}`;
}
