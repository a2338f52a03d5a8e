// SPDX-License-Identifier: Apache-2.0
// What somebody should look at; where nothing is promised yet, how to promise something.
import { Link } from 'wouter';

import type { Attention, Dashboard, ServiceRef } from '../../api/types';
import { Command } from '../../components/command';
import { plural } from '../../lib/figures';
import { evidence_link, service_link } from '../../lib/links';
import { may_promise, standing_of } from '../../lib/services';
import { useRange } from '../../state/range';

export function NeedsAttention({ data }: { data: Dashboard }) {
  const { attention } = data;
  const standing = standing_of(data);
  return (
    <section aria-labelledby="attention">
      <div className="section-head">
        <h2 id="attention">Needs attention</h2>
      </div>
      {attention.length > 0 && (
        <ul className="attention">
          {attention.map((item) => (
            <AttentionItem key={item.title + item.sentence} item={item} />
          ))}
        </ul>
      )}
      {standing.total === 0 ? (
        <NoObjectives data={data} />
      ) : (
        attention.length === 0 && (
          <p className={standing.all_healthy ? 'all-well' : 'nothing'}>
            {standing.all_healthy && <span aria-hidden="true">✓</span>}
            <span>
              {standing.all_healthy ? 'Nothing needs attention: ' : 'Nothing fails: '}
              {standing.sentence}.{others_text(data.without_objective ?? 0)}
            </span>
          </p>
        )
      )}
    </section>
  );
}

function others_text(without: number): string {
  return without === 0
    ? ''
    : ` ${plural(without, 'other service has', 'other services have')} no objective.`;
}

// Without a promise nobody can say that all is well.
function NoObjectives({ data }: { data: Dashboard }) {
  const rows = data.namespaces.flatMap((group) => group.services).filter(may_promise);
  // Rows come with those first that fail.
  const service = data.suggestion?.service ?? rows[0]?.service;
  return (
    <div className="empty">
      <h3>No objective is set: nothing here says what is good enough</h3>
      <p>
        An objective says how many requests of a service have to be good, over which time. Dive then
        tells how many may still fail, and comes with what failed before that is used up.
      </p>
      {service === undefined ? (
        <p>It is about requests, and no service here has any yet.</p>
      ) : (
        <Suggested service={service} reason={data.suggestion?.sentence ?? ''} />
      )}
    </div>
  );
}

function Suggested({ service, reason }: { service: ServiceRef; reason: string }) {
  const { name, namespace } = service;
  return (
    <>
      <p>
        Begin with <strong className="name">{name}</strong>
        {reason !== '' && <>: {reason}</>}. To set one:
      </p>
      <Command text={`seine objective set svc/${name} -n ${namespace} --success 99%`} />
      <p>Or first see which goals it would have met:</p>
      <Command text={`seine objective propose svc/${name} -n ${namespace}`} />
    </>
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
