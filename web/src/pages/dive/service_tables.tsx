// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter';

import type { EdgeRow, WorkloadRow } from '../../api/types';
import { Brief } from '../../components/brief';
import { GoldenCells, GoldenHeads } from '../../components/golden_cells';
import { TableBox } from '../../components/table_box';
import { ago_text, count_text } from '../../lib/figures';
import { service_link } from '../../lib/links';
import { useRange } from '../../state/range';

export function Workloads({ rows, now_ms }: { rows: WorkloadRow[]; now_ms: number }) {
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
              <Workload key={`${row.workload.kind}/${row.workload.name}`} row={row} now={now_ms} />
            ))}
          </tbody>
        </TableBox>
      )}
    </section>
  );
}

function Workload({ row, now }: { row: WorkloadRow; now: number }) {
  return (
    <tr>
      <th scope="row" className="name">
        <span className="soft">
          {row.workload.cluster} / {row.workload.namespace} /
        </span>{' '}
        {row.workload.name}
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
      <GoldenCells golden={row.golden} />
      <td data-label="Last rollout">
        {row.last_rollout_ms === null ? (
          <span className="soft">none seen</span>
        ) : (
          ago_text(row.last_rollout_ms, now)
        )}
      </td>
    </tr>
  );
}

interface EdgesGiven {
  title: string;
  rows: EdgeRow[];
  nothing: string; // what it means that there is none
}

export function Edges({ title, rows, nothing }: EdgesGiven) {
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
              <tr key={`${row.cluster}/${row.namespace}/${row.name}`}>
                <th scope="row" className="name">
                  {row.is_service ? (
                    <Link href={service_link(row, range)}>{row.name}</Link>
                  ) : (
                    row.name
                  )}{' '}
                  <span className="soft small">{row.namespace}</span>
                </th>
                <td className="wide" data-label="Mutual TLS">
                  {row.secured ? '✓ yes' : <span className="failing">✕ no</span>}
                </td>
                <GoldenCells golden={row.golden} />
              </tr>
            ))}
          </tbody>
        </TableBox>
      )}
    </section>
  );
}
