// SPDX-License-Identifier: Apache-2.0
// One service: what was promised of it, how it does, who asks it and whom it asks, what happened.
import { Link } from 'wouter';

import { useCharts, useService } from '../../api/queries';
import type { ServicePage as Page, ServiceRef } from '../../api/types';
import { EventItem } from '../../components/event_item';
import { TrafficTiles } from '../../components/golden_cells';
import { PageHead } from '../../components/page_head';
import { Loading, Problem, Stale } from '../../components/problem';
import { ChartsToCome, ServiceCharts } from '../../components/service_charts';
import { service_events_link } from '../../lib/links';
import { with_range } from '../../lib/range';
import { sentence } from '../../lib/sentences';
import { may_promise } from '../../lib/services';
import { useTitle } from '../../lib/title';
import { useRange } from '../../state/range';
import { Objectives } from './objectives';
import { Edges, Workloads } from './service_tables';

const kNotKnown = 'This cannot be read now.';

export function ServicePage({ service }: { service: ServiceRef }) {
  useTitle(service.name);
  const [range] = useRange();
  const page = useService(service, range);
  const { data, error } = page;
  return (
    <>
      <PageHead
        title={service.name}
        now_ms={data?.now_ms}
        complete_until_ms={data?.complete_until_ms}
        crumbs={
          <nav className="crumbs" aria-label="Where this is">
            <Link href={`/${with_range('', range)}`}>Dashboard</Link>
            <span aria-hidden="true">/</span>
            <span className="name">{service.cluster}</span>
            <span aria-hidden="true">/</span>
            <span className="name">{service.namespace}</span>
          </nav>
        }
      />
      {data !== undefined ? (
        <Content page={data} error={error} />
      ) : error !== null ? (
        <Problem error={error} again={() => void page.refetch()} />
      ) : (
        <Loading what={service.name} />
      )}
    </>
  );
}

function Content({ page, error }: { page: Page; error: Error | null }) {
  const problems = page.problems ?? [];
  // What could not be read is not nothing.
  const is_known = problems.length === 0;
  const has_figures = is_known || page.golden.good + page.golden.bad > 0 || page.tcp != null;
  return (
    <>
      <Stale error={error} />
      {problems.map((problem) => (
        <p key={problem} className="notice" role="status">
          {sentence(problem)}
        </p>
      ))}
      {has_figures && (
        <TrafficTiles golden={page.golden} tcp={page.tcp} span_ms={page.to_ms - page.from_ms} />
      )}
      <Objectives page={page} />
      {may_promise(page) && <OverTime service={page.service} />}
      <Workloads page={page} />
      <Edges
        title="Callers"
        page={page}
        rows={page.callers}
        nothing={is_known ? 'Nobody has called it in this span.' : kNotKnown}
      />
      <Edges
        title="Calls to others"
        page={page}
        rows={page.callees}
        nothing={is_known ? 'It has called nobody in this span.' : kNotKnown}
      />
      <Events page={page} />
    </>
  );
}

function OverTime({ service }: { service: ServiceRef }) {
  const [range, choose] = useRange();
  const charts = useCharts(service, range);
  if (charts.data !== undefined) {
    return (
      <ServiceCharts charts={charts.data} choose={(from_ms, to_ms) => choose({ from_ms, to_ms })} />
    );
  }
  if (charts.error === null) return <ChartsToCome />;
  return <Problem error={charts.error} again={() => void charts.refetch()} />;
}

function Events({ page }: { page: Page }) {
  const [range] = useRange();
  return (
    <section aria-labelledby="events">
      <div className="section-head">
        <h2 id="events">Events</h2>
        <span>
          <Link href={service_events_link(page.service, range, true)}>Add one</Link>
          {' · '}
          <Link href={service_events_link(page.service, range)}>All of them</Link>
        </span>
      </div>
      {page.events.length === 0 ? (
        <p className="nothing">
          Nothing has happened in this span. Rollouts show here by themselves.
        </p>
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
