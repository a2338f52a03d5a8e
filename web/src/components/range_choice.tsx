// SPDX-License-Identifier: Apache-2.0
import { kLasts, range_words } from '../lib/range';
import { time_text } from '../lib/figures';
import { useRange } from '../state/range';

export function RangeChoice() {
  const [range, choose] = useRange();
  const is_fixed = range.last === undefined;
  const now = Date.now();
  return (
    <div className="ranges" role="group" aria-label="Span of time">
      {is_fixed && (
        <span className="range-fixed">{range_words(range, (at) => time_text(at, now))}</span>
      )}
      {kLasts.map((last) => (
        <button
          key={last}
          type="button"
          aria-pressed={range.last === last}
          title={range_words({ last }, String)}
          onClick={() => choose({ last })}
        >
          {last}
        </button>
      ))}
    </div>
  );
}
