// SPDX-License-Identifier: Apache-2.0
// What needs attention, then every service with its golden metrics, by namespace.
import { Link } from 'wouter';

import { useDashboard } from '../../api/queries';
import type {
  Attention,
  Dashboard,
  NamespaceGroup,
  ServiceRow,
} from '../../api/types';
import { Brief } from '../../components/brief';
import { Command } from '../../components/command';
import { GoldenCells, GoldenHeads } from '../../components/golden_cells';
import { PageHead } from '../../components/page_head';
import { Loading, Problem, Stale } from '../../components/problem';
import { StateChip } from '../../components/state_chip';
import { TableBox } from '../../components/table_box';
import { ago_text, plural } from '../../lib/figures';
import { evidence_link, service_link } from '../../lib/links';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';

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
  const rows = data.namespaces.flatMap((group) => group.services);
  const objectives = rows.reduce((sum, row) => sum + row.objectives.length, 0);
  const first = rows[0];
  return (
    <>
      <Stale error={error} />
      {(rows.length > 0 || data.attention.length > 0) && (
        <NeedsAttention items={data.attention} objectives={objectives} />
      )}
      {data.namespaces
        .filter((group) => group.services.length > 0)
        .map((group) => (
          <Namespace
            key={`${group.cluster}/${group.name}`}
            group={group}
            now_ms={data.now_ms}
            names_cluster={data.clusters.length > 1}
          />
        ))}
      {first === undefined ? (
        <NothingYet has_cluster={data.clusters.length > 0} />
      ) : (
        objectives === 0 && <NoObjectives row={first} />
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
          <p>
            Start a program of yours in it. It needs no change; its requests show here within a
            minute:
          </p>
          <Command text="seine run --name web --port 8080 -- ./web" />
          <p>Or look at a shop that is made for it:</p>
          <Command text="seine demo" />
        </>
      ) : (
        <>
          <p>A mesh on this machine is started, and joins by itself, with:</p>
          <Command text="seine up" />
        </>
      )}
    </section>
  );
}

function NoObjectives({ row }: { row: ServiceRow }) {
  const { name, namespace } = row.service;
  return (
    <section className="empty">
      <h2>Nothing is promised yet</h2>
      <p>
        An objective says how many requests have to be good, and Dive says how much of that is left.
        Which goals history would have kept:
      </p>
      <Command text={`seine objective propose svc/${name} -n ${namespace}`} />
      <p>To promise one:</p>
      <Command text={`seine objective set svc/${name} -n ${namespace} --success 99%`} />
    </section>
  );
}

function NeedsAttention({ items, objectives }: { items: Attention[]; objectives: number }) {
  return (
    <section aria-labelledby="attention">
      <div className="section-head">
        <h2 id="attention">Needs attention</h2>
      </div>
      {items.length === 0 ? (
        <p className="all-well">
          <span aria-hidden="true">✓</span> Nothing does.
          {objectives > 0 && ` ${plural(objectives, 'objective')} watched.`}
        </p>
      ) : (
        <ul className="attention">
          {items.map((item) => (
            <AttentionItem key={item.title + item.sentence} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function AttentionItem({ item }: { item: Attention }) {
  const [range] = useRange();
  const { service, objective } = item;
  const link =
    service === null
      ? null
      : objective === null
        ? service_link(service, range)
        : evidence_link(service, objective, range);
  const is_failing = item.severity === 'failing';
  return (
    <li className={is_failing ? 'is-failing' : undefined}>
      <span className="sign" aria-hidden="true">
        {is_failing ? '✕' : '▲'}
      </span>
      <strong className="name">
        <span className="hidden">{is_failing ? 'Failing: ' : 'Warning: '}</span>
        {link === null ? item.title : <Link href={link}>{item.title}</Link>}
      </strong>
      <span className="sentence">{item.sentence}</span>
    </li>
  );
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
        <span className="soft small">
          {group.meshed_pods} of {plural(group.pods, 'pod')} meshed
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
            <Service key={row.service.name} row={row} now_ms={now_ms} />
          ))}
        </tbody>
      </TableBox>
    </section>
  );
}

function Service({ row, now_ms }: { row: ServiceRow; now_ms: number }) {
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
        {row.objectives.length === 0 ? (
          <span className="soft">no objective</span>
        ) : (
          <span className="chips">
            {row.objectives.map((objective) => (
              <Link
                key={objective.name}
                href={evidence_link(row.service, objective.name, range)}
                title={objective.name}
              >
                <StateChip state={objective.state} detail={objective.left} />
                <span className="hidden"> of the budget left of {objective.name}</span>
              </Link>
            ))}
          </span>
        )}
      </td>
      <GoldenCells golden={row.golden} />
      <td data-label="Last rollout">
        {last_rollout === null ? (
          <span className="soft">none seen</span>
        ) : (
          <>
            <Brief text={last_rollout.version || 'no version'} />{' '}
            <span className="soft small">
              {last_rollout.is_ongoing ? 'ongoing' : ago_text(last_rollout.at_ms, now_ms)}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}
