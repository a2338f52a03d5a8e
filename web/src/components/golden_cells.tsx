// SPDX-License-Identifier: Apache-2.0
// The golden metrics: the same columns in every table, and large on a service's own page. Of bytes
// that are only forwarded there are none: connections are told in their place.
import type { Golden, Tcp } from '../api/types';
import {
  bytes_text,
  count_text,
  is_striking,
  latency_text,
  length_text,
  plural,
  rate_text,
  success_text,
} from '../lib/figures';

export interface Traffic {
  golden: Golden;
  tcp?: Tcp | null | undefined;
  problem?: string | undefined; // why nothing is known
  span_ms: number; // what was asked for
}

interface Figure {
  name: string;
  long_name: string;
  text: string;
  note?: string;
  is_striking?: boolean;
}

function figures_of(golden: Golden, span_ms: number): Figure[] {
  return [
    {
      name: 'Success',
      long_name: 'Success',
      text: success_text(golden.good, golden.bad),
      is_striking: is_striking(golden.good, golden.bad),
    },
    {
      name: 'Req/s',
      long_name: 'Requests/s',
      text: rate_text(golden.rps),
      note: rate_note(golden, span_ms),
    },
    { name: 'P50', long_name: 'P50 latency', text: latency_text(golden.p50_ms) },
    { name: 'P95', long_name: 'P95 latency', text: latency_text(golden.p95_ms) },
    { name: 'P99', long_name: 'P99 latency', text: latency_text(golden.p99_ms) },
  ];
}

// A rate is of the time in which proxies counted, told where it is not all that was asked for.
export function rate_note({ rps, counted_ms }: Golden, span_ms: number): string {
  if (rps === null || counted_ms === undefined || counted_ms >= span_ms * 0.9) return '';
  return `over ${length_text(counted_ms)}`;
}

// What success is made of, exactly.
export function golden_sentence(golden: Golden): string {
  const total = golden.good + golden.bad;
  if (total === 0 && golden.excluded === 0) return 'No requests in this span.';
  return [
    `${count_text(golden.bad)} of ${plural(total, 'request')} failed`,
    golden.excluded > 0 ? `${count_text(golden.excluded)} of probes not counted` : '',
    golden.cancelled > 0 ? `${count_text(golden.cancelled)} given up by their callers` : '',
    golden.lasting !== undefined && golden.lasting > 0
      ? `${count_text(golden.lasting)} took a minute or longer, as streams do`
      : '',
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

export function TrafficCells({ golden, tcp, problem = '', span_ms }: Traffic) {
  if (problem !== '') {
    return (
      <td className="instead" colSpan={5}>
        <span className="not-known">Cannot be read: {problem}</span>
      </td>
    );
  }
  if (tcp != null && golden.good + golden.bad === 0) {
    return (
      <td className="instead" colSpan={5} data-label="TCP">
        <Connections tcp={tcp} />
      </td>
    );
  }
  return figures_of(golden, span_ms).map((figure) => (
    <td
      key={figure.name}
      className={figure.is_striking === true ? 'number failing' : 'number'}
      data-label={figure.name}
      title={figure.name === 'Success' ? golden_sentence(golden) : undefined}
    >
      {figure.text}
      {figure.note && <span className="note">{figure.note}</span>}
    </td>
  ));
}

function Connections({ tcp }: { tcp: Tcp }) {
  return (
    <>
      {plural(tcp.opened, 'connection')}
      {tcp.failed > 0 && (
        <>
          , <span className="failing">{count_text(tcp.failed)} failed</span>
        </>
      )}
      <span className="soft small">
        {' '}
        {bytes_text(tcp.read_bytes)} from callers, {bytes_text(tcp.written_bytes)} to them
      </span>
    </>
  );
}

function tcp_figures(tcp: Tcp): Figure[] {
  return [
    { name: 'opened', long_name: 'Connections', text: count_text(tcp.opened) },
    {
      name: 'failed',
      long_name: 'Failed',
      text: count_text(tcp.failed),
      is_striking: tcp.failed > 0,
    },
    { name: 'read', long_name: 'From callers', text: bytes_text(tcp.read_bytes) },
    { name: 'written', long_name: 'To callers', text: bytes_text(tcp.written_bytes) },
  ];
}

export function TrafficTiles({ golden, tcp, span_ms }: Traffic) {
  const is_tcp = tcp != null && golden.good + golden.bad === 0;
  return (
    <>
      <dl className="tiles">
        {(is_tcp ? tcp_figures(tcp) : figures_of(golden, span_ms)).map((figure) => (
          <div key={figure.name}>
            <dt>{figure.long_name}</dt>
            <dd className={figure.is_striking === true ? 'failing' : undefined}>
              {figure.text}
              {figure.note && <span className="note">{figure.note}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="soft small under-tiles">
        {is_tcp
          ? 'Its bytes are forwarded as they are: there are no requests in them that could succeed.'
          : golden_sentence(golden)}
      </p>
    </>
  );
}
