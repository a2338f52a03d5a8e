// SPDX-License-Identifier: Apache-2.0
// The golden metrics: the same columns in every table, and large on a service's own page.
import type { Golden } from '../api/types';
import {
  count_text,
  is_striking,
  latency_text,
  plural,
  rate_text,
  success_text,
} from '../lib/figures';

interface Figure {
  name: string;
  long_name: string;
  text: string;
  is_striking?: boolean;
}

function figures_of(golden: Golden): Figure[] {
  return [
    {
      name: 'Success',
      long_name: 'Success',
      text: success_text(golden.good, golden.bad),
      is_striking: is_striking(golden.good, golden.bad),
    },
    { name: 'Req/s', long_name: 'Requests/s', text: rate_text(golden.rps) },
    { name: 'P50', long_name: 'P50 latency', text: latency_text(golden.p50_ms) },
    { name: 'P95', long_name: 'P95 latency', text: latency_text(golden.p95_ms) },
    { name: 'P99', long_name: 'P99 latency', text: latency_text(golden.p99_ms) },
  ];
}

// What success is made of, exactly.
export function golden_sentence(golden: Golden): string {
  const total = golden.good + golden.bad;
  if (total === 0 && golden.excluded === 0) return 'No requests in this span.';
  return [
    `${count_text(golden.bad)} of ${plural(total, 'request')} failed`,
    golden.excluded > 0 ? `${count_text(golden.excluded)} of probes not counted` : '',
    golden.cancelled > 0 ? `${count_text(golden.cancelled)} given up by their callers` : '',
  ]
    .filter((part) => part !== '')
    .join('; ')
    .concat('.');
}

export function GoldenHeads() {
  return ['Success', 'Req/s', 'P50', 'P95', 'P99'].map((name) => (
    <th key={name} scope="col" className="number">
      {name}
    </th>
  ));
}

export function GoldenCells({ golden }: { golden: Golden }) {
  return figures_of(golden).map((figure) => (
    <td
      key={figure.name}
      className={figure.is_striking === true ? 'number failing' : 'number'}
      data-label={figure.name}
      title={figure.name === 'Success' ? golden_sentence(golden) : undefined}
    >
      {figure.text}
    </td>
  ));
}

export function GoldenTiles({ golden }: { golden: Golden }) {
  return (
    <>
      <dl className="tiles">
        {figures_of(golden).map((figure) => (
          <div key={figure.name}>
            <dt>{figure.long_name}</dt>
            <dd className={figure.is_striking === true ? 'failing' : undefined}>{figure.text}</dd>
          </div>
        ))}
      </dl>
      <p className="soft small under-tiles">{golden_sentence(golden)}</p>
    </>
  );
}
