// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { length_ms, range_of, range_words, with_range } from './range';

describe('the range of an address', () => {
  it('is the last hour where the address says nothing', () => {
    expect(range_of('')).toEqual({ last: '1h' });
  });
  it('is what the address says', () => {
    expect(range_of('?last=7d')).toEqual({ last: '7d' });
    expect(range_of('?from_ms=1000&to_ms=61000')).toEqual({ from_ms: 1000, to_ms: 61000 });
  });
  it('is the default where it is nonsense, turned round or over 90 days', () => {
    for (const search of [
      '?last=banana',
      '?last=0m',
      '?last=91d',
      '?last=1h30m',
      '?from_ms=61000&to_ms=1000',
      '?from_ms=-5&to_ms=10',
      `?from_ms=0&to_ms=${91 * 86_400_000}`,
    ]) {
      expect(range_of(search), search).toEqual({ last: '1h' });
    }
  });
  it('is written so that it is read back, and leaves the rest of the address alone', () => {
    const search = with_range('?objective=a%20b&last=6h', { from_ms: 1, to_ms: 2 });
    expect(range_of(search)).toEqual({ from_ms: 1, to_ms: 2 });
    expect(new URLSearchParams(search).get('objective')).toBe('a b');
    expect(new URLSearchParams(search).get('last')).toBeNull();
  });
  it('is not written where it is the default', () => {
    expect(with_range('?last=6h', { last: '1h' })).toBe('');
  });
  it('has words', () => {
    expect(range_words({ last: '1h' }, String)).toBe('the last hour');
    expect(range_words({ last: '7d' }, String)).toBe('the last 7 days');
    expect(range_words({ from_ms: 1, to_ms: 2 }, String)).toBe('1 to 2');
  });
  it('knows lengths', () => {
    expect(length_ms('10m')).toBe(600_000);
    expect(length_ms('90d')).toBe(90 * 86_400_000);
    expect(length_ms('')).toBeNull();
  });
});
