// SPDX-License-Identifier: Apache-2.0
// What needs attention, then every service with its golden metrics, by namespace.
import { Link } from 'wouter';

import { useDashboard } from '../../api/queries';
import type { Attention, ClusterStatus, NamespaceGroup, ServiceRow } from '../../api/types';
import { GoldenCells, GoldenHeads } from '../../components/golden_cells';
import { Loading, Problem, Stale } from '../../components/problem';
import { RangeChoice } from '../../components/range_choice';
import { StateChip } from '../../components/state_chip';
import { ago_text } from '../../lib/figures';
import { evidence_link, service_link } from '../../lib/links';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';

export function DashboardPage() {
  useTitle('Dashboard');
  const [range] = useRange();
  const dashboard = useDashboard(range);
  const { data, error } = dashboard;
  if (data === undefined) {
    return error !== null ? (
      <Problem error={error} again={() => void dashboard.refetch()} />
    ) : (
      <Loading what="the dashboard" />
    );
  }
  const has_services = data.namespaces.some((group) => group.services.length > 0);
  return (
    <>
      <div className="page-head">
        <h1>Dashboard</h1>
        <RangeChoice />
      </div>
      <Stale error={error} />
      <Clusters clusters={data.clusters} now_ms={data.now_ms} />
      <NeedsAttention items={data.attention} />
      {has_services ? (
        data.namespaces.map((group) => (
          <Namespace
            key={`${group.cluster}/${group.name}`}
            group={group}
            now_ms={data.now_ms}
            names_cluster={data.clusters.length > 1}
          />
        ))
      ) : (
        <NothingYet has_cluster={data.clusters.length > 0} />
      )}
    </>
  );
}

function NothingYet({ has_cluster }: { has_cluster: boolean }) {
  return (
    <section className="empty">
      <h2>{has_cluster ? 'No service runs in the mesh yet' : 'No cluster has joined yet'}</h2>
      {has_cluster ? (
        <>
          <p>Start a program of yours in it; it needs no change:</p>
          <pre>seine run --name web --port 8080 -- ./web</pre>
        </>
      ) : (
        <>
          <p>On this machine a mesh is started, and joins, by:</p>
          <pre>seine up</pre>
        </>
      )}
    </section>
  );
}

// Only clusters that are not as they should be are worth a line.
function Clusters({ clusters, now_ms }: { clusters: ClusterStatus[]; now_ms: number }) {
  const silent = clusters.filter((cluster) => !cluster.connected);
  return (
    <>
      {silent.map((cluster) => (
        <p key={cluster.name} className="notice" role="status">
          The agent of cluster {cluster.name}{' '}
          {cluster.last_seen_ms === null
            ? 'has not been heard of yet'
            : `was last heard of ${ago_text(cluster.last_seen_ms, now_ms)}`}
          . Its counts come when it is back; none is lost.
        </p>
      ))}
    </>
  );
}

function NeedsAttention({ items }: { items: Attention[] }) {
  if (items.length === 0) {
    return (
      <p className="all-well">
        <span aria-hidden="true">✓</span> Nothing needs attention.
      </p>
    );
  }
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <ul className="attention">
        {items.map((item) => (
          <li key={item.title + item.sentence} className={item.severity}>
            <strong>
              <span aria-hidden="true">{item.severity === 'failing' ? '✕' : '▲'}</span>{' '}
              <AttentionLink item={item} />
            </strong>
            <span>{item.sentence}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AttentionLink({ item }: { item: Attention }) {
  if (item.service === null) return <>{item.title}</>;
  const link =
    item.objective === null
      ? service_link(item.service)
      : evidence_link(item.service, item.objective);
  return <Link href={link}>{item.title}</Link>;
}

interface NamespaceGiven {
  group: NamespaceGroup;
  now_ms: number;
  names_cluster: boolean;
}

function Namespace({ group, now_ms, names_cluster }: NamespaceGiven) {
  const title = names_cluster ? `${group.cluster} / ${group.name}` : group.name;
  return (
    <section aria-label={`Namespace ${title}`}>
      <div className="section-head">
        <h2 className="name">{title}</h2>
        <span className="soft">
          {group.meshed_pods} of {group.pods} {group.pods === 1 ? 'pod' : 'pods'} meshed
        </span>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label={`Services of ${title}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">Service</th>
              <th scope="col">Objectives</th>
              <GoldenHeads />
              <th scope="col">Last rollout</th>
            </tr>
          </thead>
          <tbody>
            {group.services.map((row) => (
              <Service key={row.service.name} row={row} now_ms={now_ms} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Service({ row, now_ms }: { row: ServiceRow; now_ms: number }) {
  const { coverage, last_rollout } = row;
  return (
    <tr>
      <th scope="row" className="name">
        <Link href={service_link(row.service)}>{row.service.name}</Link>
        {coverage.measured < coverage.expected && (
          <span className="soft" title="Not all proxies have told of this span">
            {' '}
            partial
          </span>
        )}
      </th>
      <td>
        {row.objectives.length === 0 ? (
          <span className="soft">none</span>
        ) : (
          row.objectives.map((objective) => (
            <Link
              key={objective.name}
              href={evidence_link(row.service, objective.name)}
              title={objective.name}
            >
              <StateChip state={objective.state} detail={objective.left} />
            </Link>
          ))
        )}
      </td>
      <GoldenCells golden={row.golden} />
      <td>
        {last_rollout === null ? (
          <span className="soft">none seen</span>
        ) : (
          <>
            {last_rollout.version || 'no version'}{' '}
            <span className="soft">
              {last_rollout.is_ongoing ? 'ongoing' : ago_text(last_rollout.at_ms, now_ms)}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}
