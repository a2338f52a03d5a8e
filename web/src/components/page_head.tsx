// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';

import { clock_text, time_text } from '../lib/figures';
import { range_words } from '../lib/range';
import { useRange } from '../state/range';
import { RangeChoice } from './range_choice';

interface Given {
  title: string;
  crumbs?: ReactNode;
  now_ms?: number | undefined;
  complete_until_ms?: number | null | undefined;
}

// What is looked at, of which span, and up to when everything is known of it.
export function PageHead({ title, crumbs, now_ms, complete_until_ms }: Given) {
  const [range] = useRange();
  const now = now_ms ?? Date.now();
  const span = range_words(range, (at) => time_text(at, now));
  return (
    <div className="page-head">
      <div>
        {crumbs}
        <h1 className="name">{title}</h1>
        <p className="soft small">
          {span.charAt(0).toUpperCase() + span.slice(1)}
          {complete_until_ms != null && (
            <span className="until">, complete until {clock_text(complete_until_ms)}</span>
          )}
        </p>
      </div>
      <RangeChoice />
    </div>
  );
}
