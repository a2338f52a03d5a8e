// SPDX-License-Identifier: Apache-2.0
// The golden metrics as cells of a row: the same columns in every table.
import type { Golden } from '../api/types';
import { count_text, latency_text, rate_text, success_text } from '../lib/figures';

export function GoldenHeads() {
  return (
    <>
      <th scope="col" className="number">
        Success
      </th>
      <th scope="col" className="number">
        Req/s
      </th>
      <th scope="col" className="number">
        P50
      </th>
      <th scope="col" className="number">
        P95
      </th>
      <th scope="col" className="number">
        P99
      </th>
    </>
  );
}

export function GoldenCells({ golden }: { golden: Golden }) {
  const total = golden.good + golden.bad;
  const detail =
    `${count_text(golden.bad)} of ${count_text(total)} requests failed` +
    (golden.excluded > 0 ? `; ${count_text(golden.excluded)} of probes are excluded` : '') +
    (golden.cancelled > 0 ? `; ${count_text(golden.cancelled)} were given up by their caller` : '');
  return (
    <>
      <td className={golden.bad > 0 ? 'number failing' : 'number'} title={detail}>
        {success_text(golden.good, golden.bad)}
      </td>
      <td className="number">{rate_text(golden.rps)}</td>
      <td className="number">{latency_text(golden.p50_ms)}</td>
      <td className="number">{latency_text(golden.p95_ms)}</td>
      <td className="number">{latency_text(golden.p99_ms)}</td>
    </>
  );
}
