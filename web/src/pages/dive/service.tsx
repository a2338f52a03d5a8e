// SPDX-License-Identifier: Apache-2.0
// One service: what was promised of it, how it does, who asks it and whom it asks, what happened.
import { useEffect, useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';

import { useCharts, useService } from '../../api/queries';
import type { EdgeRow, ServicePage as Page, ServiceRef, WorkloadRow } from '../../api/types';
import { EventItem } from '../../components/event_item';
import { EvidenceTable } from '../../components/evidence_table';
import { GoldenCells, GoldenHeads } from '../../components/golden_cells';
import { ObjectiveCard } from '../../components/objective_card';
import { Loading, Problem, Stale } from '../../components/problem';
import { RangeChoice } from '../../components/range_choice';
import { ServiceCharts } from '../../components/service_charts';
import { ago_text, count_text } from '../../lib/figures';
import { service_link } from '../../lib/links';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';

export function ServicePage({ service }: { service: ServiceRef }) {
  useTitle(service.name);
  const [range, choose] = useRange();
  const page = useService(service, range);
  const charts = useCharts(service, range);
  const { data, error } = page;
  if (data === undefined) {
    return error !== null ? (
      <Problem error={error} again={() => void page.refetch()} />
    ) : (
      <Loading what={service.name} />
    );
  }
  return (
    <>
      <div className="page-head">
        <h1 className="name">
          {service.name}{' '}
          <span className="soft">
            {service.cluster} / {service.namespace}
          </span>
        </h1>
        <RangeChoice />
      </div>
      <Stale error={error} />
      <Objectives page={data} />
      {charts.data !== undefined && (
        <ServiceCharts
          charts={charts.data}
          choose={(from_ms, to_ms) => choose({ from_ms, to_ms })}
        />
      )}
      <Workloads rows={data.workloads} now_ms={data.now_ms} />
      <Edges title="Callers" rows={data.callers} nothing="Nobody has called it in this span." />
      <Edges title="Calls" rows={data.callees} nothing="It has called nobody in this span." />
      <Events page={data} />
    </>
  );
}

// Whose evidence is shown is in the address, so that a link leads to it.
function Objectives({ page }: { page: Page }) {
  const search = useSearch();
  const [path, go] = useLocation();
  const shown = new URLSearchParams(search).get('objective');
  const evidence = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (shown !== null && location.hash === '#evidence') evidence.current?.scrollIntoView();
  }, [shown]);

  const show = (name: string | null) => {
    const given = new URLSearchParams(search);
    if (name === null) given.delete('objective');
    else given.set('objective', name);
    const text = given.toString();
    go(path + (text === '' ? '' : `?${text}`));
  };
  if (page.objectives.length === 0) return <NoObjective page={page} />;
  return (
    <section aria-label="Objectives">
      <div className="cards">
        {page.objectives.map((card) => (
          <ObjectiveCard
            key={card.name}
            card={card}
            is_open={shown === card.name}
            open={() => show(shown === card.name ? null : card.name)}
          />
        ))}
      </div>
      {shown !== null && page.objectives.some((card) => card.name === shown) && (
        <div id="evidence" ref={evidence}>
          <EvidenceTable objective={shown} now_ms={page.now_ms} />
        </div>
      )}
    </section>
  );
}

function NoObjective({ page }: { page: Page }) {
  return (
    <section className="empty small">
      <h2>Nothing is promised of this service yet</h2>
      <p>
        An objective says how many of its requests have to be good. Goals that it would have met:
      </p>
      <pre>
        seine objective propose svc/{page.service.name} -n {page.service.namespace}
      </pre>
    </section>
  );
}

function Workloads({ rows, now_ms }: { rows: WorkloadRow[]; now_ms: number }) {
  return (
    <section aria-labelledby="workloads">
      <h2 id="workloads">Workloads</h2>
      {rows.length === 0 ? (
        <p className="soft">No workload answers for it now.</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Workloads">
          <table>
            <thead>
              <tr>
                <th scope="col">Location</th>
                <th scope="col">Type</th>
                <th scope="col">Versions</th>
                <th scope="col" className="number">
                  Reqs/24h
                </th>
                <GoldenHeads />
                <th scope="col">Last rollout</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.workload.kind}/${row.workload.name}`}>
                  <th scope="row" className="name">
                    {row.workload.cluster} / {row.workload.namespace} / {row.workload.name}
                  </th>
                  <td>{row.workload.kind}</td>
                  <td>
                    {row.versions.map((version) => (
                      <div key={version.version}>
                        {version.version || 'no version'}{' '}
                        <span className="soft">
                          {version.ready} of {version.pods} ready
                        </span>
                      </div>
                    ))}
                  </td>
                  <td className="number">{count_text(row.requests_per_day)}</td>
                  <GoldenCells golden={row.golden} />
                  <td>
                    {row.last_rollout_ms === null ? (
                      <span className="soft">none seen</span>
                    ) : (
                      ago_text(row.last_rollout_ms, now_ms)
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Edges({ title, rows, nothing }: { title: string; rows: EdgeRow[]; nothing: string }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p className="soft">{nothing}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Mutual TLS</th>
                <GoldenHeads />
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.cluster}/${row.namespace}/${row.name}`}>
                  <th scope="row" className="name">
                    {row.is_service ? (
                      <Link href={service_link(row)}>{row.name}</Link>
                    ) : (
                      row.name
                    )}{' '}
                    <span className="soft">{row.namespace}</span>
                  </th>
                  <td>{row.secured ? '✓ yes' : '✕ no'}</td>
                  <GoldenCells golden={row.golden} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Events({ page }: { page: Page }) {
  return (
    <section aria-labelledby="events">
      <div className="section-head">
        <h2 id="events">Events</h2>
        <Link href={`/events?service=${encodeURIComponent(page.service.name)}`}>All of them</Link>
      </div>
      {page.events.length === 0 ? (
        <p className="soft">Nothing has happened in this span.</p>
      ) : (
        <ol className="events">
          {page.events.map((event) => (
            <EventItem key={event.id} event={event} now_ms={page.now_ms} />
          ))}
        </ol>
      )}
    </section>
  );
}
