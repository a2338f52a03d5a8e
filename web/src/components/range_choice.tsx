// SPDX-License-Identifier: Apache-2.0
import { time_text } from '../lib/figures';
import { kDefaultLast, kLasts, range_words } from '../lib/range';
import { useRange } from '../state/range';

export function RangeChoice() {
  const [range, choose] = useRange();
  const is_listed = kLasts.some((last) => last === range.last);
  const now = Date.now();
  return (
    <div className="ranges" role="group" aria-label="Span of time">
      {!is_listed && (
        <span className="range-fixed">
          {range_words(range, (at) => time_text(at, now))}
          <button
            type="button"
            className="quiet"
            aria-label="Show the last hour instead"
            onClick={() => choose({ last: kDefaultLast })}
          >
            ✕
          </button>
        </span>
      )}
      <span className="choice">
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
      </span>
    </div>
  );
}
