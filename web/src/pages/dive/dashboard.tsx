// SPDX-License-Identifier: Apache-2.0
// What needs attention, then every service with its golden metrics, by namespace.
import { Link } from 'wouter';

import { useDashboard } from '../../api/queries';
import type { Dashboard, NamespaceGroup, ServiceRow } from '../../api/types';
import { Brief } from '../../components/brief';
import { Command } from '../../components/command';
import { FirstProgram } from '../../components/first_program';
import { GoldenHeads, TrafficCells } from '../../components/golden_cells';
import { PageHead } from '../../components/page_head';
import { Loading, Problem, Stale } from '../../components/problem';
import { StateChip } from '../../components/state_chip';
import { TableBox } from '../../components/table_box';
import { ago_text, plural } from '../../lib/figures';
import { evidence_link, service_link } from '../../lib/links';
import { failing_first, may_promise } from '../../lib/services';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';
import { NeedsAttention } from './attention';

export function DashboardPage() {
  useTitle('Dashboard');
  const [range] = useRange();
  const dashboard = useDashboard(range);
  const { data, error } = dashboard;
  return (
    <>
      <PageHead
        title="Dashboard"
        now_ms={data?.now_ms}
        complete_until_ms={data?.complete_until_ms}
      />
      {data !== undefined ? (
        <Content data={data} error={error} />
      ) : error !== null ? (
        <Problem error={error} again={() => void dashboard.refetch()} />
      ) : (
        <Loading what="the dashboard" />
      )}
    </>
  );
}

function Content({ data, error }: { data: Dashboard; error: Error | null }) {
  const namespaces = failing_first(data.namespaces).filter((group) => group.services.length > 0);
  return (
    <>
      <Stale error={error} />
      {(namespaces.length > 0 || data.attention.length > 0) && (
        <NeedsAttention data={{ ...data, namespaces }} />
      )}
      {namespaces.map((group) => (
        <Namespace
          key={`${group.cluster}/${group.name}`}
          group={group}
          data={data}
          names_cluster={data.clusters.length > 1}
        />
      ))}
      {namespaces.length === 0 && <NothingYet has_cluster={data.clusters.length > 0} />}
    </>
  );
}

function NothingYet({ has_cluster }: { has_cluster: boolean }) {
  return (
    <section className="empty">
      <h2>{has_cluster ? 'No service runs in the mesh yet' : 'No cluster has joined yet'}</h2>
      {has_cluster ? (
        <FirstProgram />
      ) : (
        <>
          <p>A mesh on this machine is started, and joins by itself, with:</p>
          <Command text="seine up" />
        </>
      )}
    </section>
  );
}

interface NamespaceGiven {
  group: NamespaceGroup;
  data: Dashboard;
  names_cluster: boolean;
}

function Namespace({ group, data, names_cluster }: NamespaceGiven) {
  const title = names_cluster ? `${group.cluster} / ${group.name}` : group.name;
  const is_read = group.services.every(({ problem = '' }) => problem === '');
  return (
    <section aria-label={`Namespace ${title}`}>
      <div className="section-head">
        <h2 className="name">{title}</h2>
        <span className="soft small">
          {is_read && `${group.meshed_pods} of `}
          {plural(group.pods, 'pod')}
          {is_read && ' meshed'}
        </span>
      </div>
      <TableBox kind="services">
        <thead>
          <tr>
            <th scope="col" className="col-first">
              Service
            </th>
            <th scope="col" className="col-chips">
              Objectives, budget left
            </th>
            <GoldenHeads />
            <th scope="col" className="col-last">
              Last rollout
            </th>
          </tr>
        </thead>
        <tbody>
          {group.services.map((row) => (
            <Service key={row.service.name} row={row} data={data} />
          ))}
        </tbody>
      </TableBox>
    </section>
  );
}

function Service({ row, data }: { row: ServiceRow; data: Dashboard }) {
  const [range] = useRange();
  const { coverage, last_rollout } = row;
  return (
    <tr>
      <th scope="row">
        <Link className="name" href={service_link(row.service, range)}>
          {row.service.name}
        </Link>
        {coverage.measured < coverage.expected * 0.95 && (
          <span className="soft small" title="Not all proxies have told of this span">
            {' '}
            partial data
          </span>
        )}
      </th>
      <td className="wide">
        <States row={row} />
      </td>
      <TrafficCells
        golden={row.golden}
        tcp={row.tcp}
        problem={row.problem}
        span_ms={data.now_ms - data.from_ms}
      />
      <td data-label="Last rollout">
        {last_rollout === null ? (
          <span className="soft">none seen</span>
        ) : (
          <>
            <Brief text={last_rollout.version || 'no version'} />{' '}
            <span className="soft small">
              {last_rollout.is_ongoing ? 'ongoing' : ago_text(last_rollout.at_ms, data.now_ms)}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

function States({ row }: { row: ServiceRow }) {
  const [range] = useRange();
  if (row.objectives.length === 0) {
    return <span className="soft">{may_promise(row) ? 'no objective' : 'bytes, no requests'}</span>;
  }
  return (
    <span className="chips">
      {row.objectives.map((objective) => (
        <Link
          key={objective.name}
          href={evidence_link(row.service, objective.name, range)}
          title={objective.name}
        >
          <StateChip state={objective.state} detail={objective.left} />
          <span className="hidden">
            {objective.left === '' ? ' objective ' : ' of the budget left of '}
            {objective.name}
          </span>
        </Link>
      ))}
    </span>
  );
}
