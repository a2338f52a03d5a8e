// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter';

import type { EdgeRow, ServicePage, WorkloadRow } from '../../api/types';
import { Brief } from '../../components/brief';
import { GoldenHeads, TrafficCells } from '../../components/golden_cells';
import { TableBox } from '../../components/table_box';
import { ago_text, count_text } from '../../lib/figures';
import { service_link } from '../../lib/links';
import { useRange } from '../../state/range';

export function Workloads({ page }: { page: ServicePage }) {
  const rows = page.workloads;
  return (
    <section aria-labelledby="workloads">
      <div className="section-head">
        <h2 id="workloads">Workloads</h2>
      </div>
      {rows.length === 0 ? (
        <p className="nothing">No workload answers for it now.</p>
      ) : (
        <TableBox kind="workloads">
          <thead>
            <tr>
              <th scope="col" className="col-first">
                Location
              </th>
              <th scope="col" className="col-type">
                Type
              </th>
              <th scope="col" className="col-versions">
                Versions
              </th>
              <th scope="col" className="number">
                Req/24h
              </th>
              <GoldenHeads />
              <th scope="col" className="col-last">
                Last rollout
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Workload key={`${row.workload.kind}/${row.workload.name}`} row={row} page={page} />
            ))}
          </tbody>
        </TableBox>
      )}
    </section>
  );
}

function Workload({ row, page }: { row: WorkloadRow; page: ServicePage }) {
  return (
    <tr>
      <th scope="row">
        <span className="name soft">
          {row.workload.cluster} / {row.workload.namespace} /
        </span>{' '}
        <span className="name">{row.workload.name}</span>
      </th>
      <td data-label="Type">{row.workload.kind}</td>
      <td className="wide" data-label="Versions">
        {row.versions.map((version) => (
          <div key={version.version}>
            <Brief text={version.version || 'no version'} />{' '}
            <span className="soft small">
              {version.ready} of {version.pods} ready
            </span>
          </div>
        ))}
      </td>
      <td className="number" data-label="Req/24h">
        {count_text(row.requests_per_day)}
      </td>
      <TrafficCells golden={row.golden} span_ms={page.to_ms - page.from_ms} />
      <td data-label="Last rollout">
        {row.last_rollout_ms === null ? (
          <span className="soft">none seen</span>
        ) : (
          ago_text(row.last_rollout_ms, page.now_ms)
        )}
      </td>
    </tr>
  );
}

interface EdgesGiven {
  title: string;
  page: ServicePage;
  rows: EdgeRow[];
  nothing: string; // what it means that there is none
}

export function Edges({ title, page, rows, nothing }: EdgesGiven) {
  const [range] = useRange();
  return (
    <section aria-label={title}>
      <div className="section-head">
        <h2>{title}</h2>
      </div>
      {rows.length === 0 ? (
        <p className="nothing">{nothing}</p>
      ) : (
        <TableBox>
          <thead>
            <tr>
              <th scope="col" className="col-first">
                Name
              </th>
              <th scope="col" className="col-last">
                Mutual TLS
              </th>
              <GoldenHeads />
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={key_of(row)}>
                <th scope="row">
                  {row.is_service ? (
                    <Link className="name" href={service_link(row, range)}>
                      {row.name}
                    </Link>
                  ) : (
                    <span className="name">{row.name}</span>
                  )}{' '}
                  <span className="name soft small">{row.namespace}</span>
                </th>
                <td className="wide" data-label="Mutual TLS">
                  {row.secured ? '✓ yes' : <span className="failing">✕ no</span>}
                </td>
                <TrafficCells
                  golden={row.golden}
                  tcp={row.tcp}
                  span_ms={page.to_ms - page.from_ms}
                />
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </section>
  );
}

// The same caller may ask and forward bytes.
function key_of({ cluster, namespace, name, tcp }: EdgeRow): string {
  return [cluster, namespace, name, tcp == null ? 'requests' : 'bytes'].join('/');
}
