// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import {
  ago_text,
  bytes_text,
  count_text,
  exact_text,
  is_striking,
  latency_text,
  length_text,
  plural,
  rate_text,
  success_text,
  time_text,
} from './figures';

describe('a share of good requests', () => {
  it('is 100% only without a failure', () => {
    expect(success_text(10, 0)).toBe('100%');
    expect(success_text(99_999_999, 1)).toBe('99.99%');
    expect(success_text(9_999_999_999, 1)).toBe('99.99%');
  });
  it('is cut and not rounded', () => {
    expect(success_text(2, 1)).toBe('66.66%');
    expect(success_text(99_996, 4)).toBe('99.99%');
    expect(success_text(0, 7)).toBe('0.00%');
  });
  it('is a dash where there was nothing', () => {
    expect(success_text(0, 0)).toBe('–');
  });
});

describe('counts, rates and latencies', () => {
  it('are exact up to a million and cut above', () => {
    expect(count_text(999_999)).toBe('999,999');
    expect(count_text(1_999_999)).toBe('1.9M');
    expect(exact_text(55_156_430)).toBe('55,156,430');
    expect(count_text(55_157_000_000)).toBe('55.1G');
  });
  it('tell few from none', () => {
    expect(rate_text(0)).toBe('0');
    expect(rate_text(0.01)).toBe('<0.1');
    expect(rate_text(12.34)).toBe('12.3');
    expect(rate_text(1234.4)).toBe('1,234');
    expect(rate_text(277_777_777)).toBe('277.7M');
    expect(rate_text(null)).toBe('–');
  });
  it('are never quicker than they were', () => {
    expect(latency_text(0.2)).toBe('1 ms');
    expect(latency_text(58.949999999999995)).toBe('59 ms');
    expect(latency_text(1234)).toBe('1.3 s');
    expect(latency_text(61_000)).toBe('2 min');
  });
});

describe('how long ago', () => {
  it('has one unit', () => {
    const now = 1_000_000_000;
    expect(ago_text(now, now)).toBe('now');
    expect(ago_text(now - 12_300, now)).toBe('12 s ago');
    expect(ago_text(now - 26 * 3_600_000, now)).toBe('26 h ago');
    expect(ago_text(now - 5 * 86_400_000, now)).toBe('5 d ago');
    expect(ago_text(now + 180_000, now)).toBe('in 3 min');
  });
});

describe('a length of time', () => {
  it('is cut to one unit', () => {
    expect(length_text(59_999)).toBe('59 s');
    expect(length_text(239_000)).toBe('3 min');
    expect(length_text(47 * 3_600_000)).toBe('47 h');
    expect(length_text(5.9 * 86_400_000)).toBe('5 d');
  });
});

describe('bytes', () => {
  it('are exact while they are few, and cut above', () => {
    expect(bytes_text(999)).toBe('999 B');
    expect(bytes_text(1_999)).toBe('1.9 kB');
    expect(bytes_text(3_450_000)).toBe('3.4 MB');
    expect(bytes_text(2e12)).toBe('2.0 TB');
  });
});

describe('a moment', () => {
  it('has its year where that is another one', () => {
    const at = new Date(2026, 2, 8, 14, 5).getTime();
    expect(time_text(at, at)).toBe('8 Mar, 14:05');
    expect(time_text(at, new Date(2027, 0, 1).getTime())).toBe('8 Mar 2026, 14:05');
  });
});

describe('words', () => {
  it('agree with their number', () => {
    expect(plural(1, 'pod')).toBe('1 pod');
    expect(plural(0, 'pod')).toBe('0 pods');
    expect(plural(1_234, 'entry', 'entries')).toBe('1,234 entries');
  });
});

describe('what draws the eye', () => {
  it('is a success below 99%, and never nothing', () => {
    expect(is_striking(99, 1)).toBe(false);
    expect(is_striking(98, 1)).toBe(true);
    expect(is_striking(0, 0)).toBe(false);
  });
});
